/*
 * test_kill - a worker that is killed takes only its own requests with it, and is replaced
 *
 * Runs in:  a test program, against a server of each process model under load
 * Owns:     its server and the load
 * Errors:   exit status
 *
 * What was inside a worker is known exactly: it is stopped first, and its sockets are looked up.
 * Every request that fails has to have come over one of these.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { VICTIMS = 8, PEERS = 256, HUNT_S = 10 };

static unsigned inside[2 * PEERS * 200];
static size_t inside_count;

static bool was_inside(unsigned port)
{
	for (size_t i = 0; i < inside_count; i++)
		if (inside[i] == port)
			return true;
	return false;
}

static bool is_stopped(pid_t pid)
{
	char state = support_state(pid);
	return state == 'T' || state == 'Z' || state == 0;
}

static bool is_dead(pid_t pid)
{
	char state = support_state(pid);
	return state == 'Z' || state == 0;
}

static void stop(pid_t pid)
{
	kill(pid, SIGSTOP);
	ck_assert(SUPPORT_UNTIL(is_stopped(pid), SUPPORT_PATIENCE));
}

/* Stops the worker, notes whose connections it has, and kills it. A parent that passes connections
 * on is stopped meanwhile: what it sent and nobody has taken out of a socketpair yet counts as
 * inside, too. */
static void kill_worker(const struct support_server *s, pid_t pid)
{
	pid_t all[SUPPORT_WORKERS + 1];
	bool passes = SUPPORT_PASSES(s->model);
	if (passes)
		stop(s->pid);
	stop(pid);
	inside_count += support_peers(&pid, 1, s->port, inside + inside_count, PEERS);
	if (passes) {
		size_t count = support_server_workers(s, all);
		all[count++] = s->pid;
		inside_count +=
			support_peers_of_nobody(all, count, s->port, inside + inside_count, PEERS);
	}
	kill(pid, SIGKILL);
	if (passes) {
		ck_assert(SUPPORT_UNTIL(is_dead(pid), SUPPORT_PATIENCE));
		kill(s->pid, SIGCONT);
	}
}

static bool is_replaced(const struct support_server *s, pid_t gone, size_t count)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t now = support_server_workers(s, workers);
	for (size_t i = 0; i < now; i++)
		if (workers[i] == gone)
			return false;
	return now >= count;
}

static void judge(struct support_load *l)
{
	unsigned long failed = atomic_load(&l->failed);
	ck_assert_uint_le(failed, SUPPORT_LOAD_FAILURES);
	for (unsigned long i = 0; i < failed; i++)
		ck_assert_msg(was_inside(l->failures[i].port),
			"a request from port %u failed, which was inside no killed worker: %s",
			l->failures[i].port, l->failures[i].why);
	ck_assert_uint_eq(atomic_load(&l->sent), atomic_load(&l->good) + failed);
}

/* Each worker in turn, with connections that are kept (_i even) and new ones (_i odd). */
START_TEST(takes_only_its_own)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	bool keep = _i % 2 == 0;
	support_server_start(&s, (enum support_model)(_i / 2), "MaxKeepAliveRequests 0\n");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young"); /* on a slow machine the next is hardly up */
	struct support_load_options options = {.port = s.port,
		.connections = SUPPORT_IS_CLASSIC(s.model) ? 8 : 24,
		.keep = keep,
		.sizes = {1024, 131073, 100}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 100);
	size_t count = support_server_workers(&s, workers), killed = 0;
	for (size_t i = 0; i < count && killed < VICTIMS; i++) {
		if (support_state(workers[i]) == 0)
			continue;
		kill_worker(&s, workers[i]);
		killed++;
		/* At once: long before the next tick of a second would be luck; a busy machine gets
		 * the time it needs. */
		ck_assert_msg(SUPPORT_UNTIL(is_replaced(&s, workers[i], 1), SUPPORT_PATIENCE),
			"worker %d is not replaced", (int)workers[i]);
		support_load_await(l, 50);
	}
	ck_assert_uint_gt(killed, 0);
	support_load_stop(l);
	judge(l);
	support_load_free(l);
	support_server_stop(&s);
}
END_TEST

