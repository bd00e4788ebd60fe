/*
 * http_response - what a handler answers, and how its head is written
 *
 * Runs in:  every process that answers requests
 * Owns:     the buffers of each response, and its descriptor and coder until reset
 * Errors:   running out of memory sticks in the buffers
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_response.h"

#include "base/assert.h"
#include "http/http_chars.h"
#include "http/http_coder.h"

#include <unistd.h>

/* A buffer larger than this is not kept for the next response. */
enum { KEEP_MOST = 64 * 1024 };

void http_response_init(struct http_response *r)
{
	*r = (struct http_response){
		.status = 200,
		.modified = -1,
		.keep_alive = true,
		.fields = BUFFER_INIT,
		.bytes = BUFFER_INIT,
		.parts = BUFFER_INIT,
		.composed = BUFFER_INIT,
		.fd = -1,
	};
}

static void empty(struct buffer *b)
{
	if (b->room > KEEP_MOST)
		buffer_free(b);
	buffer_clear(b);
}

static void let_go(struct http_response *r)
{
	if (r->fd >= 0 && !r->fd_shared)
		close(r->fd);
	http_coder_free(r->coder);
}

void http_response_reset(struct http_response *r)
{
	let_go(r);
	empty(&r->fields);
	empty(&r->bytes);
	empty(&r->parts);
	empty(&r->composed);
	r->status = 200;
	r->type = (struct text){NULL, 0};
	r->etag_size = 0;
	r->modified = -1;
	r->accept_ranges = false;
	r->reason = (struct text){NULL, 0};
	r->keep_alive = true;
	r->cacheable = false;
	r->kind = HTTP_BODY_NONE;
	r->view = (struct text){NULL, 0};
	r->fd = -1;
	r->fd_shared = false;
	r->momentary = false;
	r->length_known = r->raw = false;
	r->offset = 0;
	r->length = 0;
	r->coder = NULL;
}

void http_response_free(struct http_response *r)
{
	let_go(r);
	buffer_free(&r->fields);
	buffer_free(&r->bytes);
	buffer_free(&r->parts);
	buffer_free(&r->composed);
	http_response_init(r);
}

/* Fields that the head writes of itself. */
static bool own_field(struct text name)
{
	static const struct text own[] = {TEXT("Date"), TEXT("Server"), TEXT("Content-Length"),
		TEXT("Transfer-Encoding"), TEXT("Connection"), TEXT("Content-Type"), TEXT("ETag"),
		TEXT("Last-Modified"), TEXT("Accept-Ranges")};
	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (text_equal_nocase(own[i], name))
			return true;
	return false;
}

bool http_response_field(struct http_response *r, struct text name, struct text value)
{
	if (!name.size || !http_chars_all(name, HTTP_CHARS_TOKEN) ||
		!http_chars_all(value, HTTP_CHARS_VALUE) || own_field(name))
		return false;
	buffer_text(&r->fields, name);
	buffer_text(&r->fields, TEXT(": "));
	buffer_text(&r->fields, value);
	buffer_text(&r->fields, TEXT("\r\n"));
	return true;
}

struct text http_response_said(const struct http_response *r, struct text name)
{
	struct text rest = buffer_view(&r->fields);
	while (rest.size) {
		struct text value = text_split(&rest, '\n'), said = text_split(&value, ':');
		if (value.at && text_equal_nocase(said, name))
			return text_trim(text_split(&value, '\r'));
	}
	return (struct text){NULL, 0};
}

void http_response_forget(struct http_response *r, size_t from, struct text name)
{
	size_t kept = from;
	if (r->fields.size <= from)
		return;
	struct text rest = text_from(r->fields.data + from, r->fields.size - from);
	while (rest.size) {
		struct text line = text_split(&rest, '\n'), value = line;
		if (text_equal_nocase(text_split(&value, ':'), name))
			continue;
		memmove(r->fields.data + kept, line.at, line.size + 1);
		kept += line.size + 1;
	}
	r->fields.size = kept;
}

uint64_t http_response_length(const struct http_response *r)
{
	switch (r->kind) {
	case HTTP_BODY_NONE:
		return 0;
	case HTTP_BODY_BYTES:
		return r->view.size ? r->view.size : r->bytes.size;
	case HTTP_BODY_FILE:
	case HTTP_BODY_PARTS:
		return r->length;
	case HTTP_BODY_PIPE:
		break;
	}
	return r->length_known && !r->coder ? r->length : UINT64_MAX;
}

/* A status whose answer ends with its head (RFC 9112 6.3). */
static bool bare(int status)
{
	return status < 200 || status == 204 || status == 304;
}

static bool unknown_length(const struct http_response *r)
{
	return r->kind == HTTP_BODY_PIPE && (!r->length_known || r->coder) && !bare(r->status);
}

bool http_response_has_body(const struct http_response *r, const struct http_request *rq)
{
	return r->raw || (rq->method != HTTP_METHOD_HEAD && !bare(r->status));
}

