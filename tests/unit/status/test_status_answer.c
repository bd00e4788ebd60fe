/*
 * test_status_answer - which answer a request to the status process gets
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include "unit/handler/board.h"

static struct board board;
static struct http_request request;
static struct http_response response;
static struct buffer head;

/* Asks with a whole head; whether the answer is the stream. */
static bool ask(const char *raw)
{
	static const struct http_limits limits = {
		.line = 200, .fields = 20, .field_size = 200, .secure = false};
	static const char date[HTTP_DATE_SIZE + 1] = "Sun, 06 Nov 1994 08:49:37 GMT";
	board_begin(&board);
	http_request_init(&request);
	http_response_init(&response);
	int status = http_request_read(&request, raw, strlen(raw), &limits);
	ck_assert_int_ne(status, HTTP_MORE);
	bool stream = status_answer(
		board.config, board.shared, BOARD_NOW, &request, status, NULL, &response);
	head = BUFFER_INIT;
	http_response_head(&response, &request, date, TEXT("unit"), &head, NULL, NULL);
	buffer_append(&head, "", 1);
	buffer_append(&response.bytes, "", 1);
	response.bytes.size--;
	return stream;
}

static void end(void)
{
	buffer_free(&head);
	http_request_free(&request);
	http_response_free(&response);
	board_end(&board);
}

START_TEST(answers)
{
	static const struct {
		const char *target;
		int status;
		const char *type, *begins; /* of the body */
	} rows[] = {
		{"/", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/server-status", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/server-status?refresh=5", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/?auto", 200, "text/plain; charset=utf-8", "www.example.org\nServerVersion: "},
		{"/server-status?auto&x=y", 200, "text/plain; charset=utf-8", "www.example.org\n"},
		{"/server-status?json", 200, "application/json", "{\"schema\":1,"},
		{"http://any/?json", 200, "application/json", "{\"schema\":1,"},
		{"/metrics", 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
			"# HELP preforkd_"},
		{"/metrics?json", 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
			"# HELP preforkd_"},
		{"/server-status/", 404, "text/plain; charset=utf-8", "404 Not Found\n"},
		{"/index.html", 404, "text/plain; charset=utf-8", "404 "},
		{"/../etc/passwd", 404, "text/plain; charset=utf-8", "404 "},
		{"/%73erver-status", 404, "text/plain; charset=utf-8", "404 "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char raw[256], line[128];
		snprintf(raw, sizeof raw, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].target);
		ck_assert(!ask(raw));
		ck_assert_msg(response.status == rows[i].status, "%s: %d", rows[i].target,
			response.status);
		snprintf(line, sizeof line, "\r\nContent-Type: %s\r\n", rows[i].type);
		board_has(head.data, line);
		board_has(head.data, "\r\nCache-Control: no-store\r\n");
		board_has(head.data, "\r\nX-Content-Type-Options: nosniff\r\n");
		ck_assert_msg(
			strncmp(response.bytes.data, rows[i].begins, strlen(rows[i].begins)) == 0,
			"%s: %.100s", rows[i].target, response.bytes.data);
		ck_assert(http_response_keeps(&response, &request));
		end();
	}
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		const char *raw;
		int status;
	} rows[] = {
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", 405},
		{"DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"NIX / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
		{"nonsense\r\n\r\n", 400},
		{"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert(!ask(rows[i].raw));
		ck_assert_msg(
			response.status == rows[i].status, "%s: %d", rows[i].raw, response.status);
		if (response.status == 405)
			board_has(head.data, "\r\nAllow: GET, HEAD\r\n");
		end();
	}
	/* What has a body is answered, and then the connection ends: nobody reads the body. */
	ck_assert(!ask("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	ck_assert(!http_response_keeps(&response, &request));
	end();
}
END_TEST

START_TEST(stream)
{
	ck_assert(ask("GET /server-status?events HTTP/1.1\r\nHost: a\r\n\r\n"));
	board_has(head.data, "\r\nContent-Type: text/event-stream\r\n");
	ck_assert(!http_response_keeps(&response, &request));
	end();
	ck_assert(!ask("HEAD /?events HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	ck_assert(!http_response_has_body(&response, &request));
	end();
}
END_TEST

UNIT_MAIN("status_answer", answers, refusals, stream)
