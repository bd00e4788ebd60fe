/*
 * test_keeper - idle connections of a classic pool cost no worker
 *
 * Runs in:  a test program, against servers of few workers and many clients
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 500, SOME = 40, BIG = 16 * 1024 * 1024 };

static const char five[] = "StartServers 5\nMinSpareServers 1\nMaxSpareServers 6\n"
			   "MaxRequestWorkers 5\nKeepAliveTimeout 60\nMaxKeepAliveRequests 0\n";
static const char one[] = "StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n"
			  "MaxRequestWorkers 1\nKeepAliveTimeout 60\n";
static struct support_conn clients[MANY];

static void start(struct support_server *s, const char *pool, const char *more)
{
	char config[1024];
	snprintf(config, sizeof config, "%s%s", pool, more);
	support_server_prepare(s, SUPPORT_CLASSIC, config);
	support_site_pattern(s->root, "big", BIG, 7);
	support_server_launch(s);
	support_server_allow(s, "reached MaxRequestWorkers");
}

static long number_of(const struct support_server *s, const char *field)
{
	struct support_status st;
	support_status_read(&st, s->port);
	const char *value = support_status_field(&st, field);
	return value ? atol(value) : 0;
}

static pid_t keeper_of(const struct support_server *s)
{
	return (pid_t)number_of(s, "KeeperPID");
}

static void ask(struct support_conn *c)
{
	support_conn_print(c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
}

static void ask_all(int count)
{
	for (int i = 0; i < count; i++)
		ask(&clients[i]);
	for (int i = 0; i < count; i++) {
		support_conn_expect(&clients[i], 200);
		ck_assert_str_eq(clients[i].reply.body, "hello, world\n");
	}
}

static void connect_all(const struct support_server *s, int count)
{
	for (int i = 0; i < count; i++)
		support_conn_open(&clients[i], s->port);
	ask_all(count);
	ck_assert_msg(SUPPORT_UNTIL(number_of(s, "ConnsKept") >= count, SUPPORT_PATIENCE),
		"the keeper has %ld of %d", number_of(s, "ConnsKept"), count);
}

/* A worker that is to end says so in its answer: who was told comes again. */
static void come_again(const struct support_server *s, int count)
{
	for (int i = 0; i < count; i++)
		if (support_reply_closes(&clients[i].reply)) {
			support_conn_close(&clients[i]);
			support_conn_open(&clients[i], s->port);
		}
}

static void close_all(int count)
{
	for (int i = 0; i < count; i++)
		support_conn_close(&clients[i]);
}

START_TEST(many_wait_and_all_are_served)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, five, "");
	connect_all(&s, MANY);
	ck_assert_uint_le(support_server_workers(&s, workers), 5);
	for (int round = 0; round < 3; round++)
		ask_all(MANY);
	close_all(MANY);
	ck_assert(SUPPORT_UNTIL(number_of(&s, "ConnsKept") == 0, SUPPORT_PATIENCE));
	support_server_stop(&s);
}
END_TEST

/* They say nothing at all, or half a request; who says all of it is served at once. */
START_TEST(silence_occupies_nobody)
{
	struct support_server s;
	start(&s, one, "");
	for (int i = 0; i < SOME; i++) {
		support_conn_open(&clients[i], s.port);
		if (i % 2)
			support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\nHos");
	}
	support_server_expect(&s, "/hello.txt", 200);
	for (int i = 1; i < SOME; i += 2)
		support_conn_print(&clients[i], "t: te");
	for (int i = 1; i < SOME; i += 2)
		support_conn_print(&clients[i], "st\r\n\r\n");
	for (int i = 1; i < SOME; i += 2)
		support_conn_expect(&clients[i], 200);
	ask(&clients[0]);
	support_conn_expect(&clients[0], 200);
	close_all(SOME);
	support_server_stop(&s);
}
END_TEST

/* Off: the one worker belongs to who came first. */
START_TEST(off_is_as_before)
{
	struct support_server s;
	struct support_conn first, second;
	start(&s, one, "KeepAliveKeeper Off\n");
	ck_assert_int_eq(keeper_of(&s), 0);
	support_server_ready(&s);
	support_conn_open(&first, s.port);
	ask(&first);
	support_conn_expect(&first, 200);
	support_conn_open(&second, s.port);
	ask(&second);
	ck_assert_uint_eq(support_conn_pending(&second, 0.3), 0);
	support_conn_close(&first);
	support_conn_expect(&second, 200);
	support_conn_close(&second);
	support_server_stop(&s);
}
END_TEST

