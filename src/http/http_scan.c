/*
 * http_scan - the strict scan of a request head, before http-parser sees it
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing; it keeps offsets into bytes that the caller holds
 * Errors:   the status to refuse with, and in `why` the reason for the log
 *
 * http-parser as packaged takes bare CR and LF, folded lines, a space before the colon, control
 * bytes and any version (RFC 9112 2.2, 2.3, 5.1 and 5.2 forbid them). Here nothing passes that the
 * grammar does not have. Each phase looks only at the byte it stands on, so nothing depends on how
 * the head was cut into reads.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_scan.h"

#include "http/http_chars.h"
#include "http/http_status.h"

#include <string.h>

enum phase {
	PHASE_START, /* before the request line; http_request_begun relies on its being 0 */
	PHASE_METHOD,
	PHASE_PATH,
	PHASE_QUERY,
	PHASE_VERSION,
	PHASE_FIELD, /* at the start of a field line or of the last, empty line */
	PHASE_NAME,
	PHASE_VALUE,
	PHASE_DONE
};

struct head {
	const unsigned char *data;
	uint32_t size;
	const struct http_limits *limits;
};

static int refuse(struct http_scan *s, int status, const char *why)
{
	s->why = why;
	return status;
}

/* At a CR: 0 and past the CRLF when LF follows. */
static int line_end(struct http_scan *s, const struct head *h)
{
	if (s->at + 1 >= h->size)
		return HTTP_MORE;
	if (h->data[s->at + 1] != '\n')
		return refuse(s, 400, "CR without LF");
	s->at += 2;
	return 0;
}

static int scan_start(struct http_scan *s, const struct head *h)
{
	if (s->at >= h->size)
		return HTTP_MORE;
	if (h->data[s->at] == '\r') {
		int status = line_end(s, h);
		if (status == 0 && ++s->empty_lines > HTTP_EMPTY_LINES)
			return refuse(s, 400, "too many empty lines before the request");
		return status;
	}
	s->line = s->at;
	s->phase = PHASE_METHOD;
	return 0;
}

/* Where the CR of the request line has to stand at the latest. */
static uint64_t line_most(const struct http_scan *s, const struct head *h)
{
	return (uint64_t)s->line + h->limits->line;
}

/* Moves `at` over bytes of one class, up to `most` at the furthest; the byte it stops at, or
 * HTTP_MORE. */
static int run(struct http_scan *s, const struct head *h, uint64_t most, enum http_chars of)
{
	uint32_t stop = h->size < most ? h->size : (uint32_t)most, at = s->at;
	while (at < stop && http_chars_is(h->data[at], of))
		at++;
	s->at = at;
	return at < h->size ? h->data[at] : HTTP_MORE;
}

static const char *why_no_method(unsigned char first, bool empty)
{
	if (first == 0x16 && empty)
		return "a TLS handshake on a connection without TLS";
	if (first == '\n')
		return "LF without CR";
	return empty ? "no method" : "the method is no token";
}

static int scan_method(struct http_scan *s, const struct head *h)
{
	uint64_t most = line_most(s, h);
	int c = run(s, h, most, HTTP_CHARS_TOKEN);
	if (c == HTTP_MORE)
		return HTTP_MORE;
	/* Longer than any method there is: RFC 9112 3 asks for 501, not 414. */
	if (s->at == most && c != '\r')
		return refuse(s, 501, "the method is longer than LimitRequestLine");
	if (c != ' ' || s->at == s->line)
		return refuse(s, 400, why_no_method((unsigned char)c, s->at == s->line));
	s->method_end = s->at++;
	s->phase = PHASE_PATH;
	return 0;
}

static const char *why_no_target(int c)
{
	switch (c) {
	case '\r':
		return "no version: HTTP/0.9 is not spoken here";
	case '\n':
		return "LF without CR";
	case '#':
		return "a fragment in the request target";
	default:
		return "a byte that no request target may hold";
	}
}

/* PHASE_PATH and PHASE_QUERY. */
static int scan_target(struct http_scan *s, const struct head *h)
{
	uint64_t most = line_most(s, h);
	int c = run(s, h, most, s->phase == PHASE_PATH ? HTTP_CHARS_PATH : HTTP_CHARS_QUERY);
	if (c == HTTP_MORE)
		return HTTP_MORE;
	if (s->at == most && c != '\r')
		return refuse(s, 414, "the request line is longer than LimitRequestLine");
	if (c == '?') { /* only in the path; a query may hold it */
		s->path_end = s->at++;
		s->phase = PHASE_QUERY;
		return 0;
	}
	if (c != ' ')
		return refuse(s, 400, why_no_target(c));
	if (s->at == s->method_end + 1)
		return refuse(s, 400, "more than one space behind the method");
	if (s->phase == PHASE_PATH)
		s->path_end = s->at;
	s->target_end = s->at++;
	s->part = s->at;
	s->phase = PHASE_VERSION;
	return 0;
}

/* Does c fit at place i of "HTTP/d.d"? */
static bool version_fits(uint32_t i, unsigned char c)
{
	static const char shape[] = "HTTP/d.d\r\n";
	return shape[i] == 'd' ? http_chars_is(c, HTTP_CHARS_DIGIT) : (unsigned char)shape[i] == c;
}

