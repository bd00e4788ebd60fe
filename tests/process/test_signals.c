/*
 * test_signals - what each signal makes of a server that has something to do
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BIG = 8 * 1024 * 1024 };

static bool has_ended(const struct support_server *s)
{
	char state = support_state(s->pid);
	return state == 'Z' || state == 0;
}

/* The server has ended by itself, well, and left nothing. */
static void expect_end(struct support_server *s)
{
	ck_assert_int_eq(support_server_wait(s), 0);
	ck_assert_msg(access(support_server_path(s, "logs/pid"), F_OK) < 0, "the PidFile is left");
	support_server_finish(s);
}

static void start_with_big_file(
	struct support_server *s, enum support_model model, const char *more)
{
	support_server_prepare(s, model, more);
	support_site_pattern(s->root, "big", BIG, 7);
	support_server_launch(s);
}

/* A download that is under way and does not fit into the buffers of the kernel. */
static void start_download(struct support_conn *c, unsigned port)
{
	support_conn_open(c, port);
	support_conn_print(c, "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(c, SUPPORT_PATIENCE), 0);
}

/* TERM and INT: now, whatever is in progress. */
START_TEST(stops_now)
{
	struct support_server s;
	struct support_conn busy, idle, half;
	start_with_big_file(&s, (enum support_model)(_i / 2), "KeepAliveTimeout 60\nTimeout 60\n");
	start_download(&busy, s.port);
	support_conn_open(&idle, s.port);
	support_conn_print(&idle, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&idle, 200);
	support_conn_open(&half, s.port);
	support_conn_print(&half, "GET / HT");
	double before = support_now();
	kill(s.pid, _i % 2 ? SIGINT : SIGTERM);
	ck_assert(SUPPORT_UNTIL(has_ended(&s), SUPPORT_PATIENCE));
	ck_assert_msg(support_now() - before < 10, "it took %.1f s", support_now() - before);
	support_conn_close(&busy);
	support_conn_close(&idle);
	support_conn_close(&half);
	expect_end(&s);
}
END_TEST

/* Under load: requests are lost, processes and descriptors are not. */
START_TEST(stops_under_load)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	struct support_load_options options = {
		.port = s.port, .connections = 16, .sizes = {1024, 131073}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 50);
	kill(s.pid, SIGTERM);
	expect_end(&s);
	support_load_stop(l);
	support_load_free(l);
}
END_TEST

/* A worker that does not listen is killed in the end. */
START_TEST(kills_the_deaf)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "does not end when asked: killed");
	ck_assert_uint_gt(support_server_workers(&s, workers), 0);
	kill(workers[0], SIGSTOP);
	ck_assert(SUPPORT_UNTIL(support_state(workers[0]) == 'T', SUPPORT_PATIENCE));
	kill(s.pid, SIGTERM);
	ck_assert(SUPPORT_UNTIL(has_ended(&s), SUPPORT_PATIENCE));
	ck_assert_uint_ge(support_server_logged(&s, "does not end when asked"), 1);
	expect_end(&s);
}
END_TEST

static bool is_refused(unsigned port)
{
	struct support_conn c = {.fd = -1};
	struct support_load_options options = {.port = port, .connections = 1, .sizes = {1}};
	(void)c;
	struct support_load *l = support_load_start(&options);
	bool refused = SUPPORT_UNTIL(atomic_load(&l->failed) + atomic_load(&l->good) > 0, 5.0) &&
		       atomic_load(&l->good) == 0 && strstr(l->failures[0].why, "refused");
	support_load_stop(l);
	support_load_free(l);
	return refused;
}

/* WINCH: the last answer is finished, nothing new is taken, idle connections do not hold it up. */
START_TEST(stops_gracefully)
{
	struct support_server s;
	struct support_conn busy, idle;
	start_with_big_file(&s, (enum support_model)_i, "KeepAliveTimeout 1\n");
	start_download(&busy, s.port);
	support_conn_open(&idle, s.port);
	support_conn_print(&idle, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&idle, 200);
	kill(s.pid, SIGWINCH);
	support_conn_expect_closed(&idle);
	support_conn_close(&idle);
	ck_assert(!has_ended(&s));
	support_conn_expect(&busy, 200);
	ck_assert_uint_eq(busy.reply.body_size, BIG);
	ck_assert(support_site_is(busy.reply.body, BIG, 0, 7));
	support_conn_close(&busy);
	expect_end(&s);
}
END_TEST

/* Who waits in the queue when the stop begins was promised nothing; who is refused knows at once.
 */
START_TEST(takes_nothing_new_while_stopping)
{
	struct support_server s;
	struct support_conn busy;
	start_with_big_file(&s, (enum support_model)_i, NULL);
	start_download(&busy, s.port);
	kill(s.pid, SIGWINCH);
	ck_assert_msg(SUPPORT_UNTIL(is_refused(s.port), SUPPORT_PATIENCE),
		"connections are taken during a graceful stop");
	support_conn_expect(&busy, 200);
	ck_assert_uint_eq(busy.reply.body_size, BIG);
	support_conn_close(&busy);
	expect_end(&s);
}
END_TEST

static void cut_short(enum support_model model, const char *more, bool told)
{
	struct support_server s;
	struct support_conn busy;
	start_with_big_file(&s, model, more);
	start_download(&busy, s.port);
	kill(s.pid, SIGWINCH);
	if (told)
		kill(s.pid, SIGTERM);
	ck_assert_msg(SUPPORT_UNTIL(has_ended(&s), SUPPORT_PATIENCE), "the stop does not end");
	support_conn_close(&busy);
	expect_end(&s);
}