/* A child for every request lives too short to be picked calmly, so some get requests that take
 * their time. */
START_TEST(takes_only_its_own_request)
{
	struct support_server s;
	struct support_conn c[VICTIMS];
	pid_t children[SUPPORT_WORKERS];
	unsigned port;
	/* Their heads are not whole before all the rest is done, however long that takes. */
	support_server_start(&s, SUPPORT_FORK, "RequestReadTimeout header=0\n");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	for (int i = 0; i < VICTIMS; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_print(&c[i], "GET / HTTP/1.1\r\nHost: te");
	}
	ck_assert(SUPPORT_UNTIL(support_server_workers(&s, children) == VICTIMS, SUPPORT_PATIENCE));
	for (int i = 0; i < VICTIMS; i++)
		ck_assert_uint_eq(support_peers(&children[i], 1, s.port, &port, 1), 1);
	struct support_load_options options = {
		.port = s.port, .connections = 8, .sizes = {1024, 131073}};
	struct support_load *l = support_load_start(&options);
	for (int i = 0; i < VICTIMS / 2; i++) {
		support_load_await(l, 20);
		kill_worker(&s, children[i]);
	}
	support_load_await(l, 50);
	support_load_stop_clean(l);
	size_t answered = 0;
	for (int i = 0; i < VICTIMS; i++) {
		support_conn_print(&c[i], "st\r\n\r\n");
		if (support_conn_read(&c[i], "GET"))
			answered += c[i].reply.status == 200;
		else
			ck_assert(was_inside(c[i].port));
		support_conn_close(&c[i]);
	}
	ck_assert_uint_eq(answered, VICTIMS - VICTIMS / 2);
	support_server_stop(&s);
}
END_TEST

/* The connection that waits in the queue of a worker that dies goes to its successor. */
START_TEST(leaves_its_queue)
{
	enum { WAITING = 12 };
	static const char *const pool[] = {"StartServers 1\n",
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n"
		"MaxRequestWorkers 1\n"};
	struct support_server s;
	struct support_conn c[WAITING];
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, _i ? SUPPORT_CLASSIC : SUPPORT_PREFORK, pool[_i]);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young"); /* on a slow machine the next is hardly up */
	support_server_allow(&s, "reached MaxRequestWorkers");
	ck_assert_uint_eq(support_server_workers(&s, workers), 1);
	kill(workers[0], SIGSTOP);
	ck_assert(SUPPORT_UNTIL(is_stopped(workers[0]), SUPPORT_PATIENCE));
	for (int i = 0; i < WAITING; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_print(
			&c[i], "GET /f/1024 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	}
	kill(workers[0], SIGKILL);
	for (int i = 0; i < WAITING; i++) {
		support_conn_expect(&c[i], 200);
		ck_assert(support_site_is(c[i].reply.body, 1024, 0, 1024));
		support_conn_close(&c[i]);
	}
	support_server_stop(&s);
}
END_TEST

/* So does that which waits when a worker is told to end at once, as by a hard restart: in the
 * queue, or, _i: in its pipe. It has not been accepted by whoever wakes up to both. */
START_TEST(leaves_its_queue_when_told)
{
	enum { WAITING = 12 };
	struct support_server s;
	struct support_conn c[WAITING];
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, _i ? SUPPORT_DISPATCH : SUPPORT_PREFORK, "StartServers 1\n");
	support_server_allow(&s, "was killed by signal 15");
	support_server_allow(&s, "died young");
	ck_assert_uint_eq(support_server_workers(&s, workers), 1);
	kill(workers[0], SIGSTOP);
	ck_assert(SUPPORT_UNTIL(is_stopped(workers[0]), SUPPORT_PATIENCE));
	for (int i = 0; i < WAITING; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_print(&c[i], "GET /f/1024 HTTP/1.1\r\nHost: te");
	}
	/* The parent has a copy of each that it has passed on. */
	ck_assert(!_i || SUPPORT_UNTIL(support_fds(s.pid) == s.parent_fds + 1 + WAITING,
				 SUPPORT_PATIENCE));
	kill(workers[0], SIGTERM);
	kill(workers[0], SIGCONT);
	for (int i = 0; i < WAITING; i++) {
		support_conn_print(&c[i], "st\r\nConnection: close\r\n\r\n");
		support_conn_expect(&c[i], 200);
		support_conn_close(&c[i]);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Every signal that a worker may get by mistake. */
START_TEST(is_replaced_after_any_signal)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGABRT, SIGUSR2, SIGBUS};
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "was killed by signal");
	support_server_allow(&s, "last words: signal");
	support_server_allow(&s, ")[0x"); /* a line of a backtrace */
	support_server_allow(&s, "died young");
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		pid_t workers[SUPPORT_WORKERS];
		ck_assert_uint_gt(support_server_workers(&s, workers), 0);
		kill(workers[0], signals[i]);
		ck_assert_msg(SUPPORT_UNTIL(is_replaced(&s, workers[0], 1), SUPPORT_PATIENCE),
			"not replaced after signal %d", signals[i]);
		support_server_expect(&s, "/", 200);
	}
	support_server_stop(&s);
}
END_TEST

