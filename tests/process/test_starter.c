/*
 * test_starter - programs run, and no worker has executed one
 *
 * Runs in:  a test program, against servers of each process model and start method
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "process/starter_site.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const methods[] = {"", "StartMethod spawn\n", "StartMethod forkserver\n"};

START_TEST(another_process_starts_them)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	starter_start(&s, (enum support_model)(_i / (int)COUNT_OF(methods)),
		methods[_i % (int)COUNT_OF(methods)]);
	starter_expect(&s, "/cgi-bin/hello?a+b", "here a b");
	pid_t starter = starter_of(&s);
	ck_assert(is_child(&s, starter));
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_ne(workers[i], starter);
	support_server_stop(&s);
}
END_TEST

static void begin_slow(const struct support_server *s, struct support_conn *c)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "POST /cgi-bin/slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
			      "Content-Length: 2\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(c, SUPPORT_PATIENCE), 0);
}

/* It is killed: what it started ends, and is not taken for whole; and the next one is there. */
START_TEST(dies_and_is_replaced)
{
	struct support_server s;
	struct support_conn c;
	starter_start(&s, SUPPORT_PREFORK, methods[_i]);
	pid_t old = starter_of(&s);
	begin_slow(&s, &c);
	support_server_allow(&s, "starts programs"); /* has died, and a program with it */
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	support_conn_more(&c, 1 << 16);
	ck_assert(memmem(c.in, c.size, "begun", 5) && !memmem(c.in, c.size, "0\r\n\r\n", 5));
	support_conn_close(&c);
	/* What is asked for meanwhile waits in the pair. */
	starter_expect(&s, "/cgi-bin/hello", "here ");
	pid_t now = starter_of(&s);
	ck_assert(now > 0 && now != old && is_child(&s, now));
	support_server_stop(&s);
}
END_TEST

/* One that has said nothing yet dies with its starter: its client is told so. */
START_TEST(dies_with_a_silent_program)
{
	struct support_server s;
	struct support_conn c;
	starter_start(&s, (enum support_model)_i, "");
	support_server_script(&s, "cgi-bin/silent", "echo begun >&2; read x");
	support_server_allow(&s, "starts programs"); /* has died, and a program with it */
	support_server_allow(&s, "silent: begun");
	pid_t old = starter_of(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "POST /cgi-bin/silent HTTP/1.1\r\nHost: test\r\n"
			       "Content-Length: 2\r\n\r\n");
	ck_assert(SUPPORT_UNTIL(support_server_logged(&s, "silent: begun") > 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	support_conn_expect(&c, 503);
	ck_assert_uint_eq(support_server_logged(&s, "was broken off: what starts programs"), 1);
	support_conn_close(&c);
	starter_expect(&s, "/cgi-bin/hello", "here ");
	support_server_stop(&s);
}
END_TEST

/* A program that has begun goes on to its end, under the starter it was begun by. */
START_TEST(restarts)
{
	struct support_server s;
	struct support_conn c;
	starter_start(&s, SUPPORT_PREFORK, methods[_i]);
	pid_t old = starter_of(&s);
	begin_slow(&s, &c);
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "restart: generation") > 0, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(starter_of(&s) != old, SUPPORT_PATIENCE));
	ck_assert(is_child(&s, old));
	support_conn_print(&c, "x\n");
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "begun\nend");
	support_conn_close(&c);
	/* With the last worker of its generation it goes by itself. */
	ck_assert(SUPPORT_UNTIL(!is_child(&s, old), SUPPORT_PATIENCE));
	support_server_ready(&s);
	starter_expect(&s, "/cgi-bin/hello", "here ");
	support_server_stop(&s);
}
END_TEST

/* ---- one that stands still ---- */

static void ask(struct support_conn *c, const struct support_server *s, const char *path)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
}

static void ask_hello(struct support_conn *c, const struct support_server *s)
{
	ask(c, s, "/cgi-bin/hello");
}

