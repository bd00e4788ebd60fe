/*
 * test_worker_body - the bodies of requests that nobody reads
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

/* A request head, `size` bytes of body, and another request. */
static void say_length(struct rig_client *c, size_t size, size_t step)
{
	char head[128], *body = calloc(1, size + 1);
	snprintf(head, sizeof head, "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
		size);
	memset(body, 'G', size); /* looks like the beginning of a request, and is none */
	rig_say(c, text_of(head));
	for (size_t at = 0; at < size; at += step)
		rig_say(c, text_from(body + at, size - at < step ? size - at : step));
	rig_say(c, TEXT("GET /b HTTP/1.1\r\nHost: a\r\n\r\n"));
	free(body);
}

START_TEST(lengths)
{
	static const struct {
		size_t size, step;
		bool read; /* the body was read past and the next request answered */
	} rows[] = {
		{0, 1, true},
		{1, 1, true},
		{100, 7, true},
		{65536, 65536, true},
		{65537, 4096, true},
		{200000, 65536, true},
		{256 * 1024, 50000, true},
		{256 * 1024 + 1, 50000, false},
		{10 * 1024 * 1024, 65536, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig_client c;
		rig_open("");
		rig_connect(&c);
		say_length(&c, rows[i].size, rows[i].step);
		unsigned answers = rig_count(buffer_view(&c.got), "HTTP/1.1 ");
		ck_assert_msg(
			answers == (rows[i].read ? 2u : 1u), "%zu: %u", rows[i].size, answers);
		ck_assert(c.over == !rows[i].read);
		ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 405"), 1);
		rig_hang_up(&c);
		rig_close();
	}
}
END_TEST

START_TEST(a_skipped_body_costs_no_memory)
{
	struct rig_client c;
	char part[4096];
	memset(part, 'x', sizeof part);
	rig_open("");
	rig_connect(&c);
	rig_say(&c, TEXT("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 262144\r\n\r\n"));
	for (int i = 0; i < 63; i++) {
		rig_say(&c, text_from(part, sizeof part));
		ck_assert_uint_lt(c.conn.in.size, 100);
		ck_assert_uint_lt(c.conn.in.room, 20000);
	}
	ck_assert_uint_eq(c.got.size, 0);
	rig_say(&c, text_from(part, sizeof part));
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 405"), 1);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(chunks)
{
	static const struct {
		struct text body;
		int status; /* of the request with the body */
		bool next;  /* the request behind it is answered too */
	} rows[] = {
		{TEXT("0\r\n\r\n"), 405, true},
		{TEXT("1\r\nx\r\n0\r\n\r\n"), 405, true},
		{TEXT("5;a=b;c=\"d\"\r\nabcde\r\n0\r\nX: y\r\n\r\n"), 405, true},
		{TEXT("a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"), 405, true},
		{TEXT("x\r\n"), 400, false},
		{TEXT("1\r\nxy\r\n0\r\n\r\n"), 400, false},
		{TEXT("1\nx\n0\n\n"), 400, false},
		{TEXT("-1\r\n"), 400, false},
		{TEXT("fffffffffffffffff\r\n"), 400, false},
		{TEXT("b\r\n"), 413, false}, /* eleven, where ten are allowed in all */
		{TEXT("6\r\nabcdef\r\n5\r\n"), 413, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool wide = i < 4;
		for (size_t step = 1; step < 4; step++) {
			struct rig_client c;
			struct text body = rows[i].body;
			char line[32];
			rig_open(wide ? "" : "LimitRequestBody 10\n");
			rig_connect(&c);
			rig_say(&c, TEXT("PUT /a HTTP/1.1\r\nHost: a\r\n"
					 "Transfer-Encoding: chunked\r\n\r\n"));
			for (size_t at = 0; at < body.size; at += step)
				rig_say(&c, text_from(body.at + at,
						    body.size - at < step ? body.size - at : step));
			rig_say(&c, TEXT("GET /b HTTP/1.1\r\nHost: a\r\n\r\n"));
			snprintf(line, sizeof line, "HTTP/1.1 %d ", rows[i].status);
			ck_assert_msg(text_starts(buffer_view(&c.got), text_of(line)),
				"row %zu: %.30s", i, c.got.data);
			ck_assert_msg(rig_count(buffer_view(&c.got), "HTTP/1.1 ") ==
					      (rows[i].next ? 2u : 1u),
				"row %zu", i);
			rig_hang_up(&c);
			rig_close();
		}
	}
}
END_TEST

START_TEST(endless_chunks)
{
	/* A body that never ends is read for a while and then answered with the end of the
	 * connection. */
	struct rig_client c;
	rig_open("LimitRequestBody 0\n");
	rig_connect(&c);
	rig_say(&c, TEXT("PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
	unsigned sent = 0;
	for (; sent < 100000 && !c.over; sent++)
		rig_say(&c, TEXT("10\r\n0123456789abcdef\r\n"));
	ck_assert(c.over);
	ck_assert_uint_lt(sent, 20000);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 405"), 1);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(a_body_over_the_limit)
{
	struct rig_client c;
	rig_open("LimitRequestBody 10\n");
	rig_connect(&c);
	rig_say(&c, TEXT("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890"
			 "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 413"), 1);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(who_waits_for_100_is_not_kept_waiting)
{
	struct rig_client c;
	rig_open("");
	rig_connect(&c);
	rig_say(&c, TEXT("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n"
			 "Expect: 100-continue\r\n\r\n"));
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 405"), 1);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 100"), 0);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "Connection: close"), 1);
	ck_assert(c.over);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

UNIT_MAIN("worker_body", lengths, a_skipped_body_costs_no_memory, chunks, endless_chunks,
	a_body_over_the_limit, who_waits_for_100_is_not_kept_waiting)
