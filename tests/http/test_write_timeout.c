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

static void ask(struct support_conn *c, unsigned port)
{
	support_conn_open(c, port);
	support_conn_print(c, "GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
}

/* Reads `step` bytes every 50 ms until the end or the time is over; how many came. */
static size_t read_slowly(struct support_conn *c, size_t step, double seconds, bool *ended)
{
	static char bytes[1024 * 1024];
	double end = support_now() + seconds;
	size_t all = 0;
	*ended = false;
	while (support_now() < end) {
		ssize_t n = step ? recv(c->fd, bytes, step, MSG_DONTWAIT) : -1;
		if (n == 0) {
			*ended = true;
			break;
		}
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
	bool ended;
	start(&s, (enum support_model)_i,
		"ResponseWriteTimeout body=1,MinRate=20000000\nTimeout 60\n");
	ask(&silent, s.port);
	ask(&slow, s.port);
	size_t got = read_slowly(&slow, 16 * 1024, 2.5, &ended);
	ck_assert_uint_lt(got + read_rest(&slow), BIG);
	ck_assert_uint_lt(read_rest(&silent), BIG);
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
	bool ended;
	start(&s, (enum support_model)(_i / 2), limits[_i % 2]);
	ask(&slow, s.port);
	size_t got = read_slowly(&slow, 64 * 1024, 2, &ended);
	ck_assert(!ended);
	/* The rest at once; the connection goes on after it. */
	fcntl(slow.fd, F_SETFL, 0);
	shutdown(slow.fd, SHUT_WR);
	ck_assert_uint_ge(got + read_rest(&slow), BIG);
	support_conn_close(&slow);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("write_timeout", {slow_readers_are_closed, SUPPORT_FORK}, {others_are_not, 4})
