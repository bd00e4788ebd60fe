/*
 * test_descriptors - workers that have few descriptors
 *
 * Runs in:  a test program, against servers with one worker of many connections
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_site.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 12, CROWD = 150, SIZE = 200 * 1000 };

static struct support_conn clients[CROWD];

static const char one[] = "StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n"
			  "MaxRequestWorkers 1\nWorkerConnections 4096\n";

static void ask_all(const struct support_server *s, int count)
{
	for (int i = 0; i < count; i++) {
		support_conn_open(&clients[i], s->port);
		support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&clients[i], 200);
	}
}

static void close_all(int count)
{
	for (int i = 0; i < count; i++)
		support_conn_close(&clients[i]);
}

/* However a worker is born it holds no more than it can, and what comes beyond waits for a place.
 */
START_TEST(takes_no_more_than_it_can)
{
	struct support_server s;
	char config[512];
	struct rlimit few = {200, 200};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	snprintf(config, sizeof config, "%sStartMethod %s\n", one, _i ? "spawn" : "fork");
	support_server_start(&s, SUPPORT_PREFORK, config);
	support_server_allow(&s, "reached MaxRequestWorkers");
	ck_assert_uint_eq(
		support_server_logged(&s, "WorkerConnections is 4096, but a process may have 200 "),
		1);
	ask_all(&s, CROWD - 20 - 1);
	struct support_conn late[20];
	for (int i = 0; i < 20; i++) {
		support_conn_open(&late[i], s.port);
		support_conn_print(&late[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	}
	ck_assert_uint_eq(support_conn_pending(&late[19], 0.5), 0);
	close_all(CROWD - 20 - 1);
	for (int i = 0; i < 20; i++) {
		support_conn_expect(&late[i], 200);
		support_conn_close(&late[i]);
	}
	support_server_stop(&s);
}
END_TEST

static rlim_t first_free(pid_t pid)
{
	char path[64], what[64];
	rlim_t fd = 0;
	do
		snprintf(path, sizeof path, "/proc/%d/fd/%lu", (int)pid, (unsigned long)fd++);
	while (readlink(path, what, sizeof what) > 0);
	return fd - 1;
}

/* Nor is anybody told 503 while a connection that nobody uses occupies a descriptor. */
START_TEST(a_file_is_worth_more_than_an_idle_connection)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_prepare(&s, SUPPORT_PREFORK, one);
	support_site_pattern(s.root, "large", SIZE, 7);
	support_server_launch(&s);
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_server_allow(&s, "cannot open");
	ck_assert_uint_eq(support_server_workers(&s, workers), 1);
	ask_all(&s, CLIENTS);
	support_limit_fds(workers[0], first_free(workers[0]));
	support_conn_print(&clients[0], "GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&clients[0], 200);
	ck_assert_uint_eq(clients[0].reply.body_size, SIZE);
	support_conn_expect_closed(&clients[1]); /* the one that was idle longest, and only that */
	for (int i = 2; i < CLIENTS; i++) {
		support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&clients[i], 200);
	}
	close_all(CLIENTS);
	support_limit_fds(workers[0], RLIM_INFINITY);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("descriptors", {takes_no_more_than_it_can, 2},
	{a_file_is_worth_more_than_an_idle_connection, 1})