static double time_of_file(const struct support_server *s)
{
	double before = support_now();
	support_server_expect(s, "/hello.txt", 200);
	return support_now() - before;
}

/* It is stopped: people are told, it is aborted and killed, and what was asked for meanwhile is
 * started by the one that takes its place. */
START_TEST(hangs_and_is_replaced)
{
	struct support_server s;
	struct support_conn waits;
	starter_start(&s, (enum support_model)_i, "WorkerTimeout 4\n");
	support_server_allow(&s, "the starter of programs");
	support_server_allow(&s, "the process that starts programs ended (signal 9)");
	pid_t old = starter_of(&s);
	ck_assert_int_eq(starter_number(&s, "StarterPID"), old);
	ck_assert_int_eq(kill(old, SIGSTOP), 0);
	ask_hello(&waits, &s);
	if (!SUPPORT_IS_CLASSIC(s.model))
		ck_assert(SUPPORT_UNTIL(starter_number(&s, "StarterSilent") > 1, SUPPORT_PATIENCE));
	support_conn_expect(&waits, 200);
	ck_assert_str_eq(waits.reply.body, "here ");
	support_conn_close(&waits);
	ck_assert_uint_eq(support_server_logged(&s, "has not moved for"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "has not moved for 3 seconds"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "hangs and is aborted after 4 seconds"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "is killed after 6 seconds"), 1);
	pid_t now = starter_of(&s);
	ck_assert(now > 0 && now != old && starter_number(&s, "StarterPID") == now);
	ck_assert(SUPPORT_UNTIL(starter_number(&s, "ProgramsRunning") == 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* More ask than its socket holds. Nobody looks after it: who waits has an answer in time all the
 * same, and who wants a file waits for nobody. */
START_TEST(hangs_and_they_are_answered)
{
	enum { MANY = 300 };
	static struct support_conn all[MANY];
	struct support_server s;
	starter_start(&s, SUPPORT_PREFORK,
		"WorkerTimeout 0\nTimeout 4\nWorkerConnections 512\n"
		"<Location /cgi-bin/later>\nCGIScriptTimeout 60\n</Location>\n");
	support_server_script(&s, "cgi-bin/later", "printf '" STARTER_PLAIN "later'");
	support_server_allow(&s, "Script timed out before returning headers");
	pid_t old = starter_of(&s);
	ck_assert_int_eq(kill(old, SIGSTOP), 0);
	for (int i = 0; i < MANY; i++)
		ask_hello(&all[i], &s);
	ck_assert(SUPPORT_MOSTLY(time_of_file(&s) < 2));
	for (int i = 0; i < MANY; i++) {
		support_conn_expect(&all[i], 504);
		support_conn_close(&all[i]);
	}
	/* And who asks while it has more than it can take has what was asked for, a little later.
	 */
	for (int i = 0; i < MANY; i++)
		ask(&all[i], &s, "/cgi-bin/later");
	time_of_file(&s);
	ck_assert_int_eq(kill(old, SIGCONT), 0);
	for (int i = 0; i < MANY; i++) {
		support_conn_expect(&all[i], 200);
		ck_assert_str_eq(all[i].reply.body, "later");
		support_conn_close(&all[i]);
	}
	ck_assert_int_eq(starter_of(&s), old);
	support_server_stop(&s);
}
END_TEST

/* It dies while its socket is full and everybody stands still: what it had not read is asked again,
 * and what waited for room is started. */
START_TEST(dies_while_many_wait)
{
	enum { MANY = 400 };
	static struct support_conn all[MANY];
	struct support_server s;
	pid_t worker[SUPPORT_WORKERS];
	starter_start(&s, SUPPORT_PREFORK,
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 1\n"
		"WorkerConnections 512\nWorkerTimeout 30\n");
	support_server_allow(&s, "the process that starts programs ended (signal 9)");
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_server_allow(&s, "has not moved for");
	pid_t old = starter_of(&s);
	ck_assert_uint_eq(support_server_workers(&s, worker), 1);
	starter_expect(&s, "/cgi-bin/hello", "here ");
	ck_assert_int_eq(kill(old, SIGSTOP), 0);
	for (int i = 0; i < MANY; i++)
		ask_hello(&all[i], &s);
	support_server_expect(&s, "/hello.txt", 200); /* it has taken them all */
	ask_hello(&all[0], &s);
	kill(s.pid, SIGSTOP);
	kill(worker[0], SIGSTOP);
	for (double end = support_now() + 2.5; support_now() < end;)
		support_pause(); /* longer than it waits to look */
	kill(old, SIGKILL);
	kill(worker[0], SIGCONT);
	for (double end = support_now() + 0.5; support_now() < end;)
		support_pause();
	kill(s.pid, SIGCONT);
	for (int i = 0; i < MANY; i++) {
		support_conn_expect(&all[i], 200);
		ck_assert_str_eq(all[i].reply.body, "here ");
		support_conn_close(&all[i]);
	}
	size_t count = support_server_workers(&s, worker);
	ck_assert_uint_eq(count, 1);
	support_server_stop(&s);
}
END_TEST

static size_t starters(const struct support_server *s)
{
	pid_t all[SUPPORT_WORKERS], workers[SUPPORT_WORKERS];
	return support_children(s->pid, all, COUNT_OF(all)) - support_server_workers(s, workers);
}

/* While workers of an earlier generation drain, theirs is replaced too: whoever had begun to ask
 * before the restart gets his program. And with the last of them the replacement goes. */
START_TEST(an_earlier_one_is_replaced)
{
	enum { MANY = 20 };
	struct support_server s;
	struct support_conn all[MANY];
	int good = 0;
	char more[128];
	snprintf(more, sizeof more, "%sKeepAliveKeeper Off\n", methods[_i]);
	starter_start(&s, SUPPORT_PREFORK, more);
	size_t others = starters(&s); /* with the forkserver, where there is one */
	pid_t old = starter_of(&s);
	for (int i = 0; i < MANY; i++) {
		support_conn_open(&all[i], s.port);
		support_conn_print(&all[i], "GET /cgi-bin/hello HTTP/1.1\r\nHost: test\r\n");
	}
	ck_assert(SUPPORT_UNTIL(starter_number(&s, "ConnsAsyncWriting") >= MANY, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(starter_of(&s) > 0 && starter_of(&s) != old, SUPPORT_PATIENCE));
	ck_assert(is_child(&s, old));
	support_server_allow(&s, "the process that starts programs ended (signal 9); another one");
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	ck_assert(SUPPORT_UNTIL(!is_child(&s, old), SUPPORT_PATIENCE));
	for (int i = 0; i < MANY; i++)
		support_conn_print(&all[i], "Connection: close\r\n\r\n");
	for (int i = 0; i < MANY; i++) {
		if (support_conn_read(&all[i], "GET"))
			good += all[i].reply.status == 200 &&
				strcmp(all[i].reply.body, "here ") == 0;
		support_conn_close(&all[i]);
	}
	ck_assert_msg(good == MANY, "%d of %d have their program", good, MANY);
	ck_assert(SUPPORT_UNTIL(starters(&s) == others, SUPPORT_PATIENCE));
	starter_expect(&s, "/cgi-bin/hello", "here ");
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("starter", {another_process_starts_them, SUPPORT_MODELS *(int)COUNT_OF(methods)},
	{dies_and_is_replaced, (int)COUNT_OF(methods)},
	{dies_with_a_silent_program, SUPPORT_MODELS}, {restarts, (int)COUNT_OF(methods)},
	{hangs_and_is_replaced, SUPPORT_MODELS}, {hangs_and_they_are_answered, 1},
	{dies_while_many_wait, 1}, {an_earlier_one_is_replaced, (int)COUNT_OF(methods)})