bool http_response_chunked(const struct http_response *r, const struct http_request *rq)
{
	return unknown_length(r) && rq->minor > 0 && rq->method != HTTP_METHOD_HEAD && !r->raw;
}

bool http_response_keeps(const struct http_response *r, const struct http_request *rq)
{
	return r->keep_alive && rq->keep_alive && !r->raw && !(unknown_length(r) && rq->minor == 0);
}

struct text http_response_end(bool keeps, unsigned minor)
{
	if (!keeps)
		return TEXT("Connection: close\r\n\r\n");
	return minor == 0 ? TEXT("Connection: keep-alive\r\n\r\n") : TEXT("\r\n");
}

static char *put(char *to, struct text t)
{
	if (t.size)
		memcpy(to, t.at, t.size);
	return to + t.size;
}

/* "Name: value\r\n", with the name as TEXT("Name: "). */
static char *put_field(char *to, struct text name, struct text value)
{
	return put(put(put(to, name), value), TEXT("\r\n"));
}

static char *put_number(char *to, struct text name, uint64_t n)
{
	char digits[20];
	size_t i = sizeof digits;
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	return put_field(to, name, text_from(digits + i, sizeof digits - i));
}

static char *put_status(char *to, const struct http_response *r)
{
	struct text line = http_status_line(r->status);
	unsigned n = (unsigned)r->status;
	char digits[] = {
		(char)('0' + n / 100 % 10), (char)('0' + n / 10 % 10), (char)('0' + n % 10), ' '};
	if (line.size && !r->reason.size)
		return put(to, line);
	to = put(to, TEXT("HTTP/1.1 "));
	return put_field(to, text_from(digits, sizeof digits), r->reason);
}

/* A 304 tells of the content only what helps a cache to find its copy (RFC 9110 15.4.5). */
static bool idle_field(struct text line)
{
	static const struct text idle[] = {TEXT("Content-Encoding"), TEXT("Content-Language"),
		TEXT("Content-Range"), TEXT("Content-Disposition")};
	struct text name = text_split(&line, ':');
	for (size_t i = 0; i < COUNT_OF(idle); i++)
		if (text_equal_nocase(name, idle[i]))
			return true;
	return false;
}

static char *put_fields(char *to, const struct http_response *r)
{
	struct text rest = buffer_view(&r->fields);
	if (!bare(r->status))
		return put(to, rest);
	while (rest.size) {
		struct text line = text_split(&rest, '\n');
		if (!idle_field(line))
			to = put(put(to, line), TEXT("\n"));
	}
	return to;
}

/* Last-Modified of a 304 would say nothing that its ETag does not. */
static char *put_validators(char *to, const struct http_response *r)
{
	char modified[HTTP_DATE_SIZE];
	if (r->modified != -1 && !(r->status == 304 && r->etag_size)) {
		http_date_format(modified, r->modified);
		to = put_field(to, TEXT("Last-Modified: "), text_from(modified, sizeof modified));
	}
	if (r->etag_size)
		to = put_field(to, TEXT("ETag: "), text_from(r->etag, r->etag_size));
	return to;
}

static char *put_content(char *to, const struct http_response *r, const struct http_request *rq)
{
	if (r->accept_ranges)
		to = put(to, TEXT("Accept-Ranges: bytes\r\n"));
	if (!unknown_length(r))
		to = put_number(to, TEXT("Content-Length: "), http_response_length(r));
	else if (rq->minor > 0)
		to = put(to, TEXT("Transfer-Encoding: chunked\r\n"));
	if (r->type.size)
		to = put_field(to, TEXT("Content-Type: "), r->type);
	return to;
}

void http_response_head(const struct http_response *r, const struct http_request *rq,
	const char date[HTTP_DATE_SIZE], struct text server, struct buffer *to, size_t *date_at,
	size_t *end_at)
{
	enum { FIXED = 512 }; /* more than the lines of fixed length take together */
	size_t most = FIXED + server.size + r->reason.size + r->type.size + r->fields.size;
	char *start = buffer_reserve(to, most), *at = start;
	if (!start)
		return;

	at = put_status(at, r);
	at = put(at, TEXT("Date: "));
	if (date_at)
		*date_at = to->size + (size_t)(at - start);
	at = put_field(at, text_from(date, HTTP_DATE_SIZE), TEXT(""));
	if (server.size)
		at = put_field(at, TEXT("Server: "), server);
	at = put_validators(at, r);
	if (!bare(r->status))
		at = put_content(at, r, rq);
	at = put_fields(at, r);
	if (end_at)
		*end_at = to->size + (size_t)(at - start);
	at = put(at, http_response_end(http_response_keeps(r, rq), rq->minor));
	ASSERT((size_t)(at - start) <= most);
	buffer_grew(to, (size_t)(at - start));
}
