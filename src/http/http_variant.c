/*
 * http_variant - which of several variants of a page suits a request best
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   406 where nothing suits the client
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_variant.h"

#include "http/http_accept.h"

/* Qualities are ten-thousandths: the rules need some that are below any weight a client can say. */
enum {
	BEST = 10 * HTTP_ACCEPT_MOST,
	ANY_TYPE = 100,    /* by a range for everything, of a client that weighs nothing */
	ANY_SUBTYPE = 200, /* by "text" "/" "*" of such a client */
	RELATIVE = 10,     /* en for a client that asked for en-US */
	LAST = 1           /* what nobody asked for and nobody refused */
};

static const char latin1[] = "iso-8859-1"; /* what text was in when nobody said (RFC 2616) */

/* How a variant suits the client. */
struct score {
	unsigned type, language, charset, coding; /* 0: not acceptable */
	unsigned rank; /* of the best of its languages in the taste; the lower the better */
	bool charset_said;
	uint64_t size;
};

static unsigned score_type(const struct http_request *r, const struct http_variant *v)
{
	enum http_accept_fit fit;
	unsigned weight = http_accept_type(r, text_of(v->type ? v->type : ""), &fit);
	if (weight && (fit == HTTP_ACCEPT_ANY || fit == HTTP_ACCEPT_FAMILY) &&
		!http_accept_weighs(r, HTTP_ACCEPT))
		return fit == HTTP_ACCEPT_ANY ? ANY_TYPE : ANY_SUBTYPE;
	return 10 * weight;
}

/* The place in the taste of the first language there that is the variant's or begins it. */
static unsigned rank_of(const struct http_variant *v, const struct http_variant_taste *taste)
{
	unsigned rank = 0;
	for (const char *const *wanted = taste->languages; wanted && *wanted; wanted++, rank++)
		for (size_t i = 0; i < v->language_count; i++) {
			struct text tag = text_of(v->languages[i]), name = text_of(*wanted);
			if (tag.size >= name.size &&
				(!tag.at[name.size] || tag.at[name.size] == '-') &&
				text_equal_nocase(text_from(tag.at, name.size), name))
				return rank;
		}
	return UINT32_MAX;
}

/* By Accept-Language alone; the best of its languages counts. */
static unsigned score_languages(const struct http_request *r, const struct http_variant *v)
{
	unsigned best = 0;
	bool matched = false, relative = false;
	for (size_t i = 0; i < v->language_count; i++) {
		enum http_accept_fit fit;
		struct text tag = text_of(v->languages[i]);
		unsigned weight = http_accept_language(r, tag, &fit);
		if (fit == HTTP_ACCEPT_NOT && weight)
			return BEST; /* no Accept-Language */
		matched |= fit != HTTP_ACCEPT_NOT;
		relative |= http_accept_relative(r, tag);
		best = weight > best ? weight : best;
	}
	return !matched && relative ? RELATIVE : 10 * best;
}

static void score_language(const struct http_request *r, const struct http_variant *v,
	const struct http_variant_taste *taste, bool any_has_one, struct score *s)
{
	s->rank = UINT32_MAX;
	if (!v->language_count) {
		s->language = any_has_one ? LAST : BEST;
		return;
	}
	unsigned rank = rank_of(v, taste);
	s->language = score_languages(r, v);
	if (s->language ? taste->prefer : taste->fallback)
		s->rank = rank;
	if (!s->language && taste->fallback && rank != UINT32_MAX)
		s->language = LAST;
}

static bool is_text(const char *type)
{
	return type && text_equal_nocase(text_from(type, strnlen(type, 5)), TEXT("text/"));
}

static unsigned score_charset(const struct http_request *r, const struct http_variant *v)
{
	enum http_accept_fit fit;
	if (!v->charset && !is_text(v->type))
		return BEST;
	struct text charset = text_of(v->charset ? v->charset : latin1);
	unsigned weight = http_accept_charset(r, charset, &fit);
	if (fit == HTTP_ACCEPT_NOT && text_equal_nocase(charset, text_of(latin1)))
		return BEST;
	return 10 * weight;
}