/* How long an idle client and one with half a head are borne, who are allowed a second: never less.
 */
static double patience_of(const struct support_server *s)
{
	double before = support_now();
	for (int i = 0; i < 3; i++)
		support_conn_open(&clients[i], s->port);
	ask(&clients[0]);
	support_conn_expect(&clients[0], 200);
	support_conn_print(&clients[1], "GET / HTTP/1.1\r\n");
	support_conn_expect_closed(&clients[0]);
	ck_assert_double_ge(support_now() - before, 0.9);
	support_conn_expect(&clients[1], 408);
	support_conn_expect_closed(&clients[1]);
	double took = support_now() - before;
	ck_assert_double_ge(took, 0.9);
	close_all(3);
	return took;
}

/* KeepAliveTimeout and RequestReadTimeout, to a fraction of a second. */
START_TEST(keeps_time)
{
	struct support_server s;
	start(&s, one, "KeepAliveTimeout 1\nRequestReadTimeout header=1\n");
	ck_assert(SUPPORT_MOSTLY(patience_of(&s) < 2));
	support_server_stop(&s);
}
END_TEST

/* Whichever workers it went through, and however often it was handed over. */
START_TEST(counts_on)
{
	struct support_server s;
	start(&s, five, "MaxKeepAliveRequests 3\n");
	support_conn_open(&clients[0], s.port);
	for (int i = 1; i <= 3; i++) {
		ask(&clients[0]);
		support_conn_expect(&clients[0], 200);
		ck_assert_int_eq(support_reply_closes(&clients[0].reply), i == 3);
		ck_assert(
			i == 3 || SUPPORT_UNTIL(number_of(&s, "ConnsKept") == 1, SUPPORT_PATIENCE));
	}
	support_conn_expect_closed(&clients[0]);
	support_conn_close(&clients[0]);
	support_server_stop(&s);
}
END_TEST

START_TEST(its_death_is_noticed)
{
	struct support_server s;
	start(&s, five, "");
	support_server_allow(&s, "the keeper ended");
	connect_all(&s, SOME);
	pid_t old = keeper_of(&s);
	ck_assert_int_gt(old, 0);
	ck_assert_int_eq(kill(old, _i ? SIGSEGV : SIGKILL), 0);
	for (int i = 0; i < SOME; i++)
		support_conn_expect_closed(&clients[i]);
	close_all(SOME);
	ck_assert(SUPPORT_UNTIL(keeper_of(&s) > 0 && keeper_of(&s) != old, SUPPORT_PATIENCE));
	connect_all(&s, SOME);
	ask_all(SOME);
	close_all(SOME);
	support_server_stop(&s);
}
END_TEST

/* A worker that dies takes nobody with it who only waits. */
START_TEST(workers_come_and_go)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, five, "");
	support_server_allow(&s, "signal");
	support_server_allow(&s, "died young");
	connect_all(&s, SOME);
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGKILL);
	ask_all(SOME);
	close_all(SOME);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

static bool has_another_keeper(const struct support_server *s, pid_t old)
{
	pid_t now = keeper_of(s);
	return now > 0 && now != old;
}

