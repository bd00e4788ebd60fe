/*
 * test_graceful - restarts that lose no request, and configurations that change or are refused
 *
 * Runs in:  a test program, against a server of each process model under load
 * Owns:     its server and the loads
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool has_generation(const struct support_server *s, unsigned generation)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.generation >= generation;
}

static bool is_one_of(pid_t pid, const pid_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == pid)
			return true;
	return false;
}

/* The next generation is complete: now the old one is told to end. */
static bool are_succeeded(const struct support_server *s, const pid_t *old, size_t count)
{
	pid_t workers[SUPPORT_WORKERS];
	struct support_status st;
	size_t now = support_server_workers(s, workers), fresh = 0;
	for (size_t i = 0; i < now; i++)
		fresh += !is_one_of(workers[i], old, count);
	support_status_read(&st, s->port);
	return fresh >= count && support_status_count(&st, "S") == 0;
}

START_TEST(loses_nothing)
{
	enum { RESTARTS = 5 };
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	struct support_load_pair l = support_load_pair_start(&s);
	support_load_pair_await(&l, 20);
	for (unsigned n = 1; n <= RESTARTS; n++) {
		pid_t old[SUPPORT_WORKERS];
		size_t count = SUPPORT_HAS_POOL(s.model) ? support_server_workers(&s, old) : 0;
		kill(s.pid, SIGUSR1);
		ck_assert_msg(SUPPORT_UNTIL(has_generation(&s, n), SUPPORT_PATIENCE),
			"no generation %u", n);
		support_load_pair_await(&l, 20);
		ck_assert_msg(
			SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE),
			"old workers stay after restart %u", n);
	}
	support_load_pair_stop_clean(&l);
	support_server_stop(&s);
}
END_TEST

/* Without waiting for one restart to be complete before the next. */
START_TEST(loses_nothing_in_a_hurry)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	struct support_load_pair l = support_load_pair_start(&s);
	support_load_pair_await(&l, 10);
	for (int i = 0; i < 10; i++) {
		kill(s.pid, SIGUSR1);
		support_load_await(l.fresh, (unsigned long)(i % 3));
	}
	support_load_pair_await(&l, 30);
	support_load_pair_stop_clean(&l);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A kept connection of an old worker gets its next answer, and with it the word to go; one that the
 * keeper has goes on with a new worker. */
START_TEST(answers_kept_connections)
{
	struct support_server s;
	struct support_conn c;
	pid_t old[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "KeepAliveTimeout 60\n");
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(!support_reply_closes(&c.reply));
	size_t count = support_server_workers(&s, old);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(has_generation(&s, 1), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(are_succeeded(&s, old, count), SUPPORT_PATIENCE));
	/* Idle, it may have been closed; but then in order, and before the request. */
	if (support_conn_end(&c, 0.3) == SUPPORT_STANDING) {
		support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c, 200);
		ck_assert_str_eq(c.reply.body, "hello, world\n");
		if (s.model != SUPPORT_CLASSIC || support_reply_closes(&c.reply)) {
			ck_assert(support_reply_closes(&c.reply));
			support_conn_expect_closed(&c);
		}
	}
	support_conn_close(&c);
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
	support_server_stop(&s);
}
END_TEST

/* A download that began before the restart ends after it, byte for byte. */
START_TEST(finishes_downloads)
{
	enum { SIZE = 8 * 1024 * 1024 };
	struct support_server s;
	struct support_conn c;
	struct support_status st;
	pid_t old[SUPPORT_WORKERS];
	support_server_prepare(&s, (enum support_model)_i, NULL);
	support_site_pattern(s.root, "f/big", SIZE, 7);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&c, SUPPORT_PATIENCE), 0);
	size_t count = support_server_workers(&s, old);
	ck_assert_uint_gt(count, 0);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(has_generation(&s, 1), SUPPORT_PATIENCE));
	ck_assert_msg(SUPPORT_UNTIL((support_status_read(&st, s.port),
					    support_status_count(&st, "G") >= 1),
			      SUPPORT_PATIENCE),
		"nobody finishes: %s", st.board);
	support_conn_expect(&c, 200);
	ck_assert_uint_eq(c.reply.body_size, SIZE);
	ck_assert(support_site_is(c.reply.body, SIZE, 0, 7));
	support_conn_close(&c);
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
	support_server_stop(&s);
}
END_TEST