/* With several codings the client has to take each. Without Accept-Encoding it may take any, but
 * none is safer. */
static unsigned score_coding(const struct http_request *r, const struct http_variant *v)
{
	enum http_accept_fit fit;
	bool asked = http_request_has(r, HTTP_ACCEPT_ENCODING);
	if (!asked)
		return v->coding_count ? BEST / 2 : BEST;
	if (!v->coding_count) {
		unsigned weight = http_accept_coding(r, TEXT("identity"), &fit);
		return fit == HTTP_ACCEPT_NOT ? LAST : 10 * weight;
	}
	unsigned least = BEST;
	for (size_t i = 0; i < v->coding_count; i++) {
		unsigned weight = 10 * http_accept_coding(r, text_of(v->codings[i]), &fit);
		least = weight < least ? weight : least;
	}
	return least;
}

static bool has_language(const struct http_variant *variants, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (variants[i].language_count)
			return true;
	return false;
}

static bool is_acceptable(const struct score *s)
{
	return s->type && s->language && s->charset && s->coding;
}

/* Above 0: a is better; 0: they differ in size at most. */
static int compare(const struct score *a, const struct score *b)
{
	if (a->type != b->type)
		return a->type > b->type ? 1 : -1;
	if (a->language != b->language)
		return a->language > b->language ? 1 : -1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1;
	if (a->charset != b->charset)
		return a->charset > b->charset ? 1 : -1;
	if (a->charset_said != b->charset_said)
		return a->charset_said ? 1 : -1;
	if (a->coding != b->coding)
		return a->coding > b->coding ? 1 : -1;
	return 0;
}

static bool same_names(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!text_equal_nocase(text_of(a[i]), text_of(b[i])))
			return false;
	return true;
}

static bool same_languages(const struct http_variant *a, const struct http_variant *b)
{
	return same_names(a->languages, a->language_count, b->languages, b->language_count);
}

int http_variant_choose(const struct http_request *r, const struct http_variant *variants,
	size_t count, const struct http_variant_taste *taste, size_t *best)
{
	bool any_has_one = has_language(variants, count), found = false;
	struct score most = {0};
	for (size_t i = 0; i < count; i++) {
		const struct http_variant *v = &variants[i];
		struct score s = {.type = score_type(r, v),
			.charset = score_charset(r, v),
			.coding = score_coding(r, v),
			.charset_said = v->charset &&
					!text_equal_nocase(text_of(v->charset), text_of(latin1)),
			.size = v->size};
		score_language(r, v, taste, any_has_one, &s);
		if (!is_acceptable(&s))
			continue;
		int order = found ? compare(&s, &most) : 1;
		if (order > 0 || (order == 0 && s.size < most.size)) {
			most = s;
			*best = i;
			found = true;
		}
	}
	return found ? 0 : 406;
}

/* --- Vary --- */

static bool same_name(const char *a, const char *b)
{
	return a && b ? text_equal_nocase(text_of(a), text_of(b)) : a == b;
}

unsigned http_variant_differ(const struct http_variant *variants, size_t count)
{
	unsigned differ = 0;
	for (size_t i = 1; i < count; i++) {
		const struct http_variant *a = &variants[0], *b = &variants[i];
		if (!same_name(a->type, b->type))
			differ |= HTTP_VARIANT_TYPE;
		if (!same_languages(a, b))
			differ |= HTTP_VARIANT_LANGUAGE;
		if (!same_name(a->charset, b->charset))
			differ |= HTTP_VARIANT_CHARSET;
		if (!same_names(a->codings, a->coding_count, b->codings, b->coding_count))
			differ |= HTTP_VARIANT_CODING;
	}
	return differ;
}
