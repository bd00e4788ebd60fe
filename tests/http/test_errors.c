/*
 * test_errors - error pages: they give nothing away, and ErrorDocument takes their place
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request whose every part could come back in a page. */
static const struct {
	int status;
	const char *request;
} cases[] = {
	{400, "GET /%zz<script>alert(1)</script> HTTP/1.1\r\nHost: test\r\n\r\n"},
	{400, "GET /secret-word HTTP/1.1\r\nHost: secret-word\r\nHost: secret-word\r\n\r\n"},
	{400, "GET /%zz?secret-word HTTP/1.1\r\nHost: secret-word\r\n\r\n"},
	{403, "GET /f/?secret-word HTTP/1.1\r\nHost: secret-word\r\n\r\n"},
	{404, "GET /secret-word HTTP/1.1\r\nHost: secret-word\r\nReferer: secret-word\r\n\r\n"},
	{404, "GET /secret%2fword HTTP/1.1\r\nHost: secret-word\r\n\r\n"},
	{405, "DELETE /hello.txt?secret-word HTTP/1.1\r\nHost: secret-word\r\n\r\n"},
	{412, "GET /hello.txt HTTP/1.1\r\nHost: test\r\nIf-Match: \"secret-word\"\r\n\r\n"},
	{416, "GET /hello.txt HTTP/1.1\r\nHost: test\r\nRange: bytes=999-\r\n\r\n"},
	{417, "GET / HTTP/1.1\r\nHost: test\r\nExpect: secret-word\r\n\r\n"},
	{501, "SECRETWORD / HTTP/1.1\r\nHost: secret-word\r\n\r\n"},
	{505, "GET /secret-word HTTP/7.1\r\nHost: secret-word\r\n\r\n"},
};

static void expect_discreet(const struct support_server *s, const struct support_reply *r)
{
	const char *const secrets[] = {"secret-word", "secret/word", "secret%2fword", "SECRETWORD",
		"<script>", "preforkd", "0.1", "htdocs", s->root, "127.0.0.1", "libev", "errno"};
	char number[16];
	snprintf(number, sizeof number, "%d", r->status);
	ck_assert_msg(strstr(r->body, number) != NULL, "the page does not say %s", number);
	ck_assert_msg(strstr(r->body, "<title>") != NULL, "no page:\n%s", r->body);
	const char *type = support_reply_field(r, "Content-Type");
	ck_assert_msg(type && strncmp(type, "text/html", 9) == 0, "Content-Type: %s", type);
	ck_assert_msg(
		!support_reply_field(r, "Last-Modified"), "an error page with a date of change");
	ck_assert_msg(!support_reply_field(r, "ETag"), "an error page with a tag");
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		ck_assert_msg(!strstr(r->body, secrets[i]), "the page of %d says \"%s\"", r->status,
			secrets[i]);
}

START_TEST(give_nothing_away)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "ServerTokens Prod\n");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		support_conn_open(&c, s.port);
		support_conn_send(&c, cases[i].request, strlen(cases[i].request));
		support_conn_expect(&c, cases[i].status);
		expect_discreet(&s, &c.reply);
		ck_assert_str_eq(support_reply_field(&c.reply, "Server"), "preforkd");
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Text, a path of the site, a URL; inside a section, and taken back. */
START_TEST(can_be_replaced)
{
	static const struct {
		const char *path;
		int status;
		const char *body, *location;
	} pages[] = {{"/missing", 404, "not \"here\"", NULL}, {"/f/", 403, "front page\n", NULL},
		{"/a/missing", 404, "hello, world\n", NULL}, {"/b/missing", 404, NULL, NULL},
		{"/c/missing", 302, NULL, "http://elsewhere.test/x"},
		{"/d/missing", 404, NULL, NULL}};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i,
		"ErrorDocument 404 \"not \\\"here\\\"\"\n"
		"ErrorDocument 403 /index.html\n"
		"<Location /a>\n ErrorDocument 404 /hello.txt\n</Location>\n"
		"<Location /b>\n ErrorDocument 404 default\n</Location>\n"
		"<Location /c>\n ErrorDocument 404 http://elsewhere.test/x\n</Location>\n"
		"<Location /d>\n ErrorDocument 404 /not/there/either\n</Location>\n");
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		support_get(&c, s.port, pages[i].path);
		ck_assert_msg(
			c.reply.status == pages[i].status, "%s: %s", pages[i].path, c.reply.line);
		if (pages[i].body)
			ck_assert_str_eq(c.reply.body, pages[i].body);
		const char *to = support_reply_field(&c.reply, "Location");
		if (pages[i].location)
			ck_assert_msg(to && strcmp(to, pages[i].location) == 0, "Location: %s", to);
		else
			ck_assert_msg(!to, "%s: Location: %s", pages[i].path, to);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* The page that stands in is no answer for the next one who asks for it under its own name, and
 * the other way round: nothing of it sticks in a cache. */
START_TEST(do_not_stick)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(
		&s, (enum support_model)_i, "StartServers 1\nErrorDocument 404 /hello.txt\n");
	for (int i = 0; i < 6; i++) {
		support_get(&c, s.port, i % 2 ? "/hello.txt" : "/missing");
		ck_assert_int_eq(c.reply.status, i % 2 ? 200 : 404);
		ck_assert_str_eq(c.reply.body, "hello, world\n");
		support_conn_close(&c);
	}
	/* Nor does a condition or a range on what is missing count for what stands in. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /missing HTTP/1.1\r\nHost: test\r\nRange: bytes=0-1\r\n"
			       "If-Modified-Since: " SUPPORT_SITE_DATE "\r\n\r\n");
	support_conn_expect(&c, 404);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* What the client said of what it asked for does not count for a page in its place, with a head
 * that was changed meanwhile either. */
START_TEST(are_whole)
{
	static const char *const said[] = {"Range: bytes=0-3", "If-None-Match: *",
		"If-Match: \"x\"", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT",
		"If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT"};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i,
		"ErrorDocument 403 /hello.txt\n<Location /no>\nRequire all denied\n</Location>\n"
		"RequestHeader set X-More here\n");
	support_server_allow(&s, "client denied by server configuration");
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "GET /no HTTP/1.1\r\nHost: test\r\n%s\r\n\r\n", said[i]);
		support_conn_expect(&c, 403);
		ck_assert_msg(strcmp(c.reply.body, "hello, world\n") == 0, "%s", said[i]);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("errors", {are_whole, SUPPORT_MODELS}, {give_nothing_away, SUPPORT_MODELS},
	{can_be_replaced, SUPPORT_MODELS}, {do_not_stick, SUPPORT_MODELS})
