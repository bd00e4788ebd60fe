/*
 * http_conditional - preconditions of a request, in the order of RFC 9110 13.2.2
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   304 or 412 is the answer to give instead
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_conditional.h"

#include "http/http_date.h"
#include "http/http_etag.h"

/* Does the list of a field name the representation? "*" counts when it is all of the field and
 * there is a representation. */
static bool names(const struct http_request *r, enum http_known known,
	const struct http_validators *v, bool (*same)(struct text, struct text))
{
	struct http_list list = http_list(r, known);
	if (!http_request_repeated(r, known) && text_equal(http_request_field(r, known), TEXT("*")))
		return v->exists;
	for (struct text tag; http_list_next(&list, &tag);)
		if (v->etag.size && same(v->etag, tag))
			return true;
	return false;
}

/* The date of a field; false when it is to be ignored: none, several, or no date (RFC 9110 13.1.3
 * and 13.1.4). */
static bool date(const struct http_request *r, enum http_known known,
	const struct http_validators *v, time_t *t)
{
	return http_request_has(r, known) && !http_request_repeated(r, known) &&
	       v->modified != -1 && http_date_parse(http_request_field(r, known), v->now, t);
}

/* RFC 9110 13.1.5: strong validators only, and a date has to be the very same. */
static bool if_range(const struct http_request *r, const struct http_validators *v)
{
	struct text value = http_request_field(r, HTTP_IF_RANGE);
	time_t t;
	if (!http_request_has(r, HTTP_IF_RANGE))
		return true;
	if (http_request_repeated(r, HTTP_IF_RANGE))
		return false;
	if (http_etag_valid(value))
		return v->etag.size && http_etag_strong(v->etag, value);
	return date(r, HTTP_IF_RANGE, v, &t) && t == v->modified && v->now - v->modified >= 1;
}

int http_conditional(
	const struct http_request *r, const struct http_validators *v, bool *range_holds)
{
	bool reads = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;
	time_t t;

	*range_holds = false;
	if (http_request_has(r, HTTP_IF_MATCH)) {
		if (!names(r, HTTP_IF_MATCH, v, http_etag_strong))
			return 412;
	} else if (date(r, HTTP_IF_UNMODIFIED_SINCE, v, &t) && v->modified > t) {
		return 412;
	}
	if (http_request_has(r, HTTP_IF_NONE_MATCH)) {
		if (names(r, HTTP_IF_NONE_MATCH, v, http_etag_weak))
			return reads ? 304 : 412;
	} else if (reads && date(r, HTTP_IF_MODIFIED_SINCE, v, &t) && v->modified <= t) {
		return 304;
	}
	*range_holds = if_range(r, v);
	return 0;
}
