/*
 * test_passing - model dispatch: a connection that a worker never looked at is another's
 *
 * Runs in:  a test program, against servers whose parent accepts
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_proc.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>
#include <sys/resource.h>

enum { WORKERS = 4, CLIENTS = 4 };

static struct support_conn clients[CLIENTS];

/* A pool of as many workers as there are clients; `one`: each has room for one. */
static void start(struct support_server *s, int one, pid_t *workers)
{
	support_server_start(s, one ? SUPPORT_DISPATCH_ONE : SUPPORT_DISPATCH,
		"StartServers 4\nMinSpareServers 1\nMaxSpareServers 5\nMaxRequestWorkers 4\n");
	support_server_allow(s, "reached MaxRequestWorkers");
	ck_assert_uint_eq(support_server_workers(s, workers), WORKERS);
}

static void signal_all(const pid_t *workers, int number)
{
	for (int i = 0; i < WORKERS; i++)
		ck_assert_int_eq(kill(workers[i], number), 0);
}

static void ask_all(const struct support_server *s, const char *more)
{
	for (int i = 0; i < CLIENTS; i++) {
		support_conn_open(&clients[i], s->port);
		support_conn_print(
			&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n%s\r\n", more);
	}
}

static void expect_all(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		support_conn_expect(&clients[i], 200);
		ck_assert_str_eq(clients[i].reply.body, "hello, world\n");
	}
}

static void close_all(void)
{
	for (int i = 0; i < CLIENTS; i++)
		support_conn_close(&clients[i]);
}

/* The parent has a copy of each. */
static bool has_passed_all(const struct support_server *s)
{
	return support_fds(s->pid) == s->parent_fds + WORKERS + CLIENTS;
}

/* Connections stand in the pipes of workers, which die before they look. */
START_TEST(the_dead_looked_at_nobody)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, _i, workers);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	signal_all(workers, SIGSTOP);
	ask_all(&s, "Connection: close\r\n");
	ck_assert_msg(SUPPORT_UNTIL(has_passed_all(&s), SUPPORT_PATIENCE),
		"the parent has %d descriptors", support_fds(s.pid));
	signal_all(workers, SIGKILL);
	expect_all();
	for (int i = 0; i < CLIENTS; i++)
		support_conn_expect_closed(&clients[i]);
	close_all();
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Whose request a worker was at when it died is told so by the end of the connection, and never
 * gets an answer to half of it. */
START_TEST(the_dead_were_at_it)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, _i, workers);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	ask_all(&s, "");
	expect_all();
	for (int i = 0; i < CLIENTS; i++)
		support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\n");
	signal_all(workers, SIGKILL);
	for (int i = 0; i < CLIENTS; i++) {
		support_conn_end(&clients[i], SUPPORT_PATIENCE);
		ck_assert(clients[i].ended);
		ck_assert_uint_eq(support_conn_pending(&clients[i], 0), 0);
	}
	close_all();
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* All workers but one have no descriptor left: the parent has the connection still, and that one
 * gets it. When they have some again they serve again. */
START_TEST(who_has_no_descriptor_left)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, _i, workers);
	support_server_allow(&s, "cannot take a connection that was passed on");
	for (int i = 0; i < WORKERS - 1; i++)
		support_limit_fds(workers[i], 3);
	for (int round = 0; round < 3; round++) {
		ask_all(&s, "Connection: close\r\n");
		expect_all();
		close_all();
	}
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "cannot take a connection") > 0, SUPPORT_PATIENCE));
	for (int i = 0; i < WORKERS - 1; i++)
		support_limit_fds(workers[i], RLIM_INFINITY);
	ask_all(&s, ""); /* which takes all of them, where each has room for one */
	expect_all();
	close_all();
	support_server_quiet(&s);
	support_server_stop(&s);
}
END_TEST

/* All of them have none left, and then all are to go: what was accepted is served. */
START_TEST(who_has_no_descriptor_left_at_the_end)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, _i, workers);
	support_server_allow(&s, "cannot take a connection that was passed on");
	signal_all(workers, SIGSTOP); /* or the parent, told of the first, accepts no more */
	for (int i = 0; i < WORKERS; i++)
		support_limit_fds(workers[i], 3);
	ask_all(&s, "Connection: close\r\n");
	ck_assert_msg(SUPPORT_UNTIL(has_passed_all(&s), SUPPORT_PATIENCE),
		"the parent has %d descriptors", support_fds(s.pid));
	signal_all(workers, SIGCONT);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "cannot take a connection") > 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGWINCH), 0);
	expect_all();
	close_all();
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("passing", {the_dead_looked_at_nobody, 2}, {the_dead_were_at_it, 2},
	{who_has_no_descriptor_left, 2}, {who_has_no_descriptor_left_at_the_end, 2})
