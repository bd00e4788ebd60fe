/*
 * fuzz_conditional - any bytes as preconditions
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_conditional.h or http_etag.h is broken
 *
 * The first byte chooses the method and what is known of the representation. Each line behind it is
 * a field: its first byte says which, the rest is the value.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "fuzz/fuzz.h"
#include "http/http_conditional.h"
#include "http/http_etag.h"

enum { LINES = 8 };

static const enum http_known fields[] = {HTTP_IF_MATCH, HTTP_IF_NONE_MATCH, HTTP_IF_MODIFIED_SINCE,
	HTTP_IF_UNMODIFIED_SINCE, HTTP_IF_RANGE};

/* What is the same to the strict comparison is so to the other, in any order. */
static void compare(struct text a, struct text b)
{
	MUST(http_etag_weak(a, b) == http_etag_weak(b, a));
	MUST(http_etag_strong(a, b) == http_etag_strong(b, a));
	MUST(!http_etag_strong(a, b) || http_etag_weak(a, b));
	MUST(http_etag_weak(a, a) == http_etag_valid(a));
	MUST(!http_etag_weak(a, b) || (http_etag_valid(a) && http_etag_valid(b)));
}

static void look_at(const struct http_request *r, const struct http_validators *v)
{
	static const enum http_known lists[] = {HTTP_IF_MATCH, HTTP_IF_NONE_MATCH};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct http_list l = http_list(r, lists[i]);
		for (struct text e, before = v->etag; http_list_next(&l, &e); before = e) {
			MUST(e.size);
			compare(e, before);
		}
	}
}

static void decide(struct http_request *r, const struct http_validators *v)
{
	bool reads = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;
	bool holds = true;
	int status = http_conditional(r, v, &holds);
	MUST(status == 0 || status == 304 || status == 412);
	MUST(status != 304 || reads);
	MUST(status == 0 || !holds);
	/* The dates are not looked at beside the tags (RFC 9110 13.1.3 and 13.1.4). */
	bool tags = http_request_has(r, HTTP_IF_MATCH) && http_request_has(r, HTTP_IF_NONE_MATCH);
	r->first[HTTP_IF_MODIFIED_SINCE] = r->first[HTTP_IF_UNMODIFIED_SINCE] = 0;
	MUST(!tags || http_conditional(r, v, &holds) == status);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	static const enum http_method_id methods[] = {
		HTTP_METHOD_GET, HTTP_METHOD_HEAD, HTTP_METHOD_PUT, HTTP_METHOD_GET};
	static const struct text tags[] = {TEXT("\"a\""), TEXT("W/\"a\""), TEXT("\"\""), TEXT("")};
	struct http_field lines[LINES];
	struct http_request r;
	if (size < 1)
		return 0;
	struct http_validators v = {.etag = tags[input[0] >> 2 & 3],
		.modified = input[0] & 16 ? -1 : 784111777,
		.now = 784111777 + (input[0] >> 5),
		.exists = !(input[0] & 16)};
	struct text rest = text_from((const char *)input + 1, size - 1);
	http_request_init(&r);
	r.method = methods[input[0] & 3];
	r.fields = lines;
	while (r.field_count < LINES && rest.at) {
		struct text line = text_split(&rest, '\n');
		if (!line.size)
			continue;
		enum http_known known = fields[(unsigned char)line.at[0] % COUNT_OF(fields)];
		struct text value = text_trim(text_from(line.at + 1, line.size - 1));
		if (r.first[known])
			r.repeated |= UINT64_C(1) << known;
		lines[r.field_count++] =
			(struct http_field){http_request_known(known), value, (uint8_t)known};
		if (!r.first[known])
			r.first[known] = (uint16_t)r.field_count;
	}
	look_at(&r, &v);
	decide(&r, &v);
	return 0;
}
