/*
 * handler_cgi_head - the head of what a program prints
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false, and the line that is no field
 *
 * A program is no part of the server: its fields are looked at as strictly as a client's. What
 * concerns the connection, or is the server's own to say, is left out (RFC 3875 6.3.4).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_cgi_head.h"

#include "base/assert.h"
#include "http/http_chars.h"
#include "http/http_conditional.h"

size_t handler_cgi_head_size(struct text output)
{
	size_t at = 0;
	while (at < output.size) {
		const char *end = memchr(output.at + at, '\n', output.size - at);
		if (!end)
			return 0;
		size_t next = (size_t)(end - output.at) + 1, size = next - at - 1;
		if (size == 0 || (size == 1 && output.at[at] == '\r'))
			return next;
		at = next;
	}
	return 0;
}

static bool is_named(struct text name, const char *wanted)
{
	return text_equal_nocase(name, text_of(wanted));
}

/* What the server says itself, or what holds between two neighbours only (RFC 9110 7.6.1). */
static bool is_left_out(struct text name)
{
	static const char *const names[] = {"Connection", "Keep-Alive", "Proxy-Connection", "TE",
		"Trailer", "Transfer-Encoding", "Upgrade", "Date", "Server"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (is_named(name, names[i]))
			return true;
	return false;
}

/* As in Apache the words may be the program's; but bytes that a terminal or a proxy may take for
 * something else are not passed on, nor is a page of them. */
static bool may_be_reason(struct text words)
{
	enum { REASON_MOST = 256 };
	for (size_t i = 0; i < words.size; i++)
		if (words.at[i] < ' ' || words.at[i] > '~')
			return false;
	return words.size <= REASON_MOST;
}

/* "404 Not Found". */
static bool read_status(struct handler_call *call, struct text value, int *status)
{
	unsigned long long n;
	struct text digits = text_split(&value, ' ');
	if (!text_number(digits, 999, &n) || n < 100)
		return false;
	*status = (int)n;
	value = text_trim(value);
	if (value.size && may_be_reason(value))
		call->response->reason = text_of(arena_text(call->arena, value));
	return true;
}

static void add_raw(struct http_response *r, struct text name, struct text value)
{
	buffer_text(&r->fields, name);
	buffer_text(&r->fields, TEXT(": "));
	buffer_text(&r->fields, value);
	buffer_text(&r->fields, TEXT("\r\n"));
}

/* Those that http_response writes of itself; false: it is none of them. */
static bool take_own(struct handler_call *call, struct text name, struct text value)
{
	struct http_response *r = call->response;
	if (is_named(name, "Content-Type")) {
		buffer_clear(&r->composed);
		buffer_text(&r->composed, value);
		r->type = buffer_view(&r->composed);
	} else if (is_named(name, "ETag")) {
		r->etag_size = 0;
		if (value.size > sizeof r->etag || !http_etag_valid(value))
			add_raw(r, name, value);
		else
			memcpy(r->etag, value.at, r->etag_size = value.size);
	} else if (is_named(name, "Last-Modified")) {
		if (!http_date_parse(value, call->now, &r->modified))
			r->modified = -1;
	} else if (is_named(name, "Accept-Ranges")) {
		add_raw(r, name, value);
	} else {
		return false;
	}
	return true;
}

static bool take_field(struct handler_call *call, struct handler_cgi_head *said, struct text name,
	struct text value)
{
	unsigned long long n;
	if (is_named(name, "Status"))
		return read_status(call, value, &said->status);
	if (is_named(name, "Content-Length")) {
		bool first = !said->length_known;
		said->length_known = text_number(value, INT64_MAX, &n);
		bool same = said->length_known && (first || n == said->length);
		said->length = said->length_known ? n : 0;
		return same;
	}
	if (is_left_out(name) || take_own(call, name, value))
		return true;
	return http_response_field(call->response, name, value);
}

bool handler_cgi_head_read(struct text head, struct handler_call *call,
	struct handler_cgi_head *said, struct text *bad)
{
	*said = (struct handler_cgi_head){.status = 0};
	while (head.size) {
		struct text line = text_split(&head, '\n');
		if (line.size && line.at[line.size - 1] == '\r')
			line.size--;
		if (!line.size)
			break;
		*bad = line;
		struct text value = line, name = text_split(&value, ':');
		if (!value.at || !name.size || !http_chars_all(name, HTTP_CHARS_TOKEN))
			return false;
		value = text_trim(value);
		if (!http_chars_all(value, HTTP_CHARS_VALUE))
			return false;
		if (is_named(name, "Location"))
			said->location = value;
		else if (!take_field(call, said, name, value))
			return false;
	}
	return !call->response->fields.failed && !call->response->composed.failed;
}

/* --- conditions --- */

static bool is_read_only(const struct handler_call *call)
{
	return call->request->method == HTTP_METHOD_GET ||
	       call->request->method == HTTP_METHOD_HEAD;
}

/* If-None-Match: *, which needs no validator (RFC 9110 13.1.2). */
static bool wants_none(const struct handler_call *call)
{
	return text_equal(http_request_field(call->request, HTTP_IF_NONE_MATCH), TEXT("*"));
}

int handler_cgi_head_compare(struct handler_call *call)
{
	struct http_response *r = call->response;
	struct http_validators validators = {.etag = text_from(r->etag, r->etag_size),
		.modified = r->modified,
		.now = call->now,
		.exists = true};
	bool holds;
	if (r->status != 200 || !is_read_only(call) ||
		(!r->etag_size && r->modified == -1 && !wants_none(call)))
		return 0;
	int status = http_conditional(call->request, &validators, &holds);
	if (status != 304)
		return status;
	r->status = 304;
	r->reason = TEXT("");
	return 0;
}

void handler_cgi_head_forget_content(struct handler_call *call)
{
	static const struct text of_content[] = {TEXT("Content-Encoding"), TEXT("Content-Language"),
		TEXT("Content-Range"), TEXT("Content-Location"), TEXT("Content-Disposition"),
		TEXT("Content-MD5")};
	for (size_t i = 0; i < COUNT_OF(of_content); i++)
		http_response_forget(call->response, call->said_from, of_content[i]);
	call->said_to = call->response->fields.size;
}
