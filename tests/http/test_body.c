/*
 * test_body - bodies that nobody reads: the answer comes, and the next request is found behind them
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

/* After the answer with this status: another request on the same connection, where it is kept. */
static void expect_and_go_on(struct support_conn *c, const struct support_server *s, int status)
{
	support_conn_expect(c, status);
	if (!SUPPORT_HAS_POOL(s->model)) {
		support_conn_expect_closed(c);
		return;
	}
	ck_assert_msg(!support_reply_closes(&c->reply), "closed after %s", c->reply.line);
	support_conn_print(c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(c, 200);
	ck_assert_str_eq(c->reply.body, "hello, world\n");
}

START_TEST(are_read_past)
{
	static const size_t sizes[] = {0, 1, 100, 8192, 65536, 200000};
	static char bytes[200000];
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	memset(bytes, 'G', sizeof bytes);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t piece = 1000; piece <= 100000; piece *= 10) {
			support_conn_open(&c, s.port);
			support_conn_print(&c,
				"POST /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: "
				"%zu\r\n\r\n",
				sizes[i]);
			support_conn_send_pieces(&c, bytes, sizes[i], piece);
			expect_and_go_on(&c, &s, 200);
			support_conn_close(&c);
		}
	support_server_stop(&s);
}
END_TEST

START_TEST(in_chunks_are_read_past)
{
	static const char body[] =
		"5\r\nGET /\r\n8;name=\"va;l\\\"ue\"\r\nHTTP/1.1\r\n"
		"00000a\r\n\r\n\r\n012345\r\n0\r\nTrailer: x\r\nAnother: y\r\n\r\n";
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t piece = 1; piece <= sizeof body; piece += 4) {
		support_conn_open(&c, s.port);
		support_conn_print(
			&c, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
		support_conn_send_pieces(&c, body, sizeof body - 1, piece);
		expect_and_go_on(&c, &s, 200);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* A client that waits for 100 gets its final answer, without having sent the body (RFC 9110
 * 10.1.1); then the connection cannot go on. */
START_TEST(are_not_waited_for_in_vain)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "POST /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n"
			       "Expect: 100-continue\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(support_reply_closes(&c.reply));
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	/* One that did not wait. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n"
			       "Expect: 100-continue\r\n\r\n12345");
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
	/* In HTTP/1.0 there is no such word. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /hello.txt HTTP/1.0\r\nContent-Length: 5\r\n"
			       "Expect: 100-continue\r\n\r\n12345");
	support_conn_expect(&c, 200);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Larger than it is worth: answered and closed in order, so that the client can read the answer
 * although it was still sending. */
START_TEST(that_are_large_do_not_cost_the_answer)
{
	enum { SIZE = 20 * 1024 * 1024 };
	struct support_server s;
	struct support_conn c;
	char *bytes = calloc(1, SIZE);
	ck_assert_ptr_nonnull(bytes);
	support_server_start(&s, (enum support_model)_i, NULL);
	support_conn_open(&c, s.port);
	support_conn_print(
		&c, "POST /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n", SIZE);
	/* The answer is there long before all is sent. */
	support_conn_send(&c, bytes, 300000);
	support_conn_expect(&c, 200);
	ck_assert(support_reply_closes(&c.reply));
	support_conn_send(&c, bytes, 1000000);
	ck_assert_int_eq(support_conn_end(&c, SUPPORT_PATIENCE), SUPPORT_CLOSED);
	support_conn_close(&c);
	free(bytes);
	support_server_stop(&s);
}
END_TEST

/* A body that ends too early leaves no answer to what was never asked in full. */
START_TEST(that_break_off)
{
	static const char *const halves[] = {
		"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345",
		"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
		"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
		"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
		support_conn_open(&c, s.port);
		support_conn_send(&c, halves[i], strlen(halves[i]));
		support_conn_half_close(&c);
		if (support_conn_read(&c, "POST"))
			ck_assert_msg(c.reply.status == 400, "%s", c.reply.line);
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("body", {are_read_past, SUPPORT_MODELS},
	{in_chunks_are_read_past, SUPPORT_MODELS}, {are_not_waited_for_in_vain, SUPPORT_MODELS},
	{that_are_large_do_not_cost_the_answer, SUPPORT_MODELS}, {that_break_off, SUPPORT_MODELS})
