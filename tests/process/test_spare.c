/*
 * test_spare - a classic pool grows with its clients and shrinks with the quiet
 *
 * Runs in:  a test program, against servers whose workers hold one connection each
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>

enum { CLIENTS = 120 };

static struct support_conn clients[CLIENTS];

/* What the status says and what /proc says, read so close together that they agree. */
static bool agrees_with_proc(const struct support_server *s, struct support_status *st)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t before = support_server_workers(s, workers);
	support_status_read(st, s->port);
	size_t after = support_server_workers(s, workers);
	return before == after && st->processes == after &&
	       support_status_count(st, "._SRWKGI") == strlen(st->board) &&
	       support_status_count(st, "SRWKGI_") == after &&
	       support_status_count(st, "RWKG") == st->busy &&
	       support_status_count(st, "_") == st->idle;
}

static bool shows(const struct support_server *s, unsigned busy_least, unsigned idle_least)
{
	struct support_status st;
	return agrees_with_proc(s, &st) && st.busy >= busy_least && st.idle >= idle_least;
}

static bool has_shrunk(const struct support_server *s, unsigned spare_most)
{
	struct support_status st;
	return agrees_with_proc(s, &st) && st.busy == 1 && st.idle <= spare_most;
}

static void connect_clients(const struct support_server *s, int count)
{
	for (int i = 0; i < count; i++) {
		support_conn_open(&clients[i], s->port);
		support_conn_print(&clients[i], "GET /f/1024 HTTP/1.1\r\nHost: test\r\n\r\n");
	}
	for (int i = 0; i < count; i++) {
		support_conn_expect(&clients[i], 200);
		ck_assert(support_site_is(clients[i].reply.body, 1024, 0, 1024));
	}
}

static void close_clients(int count)
{
	for (int i = 0; i < count; i++)
		support_conn_close(&clients[i]);
}

/* 120 clients who keep their connections occupy 120 workers; 5 more are spare; then all go. The
 * pool gives back one worker a second, so the test looks at the first few only, and a smaller pool
 * all the way. */
START_TEST(grows_with_its_clients)
{
	struct support_server s;
	struct support_status st;
	support_server_start(&s, _i ? SUPPORT_DISPATCH_ONE : SUPPORT_CLASSIC,
		"StartServers 5\nMinSpareServers 5\nMaxSpareServers 10\nMaxRequestWorkers 150\n"
		"KeepAliveTimeout 60\nKeepAliveKeeper Off\n");
	connect_clients(&s, CLIENTS);
	ck_assert_msg(SUPPORT_UNTIL(shows(&s, CLIENTS, 4), SUPPORT_PATIENCE),
		"the status does not show %d busy workers and spare ones", CLIENTS);
	support_status_read(&st, s.port);
	ck_assert_uint_eq(strlen(st.board), 150);
	for (int i = 0; i < CLIENTS; i++)
		support_conn_print(&clients[i], "GET /f/100 HTTP/1.1\r\nHost: test\r\n\r\n");
	for (int i = 0; i < CLIENTS; i++)
		support_conn_expect(&clients[i], 200);
	close_clients(CLIENTS);
	pid_t workers[SUPPORT_WORKERS];
	size_t most = support_server_workers(&s, workers);
	ck_assert_msg(
		SUPPORT_UNTIL(support_server_workers(&s, workers) + 3 <= most, SUPPORT_PATIENCE),
		"the pool of %zu does not shrink", most);
	support_server_stop(&s);
}
END_TEST

START_TEST(shrinks_to_its_spares)
{
	struct support_server s;
	support_server_start(&s, _i ? SUPPORT_DISPATCH_ONE : SUPPORT_CLASSIC,
		"StartServers 2\nMinSpareServers 2\nMaxSpareServers 4\nMaxRequestWorkers 20\n"
		"KeepAliveTimeout 60\nKeepAliveKeeper Off\n");
	connect_clients(&s, 8);
	ck_assert(SUPPORT_UNTIL(shows(&s, 8, 1), SUPPORT_PATIENCE));
	close_clients(8);
	ck_assert_msg(SUPPORT_UNTIL(has_shrunk(&s, 4), 2 * SUPPORT_PATIENCE),
		"more spare workers stay than MaxSpareServers");
	/* And no further than that. */
	pid_t workers[SUPPORT_WORKERS];
	double end = support_now() + 1.5;
	while (support_now() < end) {
		ck_assert_uint_ge(support_server_workers(&s, workers), 2);
		support_pause();
	}
	support_server_stop(&s);
}
END_TEST

/* MaxRequestWorkers: no more than that, said once; who comes then waits and is served. */
START_TEST(stops_at_its_limit)
{
	enum { MOST = 4, MORE = 3 };
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, _i ? SUPPORT_DISPATCH_ONE : SUPPORT_CLASSIC,
		"StartServers 2\nMinSpareServers 2\nMaxSpareServers 4\nMaxRequestWorkers 4\n"
		"KeepAliveTimeout 60\nKeepAliveKeeper Off\n");
	support_server_allow(&s, "reached MaxRequestWorkers");
	connect_clients(&s, MOST);
	for (int i = MOST; i < MOST + MORE; i++) {
		support_conn_open(&clients[i], s.port);
		support_conn_print(&clients[i],
			"GET /f/100 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	}
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "reached MaxRequestWorkers") > 0, SUPPORT_PATIENCE));
	for (int i = MOST; i < MOST + MORE; i++)
		ck_assert_int_eq(support_conn_end(&clients[i], 0.05), SUPPORT_STANDING);
	ck_assert_uint_eq(support_server_workers(&s, workers), MOST);
	for (int i = 0; i < MORE; i++)
		support_conn_close(&clients[i]);
	for (int i = MOST; i < MOST + MORE; i++)
		support_conn_expect(&clients[i], 200);
	for (int i = MORE; i < MOST + MORE; i++)
		support_conn_close(&clients[i]);
	ck_assert_uint_eq(support_server_logged(&s, "reached MaxRequestWorkers"), 1);
	support_server_stop(&s);
}
END_TEST

/* The same limit for children of one request each. */
START_TEST(limits_children)
{
	enum { MOST = 3 };
	struct support_server s;
	struct support_conn c[MOST], more;
	support_server_start(&s, SUPPORT_FORK, "MaxRequestWorkers 3\n");
	for (int i = 0; i < MOST; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_print(&c[i], "GET /f/1024 HTTP/1.1\r\nHost: te");
	}
	pid_t children[SUPPORT_WORKERS];
	ck_assert(SUPPORT_UNTIL(support_server_workers(&s, children) == MOST, SUPPORT_PATIENCE));
	support_conn_open(&more, s.port);
	support_conn_print(&more, "GET /f/100 HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert_int_eq(support_conn_end(&more, 0.3), SUPPORT_STANDING);
	ck_assert_uint_eq(support_server_workers(&s, children), MOST);
	for (int i = 0; i < MOST; i++) {
		support_conn_print(&c[i], "st\r\n\r\n");
		support_conn_expect(&c[i], 200);
		support_conn_close(&c[i]);
	}
	support_conn_expect(&more, 200);
	support_conn_close(&more);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("spare", {grows_with_its_clients, 2}, {shrinks_to_its_spares, 2},
	{stops_at_its_limit, 2}, {limits_children, 1})
