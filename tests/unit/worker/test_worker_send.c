/*
 * test_worker_send - answers on their way out
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

/* Bytes that tell where they stand. */
static void fill_out(size_t from, size_t size)
{
	char *to = buffer_reserve(&rig.w.out, size);
	ck_assert_ptr_nonnull(to);
	for (size_t i = 0; i < size; i++)
		to[i] = (char)((from + i) % 251);
	buffer_grew(&rig.w.out, size);
}

static void check_got(const struct rig_client *c, size_t size)
{
	ck_assert_uint_eq(c->got.size, size);
	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq((unsigned char)c->got.data[i], i % 251);
}

START_TEST(all_at_once)
{
	struct rig_client c;
	rig_open("");
	rig_connect(&c);
	ck_assert_int_eq(worker_send_out(&rig.w, &c.conn, false), 0); /* nothing to send */
	fill_out(0, 1000);
	ck_assert_int_eq(worker_send_out(&rig.w, &c.conn, false), 0);
	ck_assert_uint_eq(rig.w.out.size, 0);
	ck_assert_ptr_null(c.conn.out.data);
	rig_receive(&c);
	check_got(&c, 1000);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(what_has_no_room_moves_to_the_connection)
{
	enum { SIZE = 2 * 1000 * 1000, MORE = 5000 };
	struct rig_client c;
	rig_open("");
	rig_connect(&c);
	fill_out(0, SIZE);
	unit_fails(worker_send_out(&rig.w, &c.conn, false), EAGAIN);
	ck_assert_uint_eq(rig.w.out.size, 0); /* it is the next connection's */
	ck_assert_uint_gt(c.conn.out.size, 0);
	fill_out(SIZE, MORE); /* what is made meanwhile queues up behind it */
	unit_fails(worker_send_out(&rig.w, &c.conn, false), EAGAIN);
	ck_assert_uint_eq(rig.w.out.size, 0);
	int result, tries = 0;
	while ((result = worker_send_out(&rig.w, &c.conn, false)) < 0 && tries++ < 1000) {
		ck_assert_int_eq(errno, EAGAIN);
		rig_receive(&c);
	}
	ck_assert_int_eq(result, 0);
	ck_assert_ptr_null(c.conn.out.data);
	rig_receive(&c);
	check_got(&c, SIZE + MORE);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(a_client_that_is_gone)
{
	struct rig_client c;
	rig_open("");
	rig_connect(&c);
	fill_out(0, 2 * 1000 * 1000);
	unit_fails(worker_send_out(&rig.w, &c.conn, false), EAGAIN);
	close(c.fd);
	c.fd = -1;
	ck_assert_int_eq(worker_send_out(&rig.w, &c.conn, false), -1);
	ck_assert(errno == EPIPE || errno == ECONNRESET);
	fill_out(0, 10);
	buffer_free(&c.conn.out);
	ck_assert_int_eq(worker_send_out(&rig.w, &c.conn, false), -1);
	ck_assert(errno == EPIPE || errno == ECONNRESET);
	ck_assert_uint_eq(rig.w.out.size, 0);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

static void open_file(struct worker_exchange *x, size_t size, size_t offset, size_t length)
{
	site_pattern("www/file", size);
	*x = (struct worker_exchange){.file_left = length};
	http_response_init(&x->response);
	x->response.kind = HTTP_BODY_FILE;
	x->response.fd = open(unit_path("www/file"), O_RDONLY | O_CLOEXEC);
	x->response.offset = offset;
	x->response.length = length;
	ck_assert_int_ge(x->response.fd, 0);
}

START_TEST(files)
{
	static const struct {
		size_t size, offset, length;
	} rows[] = {{0, 0, 0}, {1, 0, 1}, {1000, 0, 1000}, {1000, 10, 20}, {1000, 999, 1},
		{512 * 1024, 0, 512 * 1024}, {512 * 1024 + 1, 0, 512 * 1024 + 1},
		{3000 * 1000, 7, 2000 * 1000}};
	rig_open("");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig_client c;
		struct worker_exchange x;
		rig_connect(&c);
		open_file(&x, rows[i].size, rows[i].offset, rows[i].length);
		int result, tries = 0;
		while ((result = worker_send_file(&rig.w, &c.conn, &x)) < 0 && tries++ < 1000) {
			ck_assert_int_eq(errno, EAGAIN);
			rig_receive(&c);
		}
		ck_assert_int_eq(result, 0);
		ck_assert_uint_eq(x.file_left, 0);
		rig_receive(&c);
		ck_assert_uint_eq(c.got.size, rows[i].length);
		ck_assert(site_is_pattern(buffer_view(&c.got), rows[i].offset));
		http_response_free(&x.response);
		rig_hang_up(&c);
	}
	rig_close();
}
END_TEST

START_TEST(a_file_that_is_too_short)
{
	struct rig_client c;
	struct worker_exchange x;
	rig_open("");
	rig_connect(&c);
	open_file(&x, 1000, 0, 1001);
	unit_fails(worker_send_file(&rig.w, &c.conn, &x), EIO);
	ck_assert_uint_eq(x.file_left, 1);
	http_response_free(&x.response);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(one_turn_of_a_large_file)
{
	/* In a loop with others, a client that reads fast gets its turn and no more. */
	struct rig_client c;
	struct worker_exchange x;
	int size = 8 * 1024 * 1024;
	rig_open("");
	rig_connect(&c);
	setsockopt(c.conn.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	open_file(&x, 4000 * 1000, 0, 4000 * 1000);
	rig.w.loop = (struct ev_loop *)&rig; /* only looked at: there is one */
	unit_fails(worker_send_file(&rig.w, &c.conn, &x), EAGAIN);
	ck_assert_uint_le(4000 * 1000 - x.file_left, 512 * 1024);
	ck_assert_uint_gt(4000 * 1000 - x.file_left, 0);
	http_response_free(&x.response);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(sending_counts_as_activity)
{
	struct rig_client c;
	rig_open("");
	rig_connect(&c);
	rig.w.now_ms += 1234;
	fill_out(0, 1);
	ck_assert_int_eq(worker_send_out(&rig.w, &c.conn, false), 0);
	ck_assert_uint_eq(c.conn.since_ms, rig.w.now_ms);
	fill_out(1, 4 * 1000 * 1000);
	unit_fails(worker_send_out(&rig.w, &c.conn, false), EAGAIN);
	rig.w.now_ms += 1000;
	unit_fails(worker_send_out(&rig.w, &c.conn, false), EAGAIN);
	ck_assert_uint_eq(c.conn.since_ms + 1000, rig.w.now_ms); /* nothing moved */
	rig_hang_up(&c);
	rig_close();
}
END_TEST

UNIT_MAIN("worker_send", all_at_once, what_has_no_room_moves_to_the_connection,
	a_client_that_is_gone, files, a_file_that_is_too_short, one_turn_of_a_large_file,
	sending_counts_as_activity)
