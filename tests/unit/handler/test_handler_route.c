/*
 * test_handler_route - which handler answers, and which method may ask it what
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

static const char sections[] = "<Location /status>\nSetHandler server-status\n</Location>\n"
			       "<Location /status/none>\nSetHandler none\n</Location>\n"
			       "<Location /status/upper>\nSetHandler Server-Status\n</Location>\n"
			       "<Location /small>\nLimitRequestBody 10\n</Location>\n";

static struct config *make_site(void)
{
	struct config *config = site_config(sections);
	unit_write("www/index.html", TEXT("<p>front"));
	unit_write("www/a b.txt", TEXT("spaced"));
	unit_mkdir("www/status");
	unit_write("www/status/none", TEXT("a file after all"));
	return config;
}

static struct wire_scoreboard *make_board(int *fd)
{
	struct wire_scoreboard *board = wire_scoreboard_new(2, fd);
	ck_assert_ptr_nonnull(board);
	board->limit = 2;
	return board;
}

START_TEST(answers)
{
	static const struct {
		const char *raw;
		int status;
		const char *type;  /* of the answer; NULL: none */
		const char *allow; /* NULL: none */
		bool has_body;
	} rows[] = {
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html", NULL, true},
		{"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html", NULL, true},
		{"GET / HTTP/1.0\r\n\r\n", 200, "text/html", NULL, true},
		{"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html", NULL, true},
		{"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html", NULL, true},
		{"GET /a%20b.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/plain", NULL, true},
		{"GET /x/../a%20b.txt?q HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/plain", NULL,
			true},
		{"GET /status HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html; charset=utf-8", NULL,
			true},
		{"GET /status/upper HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html; charset=utf-8",
			NULL, true},
		{"GET /x/..%2e/%2E%2e/ HTTP/1.1\r\nHost: a\r\n\r\n", 404,
			"text/html; charset=utf-8", NULL, true},
		{"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400,
			"text/html; charset=utf-8", NULL, true},
		{"GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400,
			"text/html; charset=utf-8", NULL, true},
		{"GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 404, "text/html; charset=utf-8", NULL,
			true},
		{"GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 404, "text/html; charset=utf-8", NULL,
			true},
		{"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "text/html; charset=utf-8", NULL,
			true},
		{"OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", 200, "text/html",
			"GET, HEAD, POST, OPTIONS, TRACE", false},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200, NULL,
			"GET, HEAD, POST, OPTIONS, TRACE", false},
		{"OPTIONS /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 200, NULL,
			"GET, HEAD, POST, OPTIONS, TRACE", false},
		{"POST /status HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 404,
			"text/html; charset=utf-8", NULL, true},
		{"DELETE /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 405, "text/html; charset=utf-8",
			"GET, HEAD, POST, OPTIONS, TRACE", true},
		{"PUT /status HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405,
			"text/html; charset=utf-8", "GET, HEAD, POST, OPTIONS, TRACE", true},
		{"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405, "text/html; charset=utf-8",
			"GET, HEAD, POST, OPTIONS, TRACE", true},
		{"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "text/html; charset=utf-8", NULL, true},
		{"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "text/html; charset=utf-8", NULL, true},
		{"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413,
			"text/html; charset=utf-8", NULL, true},
		{"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", 404,
			"text/html; charset=utf-8", NULL, true},
		{"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 404,
			"text/html; charset=utf-8", NULL, true},
	};
	int fd;
	struct config *config = make_site();
	struct wire_scoreboard *board = make_board(&fd);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		call_ask(&c, config, board, rows[i].raw);
		ck_assert_msg(c.response.status == rows[i].status, "%.40s: %d instead of %d",
			rows[i].raw, c.response.status, rows[i].status);
		call_field_eq(&c, "Content-Type", rows[i].type);
		call_field_eq(&c, "Allow", rows[i].allow);
		ck_assert_msg((c.body.size > 0) == rows[i].has_body, "%.40s", rows[i].raw);
		call_end(&c);
	}
	close(fd);
	config_free(config);
}
END_TEST

START_TEST(none_takes_a_handler_back)
{
	int fd;
	struct call c;
	struct config *config = make_site();
	struct wire_scoreboard *board = make_board(&fd);
	call_ask(&c, config, board, "GET /status/none HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(c.response.status, 200);
	unit_text_eq(buffer_view(&c.body), "a file after all");
	call_end(&c);
	close(fd);
	config_free(config);
}
END_TEST

START_TEST(a_path_is_decoded_once)
{
	struct call c;
	struct config *config = make_site();
	unit_write("www/%41", TEXT("percent"));
	unit_write("www/A", TEXT("letter"));
	call_get(&c, config, "/%2541", "");
	unit_text_eq(buffer_view(&c.body), "percent");
	unit_text_eq(buffer_view(&c.handler.path), "/%41");
	call_end(&c);
	call_get(&c, config, "/%41", "");
	unit_text_eq(buffer_view(&c.body), "letter");
	call_end(&c);
	call_get(&c, config, "/%252e%252e/httpd.conf", "");
	ck_assert_int_eq(c.response.status, 404);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(a_section_counts_for_the_decoded_path)
{
	int fd;
	struct call c;
	struct config *config = make_site();
	struct wire_scoreboard *board = make_board(&fd);
	static const char *const same[] = {
		"/status", "/%73tatus", "//status", "/x/../status", "/./status", "/status?auto"};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char raw[128];
		snprintf(raw, sizeof raw, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", same[i]);
		call_ask(&c, config, board, raw);
		ck_assert_msg(c.response.status == 200 && c.response.kind == HTTP_BODY_BYTES, "%s",
			same[i]);
		call_end(&c);
	}
	close(fd);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_route", answers, none_takes_a_handler_back, a_path_is_decoded_once,
	a_section_counts_for_the_decoded_path)