/* Idle connections outlive a restart, even a hard one, and go on with the next generation. */
START_TEST(restarts_cost_nobody)
{
	struct support_server s;
	start(&s, five, "");
	connect_all(&s, SOME);
	pid_t old = keeper_of(&s), workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(&s, workers);
	kill(s.pid, _i ? SIGHUP : SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "restart: generation 1"), SUPPORT_PATIENCE));
	/* One that is ended at once answers nobody. */
	ck_assert(!_i ||
		  SUPPORT_UNTIL(support_server_relieved(&s, workers, count), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(has_another_keeper(&s, old), SUPPORT_PATIENCE));
	ck_assert_int_ge(number_of(&s, "ConnsKept"), SOME);
	ask_all(SOME);
	/* The first keeper has none left, and goes. */
	ck_assert(SUPPORT_UNTIL(support_state(old) == 0, SUPPORT_PATIENCE));
	come_again(&s, SOME);
	ask_all(SOME);
	close_all(SOME);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* The program that takes over serves them too. */
START_TEST(upgrades_cost_nobody)
{
	struct support_server s;
	start(&s, five, "");
	connect_all(&s, SOME);
	pid_t old = s.pid;
	kill(old, SIGUSR2);
	ck_assert(SUPPORT_UNTIL(support_server_made_way(&s), SUPPORT_PATIENCE));
	support_server_adopt(&s);
	ask_all(SOME);
	ck_assert(SUPPORT_UNTIL(
		support_state(old) == 0 || support_state(old) == 'Z', 2 * SUPPORT_PATIENCE));
	come_again(&s, SOME);
	ask_all(SOME);
	close_all(SOME);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Who waits for nothing is let go in order; who has asked by then gets an answer, although every
 * worker is busy at that moment. */
START_TEST(a_graceful_stop_loses_no_request)
{
	struct support_server s;
	struct support_conn busy;
	start(&s, one, "");
	connect_all(&s, SOME);
	support_conn_open(&busy, s.port);
	support_conn_print(&busy, "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&busy, SUPPORT_PATIENCE), 0);
	for (int i = 0; i < SOME; i += 2)
		ask(&clients[i]);
	kill(s.pid, SIGWINCH);
	for (int i = 1; i < SOME; i += 2)
		support_conn_expect_closed(&clients[i]);
	support_conn_expect(&busy, 200);
	ck_assert_uint_eq(busy.reply.body_size, BIG);
	support_conn_close(&busy);
	for (int i = 0; i < SOME; i += 2)
		support_conn_expect(&clients[i], 200);
	close_all(SOME);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* How many nobody has closed yet. */
static int standing(int count)
{
	int n = 0;
	while (count)
		n += support_conn_end(&clients[--count], 0) == SUPPORT_STANDING;
	return n;
}

/* The keeper stands still for longer than they may be idle: who has spoken meanwhile is answered.
 * Before that, some may have been idle for long enough to be closed. */
START_TEST(hears_who_spoke_while_it_stood_still)
{
	struct support_server s;
	bool spoke[MANY / 4];
	start(&s, five, "KeepAliveTimeout 2\n");
	pid_t keeper = keeper_of(&s);
	for (int i = 0; i < MANY / 4; i++)
		support_conn_open(&clients[i], s.port);
	ask_all(MANY / 4);
	ck_assert(
		SUPPORT_UNTIL(number_of(&s, "ConnsKept") >= standing(MANY / 4), SUPPORT_PATIENCE));
	kill(keeper, SIGSTOP);
	ck_assert(SUPPORT_UNTIL(support_state(keeper) == 'T', SUPPORT_PATIENCE));
	for (int i = 0; i < MANY / 4; i++) {
		spoke[i] = support_conn_end(&clients[i], 0) == SUPPORT_STANDING;
		if (spoke[i])
			ask(&clients[i]);
	}
	usleep(2200000); /* that is what is tried */
	kill(keeper, SIGCONT);
	for (int i = 0; i < MANY / 4; i++)
		if (spoke[i])
			support_conn_expect(&clients[i], 200);
	close_all(MANY / 4);
	support_server_stop(&s);
}
END_TEST

/* The end of the pair that workers have. */
static int workers_end(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	ck_assert_uint_ge(support_server_workers(s, workers), 2);
	return support_packets_of(workers[0], workers[1], true);
}

/* A message of no bytes ends nothing; what is shut down is new after a graceful restart. */
START_TEST(survives_a_worker_that_was_taken_over)
{
	struct support_server s;
	start(&s, five, "");
	support_server_allow(&s, "the keeper ended");
	support_server_allow(&s, "a connection that a worker handed over is lost");
	connect_all(&s, 4);
	pid_t keeper = keeper_of(&s);
	int end = workers_end(&s);
	if (end < 0) {
		fprintf(stderr, "skipped: no look into a worker's descriptors\n");
		close_all(4);
		support_server_stop(&s);
		return;
	}
	ck_assert_int_eq(send(end, "", 0, MSG_NOSIGNAL), 0);
	ask_all(4);
	ck_assert_int_eq(keeper_of(&s), keeper);
	ck_assert_int_eq(shutdown(end, SHUT_WR), 0);
	close(end);
	ck_assert(SUPPORT_UNTIL(support_state(keeper) == 0, SUPPORT_PATIENCE));
	close_all(4);
	support_server_ready(&s);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "restart: generation 1"), SUPPORT_PATIENCE));
	support_server_ready(&s);
	connect_all(&s, SOME);
	ask_all(SOME);
	close_all(SOME);
	support_server_stop(&s);
}
END_TEST

/* Turned off and on again by restarts. */
START_TEST(follows_the_configuration)
{
	struct support_server s;
	char off[512];
	start(&s, five, "");
	connect_all(&s, 4);
	snprintf(off, sizeof off, "%sKeepAliveKeeper Off\n", five);
	support_server_configure(&s, off);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(keeper_of(&s) == 0, SUPPORT_PATIENCE));
	close_all(4);
	support_server_configure(&s, five);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(keeper_of(&s) > 0, SUPPORT_PATIENCE));
	support_server_ready(&s); /* none of the generation without is left */
	connect_all(&s, SOME);
	ask_all(SOME);
	close_all(SOME);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A generation that keeps its connections itself goes on with those of a keeper: who is idle, and,
 * where a worker has room for all, who has said half a request. _i: 1 and 3 without a keeper, else
 * of many connections; from 2 on it is another program. */
