/*
 * test_keepalive - when a connection is kept and when it is closed
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a request says of the connection, and what becomes of it where connections are kept. */
static const struct {
	const char *version, *fields;
	bool keeps;
	bool says_keep; /* 1.0 is told; in 1.1 it goes without saying */
} cases[] = {
	{"1.1", "Host: test\r\n", true, false},
	{"1.1", "Host: test\r\nConnection: keep-alive\r\n", true, false},
	{"1.1", "Host: test\r\nConnection: close\r\n", false, false},
	{"1.1", "Host: test\r\nConnection: CLOSE\r\n", false, false},
	{"1.1", "Host: test\r\nConnection: x, close\r\n", false, false},
	{"1.1", "Host: test\r\nConnection: keep-alive, close\r\n", false, false},
	{"1.1", "Host: test\r\nConnection: keep-alive\r\nConnection: close\r\n", false, false},
	{"1.0", "", false, false},
	{"1.0", "Connection: keep-alive\r\n", true, true},
	{"1.0", "Connection: Keep-Alive\r\nHost: test\r\n", true, true},
	{"1.0", "Connection: close\r\n", false, false},
	{"1.7", "Host: test\r\n", true, false},
};

START_TEST(follows_the_request)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool keeps = cases[i].keeps && SUPPORT_HAS_POOL(s.model);
		support_conn_open(&c, s.port);
		support_conn_print(
			&c, "GET /hello.txt HTTP/%s\r\n%s\r\n", cases[i].version, cases[i].fields);
		support_conn_expect(&c, 200);
		ck_assert_str_eq(c.reply.body, "hello, world\n");
		ck_assert_msg(support_reply_closes(&c.reply) == !keeps,
			"HTTP/%s %s: Connection: %s", cases[i].version, cases[i].fields,
			support_reply_field(&c.reply, "Connection"));
		const char *said = support_reply_field(&c.reply, "Connection");
		if (keeps && cases[i].says_keep)
			ck_assert_msg(said && strcasecmp(said, "keep-alive") == 0, "%s", said);
		if (!keeps) {
			support_conn_expect_closed(&c);
		} else {
			support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
			support_conn_expect(&c, 200);
			ck_assert_str_eq(c.reply.body, "front page\n");
		}
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Many requests one after the other, whatever the statuses. */
START_TEST(goes_on)
{
	static const struct {
		const char *path;
		int status;
	} paths[] = {{"/", 200}, {"/missing", 404}, {"/f/16385", 200}, {"/f/", 403}, {"/f/0", 200},
		{"/f/131073", 200}, {"/f", 301}, {"/f/1", 200}};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	support_conn_open(&c, s.port);
	for (size_t i = 0; i < 240; i++) {
		size_t n = i % (sizeof paths / sizeof *paths);
		support_conn_print(&c, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", paths[n].path);
		support_conn_expect(&c, paths[n].status);
		ck_assert(!support_reply_closes(&c.reply));
	}
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(ends_after_max_keep_alive_requests)
{
	enum { MOST = 5 };
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 5\n");
	for (int again = 0; again < 3; again++) {
		support_conn_open(&c, s.port);
		for (int i = 1; i <= MOST; i++) {
			support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
			support_conn_expect(&c, 200);
			ck_assert_msg(support_reply_closes(&c.reply) == (i == MOST),
				"request %d: Connection: %s", i,
				support_reply_field(&c.reply, "Connection"));
		}
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* KeepAlive Off, and a KeepAliveTimeout of nothing, which Apache takes for the same. */
START_TEST(can_be_off)
{
	static const char *const lines[] = {"KeepAlive Off\n", "KeepAliveTimeout 0\n"};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)(_i / 2), lines[_i % 2]);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(support_reply_closes(&c.reply));
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* A client that closes between requests leaves nothing behind. */
START_TEST(survives_clients_that_leave)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (int i = 0; i < 30; i++) {
		support_conn_open(&c, s.port);
		if (i % 3) {
			support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
			support_conn_expect(&c, 200);
		}
		if (i % 3 == 2)
			support_conn_print(&c, "GET / HTT");
		support_conn_close(&c);
	}
	support_server_quiet(&s);
	support_server_expect(&s, "/", 200);
	support_server_stop(&s);
}
END_TEST

static bool all_are_counted(const struct support_server *s, unsigned most)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.connections >= most;
}

/* Idle connections beside busy ones: a worker of many holds them all at once. */
START_TEST(holds_many)
{
	enum { IDLE = 60 };
	struct support_server s;
	static struct support_conn c[IDLE];
	support_server_start(&s, SUPPORT_PREFORK, "KeepAliveTimeout 60\n");
	for (int i = 0; i < IDLE; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_print(&c[i], "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	}
	for (int i = 0; i < IDLE; i++)
		support_conn_expect(&c[i], 200);
	ck_assert_msg(SUPPORT_UNTIL(all_are_counted(&s, IDLE), SUPPORT_PATIENCE),
		"the status does not show %d connections", IDLE);
	for (int i = IDLE - 1; i >= 0; i--) {
		support_conn_print(&c[i], "GET /f/1024 HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c[i], 200);
		ck_assert(support_site_is(c[i].reply.body, 1024, 0, 1024));
	}
	for (int i = 0; i < IDLE; i++)
		support_conn_close(&c[i]);
	support_server_stop(&s);
}
END_TEST

/* The workers stand still for longer than a connection may be idle: who has spoken meanwhile is
 * answered. */
START_TEST(hears_who_spoke_while_it_stood_still)
{
	enum { MOST = 20 };
	static const struct {
		enum support_model model;
		int clients;
		const char *more;
	} rows[] = {{SUPPORT_PREFORK, MOST, ""}, {SUPPORT_DISPATCH, MOST, ""},
		{SUPPORT_CLASSIC, 1, "KeepAliveKeeper Off\n"},
		{SUPPORT_CLASSIC, 1, "KeepAliveKeeper Off\nResponseWriteTimeout body=20\n"}};
	const int clients = rows[_i].clients;
	static struct support_conn c[MOST];
	bool spoke[MOST];
	char more[128];
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	snprintf(more, sizeof more, "KeepAliveTimeout 2\n%s", rows[_i].more);
	support_server_start(&s, rows[_i].model, more);
	for (int i = 0; i < clients; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_print(&c[i], "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c[i], 200);
	}
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGSTOP);
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(support_state(workers[i]) == 'T', SUPPORT_PATIENCE));
	/* Whose time was over before that has been closed. */
	for (int i = 0; i < clients; i++)
		if ((spoke[i] = support_conn_end(&c[i], 0) == SUPPORT_STANDING))
			support_conn_print(&c[i], "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	usleep(3200000); /* that is what is tried */
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGCONT);
	for (int i = 0; i < clients; i++) {
		if (spoke[i])
			support_conn_expect(&c[i], 200);
		support_conn_close(&c[i]);
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("keepalive", {follows_the_request, SUPPORT_MODELS}, {goes_on, SUPPORT_FORK},
	{ends_after_max_keep_alive_requests, SUPPORT_FORK}, {can_be_off, 2 * SUPPORT_MODELS},
	{survives_clients_that_leave, SUPPORT_MODELS}, {holds_many, 1},
	{hears_who_spoke_while_it_stood_still, 4})
