/*
 * test_pipeline - requests that do not wait for answers, cut anywhere
 *
 * Runs in:  a test program, against a server of each process model that keeps connections
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Several requests of every kind in one text, and what has to come back. */
static const char mixed[] = "GET /f/100 HTTP/1.1\r\nHost: test\r\n\r\n"
			    "HEAD /f/1024 HTTP/1.1\r\nHost: test\r\n\r\n"
			    "GET /missing HTTP/1.1\r\nHost: test\r\n\r\n"
			    "POST /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n"
			    "12345"
			    "POST /hello.txt HTTP/1.1\r\nHost: test\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n"
			    "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX: y\r\n\r\n"
			    "GET /f/16385 HTTP/1.1\r\nHost: test\r\n\r\n"
			    "\r\nGET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n"
			    "GET /f/131073 HTTP/1.1\r\nHost: test\r\nRange: bytes=5-9\r\n\r\n"
			    "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

static const struct {
	const char *method;
	int status;
	long size; /* of the body; -1: any */
} answers[] = {{"GET", 200, 100}, {"HEAD", 200, 0}, {"GET", 404, -1}, {"POST", 200, 13},
	{"POST", 200, 13}, {"GET", 200, 16385}, {"GET", 200, 13}, {"GET", 206, 5},
	{"GET", 200, 11}};

static void expect_mixed(struct support_conn *c)
{
	size_t count = sizeof answers / sizeof *answers;
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(support_conn_read(c, answers[i].method), "no answer %zu", i);
		ck_assert_msg(
			c->reply.status == answers[i].status, "answer %zu: %s", i, c->reply.line);
		if (answers[i].size >= 0)
			ck_assert_uint_eq(c->reply.body_size, (size_t)answers[i].size);
		ck_assert(support_reply_closes(&c->reply) == (i == count - 1));
	}
	ck_assert_str_eq(c->reply.body, "front page\n");
	support_conn_expect_closed(c);
}

START_TEST(answers_in_order)
{
	/* Bytes a packet; 0: all at once. */
	static const size_t pieces[] = {0, 1, 2, 3, 7, 16, 37, 61, 100, 333};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		support_conn_open(&c, s.port);
		support_conn_send_pieces(
			&c, mixed, sizeof mixed - 1, pieces[i] ? pieces[i] : sizeof mixed);
		expect_mixed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* The cut at every byte: the second piece is sent only after the server had the first one alone. */
START_TEST(takes_any_cut)
{
	static const char two[] = "GET /f/1 HTTP/1.1\r\nHost: test\r\n\r\n"
				  "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	support_conn_open(&c, s.port);
	for (size_t cut = 1; cut < sizeof two - 1; cut++) {
		support_conn_send(&c, two, cut);
		support_conn_pending(&c, cut >= sizeof two / 2 ? SUPPORT_PATIENCE : 0.002);
		support_conn_send(&c, two + cut, sizeof two - 1 - cut);
		support_conn_expect(&c, 200);
		ck_assert_uint_eq(c.reply.body_size, 1);
		support_conn_expect(&c, 200);
		ck_assert_str_eq(c.reply.body, "hello, world\n");
	}
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* So many requests at once that their answers do not fit into what the kernel takes. */
START_TEST(takes_many_at_once)
{
	enum { COUNT = 400 };
	static const size_t sizes[] = {1024, 100, 16385, 0, 16384, 131073};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	support_conn_open(&c, s.port);
	for (int i = 0; i < COUNT; i++)
		support_conn_print(&c, "GET /f/%zu HTTP/1.1\r\nHost: test\r\n\r\n", sizes[i % 6]);
	for (int i = 0; i < COUNT; i++) {
		size_t size = sizes[i % 6];
		support_conn_expect(&c, 200);
		ck_assert_uint_eq(c.reply.body_size, size);
		ck_assert_msg(support_site_is(c.reply.body, size, 0, (unsigned)size),
			"answer %d is not the file", i);
	}
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* What follows a request that closes the connection is no request any more. */
START_TEST(stops_behind_close)
{
	static const char *const last[] = {
		"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost : test\r\n\r\n",
		("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "%sGET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", last[i]);
		support_conn_expect(&c, i < 2 ? 200 : 400);
		ck_assert(support_reply_closes(&c.reply));
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* A client that sends and never reads, then leaves: nothing is held for it. */
START_TEST(forgets_clients_that_never_read)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	for (int i = 0; i < 4; i++) {
		support_conn_open(&c, s.port);
		for (int n = 0; n < 30; n++)
			support_conn_print(&c, "GET /f/400000 HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_pending(&c, SUPPORT_PATIENCE);
		support_conn_close(&c);
	}
	support_server_quiet(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("pipeline", {answers_in_order, SUPPORT_FORK}, {takes_any_cut, SUPPORT_FORK},
	{takes_many_at_once, SUPPORT_FORK}, {stops_behind_close, SUPPORT_MODELS},
	{forgets_clients_that_never_read, SUPPORT_MODELS})
