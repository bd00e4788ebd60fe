/*
 * test_write_timeout - ResponseWriteTimeout: clients that read a byte now and then
 *
 * Runs in:  a test program, against servers of each process model with a pool
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BIG = 24 * 1024 * 1024 };

static void start(struct support_server *s, enum support_model model, const char *more)
{
	support_server_prepare(s, model, more);
	support_site_pattern(s->root, "big", BIG, 7);
	support_server_launch(s);
}

/* With little room on this side, as what waits there counts as sent. */
static void ask(struct support_conn *c, unsigned port)
{
	const int room = 512 * 1024;
	support_conn_open(c, port);
	ck_assert_int_eq(setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
	support_conn_print(c, "GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
}

/* Has a worker a connection? Then it has more descriptors than before. */
static bool is_held(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(s, workers);
	for (size_t i = 0; i < count; i++)
		if (support_fds(workers[i]) > s->worker_fds)
			return true;
	return false;
}

/* Reads at this rate, in bytes a second, for some seconds; how many came. What is late is made up
 * for: a machine that is busy makes it no slower. */
static size_t read_slowly(struct support_conn *c, double rate, double seconds)
{
	static char bytes[1024 * 1024];
	double begin = support_now(), past;
	size_t all = 0;
	while ((past = support_now() - begin) < seconds) {
		size_t due = (size_t)(past * rate) - all;
		ssize_t n =
			recv(c->fd, bytes, due < sizeof bytes ? due : sizeof bytes, MSG_DONTWAIT);
		all += n > 0 ? (size_t)n : 0;
		usleep(50000);
	}
	return all;
}

/* All that is still to come. */
static size_t read_rest(struct support_conn *c)
{
	static char bytes[1024 * 1024];
	size_t all = 0;
	for (ssize_t n; (n = recv(c->fd, bytes, sizeof bytes, 0)) > 0;)
		all += (size_t)n;
	return all;
}

/* Not a byte, and 320 KiB a second where more is due: both are let go. */
START_TEST(slow_readers_are_closed)
{
	struct support_server s;
	struct support_conn silent, slow, quick;
	start(&s, (enum support_model)_i,
		"ResponseWriteTimeout body=1,MinRate=2000000\nTimeout 60\n");
	ask(&silent, s.port);
	ask(&slow, s.port);
	ck_assert_uint_gt(support_conn_pending(&silent, SUPPORT_PATIENCE), 0);
	ck_assert_uint_gt(support_conn_pending(&slow, SUPPORT_PATIENCE), 0);
	size_t got = slow.size;
	for (double end = support_now() + SUPPORT_PATIENCE; is_held(&s) && support_now() < end;)
		got += read_slowly(&slow, 320e3, 0.5);
	ck_assert_uint_lt(got + read_rest(&slow), BIG);
	ck_assert(!is_held(&s));
	ck_assert_uint_lt(silent.size + read_rest(&silent), BIG);
	support_conn_close(&slow);
	support_conn_close(&silent);
	ask(&quick, s.port);
	support_conn_expect(&quick, 200);
	ck_assert_uint_eq(quick.reply.body_size, BIG);
	ck_assert(support_site_is(quick.reply.body, BIG, 0, 7));
	support_conn_close(&quick);
	support_server_stop(&s);
}
END_TEST

/* At the edge: the same client, allowed a lower rate, or any. */
START_TEST(others_are_not)
{
	static const char *const limits[] = {
		"ResponseWriteTimeout body=2,MinRate=100000\nTimeout 60\n",
		"ResponseWriteTimeout body=0\nTimeout 60\n"};
	struct support_server s;
	struct support_conn slow;
	start(&s, (enum support_model)(_i / 2), limits[_i % 2]);
	ask(&slow, s.port);
	ck_assert_uint_gt(support_conn_pending(&slow, SUPPORT_PATIENCE), 0);
	size_t got = slow.size + read_slowly(&slow, 3e6, 2.5);
	/* The rest at once; the connection goes on after it. */
	fcntl(slow.fd, F_SETFL, 0);
	shutdown(slow.fd, SHUT_WR);
	ck_assert_uint_ge(got + read_rest(&slow), BIG);
	support_conn_close(&slow);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("write_timeout", {slow_readers_are_closed, SUPPORT_FORK}, {others_are_not, 4})
