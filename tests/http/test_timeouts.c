/*
 * test_timeouts - clients that are slow, silent or gone half way
 *
 * Runs in:  a test program, against a server of each process model, all at once
 * Owns:     its servers
 * Errors:   exit status
 *
 * What must not end too early is timed; that it ends at all is waited for with patience.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>

enum { BIG = 16 * 1024 * 1024 };

/* The clocks of both sides, and a tick of the kernel. */
static const double slack = 0.1;

static struct support_server servers[SUPPORT_MODELS];
static struct support_conn conns[SUPPORT_MODELS];

static void start(const char *config, bool with_big_file)
{
	for (int i = 0; i < SUPPORT_MODELS; i++) {
		support_server_prepare(&servers[i], (enum support_model)i, config);
		if (with_big_file)
			support_site_pattern(servers[i].root, "big", BIG, 7);
		support_server_launch(&servers[i]);
	}
}

/* A connection to each server. */
static void connect_all(void)
{
	for (int i = 0; i < SUPPORT_MODELS; i++)
		support_conn_open(&conns[i], servers[i].port);
}

static void close_all(void)
{
	for (int i = 0; i < SUPPORT_MODELS; i++)
		support_conn_close(&conns[i]);
}

static void stop(void)
{
	for (int i = 0; i < SUPPORT_MODELS; i++)
		support_server_stop(&servers[i]);
}

/* Half a request: told 408, or only closed, but not before its time. */
START_TEST(end_half_requests)
{
	static const char *const halves[] = {"GET / HT", "GET / HTTP/1.1\r\nHost: te",
		"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n123",
		"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"};
	enum { COUNT = sizeof halves / sizeof *halves };
	struct support_conn c[SUPPORT_MODELS][COUNT];
	start("Timeout 1\nStartServers 6\n", false);
	double before = support_now();
	for (int m = 0; m < SUPPORT_MODELS; m++)
		for (int i = 0; i < COUNT; i++) {
			support_conn_open(&c[m][i], servers[m].port);
			support_conn_send(&c[m][i], halves[i], strlen(halves[i]));
		}
	for (int m = 0; m < SUPPORT_MODELS; m++)
		for (int i = 0; i < COUNT; i++) {
			bool hurried = false;
			if (support_conn_read(&c[m][i], "POST")) {
				/* Where others want the worker nobody waits for a body that is not
				 * read. */
				hurried = SUPPORT_IS_CLASSIC(m) && i >= 2 &&
					  c[m][i].reply.status == 200;
				ck_assert_msg(hurried || c[m][i].reply.status == 408, "%s: %s: %s",
					support_model_names[m], halves[i], c[m][i].reply.line);
				ck_assert(support_reply_closes(&c[m][i].reply));
			}
			double after = support_now() - before;
			ck_assert_msg(hurried || after >= 1 - slack, "%s: %s: ended after %.2f s",
				support_model_names[m], halves[i], after);
			support_conn_expect_closed(&c[m][i]);
			support_conn_close(&c[m][i]);
		}
	stop();
}
END_TEST

/* Nothing at all is closed without a word. */
START_TEST(end_silent_connections)
{
	start("Timeout 1\n", false);
	double before = support_now();
	connect_all();
	for (int m = 0; m < SUPPORT_MODELS; m++) {
		support_conn_expect_closed(&conns[m]);
		ck_assert_msg(support_now() - before >= 1 - slack, "%s: too early",
			support_model_names[m]);
	}
	close_all();
	stop();
}
END_TEST

