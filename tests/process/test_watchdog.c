/*
 * test_watchdog - workers that hang, and workers that grow
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_logged(const struct support_server *s, const char *text)
{
	return support_server_logged(s, text) > 0;
}

static bool is_gone(pid_t pid)
{
	char state = support_state(pid);
	return state == 0 || state == 'Z';
}

static bool has_as_many(const struct support_server *s, size_t count)
{
	pid_t workers[SUPPORT_WORKERS];
	return support_server_workers(s, workers) >= count;
}

/* Does the machine-readable status hold this text? */
static bool status_has(const struct support_server *s, const char *text)
{
	struct support_conn c;
	support_get(&c, s->port, "/server-status?json");
	bool has = strstr(c.reply.body, text) != NULL;
	support_conn_close(&c);
	return has;
}

/* The worker that holds our connection is stopped: it is asked, people are told what it was at, it
 * is aborted, and since a stopped process cannot even die of that, killed. */
START_TEST(ends_a_worker_that_hangs)
{
	struct support_server s;
	struct support_conn c;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "WorkerTimeout 4\n");
	support_server_allow(&s, "has not moved for");
	support_server_allow(&s, "hangs: aborted");
	support_server_allow(&s, "does not end when aborted");
	support_server_allow(&s, "was killed by signal");
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_get(&c, s.port, "/hello.txt");
	support_conn_close(&c);
	size_t count = support_server_workers(&s, workers);
	ck_assert_int_eq(kill(workers[0], SIGSTOP), 0);
	ck_assert_msg(SUPPORT_UNTIL(is_gone(workers[0]), SUPPORT_PATIENCE), "it still hangs");
	ck_assert(is_logged(&s, "has not moved for 3 seconds"));
	ck_assert(is_logged(&s, "hangs: aborted"));
	ck_assert(is_logged(&s, "does not end when aborted: killed"));
	if (!SUPPORT_IS_CLASSIC(s.model))
		ck_assert(SUPPORT_UNTIL(has_as_many(&s, count), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(status_has(&s, "\"reason\":\"stuck\""), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* The number behind the first `name` in the text; -1: there is none. */
static long number_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* The server is old enough for idle workers to have stood still, and none is said to. */
static bool all_move(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/server-status?json");
	bool move = number_of(c.reply.body, "\"uptime\":") >= 6;
	for (const char *at = c.reply.body; move && (at = strstr(at, "\"silent\":")); at++)
		move = number_of(at, "\"silent\":") < 3;
	support_conn_close(&c);
	return move;
}

/* Who waits for clients, in a call that blocks, is well. */
START_TEST(calls_nobody_still_who_waits)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "");
	ck_assert_msg(SUPPORT_UNTIL(all_move(&s), SUPPORT_PATIENCE), "idle workers stand still");
	support_server_stop(&s);
}
END_TEST

/* One that can still speak says where it was. */
START_TEST(says_where_it_hangs)
{
	struct support_server s;
	struct support_conn c;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i,
		"WorkerTimeout 2\nStartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n"
		"MaxRequestWorkers 2\n");
	support_server_allow(&s, "has not moved for");
	support_server_allow(&s, "hangs: aborted");
	support_server_allow(&s, "was killed by signal 6");
	support_server_allow(&s, "last words: signal SIGABRT");
	support_server_allow(&s, ")[0x"); /* a line of a backtrace */
	support_get(&c, s.port, "/hello.txt");
	support_conn_close(&c);
	ck_assert_uint_ge(support_server_workers(&s, workers), 1);
	ck_assert_int_eq(kill(workers[0], SIGSTOP), 0);
	ck_assert(SUPPORT_UNTIL(is_logged(&s, "hangs: aborted"), SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(workers[0], SIGCONT), 0);
	ck_assert(SUPPORT_UNTIL(is_gone(workers[0]), SUPPORT_PATIENCE));
	ck_assert(
		SUPPORT_UNTIL(is_logged(&s, "last words: signal SIGABRT; it "), SUPPORT_PATIENCE));
	ck_assert(is_logged(&s, "preforkd(+0x"));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Waiting is no hanging: for the first connection, for the end of a request, for the next one, for
 * a reader that does not read. */
START_TEST(spares_workers_that_wait)
{
	enum { SIZE = 8 * 1024 * 1024 };
	struct support_server s;
	struct support_conn half, kept, full;
	support_server_prepare(
		&s, (enum support_model)_i, "WorkerTimeout 2\nTimeout 30\nKeepAliveTimeout 30\n");
	support_site_pattern(s.root, "f/big", SIZE, 7);
	support_server_launch(&s);
	support_conn_open(&half, s.port);
	support_conn_print(&half, "GET /hello.txt HTTP/1.1\r\nHo");
	support_conn_open(&kept, s.port);
	support_conn_print(&kept, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&kept, 200);
	support_conn_open(&full, s.port);
	support_conn_print(&full, "GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&full, SUPPORT_PATIENCE), 0);
	for (double end = support_now() + 4.5; support_now() < end;)
		support_pause();
	support_conn_print(&half, "st: test\r\nConnection: close\r\n\r\n");
	support_conn_expect(&half, 200);
	if (SUPPORT_HAS_POOL(s.model)) {
		support_conn_print(&kept, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&kept, 200);
	}
	support_conn_expect(&full, 200);
	ck_assert(support_site_is(full.reply.body, SIZE, 0, 7));
	support_conn_close(&half);
	support_conn_close(&kept);
	support_conn_close(&full);
	support_server_stop(&s); /* and not one line in the log */
}
END_TEST

/* A cache that fills makes workers grow; each that is too large is replaced, and nobody notices. */
START_TEST(replaces_workers_that_grow)
{
	enum { FILES = 200, SIZE = 60000 };
	struct support_server s;
	struct support_conn c;
	char path[64];
	support_server_prepare(&s, (enum support_model)_i,
		"FileCacheSize 64M\nMaxWorkerMemory 10M\nMaxKeepAliveRequests 0\n"
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 2\n");
	/* While one is replaced the other may be all there is. */
	support_server_allow(&s, "the server reached MaxRequestWorkers");
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "many/%d", i);
		support_site_pattern(s.root, path, SIZE, (unsigned)i);
	}
	support_server_launch(&s);
	bool replaced = false;
	for (double end = support_now() + SUPPORT_PATIENCE; !replaced && support_now() < end;) {
		for (int i = 0; i < FILES; i++) {
			snprintf(path, sizeof path, "/many/%d", i);
			support_get(&c, s.port, path);
			ck_assert_int_eq(c.reply.status, 200);
			ck_assert(support_site_is(c.reply.body, SIZE, 0, (unsigned)i));
			support_conn_close(&c);
		}
		replaced = is_logged(&s, "has grown to");
	}
	ck_assert_msg(replaced, "nobody is replaced");
	ck_assert(SUPPORT_UNTIL(status_has(&s, "\"reason\":\"memory\""), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Less than a worker is born with: said once, and no endless coming and going. */
START_TEST(does_not_replace_newborns)
{
	struct support_server s;
	pid_t before[SUPPORT_WORKERS], after[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_PREFORK, "MaxWorkerMemory 4K\n");
	support_server_allow(&s, "less than a worker has from the start");
	size_t count = support_server_workers(&s, before);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "less than a worker has from the start") > 0,
		SUPPORT_PATIENCE));
	for (double end = support_now() + 2.5; support_now() < end;)
		support_pause(); /* they are looked at once a second */
	ck_assert_uint_eq(support_server_logged(&s, "less than a worker has from the start"), 1);
	ck_assert_uint_eq(support_server_workers(&s, after), count);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(before[i], after[i]);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("watchdog", {ends_a_worker_that_hangs, SUPPORT_FORK},
	{calls_nobody_still_who_waits, SUPPORT_FORK}, {says_where_it_hangs, 2},
	{spares_workers_that_wait, SUPPORT_MODELS}, {replaces_workers_that_grow, SUPPORT_FORK},
	{does_not_replace_newborns, 1})
