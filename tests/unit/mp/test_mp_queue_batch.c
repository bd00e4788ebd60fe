/*
 * test_mp_queue_batch - many messages under one latch, and one wake for many
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_queue.h"
#include "mp_check.h"
#include "support/support_proc.h"

#include <poll.h>

static int polled(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, 0);
}

static void put_all(struct mp_queue *q, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		char message[64];
		memset(message, (int)('a' + i), size);
		ck_assert_int_eq(mp_queue_put(q, message, size), 0);
	}
}

/* One after the other, each with its size before it and padded to eight. */
static void is_batch(const char *at, ssize_t bytes, size_t first, size_t count, size_t size)
{
	ck_assert_int_eq(bytes, (ssize_t)(count * (8 + ((size + 7) & ~(size_t)7))));
	for (size_t i = 0; i < count; i++) {
		uint64_t head;
		memcpy(&head, at, sizeof head);
		ck_assert_uint_eq(head, size);
		for (size_t k = 0; k < size; k++)
			ck_assert_int_eq(at[8 + k], (char)('a' + first + i));
		at += 8 + ((size + 7) & ~(size_t)7);
	}
}

START_TEST(all_that_fits_is_taken)
{
	struct mp_queue *q = mp_queue_new(0);
	char room[100];
	ck_assert_int_eq(mp_queue_get_some(q, room, sizeof room, 1), 0);
	put_all(q, 7, 13);
	is_batch(room, mp_queue_get_some(q, room, sizeof room, 1), 0, 4, 13);
	ck_assert_uint_eq(mp_queue_qsize(q), 3);
	is_batch(room, mp_queue_get_some(q, room, sizeof room, 1), 4, 3, 13);
	ck_assert_int_eq(mp_queue_get_some(q, room, sizeof room, 1), 0);
	/* One that does not fit stays. */
	put_all(q, 1, 17);
	ck_fails((int)mp_queue_get_some(q, room, 31, 1), EMSGSIZE);
	ck_assert_uint_eq(mp_queue_qsize(q), 1);
	is_batch(room, mp_queue_get_some(q, room, 32, 1), 0, 1, 17);
	mp_queue_close(q);
}
END_TEST

/* Whoever waits for room is told of it. */
START_TEST(room_is_announced)
{
	struct mp_queue *q = mp_queue_new(3);
	char room[100];
	struct pollfd writable = {.fd = mp_queue_writer_fileno(q), .events = POLLOUT};
	put_all(q, 3, 5);
	ck_assert_int_eq(poll(&writable, 1, 0), 0);
	is_batch(room, mp_queue_get_some(q, room, sizeof room, 1), 0, 3, 5);
	ck_assert_int_eq(poll(&writable, 1, 0), 1);
	mp_queue_close(q);
}
END_TEST

START_TEST(parts_make_one_message)
{
	struct mp_queue *q = mp_queue_new(0);
	struct iovec parts[] = {{"one ", 4}, {NULL, 0}, {"message", 7}};
	char got[16];
	ck_assert_int_eq(mp_queue_put_parts(q, parts, 3, -1), 0);
	ck_assert_int_eq(mp_queue_get_into(q, got, sizeof got, 0), 11);
	ck_assert(memcmp(got, "one message", 11) == 0);
	parts[0].iov_len = parts[2].iov_len = MP_MESSAGE_MAX / 2 + 1;
	ck_fails(mp_queue_put_parts(q, parts, 3, -1), EMSGSIZE);
	parts[0].iov_len = SIZE_MAX;
	ck_fails(mp_queue_put_parts(q, parts, 3, -1), EMSGSIZE);
	mp_queue_close(q);
}
END_TEST

START_TEST(woken_when_enough_is_there)
{
	struct mp_queue *q = mp_queue_new(0);
	char room[256];
	int fd = mp_queue_reader_fileno(q);
	ck_assert(mp_queue_expect(q, 3));
	put_all(q, 2, 8);
	ck_assert_int_eq(polled(fd), 0);
	put_all(q, 1, 8);
	ck_assert_int_eq(polled(fd), 1);
	ck_assert(!mp_queue_expect(q, 3));
	ck_assert_int_gt(mp_queue_get_some(q, room, sizeof room, MP_QUEUE_NEVER), 0);
	ck_assert_int_eq(polled(fd), 0);
	put_all(q, 9, 8);
	ck_assert_int_eq(polled(fd), 0);
	/* What is there already counts, and is taken back. */
	ck_assert(!mp_queue_expect(q, 1));
	ck_assert_int_eq(polled(fd), 1);
	ck_assert(mp_queue_expect(q, 10));
	ck_assert_int_eq(polled(fd), 0);
	ck_assert_int_gt(mp_queue_get_some(q, room, sizeof room, 1), 0);
	put_all(q, 1, 8);
	ck_assert_int_eq(polled(fd), 1);
	mp_queue_close(q);
}
END_TEST

START_TEST(looking_ends)
{
	struct mp_queue *q = mp_queue_new(0);
	double start = mp_check_now();
	ck_assert(!mp_queue_look(q, 1, 0));
	ck_assert(!mp_queue_look(q, 1, 2000000));
	ck_assert_double_ge(mp_check_now() - start, 0.002);
	put_all(q, 2, 1);
	ck_assert(mp_queue_look(q, 2, 0));
	ck_assert(!mp_queue_look(q, 3, 1000));
	ck_assert_int_ge(mp_queue_alertness(), 0);
	mp_queue_close(q);
}
END_TEST

/* How long it takes until one who sleeps has what the alert reader should have taken. */
static double time_to_rouse(struct mp_queue *q)
{
	char got;
	pid_t sleeper = fork();
	ck_assert_int_ge(sleeper, 0);
	if (sleeper == 0)
		_exit(mp_queue_get_into(q, &got, 1, 20) == 1 ? 0 : 1);
	while (__atomic_load_n(&q->shared->readers.count, __ATOMIC_ACQUIRE) == 0)
		usleep(100);
	usleep(2000); /* asleep by now, or it looks by itself: either is right */
	q->shared->alert = INT64_MAX;
	double start = mp_check_now();
	put_all(q, 1, 1);
	ck_assert_int_eq(q->shared->alert, 0);
	mp_queue_rouse(q);
	while (!mp_queue_empty(q) && mp_check_now() - start < 20)
		usleep(100);
	double took = mp_check_now() - start;
	while (mp_reap(NULL, NULL, NULL) == 0)
		usleep(100);
	return took;
}

/* A reader that looks on is not woken by a system call, and nobody else is; when it dies before it
 * has taken the message, another is roused. Sleepers look up once a second by themselves. */
START_TEST(an_alert_reader_that_dies)
{
	struct mp_queue *q = mp_queue_new(0);
	ck_assert(SUPPORT_MOSTLY(time_to_rouse(q) < 0.9));
	mp_queue_close(q);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {all_that_fits_is_taken, room_is_announced,
		parts_make_one_message, woken_when_enough_is_there, looking_ends,
		an_alert_reader_that_dies};
	return MP_CHECK_MAIN("mp_queue_batch", tests);
}