/* TERM, and GracefulShutdownTimeout, end a graceful stop that takes too long. */
START_TEST(cuts_a_graceful_stop_short)
{
	cut_short((enum support_model)_i, NULL, true);
}
END_TEST

START_TEST(ends_a_graceful_stop_in_time)
{
	cut_short(_i ? SUPPORT_FORK : SUPPORT_PREFORK, "GracefulShutdownTimeout 1\n", false);
}
END_TEST

/* Signals that mean nothing to the parent. */
START_TEST(ignores_the_rest)
{
	static const int signals[] = {SIGPIPE, SIGCHLD, SIGURG, SIGCONT};
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (int n = 0; n < 20; n++)
		kill(s.pid, signals[n % (sizeof signals / sizeof *signals)]);
	support_server_expect(&s, "/", 200);
	support_server_stop(&s);
}
END_TEST

/* A stop right after a restart, and a restart right after the start. */
START_TEST(takes_signals_in_any_order)
{
	static const int signals[] = {SIGHUP, SIGUSR1, SIGHUP, SIGUSR1, SIGUSR1, SIGHUP};
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		kill(s.pid, signals[i]);
	kill(s.pid, SIGTERM);
	expect_end(&s);
}
END_TEST

/* One that took over, and dies when the old one needs not be ready any more, takes the service with
 * it, as any parent does: what the old one has is finished, and it ends. */
START_TEST(does_not_come_back_later)
{
	struct support_server s;
	struct support_conn busy;
	start_with_big_file(&s, SUPPORT_PREFORK, "Timeout 60\n");
	start_download(&busy, s.port);
	pid_t old = s.pid;
	ck_assert_int_eq(kill(old, SIGUSR2), 0);
	ck_assert(SUPPORT_UNTIL(support_server_made_way(&s), SUPPORT_PATIENCE));
	support_server_adopt(&s);
	ck_assert(SUPPORT_UNTIL(support_server_logged(&s, "stopping when every connection") == 1,
		SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGKILL), 0);
	s.pid = old;
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "upgrade: the successor") == 1, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(is_refused(s.port), SUPPORT_PATIENCE));
	support_conn_expect(&busy, 200);
	ck_assert_uint_eq(busy.reply.body_size, BIG);
	support_conn_close(&busy);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* By a name that is another program's afterwards, one that never serves. */
static void start_by_link(struct support_server *s)
{
	static char path[128];
	support_server_prepare(s, SUPPORT_PREFORK, NULL);
	snprintf(path, sizeof path, "%s", support_server_path(s, "program"));
	ck_assert_int_eq(symlink(getenv("PREFORKD"), path), 0);
	setenv("PREFORKD", path, 1);
	support_server_launch(s);
	ck_assert_int_eq(unlink(path), 0);
	FILE *script = fopen(path, "we");
	ck_assert_ptr_nonnull(script);
	fputs("#!/bin/sh\nexec sleep 60 # \"$@\"\n", script);
	fclose(script);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

/* How often a refusal is said, as one line or as one of many; the signals that are counted. */
static unsigned long wished(const struct support_server *s, const char *says, size_t *lines)
{
	char *log = support_read_file(support_server_path(s, "logs/error.log"), NULL);
	unsigned long sum = 0;
	*lines = 0;
	for (const char *at = log; at && (at = strstr(at, says)); ++*lines) {
		at += strlen(says);
		sum += strncmp(at, " (wished ", 9) == 0 ? strtoul(at + 9, NULL, 10) : 1;
	}
	free(log);
	return sum;
}

/* Signals that cannot be followed, a thousand times a second: each second has a line of a kind,
 * and all are counted that the parent saw. Those the kernel put together it never did. */
START_TEST(says_refusals_once_a_second)
{
	static const char *const says[] = {
		"one is under way already", "no restart during an upgrade"};
	enum { STORM_MS = 2500 };
	struct support_server s;
	size_t lines;
	start_by_link(&s);
	ck_assert_int_eq(kill(s.pid, SIGUSR2), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "upgrade: started") == 1, SUPPORT_PATIENCE));
	double begun = support_now();
	while (support_now() - begun < STORM_MS / 1000.0) {
		kill(s.pid, SIGUSR2);
		kill(s.pid, SIGHUP);
		usleep(1000);
	}
	for (int i = 0; i < 2; i++) {
		support_server_allow(&s, says[i]);
		/* Far more than there are lines; what came last is said within a second. */
		ck_assert_msg(SUPPORT_UNTIL(wished(&s, says[i], &lines) > 20, SUPPORT_PATIENCE),
			"%lu in %zu lines", wished(&s, says[i], &lines), lines);
		ck_assert_uint_le(lines, (size_t)(support_now() - begun) + 2);
	}
	ck_assert_int_eq(kill(s.pid, SIGTERM), 0);
	ck_assert_int_eq(support_server_wait(&s), 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("signals", {stops_now, 2 * SUPPORT_MODELS}, {stops_under_load, SUPPORT_MODELS},
	{kills_the_deaf, 2}, {stops_gracefully, SUPPORT_MODELS},
	{takes_nothing_new_while_stopping, SUPPORT_MODELS},
	{cuts_a_graceful_stop_short, SUPPORT_MODELS}, {ends_a_graceful_stop_in_time, 2},
	{ignores_the_rest, SUPPORT_MODELS}, {takes_signals_in_any_order, SUPPORT_MODELS},
	{says_refusals_once_a_second, 1}, {does_not_come_back_later, 1})
