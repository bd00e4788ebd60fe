/*
 * http_coding - content codings: which one a client gets, and how bytes are put into it
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false where a coding is not built in or memory runs out
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_coding.h"

#include "http/http_accept.h"
#include "http/http_coder.h"

static const struct {
	struct text name;
	const char *suffix;
} codings[] = {
#define HTTP_CODING(symbol, name, suffix) {TEXT(name), suffix},
#include "http/http_codings.def"
#undef HTTP_CODING
};

/* --- choosing --- */

enum http_coding http_coding_named(struct text name)
{
	if (name.size > 2 && text_equal_nocase(text_from(name.at, 2), TEXT("x-")))
		name = text_from(name.at + 2, name.size - 2);
	for (unsigned i = 0; i < HTTP_CODING_COUNT; i++)
		if (text_equal_nocase(codings[i].name, name))
			return (enum http_coding)i;
	return HTTP_CODING_OTHER;
}

struct text http_coding_name(enum http_coding coding)
{
	return coding < HTTP_CODING_COUNT ? codings[coding].name : TEXT("");
}

const char *http_coding_suffix(enum http_coding coding)
{
	return coding < HTTP_CODING_COUNT ? codings[coding].suffix : NULL;
}

enum { UNSAID = -1 };

/* What Accept-Encoding says of each coding, and in the last place of "*". */
static void read_weights(const struct http_request *r, int weights[HTTP_CODING_COUNT + 1])
{
	struct http_list l = http_list(r, HTTP_ACCEPT_ENCODING);
	for (unsigned i = 0; i <= HTTP_CODING_COUNT; i++)
		weights[i] = UNSAID;
	for (struct http_accept a; http_accept_next(&l, &a);) {
		unsigned coding = http_coding_named(a.range);
		bool star = text_equal(a.range, TEXT("*"));
		if ((coding < HTTP_CODING_COUNT || star) && weights[coding] == UNSAID)
			weights[coding] = (int)a.weight;
	}
}

enum http_coding http_coding_choose(const struct http_request *r, unsigned offered)
{
	int weights[HTTP_CODING_COUNT + 1];
	if (!offered || !http_request_has(r, HTTP_ACCEPT_ENCODING))
		return HTTP_CODING_IDENTITY;
	read_weights(r, weights);
	int star = weights[HTTP_CODING_COUNT], identity = weights[HTTP_CODING_IDENTITY];
	bool refused = identity == 0 || (identity == UNSAID && star == 0);
	int most = identity > 0 ? identity : 1; /* what nobody weighed is the least of all */
	enum http_coding best = HTTP_CODING_IDENTITY;
	for (unsigned i = HTTP_CODING_GZIP; i < HTTP_CODING_COUNT; i++) {
		int weight = weights[i];
		if (weight == UNSAID && (i == HTTP_CODING_GZIP || refused))
			weight = star;
		if (!(offered & HTTP_CODING_BIT(i)) || weight < most)
			continue;
		most = weight;
		best = (enum http_coding)i;
	}
	return best;
}

/* --- encoding --- */

bool http_coding_built_in(enum http_coding coding)
{
#ifdef WITH_ZLIB
	if (coding == HTTP_CODING_GZIP)
		return true;
#endif
#ifdef WITH_BROTLI
	if (coding == HTTP_CODING_BR)
		return true;
#endif
	(void)coding;
	return false;
}

bool http_coding_encode(enum http_coding coding, int level, struct text from, struct buffer *to)
{
	size_t before = to->size;
	struct http_coder *coder = http_coder_new(coding, level);
	bool done = coder && http_coder_put(coder, from, HTTP_CODER_END, to);
	http_coder_free(coder);
	if (!done)
		to->size = before;
	return done;
}
