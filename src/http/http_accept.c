/*
 * http_accept - what a client would like to get (RFC 9110 12.4, 12.5)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none; see http_accept.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_accept.h"

#include "http/http_chars.h"

static void advance(struct text *t, size_t by)
{
	*t = text_from(t->at + by, t->size - by);
}

/* Takes the token off the front of *t; empty where there is none. */
static struct text take_token(struct text *t)
{
	size_t n = 0;
	while (n < t->size && http_chars_is((unsigned char)t->at[n], HTTP_CHARS_TOKEN))
		n++;
	struct text token = text_from(t->at, n);
	advance(t, n);
	return token;
}

static void skip_space(struct text *t)
{
	while (t->size && (t->at[0] == ' ' || t->at[0] == '\t'))
		advance(t, 1);
}

static bool take(struct text *t, char c)
{
	if (!t->size || t->at[0] != c)
		return false;
	advance(t, 1);
	return true;
}

/* A quoted-string off the front of *t, with its quotes; empty where there is none. Control bytes do
 * not get here: the scan of the head refuses them. */
static struct text take_quoted(struct text *t)
{
	for (size_t i = 1; t->size && t->at[0] == '"' && i < t->size; i++) {
		if (t->at[i] == '"') {
			struct text quoted = text_from(t->at, i + 1);
			advance(t, i + 1);
			return quoted;
		}
		i += t->at[i] == '\\';
	}
	return text_from(t->at, 0);
}

bool http_accept_parameter(struct text *rest, struct text *name, struct text *value)
{
	struct text t = *rest;
	for (;;) {
		skip_space(&t);
		if (!t.size) {
			*rest = t;
			return false;
		}
		if (!take(&t, ';'))
			return false;
		skip_space(&t);
		if (t.size && t.at[0] != ';')
			break;
	}
	*name = take_token(&t);
	if (!name->size || !take(&t, '='))
		return false;
	*value = t.size && t.at[0] == '"' ? take_quoted(&t) : take_token(&t);
	if (!value->size)
		return false;
	*rest = t;
	return true;
}

/* qvalue of RFC 9110 12.4.2, in thousandths; -1: it is none. */
static int weight_of(struct text t)
{
	int weight = 0, worth = 100;
	if (!t.size || t.size > 5 || (t.at[0] != '0' && t.at[0] != '1') ||
		(t.size > 1 && t.at[1] != '.'))
		return -1;
	for (size_t i = 2; i < t.size; i++, worth /= 10) {
		if (t.at[i] < '0' || t.at[i] > '9' || (t.at[0] == '1' && t.at[i] != '0'))
			return -1;
		weight += (t.at[i] - '0') * worth;
	}
	return t.at[0] == '1' ? HTTP_ACCEPT_MOST : weight;
}

/* Of a media range any parameter may stand beside the weight, before it or behind it (RFC 9110
 * 12.5.1); elsewhere the weight stands alone. */
static bool read_parameters(struct text rest, bool of_media, struct http_accept *a)
{
	struct text name, value;
	unsigned count = 0;
	for (size_t i = 0; i < rest.size; i++)
		count += rest.at[i] == ';';
	if (!of_media && count != 1)
		return false;
	while (http_accept_parameter(&rest, &name, &value)) {
		if (!text_equal_nocase(name, TEXT("q"))) {
			if (!of_media)
				return false;
			continue;
		}
		int weight = weight_of(value);
		if (weight < 0 || a->weighted)
			return false;
		a->weight = (unsigned)weight;
		a->weighted = true;
	}
	return rest.size == 0 && (of_media || a->weighted);
}

