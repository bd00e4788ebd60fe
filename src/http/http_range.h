/*
 * http_range - the Range field: which bytes to send (RFC 9110 14)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   416 when no range can be satisfied; what is malformed or abusive is ignored, and the
 *           whole is sent
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/text.h"
#include "http/http_request.h"

#include <stdint.h>

/* Bytes first to last, both included; first <= last < length of the representation. */
struct http_span {
	uint64_t first, last;
};

/* More ranges than these are ignored and the whole is sent, as with Apache's MaxRanges,
 * MaxRangeOverlaps and MaxRangeReversals. */
struct http_range_limits {
	unsigned ranges;    /* ranges asked for, before merging; 0 = Range is always ignored */
	unsigned overlaps;  /* ranges that overlap one before them in the list */
	unsigned reversals; /* ranges that begin before the one before them */
	unsigned gap;       /* ranges nearer than this many bytes become one; 0: overlapping and
			       touching ones only. About 80 bytes cost less than a part header */
};
#define HTTP_RANGE_LIMITS ((struct http_range_limits){200, 20, 20, 80})

/* Parses the value of a Range field for a representation of `length` bytes. 0 with *count ranges in
 * `spans` (in the order asked for, near ones merged), or *count 0: ignore Range and send the whole.
 * 416: none can be satisfied. More than `room` ranges after merging: ignored. */
int http_range_parse(struct text value, uint64_t length, const struct http_range_limits *limits,
	struct http_span *spans, size_t room, size_t *count);

/* The same for a request: Range counts with GET only (RFC 9110 14.2), on one line, and when `holds`
 * (from http_conditional). */
int http_range(const struct http_request *r, uint64_t length, bool holds,
	const struct http_range_limits *limits, struct http_span *spans, size_t room,
	size_t *count);

/* Writes the value of Content-Range: "bytes 0-499/1234", or with span NULL, for 416, the same with
 * an asterisk in place of the range. Returns its bytes; no NUL. */
#define HTTP_CONTENT_RANGE_SIZE 72
size_t http_range_content(
	char to[HTTP_CONTENT_RANGE_SIZE], const struct http_span *span, uint64_t length);

#endif