START_TEST(those_who_want_none_take_them_too)
{
	struct support_server s;
	char config[512];
	start(&s, five, "");
	support_server_allow(&s, "signal 15");
	connect_all(&s, SOME);
	pid_t keeper = keeper_of(&s), old = s.pid;
	bool half = _i % 2 == 0;
	for (int i = 0; i < SOME; i += 2)
		support_conn_print(&clients[i], half ? "GET /hello.txt HTTP/1.1\r\nHo" : "");
	snprintf(config, sizeof config, "%s%s", five,
		half ? "WorkerConnections 64\n" : "KeepAliveKeeper Off\n");
	support_server_configure(&s, config);
	kill(s.pid, _i < 2 ? SIGUSR1 : SIGUSR2);
	if (_i < 2) {
		ck_assert(SUPPORT_UNTIL(keeper_of(&s) == 0, SUPPORT_PATIENCE));
		ck_assert(half ||
			  SUPPORT_UNTIL(number_of(&s, "ConnsKept") == SOME, SUPPORT_PATIENCE));
	} else {
		ck_assert(SUPPORT_UNTIL(support_server_made_way(&s), SUPPORT_PATIENCE));
		support_server_adopt(&s);
	}
	for (int i = 0; i < SOME; i++) {
		support_conn_print(&clients[i], "%sst: test\r\nConnection: close\r\n\r\n",
			half && i % 2 == 0 ? "" : "GET /hello.txt HTTP/1.1\r\nHo");
		support_conn_expect(&clients[i], 200);
		ck_assert_str_eq(clients[i].reply.body, "hello, world\n");
		support_conn_expect_closed(&clients[i]);
	}
	close_all(SOME);
	ck_assert(SUPPORT_UNTIL(support_state(keeper) == 0, SUPPORT_PATIENCE));
	ck_assert(_i < 2 || SUPPORT_UNTIL(support_state(old) == 0 || support_state(old) == 'Z',
				    2 * SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Nor do they have to end with that generation, when it is about to stop: who has asked by then
 * gets an answer. */
START_TEST(workers_of_many_stop_gracefully)
{
	struct support_server s;
	char config[512];
	start(&s, five, "");
	connect_all(&s, SOME);
	snprintf(config, sizeof config, "%sWorkerConnections 64\n", five);
	support_server_configure(&s, config);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(keeper_of(&s) == 0, SUPPORT_PATIENCE));
	for (int i = 0; i < SOME; i += 2)
		ask(&clients[i]);
	kill(s.pid, SIGWINCH);
	for (int i = 0; i < SOME; i++)
		if (i % 2 == 0)
			support_conn_expect(&clients[i], 200);
		else
			support_conn_expect_closed(&clients[i]);
	close_all(SOME);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("keeper", {many_wait_and_all_are_served, 1}, {silence_occupies_nobody, 1},
	{off_is_as_before, 1}, {keeps_time, 1}, {counts_on, 1}, {its_death_is_noticed, 2},
	{workers_come_and_go, 1}, {restarts_cost_nobody, 2}, {upgrades_cost_nobody, 1},
	{a_graceful_stop_loses_no_request, 1}, {follows_the_configuration, 1},
	{survives_a_worker_that_was_taken_over, 1}, {hears_who_spoke_while_it_stood_still, 1},
	{those_who_want_none_take_them_too, 4}, {workers_of_many_stop_gracefully, 1})