/* "*", or 1*8ALPHA *("-" 1*8alphanum) (RFC 4647 2.1). */
static bool is_language_range(struct text t)
{
	if (text_equal(t, TEXT("*")))
		return true;
	size_t run = 0;
	bool first = true;
	for (size_t i = 0; i <= t.size; i++) {
		char c = i < t.size ? t.at[i] : '-';
		if (c == '-') {
			if (run == 0 || run > 8)
				return false;
			run = 0;
			first = false;
		} else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			   (!first && c >= '0' && c <= '9')) {
			run++;
		} else {
			return false;
		}
	}
	return true;
}

/* One element by the grammar of its field; false: it is to be passed over. */
static bool read_element(struct text element, enum http_known known, struct http_accept *a)
{
	struct text rest = element;
	bool of_media = known == HTTP_ACCEPT;
	a->weight = HTTP_ACCEPT_MOST;
	a->weighted = false;
	a->range = take_token(&rest);
	if (!a->range.size)
		return false;
	if (of_media) {
		struct text type = a->range;
		if (!take(&rest, '/'))
			return false;
		struct text subtype = take_token(&rest);
		if (!subtype.size ||
			(text_equal(type, TEXT("*")) && !text_equal(subtype, TEXT("*"))))
			return false;
		a->range = text_from(type.at, type.size + 1 + subtype.size);
	}
	if (known == HTTP_ACCEPT_LANGUAGE && !is_language_range(a->range))
		return false;
	a->parameters = rest;
	return rest.size == 0 || read_parameters(rest, of_media, a);
}

bool http_accept_next(struct http_list *l, struct http_accept *a)
{
	for (struct text element; http_list_next(l, &element);)
		if (read_element(element, l->known, a))
			return true;
	return false;
}

bool http_accept_weighs(const struct http_request *r, enum http_known known)
{
	struct http_list l = http_list(r, known);
	for (struct http_accept a; http_accept_next(&l, &a);)
		if (a.weighted)
			return true;
	return false;
}

/* How the range of `a` fits `what`; *length tells longer fits from shorter ones of one kind. */
typedef enum http_accept_fit fits(const struct http_accept *a, struct text what, size_t *length);

/* The weight of the range that fits best; of equals the first. */
static unsigned weigh(const struct http_request *r, enum http_known known, struct text what,
	fits *fit_of, enum http_accept_fit *fit)
{
	struct http_list l = http_list(r, known);
	unsigned weight = 0;
	size_t longest = 0;
	bool any = false;
	*fit = HTTP_ACCEPT_NOT;
	for (struct http_accept a; http_accept_next(&l, &a);) {
		size_t length = 0;
		enum http_accept_fit this = fit_of(&a, what, &length);
		any = true;
		if (this < *fit || this == HTTP_ACCEPT_NOT || (this == *fit && length <= longest))
			continue;
		*fit = this;
		longest = length;
		weight = a.weight;
	}
	return any ? weight : HTTP_ACCEPT_MOST;
}

/* --- media types --- */

/* Is the parameter among those of the type? Values are compared letter by letter but for a charset,
 * whose case means nothing. */
static bool has_parameter(struct text parameters, struct text name, struct text value)
{
	struct text n, v;
	while (http_accept_parameter(&parameters, &n, &v))
		if (text_equal_nocase(n, name))
			return text_equal_nocase(name, TEXT("charset"))
				       ? text_equal_nocase(v, value)
				       : text_equal(v, value);
	return false;
}

/* How many parameters but the weight the range has; all have to be among those of the type. */
static bool parameters_fit(const struct http_accept *a, struct text of_type, size_t *count)
{
	struct text rest = a->parameters, name, value;
	*count = 0;
	while (http_accept_parameter(&rest, &name, &value)) {
		if (text_equal_nocase(name, TEXT("q")))
			continue;
		if (!has_parameter(of_type, name, value))
			return false;
		++*count;
	}
	return true;
}

