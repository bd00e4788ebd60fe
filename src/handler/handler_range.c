/*
 * handler_range - parts of a file instead of the whole (RFC 9110 14)
 *
 * Runs in:  worker
 * Owns:     the boundary of the last multipart answer, until its head has been written
 * Errors:   416 when no range can be satisfied; a Range that is malformed or asks for too many
 *           ranges is ignored
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler.h"

#include "http/http_range.h"

#include <stdio.h>
#include <sys/random.h>

enum { SPANS_MOST = 1024, BOUNDARY = 16 };

static const char multipart[] = "multipart/byteranges; boundary=";

static unsigned most(int64_t configured)
{
	return configured < UINT32_MAX ? (unsigned)configured : UINT32_MAX;
}

/* Ranges that overlap or touch become one. A gap between two stays one, however small: a part costs
 * more than the bytes of a small gap would, but what comes back is what was asked for. */
static struct http_range_limits limits_of(const struct config_dir *dir)
{
	return (struct http_range_limits){.ranges = most(dir->max_ranges),
		.overlaps = most(dir->max_range_overlaps),
		.reversals = most(dir->max_range_reversals)};
}

static void say_range(struct http_response *r, const struct http_span *span, uint64_t length)
{
	char content[HTTP_CONTENT_RANGE_SIZE];
	size_t size = http_range_content(content, span, length);
	http_response_field(r, TEXT("Content-Range"), text_from(content, size));
}

/* The media type of a multipart answer, with a boundary that nobody who wrote the file could know
 * (splitmix64 over a random start). */
static struct text new_boundary(void)
{
	static char type[sizeof multipart + BOUNDARY];
	static uint64_t state;
	while (!state && getrandom(&state, sizeof state, 0) < 0)
		; /* a signal came */
	uint64_t n = state += 0x9e3779b97f4a7c15u;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
	n = (n ^ n >> 27) * 0x94d049bb133111ebu;
	snprintf(type, sizeof type, "%s%016llx", multipart, (unsigned long long)(n ^ n >> 31));
	return text_from(type, sizeof type - 1);
}

static void add_part(struct http_response *r, const struct http_span *span, uint64_t length,
	struct text type, struct text boundary)
{
	char content[HTTP_CONTENT_RANGE_SIZE];
	size_t size = http_range_content(content, span, length), before = r->bytes.size;
	buffer_printf(&r->bytes, "%s--%.*s\r\n", r->parts.size ? "\r\n" : "", TEXT_ARGS(boundary));
	if (type.size)
		buffer_printf(&r->bytes, "Content-Type: %.*s\r\n", TEXT_ARGS(type));
	buffer_printf(&r->bytes, "Content-Range: %.*s\r\n\r\n", (int)size, content);
	struct http_part part = {.text = r->bytes.size - before,
		.offset = span->first,
		.length = span->last - span->first + 1};
	buffer_append(&r->parts, (const char *)&part, sizeof part);
	r->length += part.length;
}

/* In the order asked for, each with the type the whole would have (RFC 9110 14.6, 15.3.7.2). */
static int answer_parts(struct http_response *r, const struct http_span *spans, size_t count)
{
	uint64_t length = r->length;
	struct text type = r->type;
	r->type = new_boundary();
	struct text boundary = text_from(r->type.at + sizeof multipart - 1, BOUNDARY);
	r->kind = HTTP_BODY_PARTS;
	r->length = 0;
	for (size_t i = 0; i < count; i++)
		add_part(r, &spans[i], length, type, boundary);
	buffer_printf(&r->bytes, "\r\n--%.*s--\r\n", TEXT_ARGS(boundary));
	r->length += r->bytes.size;
	return r->bytes.failed || r->parts.failed ? 500 : 0;
}

/* Apart, as the spans are several pages of the stack. */
static __attribute__((noinline)) int answer_ranges(
	struct handler_call *call, const struct http_range_limits *limits, bool holds)
{
	struct http_response *r = call->response;
	struct http_span spans[SPANS_MOST];
	size_t count;
	int status = http_range(call->request, r->length, holds, limits, spans, SPANS_MOST, &count);
	if (status == 0 && count == 0)
		return 0;
	if (status) {
		say_range(r, NULL, r->length);
		return status;
	}
	r->status = 206;
	r->cacheable = false;
	/* Who says If-Range has the metadata already and is not sent it again (RFC 9110 15.3.7),
	 * but for the type and the coding, which content never goes without (8.3, 8.4). */
	if (http_request_has(call->request, HTTP_IF_RANGE) && r->etag_size)
		r->modified = -1;
	if (count > 1)
		return answer_parts(r, spans, count);
	say_range(r, &spans[0], r->length);
	r->offset = spans[0].first;
	r->length = spans[0].last - spans[0].first + 1;
	return 0;
}

int handler_range(struct handler_call *call, bool holds)
{
	struct http_range_limits limits = limits_of(call->dir);
	call->response->accept_ranges &= limits.ranges > 0;
	if (!http_request_has(call->request, HTTP_RANGE))
		return 0;
	return answer_ranges(call, &limits, holds);
}