/* A worker that is killed just when a connection wakes it leaves that connection to the others, who
 * have to notice, also when they are enough and nobody is born in its place. */
START_TEST(loses_no_wakeup)
{
	struct support_server s;
	struct support_conn c;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i,
		SUPPORT_IS_CLASSIC(_i) ? "StartServers 8\nMinSpareServers 1\nMaxSpareServers 16\n"
				       : "StartServers 8\n");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young"); /* on a slow machine the next is hardly up */
	support_server_allow(&s, "died young");
	size_t count = support_server_workers(&s, workers);
	ck_assert_uint_eq(count, 8);
	for (size_t i = 0; i < 4; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
		kill(workers[i], SIGKILL);
		/* It may be inside the dead one, but not forgotten. */
		if (support_conn_read(&c, "GET"))
			ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

static bool is_among(pid_t pid, const pid_t *pids, size_t count)
{
	size_t i = 0;
	while (i < count && pids[i] != pid)
		i++;
	return i < count;
}

/* The doorbell, which only the parent should ring, harms nobody, and neither does a stop. */
START_TEST(is_not_hurt_by_harmless_signals)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS], after[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, NULL);
	struct support_load_options options = {
		.port = s.port, .connections = 3, .keep = true, .sizes = {1024}};
	struct support_load *l = support_load_start(&options);
	size_t count = support_server_workers(&s, workers);
	for (int n = 0; n < 20; n++) {
		support_load_await(l, 5);
		for (size_t i = 0; i < count; i++) {
			kill(workers[i], SIGURG);
			kill(workers[i], n % 2 ? SIGWINCH : SIGCHLD);
			kill(workers[i], SIGPIPE);
		}
	}
	support_load_stop_clean(l);
	/* Others may have been born before these, and not have had their names yet. */
	size_t now = support_server_workers(&s, after);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(is_among(workers[i], after, now), "worker %d is gone", workers[i]);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("kill", {takes_only_its_own, 2 * SUPPORT_FORK}, {takes_only_its_own_request, 1},
	{leaves_its_queue, 2}, {leaves_its_queue_when_told, 2}, {loses_no_wakeup, SUPPORT_FORK},
	{is_replaced_after_any_signal, SUPPORT_FORK},
	{is_not_hurt_by_harmless_signals, SUPPORT_FORK})
