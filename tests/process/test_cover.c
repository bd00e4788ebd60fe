/*
 * test_cover - the queue of a worker that stands still
 *
 * Runs in:  a test program, against a server whose slots have a queue each
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>

/* Clients enough that some of them come to each of two queues. */
static void serves_all(const struct support_server *s, double seconds)
{
	static struct support_conn clients[32];
	enum { COUNT = sizeof clients / sizeof *clients };
	double before = support_now();
	for (int i = 0; i < COUNT; i++) {
		support_conn_open(&clients[i], s->port);
		support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n"
						"Connection: close\r\n\r\n");
	}
	for (int i = 0; i < COUNT; i++) {
		support_conn_expect(&clients[i], 200);
		support_conn_close(&clients[i]);
	}
	ck_assert_msg(support_now() - before < seconds, "it took %.1f s", support_now() - before);
}

/* Where each slot has its own queue, that of a worker that stands still is another's too, long
 * before WorkerTimeout; and stays so when it only moved a little. */
START_TEST(lends_the_queue_of_one_that_stands_still)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_PREFORK,
		"StartServers 2\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 2\n");
	support_server_allow(&s, "and connections wait");
	ck_assert_uint_eq(support_server_workers(&s, workers), 2);
	serves_all(&s, SUPPORT_PATIENCE);
	ck_assert_uint_eq(support_server_logged(&s, "and connections wait"), 0);
	for (int round = 0; round < 2; round++) {
		kill(workers[_i], SIGSTOP);
		serves_all(&s, 12);
		ck_assert(SUPPORT_UNTIL(
			support_server_logged(&s, "serves its queue too") > 0, SUPPORT_PATIENCE));
		ck_assert_uint_eq(support_server_logged(&s, "serves its queue too"), 1);
		kill(workers[_i], SIGCONT);
		serves_all(&s, SUPPORT_PATIENCE);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Who is to help out has no descriptor for that queue: it is asked again, until it has. */
START_TEST(lends_it_again_to_one_that_had_no_room)
{
	enum { COUNT = 32 };
	static struct support_conn clients[COUNT];
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_PREFORK,
		"StartServers 2\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 2\n");
	support_server_allow(&s, "and connections wait");
	support_server_allow(&s, "cannot take a listener that was passed on");
	support_server_allow(&s, "cannot accept connections");
	ck_assert_uint_eq(support_server_workers(&s, workers), 2);
	support_limit_fds(workers[0], 3);
	kill(workers[1], SIGSTOP);
	for (int i = 0; i < COUNT; i++) {
		support_conn_open(&clients[i], s.port);
		support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n"
						"Connection: close\r\n\r\n");
	}
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "cannot take a listener") >= 2, SUPPORT_PATIENCE));
	support_limit_fds(workers[0], RLIM_INFINITY);
	for (int i = 0; i < COUNT; i++) {
		support_conn_expect(&clients[i], 200);
		support_conn_close(&clients[i]);
	}
	kill(workers[1], SIGCONT);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("cover", {lends_it_again_to_one_that_had_no_room, 1},
	{lends_the_queue_of_one_that_stands_still, 2})
