/*
 * test_parentdeath - when the parent is killed its workers end, and a new start takes over at once
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { BIG = 8 * 1024 * 1024 };

static bool are_gone(const pid_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char state = support_state(list[i]);
		if (state != 0 && state != 'Z')
			return false;
	}
	return true;
}

static void kill_parent(struct support_server *s)
{
	kill(s->pid, SIGKILL);
	ck_assert_int_eq(support_server_wait(s), -SIGKILL);
}

START_TEST(ends_idle_workers)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, NULL);
	size_t count = support_server_workers(&s, workers);
	kill_parent(&s);
	ck_assert_msg(SUPPORT_UNTIL(are_gone(workers, count), SUPPORT_PATIENCE),
		"workers live on without their parent");
	support_server_finish(&s);
}
END_TEST

/* Orphans finish the answer they are at, as a drained worker does. */
START_TEST(finishes_what_it_has)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i, "KeepAliveTimeout 1\n");
	support_site_pattern(s.root, "big", BIG, 7);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&c, SUPPORT_PATIENCE), 0);
	kill_parent(&s);
	support_conn_expect(&c, 200);
	ck_assert_uint_eq(c.reply.body_size, BIG);
	ck_assert(support_site_is(c.reply.body, BIG, 0, 7));
	support_conn_close(&c);
	support_server_finish(&s);
}
END_TEST

/* Connections that are kept end at their next answer or with their patience. */
START_TEST(lets_kept_connections_go)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "KeepAliveTimeout 1\n");
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	kill_parent(&s);
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_finish(&s);
}
END_TEST

/* The same port and PidFile, while a worker of the old server is still busy with a client: it has
 * let go of the listeners. */
START_TEST(can_start_at_once)
{
	struct support_server s;
	struct support_conn busy;
	support_server_prepare(&s, (enum support_model)_i, "KeepAliveTimeout 1\n");
	support_site_pattern(s.root, "big", BIG, 7);
	support_server_launch(&s);
	for (int again = 0; again < 2; again++) {
		support_conn_open(&busy, s.port);
		support_conn_print(
			&busy, "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
		ck_assert_uint_gt(support_conn_pending(&busy, SUPPORT_PATIENCE), 0);
		unsigned port = s.port;
		kill_parent(&s);
		ck_assert_msg(SUPPORT_UNTIL(!support_listened_on(port), SUPPORT_PATIENCE),
			"orphans hold on to the listeners");
		support_server_launch(&s);
		ck_assert_uint_eq(s.port, port);
		support_server_expect(&s, "/hello.txt", 200);
		support_conn_expect(&busy, 200);
		ck_assert_uint_eq(busy.reply.body_size, BIG);
		support_conn_close(&busy);
	}
	support_server_stop(&s);
}
END_TEST

/* Before the orphans even know: one of them stands still, and so holds the port for a while. */
START_TEST(waits_for_orphans)
{
	enum { STANDS_STILL_US = 300 * 1000 };
	struct support_server s;
	pid_t children[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "StatusListen 127.0.0.1:0\n");
	size_t count = support_children(s.pid, children, SUPPORT_WORKERS);
	for (size_t i = 0; i < count; i++)
		kill(children[i], SIGSTOP);
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(support_state(children[i]) == 'T', SUPPORT_PATIENCE));
	kill_parent(&s);
	pid_t waker = fork();
	if (waker == 0) {
		usleep(STANDS_STILL_US);
		for (size_t i = 0; i < count; i++)
			kill(children[i], SIGCONT);
		_exit(0);
	}
	const char *const arguments[] = {
		"-d", s.root, "-f", "conf/httpd.conf", "-D", "FOREGROUND", NULL};
	int fd = open(support_server_path(&s, "stderr"), O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	s.pid = support_start(arguments, fd);
	close(fd);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "started as process") == 2, SUPPORT_PATIENCE));
	ck_assert_int_eq(support_wait(waker, SUPPORT_PATIENCE), 0);
	ck_assert_msg(SUPPORT_UNTIL(are_gone(children, count), SUPPORT_PATIENCE),
		"they live on without their parent");
	support_server_expect(&s, "/hello.txt", 200);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("parentdeath", {ends_idle_workers, SUPPORT_MODELS},
	{finishes_what_it_has, SUPPORT_MODELS}, {lets_kept_connections_go, SUPPORT_FORK},
	{can_start_at_once, SUPPORT_MODELS}, {waits_for_orphans, SUPPORT_MODELS})
