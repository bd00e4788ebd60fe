/*
 * call - asks a handler as a worker would, without a worker
 *
 * Runs in:  the test program
 * Owns:     struct call, between call_ask and call_end
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CALL_H
#define CALL_H

#include "handler/handler.h"

#include "unit/site.h"

struct call {
	struct handler_call handler;
	struct http_request request;
	struct http_response response;
	char *raw;
	char *head; /* as it would be sent, with a NUL behind it */
	struct buffer body;
};

/* Who asks, in what follows; NULL: nobody knows. */
static const struct os_address *call_client;

/* Long after any file of a test was changed. */
enum { CALL_LATER = 3600 };

/* Of HTTP_BODY_PARTS: text, a piece of the file, text, ... */
static inline void call_read_parts(struct call *c)
{
	const struct http_response *r = &c->response;
	const struct http_part *part = (const struct http_part *)r->parts.data;
	struct text rest = buffer_view(&r->bytes);
	for (size_t left = r->parts.size / sizeof *part; left > 0; left--, part++) {
		buffer_append(&c->body, rest.at, part->text);
		rest = text_from(rest.at + part->text, rest.size - part->text);
		char *to = buffer_reserve(&c->body, part->length);
		ck_assert_ptr_nonnull(to);
		ck_assert_int_eq(
			pread(r->fd, to, part->length, (off_t)part->offset), (ssize_t)part->length);
		buffer_grew(&c->body, part->length);
	}
	buffer_text(&c->body, rest);
}

static inline void call_read_body(struct call *c)
{
	const struct http_response *r = &c->response;
	c->body = BUFFER_INIT;
	if (r->kind == HTTP_BODY_BYTES)
		buffer_text(&c->body, r->view.size ? r->view : buffer_view(&r->bytes));
	if (r->kind == HTTP_BODY_PARTS)
		call_read_parts(c);
	if (r->kind == HTTP_BODY_FILE && r->length) {
		char *to = buffer_reserve(&c->body, r->length);
		ck_assert_ptr_nonnull(to);
		ck_assert_int_eq(pread(r->fd, to, r->length, (off_t)r->offset), (ssize_t)r->length);
		buffer_grew(&c->body, r->length);
	}
}

static inline void call_read_head(struct call *c)
{
	static const char date[HTTP_DATE_SIZE + 1] = "Sun, 06 Nov 1994 08:49:37 GMT";
	struct buffer head = BUFFER_INIT;
	http_response_head(&c->response, &c->request, date, TEXT("unit"), &head, NULL, NULL);
	buffer_append(&head, "", 1);
	ck_assert(!head.failed);
	c->head = head.data;
}

/* A raw request head, through http_request_read and handler_route (or handler_error where it is
 * refused). */
static inline void call_ask(
	struct call *c, struct config *config, const struct wire_scoreboard *board, const char *raw)
{
	const struct http_limits limits = {8190, 100, 8190, false};
	*c = (struct call){0};
	c->raw = strdup(raw);
	http_request_init(&c->request);
	http_response_init(&c->response);
	c->handler = (struct handler_call){.config = config,
		.host = &config->host,
		.request = &c->request,
		.response = &c->response,
		.scoreboard = board,
		.now = time(NULL) + CALL_LATER,
		.client = call_client,
		.arena = arena_new(),
		.fd = -1,
		.socket = -1,
		.path = BUFFER_INIT,
		.file = BUFFER_INIT};
	int status = http_request_read(&c->request, c->raw, strlen(c->raw), &limits);
	ck_assert_int_ne(status, HTTP_MORE);
	if (status)
		handler_refuse(&c->handler, status);
	else
		handler_find(&c->handler);
	handler_answer(&c->handler);
	call_read_body(c);
	call_read_head(c);
}

/* "GET /path" with these further field lines. */
static inline void call_get(
	struct call *c, struct config *config, const char *target, const char *fields)
{
	char raw[16384];
	snprintf(raw, sizeof raw, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, fields);
	call_ask(c, config, NULL, raw);
}

/* The value of a head line, NULL: it is not there; a static text. */
static inline const char *call_field(const struct call *c, const char *name)
{
	static char value[1024];
	char wanted[64];
	snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
	const char *at = strstr(c->head, wanted);
	if (!at)
		return NULL;
	at += strlen(wanted);
	snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}

#define call_field_eq(c, name, expected)                                                           \
	do {                                                                                       \
		const char *call_value = call_field((c), (name));                                  \
		const char *call_wanted = (expected);                                              \
		ck_assert_msg(call_value &&call_wanted ? strcmp(call_value, call_wanted) == 0      \
						       : call_value == call_wanted,                \
			"%s: %s instead of %s", name, call_value ? call_value : "(none)",          \
			call_wanted ? call_wanted : "(none)");                                     \
	} while (0)

static inline void call_end(struct call *c)
{
	http_request_free(&c->request);
	http_response_free(&c->response);
	handler_free(&c->handler);
	buffer_free(&c->body);
	free(c->raw);
	free(c->head);
}

#endif