static bool answers_with(const struct support_server *s, const char *path, const char *body)
{
	struct support_conn c;
	support_get(&c, s->port, path);
	bool same = strcmp(c.reply.body, body) == 0;
	support_conn_close(&c);
	return same;
}

static bool is_logged(const struct support_server *s, const char *text)
{
	return support_server_logged(s, text) > 0;
}

/* Nobody is asked before the old workers are gone: an answer may be cut by a hard restart. */
START_TEST(takes_a_changed_configuration)
{
	int signal = _i % 2 ? SIGHUP : SIGUSR1;
	struct support_server s;
	pid_t old[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "ErrorDocument 404 \"first\"\n");
	ck_assert(answers_with(&s, "/missing", "first"));
	support_server_configure(&s, "ErrorDocument 404 \"second\"\n");
	size_t count = SUPPORT_HAS_POOL(s.model) ? support_server_workers(&s, old) : 0;
	kill(s.pid, signal);
	ck_assert(SUPPORT_UNTIL(is_logged(&s, "generation 1 begins"), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
	ck_assert_msg(SUPPORT_UNTIL(answers_with(&s, "/missing", "second"), SUPPORT_PATIENCE),
		"the new configuration does not take effect");
	support_server_ready(&s);
	for (int i = 0; i < 10; i++)
		ck_assert(answers_with(&s, "/missing", "second"));
	support_server_stop(&s);
}
END_TEST

/* A configuration with a fault: the log says where, and everything goes on, the workers too. */
START_TEST(refuses_a_broken_configuration)
{
	static const char *const broken[] = {"DocumentRot x\n", "DocumentRoot not-there\n",
		"Listen nonsense\n", "CustomLog no/such/directory/log common\n", "<Location /x>\n",
		"Listen 127.0.0.1:1x\n"};
	struct support_server s;
	pid_t before[SUPPORT_WORKERS], after[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "conf/httpd.conf:");
	support_server_allow(&s, "cannot open the log");
	support_server_allow(&s, "the configuration was not taken");
	struct support_load_pair l = support_load_pair_start(&s);
	support_load_pair_await(&l, 10);
	size_t count = SUPPORT_HAS_POOL(s.model) ? support_server_workers(&s, before) : 0;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		support_server_configure(&s, broken[i]);
		kill(s.pid, _i % 2 ? SIGHUP : SIGUSR1);
		ck_assert_msg(SUPPORT_UNTIL(support_server_logged(&s, "was not taken") > i,
				      SUPPORT_PATIENCE),
			"\"%s\" is not refused", broken[i]);
	}
	ck_assert_msg(is_logged(&s, "did you mean 'DocumentRoot'"), "no hint");
	support_load_pair_await(&l, 10);
	support_load_pair_stop_clean(&l);
	for (size_t i = 0, now = support_server_workers(&s, after); i < count && now; i++)
		if (!SUPPORT_IS_CLASSIC(s.model)) /* whose pools breathe */
			ck_assert(is_one_of(before[i], after, now));
	ck_assert(!has_generation(&s, 1));
	support_server_stop(&s);
}
END_TEST

/* A hard restart cuts off what is in progress and nothing else: who connects is served. */
START_TEST(restarts_hard)
{
	struct support_server s;
	struct support_conn idle;
	pid_t old[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "KeepAliveTimeout 60\n");
	support_conn_open(&idle, s.port);
	support_conn_print(&idle, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&idle, 200);
	for (unsigned n = 1; n <= 3; n++) {
		size_t count = SUPPORT_HAS_POOL(s.model) ? support_server_workers(&s, old) : 0;
		kill(s.pid, SIGHUP);
		ck_assert(
			SUPPORT_UNTIL(support_server_logged(&s, "restart") >= n, SUPPORT_PATIENCE));
		ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
		support_server_expect(&s, "/hello.txt", 200);
	}
	/* A keeper is nobody's child of that generation: what it holds goes on. */
	if (s.model == SUPPORT_CLASSIC && support_conn_end(&idle, 0) == SUPPORT_STANDING) {
		support_conn_print(&idle, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&idle, 200);
	} else {
		ck_assert_int_ne(support_conn_end(&idle, SUPPORT_PATIENCE), SUPPORT_STANDING);
	}
	support_conn_close(&idle);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* What cannot change while the server runs is named. */
START_TEST(says_what_needs_a_stop)
{
	struct support_server s;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_server_allow(&s, "take effect only after stop and start");
	support_server_configure(&s, "ProcessModel fork\nServerLimit 300\n");
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(has_generation(&s, 1), SUPPORT_PATIENCE));
	ck_assert(is_logged(&s, "take effect only after stop and start"));
	ck_assert(is_logged(&s, "ProcessModel"));
	ck_assert(is_logged(&s, "ServerLimit"));
	struct support_status st;
	support_status_read(&st, s.port);
	ck_assert_str_eq(support_status_field(&st, "ProcessModel"), "prefork");
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ... and only then: a server told to be again as it is has nothing to say. */
START_TEST(says_no_more_once_it_is_undone)
{
	static const char warning[] = "take effect only after stop and start: PidFile";
	struct support_server s;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_server_allow(&s, warning);
	for (unsigned n = 1; n <= 3; n++) {
		support_server_configure(&s, n < 3 ? "PidFile logs/other.pid\n" : NULL);
		kill(s.pid, SIGUSR1);
		ck_assert(SUPPORT_UNTIL(has_generation(&s, n), SUPPORT_PATIENCE));
		ck_assert_uint_eq(support_server_logged(&s, warning), n < 3 ? n : 2);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A line is written a moment after its answer. */
static bool is_in_access_log(const struct support_server *s, const char *words)
{
	char *log = support_server_access_log(s);
	bool is = log && strstr(log, words);
	free(log);
	return is;
}

/* Logs are opened anew: what was renamed gets no more lines. */
START_TEST(opens_logs_anew)
{
	char old[128];
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_get(&c, s.port, "/hello.txt?before");
	support_conn_close(&c);
	snprintf(old, sizeof old, "%s/logs/access.1", s.root);
	ck_assert_int_eq(rename(support_server_path(&s, "logs/access.log"), old), 0);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(has_generation(&s, 1), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_get(&c, s.port, "/hello.txt?after");
	support_conn_close(&c);
	support_server_quiet(&s);
	ck_assert(SUPPORT_UNTIL(is_in_access_log(&s, "?after"), SUPPORT_PATIENCE));
	char *before = support_read_file(old, NULL), *after = support_server_access_log(&s);
	ck_assert(strstr(before, "?before") && !strstr(before, "?after"));
	ck_assert_msg(strstr(after, "?after") && !strstr(after, "?before"), "%s", after);
	free(before);
	free(after);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("graceful", {loses_nothing, SUPPORT_MODELS},
	{loses_nothing_in_a_hurry, SUPPORT_MODELS}, {answers_kept_connections, SUPPORT_FORK},
	{finishes_downloads, SUPPORT_MODELS}, {takes_a_changed_configuration, SUPPORT_MODELS},
	{refuses_a_broken_configuration, SUPPORT_MODELS}, {restarts_hard, SUPPORT_MODELS},
	{says_what_needs_a_stop, 1}, {says_no_more_once_it_is_undone, 1},
	{opens_logs_anew, SUPPORT_MODELS})