static int scan_version(struct http_scan *s, const struct head *h)
{
	enum { SIZE = sizeof "HTTP/1.1" - 1 };
	uint64_t most = line_most(s, h);
	for (; s->at - s->part < SIZE + 2; s->at++) {
		if (s->at >= h->size)
			return HTTP_MORE;
		unsigned char c = h->data[s->at];
		if (s->at == most && s->at - s->part <= SIZE && c != '\r')
			return refuse(s, 414, "the request line is longer than LimitRequestLine");
		if (!version_fits(s->at - s->part, c))
			return refuse(s, 400, "no version, or more than one behind the target");
	}
	unsigned char major = h->data[s->part + 5], minor = h->data[s->part + 7];
	if (major == '2')
		return refuse(s, 505, "HTTP/2 on a connection that speaks HTTP/1.1");
	if (major != '1')
		return refuse(s, 505, "a version other than HTTP/1");
	s->minor = (uint8_t)(minor - '0');
	s->line_end = s->part + SIZE;
	s->phase = PHASE_FIELD;
	return 0;
}

static int scan_field(struct http_scan *s, const struct head *h)
{
	unsigned most = h->limits->fields ? h->limits->fields : UINT16_MAX;
	if (s->at >= h->size)
		return HTTP_MORE;
	unsigned char c = h->data[s->at];
	if (c == '\r') {
		int status = line_end(s, h);
		if (status == 0)
			s->phase = PHASE_DONE;
		return status;
	}
	if (c == ' ' || c == '\t')
		return refuse(s, 400, "a folded field line");
	if (c == ':')
		return refuse(s, 400, "a field without a name");
	if (s->field_count >= most || s->field_count == UINT16_MAX)
		return refuse(s, 431, "more fields than LimitRequestFields");
	s->part = s->at;
	s->phase = PHASE_NAME;
	return 0;
}

static int scan_name(struct http_scan *s, const struct head *h)
{
	uint64_t most = (uint64_t)s->part + h->limits->field_size;
	int c = run(s, h, most, HTTP_CHARS_TOKEN);
	if (c == HTTP_MORE)
		return HTTP_MORE;
	if (s->at == most && c != '\r')
		return refuse(s, 431, "a field is longer than LimitRequestFieldSize");
	if (c == ' ' || c == '\t')
		return refuse(s, 400, "white space in a field name or before its colon");
	if (c == '\r' || c == '\n')
		return refuse(s, 400, "a field line without colon");
	if (c != ':')
		return refuse(s, 400, "a byte that no field name may hold");
	s->at++;
	s->phase = PHASE_VALUE;
	return 0;
}

/* The first of the bytes from at to stop that is a control byte. Eight bytes at a time: the highest
 * bit of a byte of `hit` is set where it is below 0x20 or is 0x7f. */
static uint32_t skip_text(const unsigned char *data, uint32_t at, uint32_t stop)
{
	const uint64_t ones = 0x0101010101010101u;
	while (stop - at >= 8) {
		uint64_t w;
		memcpy(&w, data + at, 8);
		uint64_t del = w ^ ones * 0x7f;
		uint64_t hit = ((w - ones * 0x20) & ~w) | ((del - ones) & ~del);
		if (hit & ones * 0x80)
			break;
		at += 8;
	}
	while (at < stop && data[at] >= 0x20 && data[at] != 0x7f)
		at++;
	return at;
}

static int scan_value(struct http_scan *s, const struct head *h)
{
	uint64_t most = (uint64_t)s->part + h->limits->field_size;
	uint32_t stop = h->size < most ? h->size : (uint32_t)most;
	for (;;) {
		s->at = skip_text(h->data, s->at, stop);
		if (s->at >= h->size)
			return HTTP_MORE;
		if (s->at == stop || h->data[s->at] != '\t')
			break;
		s->at++;
	}
	unsigned char c = h->data[s->at];
	if (s->at >= most && c != '\r')
		return refuse(s, 431, "a field is longer than LimitRequestFieldSize");
	if (c == '\n')
		return refuse(s, 400, "LF without CR");
	if (c != '\r')
		return refuse(s, 400, "a control byte in a field value");
	int status = line_end(s, h);
	if (status)
		return status;
	unsigned char last = h->data[s->at - 3]; /* before CR LF */
	s->padded |= (last == ' ') | (last == '\t');
	s->field_count++;
	s->phase = PHASE_FIELD;
	return 0;
}

static int scan_phase(struct http_scan *s, const struct head *h)
{
	switch ((enum phase)s->phase) {
	case PHASE_START:
		return scan_start(s, h);
	case PHASE_METHOD:
		return scan_method(s, h);
	case PHASE_PATH:
	case PHASE_QUERY:
		return scan_target(s, h);
	case PHASE_VERSION:
		return scan_version(s, h);
	case PHASE_FIELD:
		return scan_field(s, h);
	case PHASE_NAME:
		return scan_name(s, h);
	case PHASE_VALUE:
		return scan_value(s, h);
	case PHASE_DONE:
		break;
	}
	return 0;
}

int http_scan(struct http_scan *s, const char *data, size_t size, const struct http_limits *limits)
{
	struct head h = {(const unsigned char *)data,
		size < HTTP_HEAD_MOST ? (uint32_t)size : HTTP_HEAD_MOST, limits};
	int status = 0;
	while (status == 0 && s->phase != PHASE_DONE)
		status = scan_phase(s, &h);
	if (status == HTTP_MORE && h.size == HTTP_HEAD_MOST)
		return refuse(s, s->line_end ? 431 : 414, "the head is too large");
	return status;
}
