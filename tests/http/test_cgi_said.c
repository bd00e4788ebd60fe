/*
 * test_cgi_said - what is made of what a program says
 *
 * Runs in:  make check
 * Owns:     a server and the scripts it runs
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cgi.h"

START_TEST(answers)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	cgi_script(&s, "hello", "printf '" CGI_PLAIN "hello from %s\\n' \"$REQUEST_METHOD\"");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	for (int i = 0; i < (SUPPORT_HAS_POOL(s.model) ? 3 : 1); i++) {
		support_conn_print(&c, "GET /cgi-bin/hello HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c, 200);
		ck_assert_str_eq(c.reply.body, "hello from GET\n");
		ck_assert_str_eq(support_reply_field(&c.reply, "Content-Type"), "text/plain");
	}
	support_conn_close(&c);
	/* In HTTP/1.0 the end of the connection is the end of the answer, or its length is told. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /cgi-bin/hello HTTP/1.0\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(!c.reply.chunked);
	ck_assert_str_eq(c.reply.body, "hello from GET\n");
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(heads)
{
	static const struct {
		const char *name, *body;
		int status;
		const char *text;
	} rows[] = {
		{"status", "printf 'Status: 404 Gone fishing\\n" CGI_PLAIN "no\\n'", 404, "no\n"},
		{"crlf", "printf 'Content-Type: text/plain\\r\\nX-A: b\\r\\n\\r\\nyes'", 200,
			"yes"},
		{"bare", "printf '\\nno field\\n'", 200, "no field\n"},
		{"empty", "printf 'Content-Type: text/plain\\n\\n'", 200, ""},
		{"moved", "printf 'Location: http://else.example/\\nSet-Cookie: a=b\\n\\nbody'",
			302, NULL},
		{"moved-301", "printf 'Status: 301\\nLocation: http://x/\\n" CGI_PLAIN "own'", 301,
			"own"},
		{"local", "printf 'Location: /hello.txt\\n\\n'", 200, "hello, world\n"},
		{"none-204", "printf 'Status: 204\\n" CGI_PLAIN "dropped'", 204, ""},
		{"same-304", "printf 'Status: 304\\nETag: \"x\"\\n\\n'", 304, ""},
		{"nph-raw", "printf 'HTTP/1.1 203 Own\\r\\nContent-Length: 3\\r\\n\\r\\nraw'", 203,
			"raw"},
		{"length", "printf 'Content-Length: 3\\n" CGI_PLAIN "abc'", 200, "abc"},
	};
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		cgi_script(&s, rows[i].name, rows[i].body);
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[64];
		snprintf(target, sizeof target, "/cgi-bin/%s", rows[i].name);
		cgi_ask(&c, &s, target, rows[i].status);
		if (rows[i].text)
			ck_assert_msg(strcmp(c.reply.body, rows[i].text) == 0, "%s: %s", target,
				c.reply.body);
		if (rows[i].status == 302)
			ck_assert_str_eq(support_reply_field(&c.reply, "Set-Cookie"), "a=b");
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* The words of a status are the program's own, where they are words. */
START_TEST(reasons)
{
	static const struct {
		const char *name, *status, *line;
	} rows[] = {
		{"own", "404 Nothing here", "HTTP/1.1 404 Nothing here"},
		{"well", "200 All is well", "HTTP/1.1 200 All is well"},
		{"new", "299 Odd", "HTTP/1.1 299 Odd"},
		{"no", "404", "HTTP/1.1 404 Not Found"},
		{"space", "404  ", "HTTP/1.1 404 Not Found"},
		{"tab", "404 a\\tb", "HTTP/1.1 404 Not Found"},
		{"letter", "404 caf\\303\\251", "HTTP/1.1 404 Not Found"},
		{"same", "304 Same", "HTTP/1.1 304 Same"},
		{"long", "404 $(printf '%%257s' | tr ' ' x)", "HTTP/1.1 404 Not Found"},
	};
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char body[256];
		snprintf(
			body, sizeof body, "printf \"Status: %s\\n" CGI_PLAIN "\"", rows[i].status);
		cgi_script(&s, rows[i].name, body);
	}
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[64];
		snprintf(target, sizeof target, "/cgi-bin/%s", rows[i].name);
		cgi_ask(&c, &s, target, atoi(rows[i].status));
		ck_assert_str_eq(c.reply.line, rows[i].line);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Nothing a program prints becomes a field that is none, or one that is the server's. */
