/*
 * http_range - the Range field: which bytes to send (RFC 9110 14)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   416 when no range can be satisfied; what is malformed or abusive is ignored
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_range.h"

#include "http/http_chars.h"

enum kind { MALFORMED, UNSATISFIABLE, EMPTY, GOOD };

/* Digits at the beginning of t as a number, or UINT64_MAX where that is too small to hold it: such
 * a position lies behind every representation. False without digits. */
static bool take_number(struct text *t, uint64_t *n)
{
	size_t i = 0;
	for (*n = 0; i < t->size && http_chars_is((unsigned char)t->at[i], HTTP_CHARS_DIGIT); i++) {
		unsigned digit = (unsigned)(t->at[i] - '0');
		*n = *n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *n * 10 + digit;
	}
	*t = text_from(t->at + i, t->size - i);
	return i > 0;
}

/* "500-999", "500-" or "-500". */
static enum kind range_of(struct text t, uint64_t length, struct http_span *span)
{
	uint64_t first, last = UINT64_MAX;
	bool from = take_number(&t, &first);
	if (t.size == 0 || t.at[0] != '-')
		return MALFORMED;
	t = text_from(t.at + 1, t.size - 1);
	bool to = take_number(&t, &last);
	if (t.size || (!from && !to) || (from && to && last < first))
		return MALFORMED;
	if (!from) { /* the last `last` bytes */
		if (last == 0)
			return UNSATISFIABLE;
		if (length == 0)
			return EMPTY;
		*span = (struct http_span){last < length ? length - last : 0, length - 1};
		return GOOD;
	}
	if (first >= length)
		return UNSATISFIABLE;
	*span = (struct http_span){first, to && last < length ? last : length - 1};
	return GOOD;
}

static bool overlap(const struct http_span *a, const struct http_span *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* Overlapping, touching or less than `gap` bytes apart. */
static bool near(const struct http_span *a, const struct http_span *b, unsigned gap)
{
	uint64_t space = a->first > b->last   ? a->first - b->last - 1
			 : b->first > a->last ? b->first - a->last - 1
					      : 0;
	return space == 0 || space < gap;
}

/* The set of ranges as it is being collected. */
struct set {
	struct http_span *spans;
	size_t room, count;
	unsigned asked, overlaps, reversals;
};

static void merge(struct http_span *into, const struct http_span *s)
{
	if (s->first < into->first)
		into->first = s->first;
	if (s->last > into->last)
		into->last = s->last;
}

/* Adds a range: merged with the first one near it, which takes in those that then are near too. */
static bool add(struct set *set, const struct http_span *span, unsigned gap)
{
	size_t at = 0;
	while (at < set->count && !near(&set->spans[at], span, gap))
		at++;
	if (at == set->count) {
		if (set->count == set->room)
			return false;
		set->spans[set->count++] = *span;
		return true;
	}
	merge(&set->spans[at], span);
	for (size_t i = 0; i < set->count;) {
		if (i == at || !near(&set->spans[i], &set->spans[at], gap)) {
			i++;
			continue;
		}
		/* A grown range can reach more: begin again with it. */
		size_t keep = i < at ? i : at, drop = i < at ? at : i;
		merge(&set->spans[keep], &set->spans[drop]);
		memmove(&set->spans[drop], &set->spans[drop + 1],
			(set->count - drop - 1) * sizeof *set->spans);
		set->count--;
		at = keep;
		i = 0;
	}
	return true;
}

/* Counts what makes a set abusive; false over the limits. */
static bool bearable(struct set *set, const struct http_span *span, const struct http_span *before,
	const struct http_range_limits *limits)
{
	bool overlaps = false;
	for (size_t i = 0; i < set->count && !overlaps; i++)
		overlaps = overlap(&set->spans[i], span);
	set->overlaps += overlaps;
	set->reversals += before && span->first < before->first;
	return set->overlaps <= limits->overlaps && set->reversals <= limits->reversals;
}

int http_range_parse(struct text value, uint64_t length, const struct http_range_limits *limits,
	struct http_span *spans, size_t room, size_t *count)
{
	struct set set = {.spans = spans, .room = room};
	struct http_span span, before = {0, 0};
	unsigned good = 0;
	bool empty = false;

	*count = 0;
	struct text rest = value;
	struct text unit = text_split(&rest, '=');
	if (!rest.at || !text_equal_nocase(unit, TEXT("bytes")))
		return 0;
	struct http_list list = http_list_of(rest);
	for (struct text one; http_list_next(&list, &one);) {
		if (++set.asked > limits->ranges)
			return 0;
		switch (range_of(one, length, &span)) {
		case MALFORMED:
			return 0;
		case UNSATISFIABLE:
			break;
		case EMPTY:
			empty = true;
			break;
		case GOOD:
			if (!bearable(&set, &span, good++ ? &before : NULL, limits) ||
				!add(&set, &span, limits->gap))
				return 0;
			before = span;
			break;
		}
	}
	if (!set.asked || empty)
		return 0;
	*count = set.count;
	return good ? 0 : 416;
}

int http_range(const struct http_request *r, uint64_t length, bool holds,
	const struct http_range_limits *limits, struct http_span *spans, size_t room, size_t *count)
{
	*count = 0;
	if (!http_request_has(r, HTTP_RANGE) || !holds || r->method != HTTP_METHOD_GET ||
		http_request_repeated(r, HTTP_RANGE))
		return 0;
	return http_range_parse(
		http_request_field(r, HTTP_RANGE), length, limits, spans, room, count);
}

static char *put_number(char *to, uint64_t n)
{
	char digits[20];
	size_t i = sizeof digits;
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	memcpy(to, digits + i, sizeof digits - i);
	return to + (sizeof digits - i);
}

size_t http_range_content(
	char to[HTTP_CONTENT_RANGE_SIZE], const struct http_span *span, uint64_t length)
{
	char *at = to;
	memcpy(at, "bytes ", 6);
	at += 6;
	if (span) {
		at = put_number(at, span->first);
		*at++ = '-';
		at = put_number(at, span->last);
	} else {
		*at++ = '*';
	}
	*at++ = '/';
	at = put_number(at, length);
	return (size_t)(at - to);
}