static enum http_accept_fit fit_type(const struct http_accept *a, struct text type, size_t *length)
{
	struct text bare = type, range = a->range;
	size_t semicolon = 0;
	while (semicolon < type.size && type.at[semicolon] != ';')
		semicolon++;
	bare.size = semicolon;
	bare = text_trim(bare);
	if (!parameters_fit(a, text_from(type.at + semicolon, type.size - semicolon), length))
		return HTTP_ACCEPT_NOT;
	if (text_equal(range, TEXT("*/*")))
		return HTTP_ACCEPT_ANY;
	if (range.at[range.size - 1] == '*' && range.at[range.size - 2] == '/') {
		range.size--; /* the slash stays */
		return bare.size > range.size &&
				       text_equal_nocase(range, text_from(bare.at, range.size))
			       ? HTTP_ACCEPT_FAMILY
			       : HTTP_ACCEPT_NOT;
	}
	if (!text_equal_nocase(range, bare))
		return HTTP_ACCEPT_NOT;
	return *length ? HTTP_ACCEPT_PARAMETERS : HTTP_ACCEPT_EXACT;
}

unsigned http_accept_type(const struct http_request *r, struct text type, enum http_accept_fit *fit)
{
	return weigh(r, HTTP_ACCEPT, type, fit_type, fit);
}

/* --- languages --- */

static enum http_accept_fit fit_language(
	const struct http_accept *a, struct text tag, size_t *length)
{
	*length = a->range.size;
	if (text_equal(a->range, TEXT("*")))
		return HTTP_ACCEPT_ANY;
	if (tag.size < a->range.size || (tag.size > a->range.size && tag.at[*length] != '-'))
		return HTTP_ACCEPT_NOT;
	return text_equal_nocase(a->range, text_from(tag.at, *length)) ? HTTP_ACCEPT_EXACT
								       : HTTP_ACCEPT_NOT;
}

unsigned http_accept_language(
	const struct http_request *r, struct text tag, enum http_accept_fit *fit)
{
	return weigh(r, HTTP_ACCEPT_LANGUAGE, tag, fit_language, fit);
}

bool http_accept_relative(const struct http_request *r, struct text tag)
{
	struct http_list l = http_list(r, HTTP_ACCEPT_LANGUAGE);
	struct text family = text_split(&tag, '-');
	for (struct http_accept a; http_accept_next(&l, &a);) {
		struct text range = a.range, prefix = text_split(&range, '-');
		if (a.weight && range.at && text_equal_nocase(prefix, family))
			return true;
	}
	return false;
}

/* --- charsets and codings --- */

static enum http_accept_fit fit_name(const struct http_accept *a, struct text name, size_t *length)
{
	(void)length;
	if (text_equal_nocase(a->range, name))
		return HTTP_ACCEPT_EXACT;
	return text_equal(a->range, TEXT("*")) ? HTTP_ACCEPT_ANY : HTTP_ACCEPT_NOT;
}

unsigned http_accept_charset(
	const struct http_request *r, struct text charset, enum http_accept_fit *fit)
{
	return weigh(r, HTTP_ACCEPT_CHARSET, charset, fit_name, fit);
}

/* "x-gzip" and "x-compress" are old names of the same (RFC 9110 8.4.1). */
static struct text without_x(struct text coding)
{
	if (coding.size > 2 && text_equal_nocase(text_from(coding.at, 2), TEXT("x-")))
		advance(&coding, 2);
	return coding;
}

static enum http_accept_fit fit_coding(
	const struct http_accept *a, struct text name, size_t *length)
{
	struct http_accept plain = {.range = without_x(a->range)};
	return fit_name(&plain, without_x(name), length);
}

unsigned http_accept_coding(
	const struct http_request *r, struct text coding, enum http_accept_fit *fit)
{
	unsigned weight = weigh(r, HTTP_ACCEPT_ENCODING, coding, fit_coding, fit);
	/* A field that is there and names nothing asks for no coding at all. */
	if (*fit == HTTP_ACCEPT_NOT && http_request_has(r, HTTP_ACCEPT_ENCODING))
		return 0;
	return weight;
}