START_TEST(fields)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK, NULL);
	cgi_script(&s, "fields",
		"printf 'Date: then\\nServer: me\\nConnection: close\\nKeep-Alive: no\\n"
		"Transfer-Encoding: chunked\\nX-One: a\\nX-Two: b\\n"
		"ETag: \"tag\"\\nLast-Modified: Sun, 13 Sep 2020 12:26:40 GMT\\n" CGI_PLAIN "ok'");
	support_server_launch(&s);
	cgi_ask(&c, &s, "/cgi-bin/fields", 200);
	ck_assert_str_eq(c.reply.body, "ok");
	ck_assert_str_ne(support_reply_field(&c.reply, "Date"), "then");
	ck_assert_ptr_null(strstr(c.reply.text, "Server: me"));
	ck_assert(!support_reply_closes(&c.reply));
	ck_assert_ptr_null(support_reply_field(&c.reply, "Keep-Alive"));
	ck_assert_str_eq(support_reply_field(&c.reply, "X-One"), "a");
	ck_assert_str_eq(support_reply_field(&c.reply, "X-Two"), "b");
	ck_assert_str_eq(support_reply_field(&c.reply, "ETag"), "\"tag\"");
	/* What it says of the content counts as with a file. */
	support_conn_print(&c, "GET /cgi-bin/fields HTTP/1.1\r\nHost: test\r\n"
			       "If-None-Match: \"tag\"\r\n\r\n");
	support_conn_expect(&c, 304);
	support_conn_print(&c, "HEAD /cgi-bin/fields HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert(support_conn_read(&c, "HEAD"));
	ck_assert_str_eq(support_reply_field(&c.reply, "X-One"), "a");
	/* But what it has done by another method has been done. */
	support_conn_print(&c, "POST /cgi-bin/fields HTTP/1.1\r\nHost: test\r\n"
			       "If-Match: \"other\"\r\nContent-Length: 0\r\n\r\n");
	support_conn_expect(&c, 200);
	support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* What has a length: never less than nothing, where a program prints no content for HEAD. */
START_TEST(lengths)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	support_server_allow(&s, "malformed header from script 'two'");
	cgi_script(
		&s, "head", "printf '" CGI_PLAIN "'; [ $REQUEST_METHOD = HEAD ] || printf 12345");
	cgi_script(&s, "reset", "printf 'Status: 205\n" CGI_PLAIN "content'");
	cgi_script(&s, "same", "printf 'Content-Length: 3\nContent-Length: 3\n" CGI_PLAIN "abc'");
	cgi_script(&s, "two", "printf 'Content-Length: 3\nContent-Length: 2\n" CGI_PLAIN "abc'");
	support_server_launch(&s);
	for (int i = 0; i < 5; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "HEAD /cgi-bin/head HTTP/1.1\r\nHost: test\r\n\r\n");
		ck_assert(support_conn_read(&c, "HEAD"));
		ck_assert_int_eq(c.reply.status, 200);
		ck_assert_ptr_null(support_reply_field(&c.reply, "Content-Length"));
		support_conn_close(&c);
	}
	/* One that has ended with its answer says how long it is. */
	cgi_ask(&c, &s, "/cgi-bin/head", 200);
	ck_assert_str_eq(c.reply.body, "12345");
	support_conn_close(&c);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /cgi-bin/head HTTP/1.1\r\nHost: test\r\n"
			       "If-None-Match: *\r\n\r\n");
	support_conn_expect(&c, 304);
	support_conn_close(&c);
	cgi_ask(&c, &s, "/cgi-bin/reset", 205);
	ck_assert_str_eq(support_reply_field(&c.reply, "Content-Length"), "0");
	support_conn_close(&c);
	cgi_ask(&c, &s, "/cgi-bin/same", 200);
	ck_assert_str_eq(c.reply.body, "abc");
	support_conn_close(&c);
	cgi_ask(&c, &s, "/cgi-bin/two", 500);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* After the head all that can be done is to end the answer, in order or not. */