static void ask_all(const char *path)
{
	for (int m = 0; m < SUPPORT_FORK; m++)
		support_conn_print(&conns[m], "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path);
	for (int m = 0; m < SUPPORT_FORK; m++)
		support_conn_expect(&conns[m], 200);
}

/* Asks twice, each time well within 2.5 s, and stops well before these are over again; false: the
 * machine was too slow for that. */
static bool ask_in_time(void)
{
	for (int i = 0; i < 2; i++) {
		double asked = support_now();
		ask_all("/");
		bool stands = support_conn_end(&conns[0], 1.3) == SUPPORT_STANDING;
		if (support_now() - asked > 2)
			return false;
		ck_assert(stands);
	}
	return true;
}

/* Model fork keeps nothing. */
START_TEST(end_kept_connections)
{
	start("Timeout 30\nKeepAliveTimeout 2500ms\n", false);
	connect_all();
	/* A request within the time, and the time begins anew. */
	while (!ask_in_time()) {
		close_all();
		connect_all();
	}
	double before = support_now();
	ask_all("/");
	for (int m = 0; m < SUPPORT_FORK; m++) {
		support_conn_expect_closed(&conns[m]);
		double after = support_now() - before;
		ck_assert_msg(after >= 2.5 - slack && after < 10, "%s: closed after %.2f s",
			support_model_names[m], after);
	}
	close_all();
	stop();
}
END_TEST

/* A byte at a time, each in time: slow, but a request. */
START_TEST(bear_a_slow_drip)
{
	static const char request[] =
		"GET /f/100 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
	start("Timeout 2\nKeepAliveTimeout 1\n", false);
	connect_all();
	for (size_t i = 0; i < sizeof request - 1; i++) {
		for (int m = 0; m < SUPPORT_MODELS; m++)
			support_conn_send(&conns[m], request + i, 1);
		if (i + 1 == sizeof request - 1)
			break;
		for (int m = 0; m < SUPPORT_MODELS; m++)
			ck_assert_msg(support_conn_end(&conns[m], 0.01) == SUPPORT_STANDING,
				"%s: cut off at byte %zu", support_model_names[m], i);
	}
	for (int m = 0; m < SUPPORT_MODELS; m++) {
		support_conn_expect(&conns[m], 200);
		ck_assert(support_site_is(conns[m].reply.body, 100, 0, 100));
	}
	close_all();
	stop();
}
END_TEST

/* A client that has said all and closed its side still gets its answers, however long. */
START_TEST(answer_half_closed_clients)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /f/400000 HTTP/1.1\r\nHost: test\r\n\r\n");
	if (SUPPORT_HAS_POOL(s.model))
		support_conn_print(&c, "GET /f/1024 HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_half_close(&c);
	support_conn_expect(&c, 200);
	ck_assert_uint_eq(c.reply.body_size, 400000);
	ck_assert(support_site_is(c.reply.body, 400000, 0, 400000));
	if (SUPPORT_HAS_POOL(s.model)) {
		support_conn_expect(&c, 200);
		ck_assert(support_site_is(c.reply.body, 1024, 0, 1024));
	}
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* A client that stops reading is given up, and all it held comes back. */
START_TEST(give_up_stalled_readers)
{
	start("Timeout 1\n", true);
	connect_all();
	for (int m = 0; m < SUPPORT_MODELS; m++) {
		support_conn_print(&conns[m], "GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
		ck_assert_uint_gt(support_conn_pending(&conns[m], SUPPORT_PATIENCE), 0);
	}
	for (int m = 0; m < SUPPORT_MODELS; m++)
		support_server_quiet(&servers[m]); /* while this side is still open */
	close_all();
	stop();
}
END_TEST

/* One that reads a little now and then is not. */
START_TEST(bear_slow_readers)
{
	start("Timeout 3\nKeepAliveTimeout 1\n", true);
	connect_all();
	for (int m = 0; m < SUPPORT_MODELS; m++)
		support_conn_print(
			&conns[m], "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	/* Pauses that are longer together than any timeout, each shorter than all of them. */
	for (double end = support_now() + 4; support_now() < end;) {
		for (int m = 0; m < SUPPORT_MODELS; m++)
			support_conn_more(&conns[m], 64 * 1024);
		double rest = support_now() + 0.15;
		while (support_now() < rest)
			support_pause();
	}
	/* The rest by turns, so that nobody has to wait for another. */
	for (bool more = true; more;) {
		more = false;
		for (int m = 0; m < SUPPORT_MODELS; m++) {
			support_conn_more(&conns[m], 1024 * 1024);
			more |= !conns[m].ended;
		}
	}
	for (int m = 0; m < SUPPORT_MODELS; m++) {
		support_conn_expect(&conns[m], 200);
		ck_assert_uint_eq(conns[m].reply.body_size, BIG);
		ck_assert(support_site_is(conns[m].reply.body, BIG, 0, 7));
	}
	close_all();
	stop();
}
END_TEST

SUPPORT_SUITE_MAIN("timeouts", {end_half_requests, 1}, {end_silent_connections, 1},
	{end_kept_connections, 1}, {bear_a_slow_drip, 1},
	{answer_half_closed_clients, SUPPORT_MODELS}, {give_up_stalled_readers, 1},
	{bear_slow_readers, 1})
