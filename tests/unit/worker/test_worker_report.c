/*
 * test_worker_report - reports to the parent
 *
 * Runs in:  a test program
 * Owns:     a rig with a pipe
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

static struct mp_pipe *parent_end;

static void open_with_pipe(const char *more)
{
	struct mp_pipe *ends[2];
	rig_open(more);
	ck_assert_int_eq(mp_pipe_new(ends, true), 0);
	parent_end = ends[0];
	rig.heritage.pipe = ends[1];
	rig.heritage.single = false;
}

static void close_with_pipe(void)
{
	mp_pipe_close(parent_end);
	mp_pipe_close(rig.heritage.pipe);
	rig_close();
}

/* The next report; false: there is none. */
static bool next(struct wire_report *r)
{
	memset(r, 0xff, sizeof *r);
	ssize_t n = mp_pipe_recv_bytes_into_timeout(parent_end, r, sizeof *r, 0);
	if (n < 0)
		return false;
	ck_assert(wire_report_valid(r, (size_t)n, 4));
	return true;
}

static void serve_one(const char *ask)
{
	struct rig_client c;
	rig_connect(&c);
	rig_say(&c, text_of(ask));
	rig_hang_up(&c);
}

START_TEST(what_it_says)
{
	struct wire_report r;
	open_with_pipe("");
	serve_one("GET /none HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert(next(&r));
	ck_assert_uint_eq(r.slot, 2);
	ck_assert_uint_eq(r.generation, 5);
	ck_assert_int_eq(r.pid, getpid());
	ck_assert_uint_eq(r.state, WIRE_STATE_READY);
	ck_assert_uint_eq(r.open, 0);
	ck_assert_uint_eq(r.counts.connections, 1);
	ck_assert_uint_eq(r.counts.closed, 1);
	ck_assert_uint_eq(r.counts.requests, 1);
	ck_assert_uint_gt(r.counts.bytes, 0);
	ck_assert_uint_eq(r.counts.took_us, r.last_us);
	ck_assert_uint_eq(r.detailed, 1);
	ck_assert_str_eq(r.client, "192.0.2.9");
	ck_assert_str_eq(r.request, "GET /none HTTP/1.1");
	ck_assert_str_eq(r.host, "www.example.org");
	ck_assert(!next(&r));
	close_with_pipe();
}
END_TEST

/* Also where a connection, which is told too, has come just before. */
START_TEST(the_first_behind_a_report_is_named)
{
	struct wire_report r;
	open_with_pipe("");
	for (int i = 0; i < 3; i++) {
		char ask[64];
		snprintf(ask, sizeof ask, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
		serve_one(ask);
		serve_one("GET /more HTTP/1.1\r\nHost: a\r\n\r\n");
		worker_report(&rig.w, WIRE_STATE_READY);
		ck_assert(next(&r));
		ck_assert_int_eq(r.request[5], '0' + i);
	}
	close_with_pipe();
}
END_TEST

START_TEST(names_are_cut)
{
	struct wire_report r;
	char ask[2048], path[300];
	memset(path, 'x', sizeof path);
	for (size_t size = 40; size < 60; size++) {
		open_with_pipe("");
		snprintf(ask, sizeof ask, "GET /%.*s HTTP/1.1\r\nHost: %.*s\r\n\r\n", (int)size,
			path, (int)size - 20, path);
		serve_one(ask);
		worker_report(&rig.w, WIRE_STATE_READY);
		ck_assert(next(&r));
		size_t line = 5 + size + 9;
		ck_assert_uint_eq(strlen(r.request), line < WIRE_REQUEST ? line : WIRE_REQUEST - 1);
		size_t host = size - 20;
		ck_assert_uint_eq(strlen(r.host), host < WIRE_HOST ? host : WIRE_HOST - 1);
		close_with_pipe();
	}
}
END_TEST

START_TEST(without_names)
{
	struct wire_report r;
	open_with_pipe("ExtendedStatus Off\n");
	serve_one("GET /secret HTTP/1.1\r\nHost: a\r\n\r\n");
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert(next(&r));
	ck_assert_uint_eq(r.detailed, 0);
	ck_assert_str_eq(r.request, "");
	ck_assert_str_eq(r.client, "");
	ck_assert_uint_eq(r.counts.requests, 1);
	close_with_pipe();
}
END_TEST

START_TEST(ten_a_second_at_most)
{
	struct wire_report r;
	open_with_pipe("");
	unsigned sent = 0;
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert(next(&r));
	uint64_t start = rig.w.now_ms;
	for (int ms = 0; ms < 2000; ms++) { /* something happens every millisecond */
		rig.w.now_ms = start + (uint64_t)ms;
		rig.w.changed = true;
		worker_report_maybe(&rig.w, WIRE_STATE_WRITING);
		sent += next(&r);
	}
	ck_assert_uint_ge(sent, 18);
	ck_assert_uint_le(sent, 20);
	rig.w.changed = false;
	rig.w.now_ms += 10000;
	worker_report_maybe(&rig.w, WIRE_STATE_WRITING); /* nothing to say */
	ck_assert(!next(&r));
	close_with_pipe();
}
END_TEST

START_TEST(a_worker_that_leaves_says_why)
{
	struct wire_report r;
	open_with_pipe("");
	rig.w.draining = true;
	rig.w.farewell = WIRE_STATE_IDLE_STOP;
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert(next(&r));
	ck_assert_uint_eq(r.state, WIRE_STATE_IDLE_STOP);
	close_with_pipe();
}
END_TEST

START_TEST(a_parent_that_does_not_read)
{
	/* The pipe fills up: reports are dropped, nobody waits, the worker is no orphan. */
	struct wire_report r;
	open_with_pipe("");
	for (int i = 0; i < 5000; i++) {
		rig.w.counts.requests = (uint64_t)i;
		worker_report(&rig.w, WIRE_STATE_READY);
	}
	ck_assert(!rig.w.orphan);
	unsigned got = 0;
	while (next(&r))
		ck_assert_uint_eq(r.counts.requests, got++);
	ck_assert_uint_gt(got, 10);
	ck_assert_uint_lt(got, 5000);
	worker_report(&rig.w, WIRE_STATE_READY); /* and the next says it all */
	ck_assert(next(&r));
	ck_assert_uint_eq(r.counts.requests, 4999);
	close_with_pipe();
}
END_TEST

START_TEST(a_parent_that_is_gone)
{
	open_with_pipe("");
	mp_pipe_close(parent_end);
	parent_end = NULL;
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert(rig.w.orphan);
	ck_assert(rig.w.draining);
	ck_assert_int_eq(worker_exit_code(&rig.w), WIRE_EXIT_ORPHAN);
	close_with_pipe();
}
END_TEST

START_TEST(without_a_parent)
{
	rig_open(""); /* preforkd -X */
	rig.w.changed = true;
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert(!rig.w.changed);
	ck_assert(!rig.w.orphan);
	rig_close();
}
END_TEST

START_TEST(through_a_queue)
{
	struct wire_report r;
	rig_open("");
	rig.heritage.single = false;
	rig.heritage.queue = mp_queue_new(0);
	ck_assert_ptr_nonnull(rig.heritage.queue);
	rig.w.oneshot = true;
	worker_report(&rig.w, WIRE_STATE_READY);
	ck_assert_int_eq(mp_queue_get_into(rig.heritage.queue, &r, sizeof r, 0), (ssize_t)sizeof r);
	ck_assert(wire_report_valid(&r, sizeof r, 4));
	mp_queue_close(rig.heritage.queue);
	rig_close();
}
END_TEST

UNIT_MAIN("worker_report", what_it_says, the_first_behind_a_report_is_named, names_are_cut,
	without_names, ten_a_second_at_most, a_worker_that_leaves_says_why,
	a_parent_that_does_not_read, a_parent_that_is_gone, without_a_parent, through_a_queue)