START_TEST(bad_answers)
{
	struct support_server s;
	struct support_conn c;
	char body[256];
	cgi_prepare(&s, _i, "CGIScriptTimeout 3\n");
	support_server_allow(&s, "printed less than its Content-Length");
	support_server_allow(&s, "printed more than its Content-Length");
	support_server_allow(&s, "Timeout waiting for output from CGI script");
	support_server_allow(&s, "keeps its output open");
	cgi_script(&s, "short", "printf 'Content-Length: 10\\n" CGI_PLAIN "abc'");
	cgi_script(&s, "long", "printf 'Content-Length: 3\\n" CGI_PLAIN "abcdef'");
	cgi_script(&s, "stops", "printf '" CGI_PLAIN "some'; sleep 100");
	snprintf(body, sizeof body,
		"printf '" CGI_PLAIN "all'; sleep 100 & echo $! > %s/told/pid; exit 0", s.root);
	cgi_script(&s, "kept", body);
	support_server_launch(&s);

	cgi_get(&c, &s, "/cgi-bin/short");
	support_conn_more(&c, 1);
	ck_assert_int_eq(support_conn_end(&c, 0), SUPPORT_MORE);
	while (!c.ended && !c.error)
		support_conn_more(&c, 1);
	ck_assert(c.size > 3 && memcmp(c.in + c.size - 3, "abc", 3) == 0);
	support_conn_close(&c);

	cgi_ask(&c, &s, "/cgi-bin/long", 200);
	ck_assert_str_eq(c.reply.body, "abc");
	support_conn_close(&c);

	cgi_get(&c, &s, "/cgi-bin/stops");
	while (!c.ended && !c.error)
		support_conn_more(&c, 1);
	ck_assert_ptr_nonnull(memmem(c.in, c.size, "some", 4));
	ck_assert_ptr_null(memmem(c.in, c.size, "\r\n0\r\n\r\n", 7)); /* it is not whole */
	support_conn_close(&c);

	cgi_ask(&c, &s, "/cgi-bin/kept", 200);
	ck_assert_str_eq(c.reply.body, "all");
	support_conn_close(&c);
	kill((pid_t)cgi_told(&s, "pid"), SIGKILL); /* nobody minds it */
	support_server_stop(&s);
}
END_TEST

/* Does its answer end in order? `soon`: it had ended long before its time was over. */
static bool is_whole(const struct support_server *s, bool *soon)
{
	struct support_conn c;
	double asked = support_now();
	unlink(support_server_path(s, "told/pid"));
	support_conn_open(&c, s->port);
	support_conn_print(
		&c, "GET /cgi-bin/kept HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	pid_t pid = (pid_t)cgi_told(s, "pid");
	*soon = support_now() - asked < 1;
	while (!c.ended && !c.error)
		support_conn_more(&c, 1);
	bool whole = memmem(c.in, c.size, "all", 3) && memmem(c.in, c.size, "\r\n0\r\n\r\n", 7);
	support_conn_close(&c);
	kill(pid, SIGKILL);
	return whole;
}

/* A program that has ended said all that it had to say, although something it started holds its
 * output, and although its time is over before anybody looks at it again. */
START_TEST(ended_before_its_time)
{
	struct support_server s;
	char body[256];
	bool soon = false, whole;
	cgi_prepare(&s, _i, "CGIScriptTimeout 1900ms\n");
	support_server_allow(&s, "Timeout waiting for output from CGI script");
	support_server_allow(&s, "Script timed out before returning headers");
	support_server_allow(&s, "keeps its output open");
	snprintf(body, sizeof body,
		"printf '" CGI_PLAIN "all'; sleep 100 & echo $! > %s/told/pid; exit 0", s.root);
	cgi_script(&s, "kept", body);
	support_server_launch(&s);
	for (int tries = 0; tries < 10 && !soon; tries++) {
		whole = is_whole(&s, &soon);
		ck_assert(whole || !soon);
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("cgi_said", {answers, SUPPORT_MODELS}, {heads, SUPPORT_MODELS}, {reasons, 1},
	{fields, 1}, {lengths, 2}, {bad_answers, 2}, {ended_before_its_time, 2})
