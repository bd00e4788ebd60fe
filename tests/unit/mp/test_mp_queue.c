/*
 * test_mp_queue - every message goes to one reader, in order, whoever is killed
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_check.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

static int polled(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};
	ck_assert_int_ge(fd, 0);
	return poll(&p, 1, 0);
}

START_TEST(first_in_first_out)
{
	struct mp_queue *q = mp_queue_new(0);
	ck_assert(mp_queue_empty(q) && !mp_queue_full(q));
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(mp_queue_put(q, &i, sizeof i), 0);
	ck_assert_uint_eq(mp_queue_qsize(q), 5000);
	ck_assert(!mp_queue_empty(q));
	for (int i = 0; i < 5000; i++) {
		int *got;
		ck_assert_int_eq(mp_queue_get(q, (void **)&got), sizeof i);
		ck_assert_int_eq(*got, i);
		free(got);
	}
	ck_assert_uint_eq(mp_queue_qsize(q), 0);
	mp_queue_close(q);
	mp_queue_close(NULL);
}
END_TEST

START_TEST(every_size)
{
	struct mp_queue *q = mp_queue_new(0);
	char *data = malloc(32 << 20);
	for (size_t i = 0; i < 32 << 20; i++)
		data[i] = (char)(i * 7 + (i >> 8));
	/* Twice round the ring, and never empty, so that messages lie across its end. */
	ck_assert_int_eq(mp_queue_put(q, data, 11), 0);
	size_t previous = 11;
	for (int i = 0; i < 24; i++) {
		size_t size = i % 5 == 4 ? 0 : (size_t)(32 << 20) - (size_t)i * 1001;
		void *got;
		ck_assert_int_eq(mp_queue_put(q, data, size), 0);
		ck_assert_int_eq(mp_queue_get(q, &got), (ssize_t)previous);
		ck_assert(memcmp(got, data, previous) == 0);
		free(got);
		previous = size;
	}
	ck_fails(mp_queue_put(q, data, MP_MESSAGE_MAX + 1), EMSGSIZE);
	free(data);
	mp_queue_close(q);
}
END_TEST

START_TEST(bounded)
{
	struct mp_queue *q = mp_queue_new(2);
	void *got;
	double start = mp_check_now();
	ck_fails((int)mp_queue_get_nowait(q, &got), EAGAIN);
	ck_fails((int)mp_queue_get_timeout(q, &got, 0.03), ETIMEDOUT);
	ck_assert_int_eq(mp_queue_put_nowait(q, "a", 1), 0);
	ck_assert(!mp_queue_full(q));
	ck_assert_int_eq(mp_queue_put_nowait(q, "b", 1), 0);
	ck_assert(mp_queue_full(q));
	ck_fails(mp_queue_put_nowait(q, "c", 1), EAGAIN);
	ck_fails(mp_queue_put_timeout(q, "c", 1, 0.03), ETIMEDOUT);
	ck_assert_double_ge(mp_check_now() - start, 0.06);
	ck_assert_int_eq(mp_queue_get(q, &got), 1);
	free(got);
	ck_assert_int_eq(mp_queue_put(q, "c", 1), 0);
	mp_queue_close(q);
}
END_TEST

START_TEST(bounded_by_room)
{
	struct mp_queue *q = mp_queue_new(0);
	char *data = calloc(1, 32 << 20);
	int count = 0;
	while (mp_queue_put_nowait(q, data, 32 << 20) == 0)
		count++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(count, 7);
	mp_queue_close(q);
	free(data);
}
END_TEST

START_TEST(into_the_callers_buffer)
{
	struct mp_queue *q = mp_queue_new(0);
	char buffer[4];
	mp_queue_put(q, "12345", 5);
	mp_queue_put(q, "6", 1);
	ck_fails(mp_queue_get_into(q, buffer, sizeof buffer, 0), EMSGSIZE);
	ck_assert_uint_eq(mp_queue_qsize(q), 2);
	void *got;
	ck_assert_int_eq(mp_queue_get(q, &got), 5);
	ck_assert_str_eq(got, "12345");
	free(got);
	ck_assert_int_eq(mp_queue_get_into(q, buffer, sizeof buffer, 0), 1);
	ck_assert_int_eq(buffer[0], '6');
	mp_queue_close(q);
}
END_TEST

START_TEST(descriptors_say_what_is)
{
	struct mp_queue *q = mp_queue_new(2);
	char byte;
	mp_queue_put(q, "a", 1);
	int reader = mp_queue_reader_fileno(q), writer = mp_queue_writer_fileno(q);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(polled(reader, POLLIN), 1);
		ck_assert_int_eq(polled(writer, POLLOUT), 1);
		mp_queue_put(q, "b", 1);
		ck_assert_int_eq(polled(writer, POLLOUT), 0);
		mp_queue_get_into(q, &byte, 1, 0);
		ck_assert_int_eq(polled(writer, POLLOUT), 1);
		ck_assert_int_eq(polled(reader, POLLIN), 1);
		mp_queue_get_into(q, &byte, 1, 0);
		ck_assert_int_eq(polled(reader, POLLIN), 0);
		mp_queue_put(q, "a", 1);
	}
	mp_queue_close(q);
}
END_TEST

/* ---- Between processes ---- */

struct work {
	struct mp_share queue, results;
	unsigned id, count;
};

static struct mp_process *child_with(mp_target target, const struct work *w)
{
	struct mp_process *p = mp_process_new(target, w, sizeof *w,
		&(struct mp_process_options){
			.shares = &w->queue, .share_count = w->results.kind ? 2 : 1});
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(mp_process_start(p), 0);
	return p;
}

struct item {
	unsigned writer, number;
};

static int writer(void *args, size_t size)
{
	struct work *w = args;
	struct mp_queue *q = mp_queue_from_share(&w->queue);
	(void)size;
	for (unsigned i = 0; i < w->count; i++)
		if (mp_queue_put(q, &(struct item){w->id, i}, sizeof(struct item)) < 0)
			return 1;
	mp_queue_close(q);
	return 0;
}

/* Passes on what it reads until an item says stop; order within a writer is kept. */
static int reader(void *args, size_t size)
{
	struct work *w = args;
	struct mp_queue *q = mp_queue_from_share(&w->queue),
			*results = mp_queue_from_share(&w->results);
	unsigned next[8] = {0};
	struct item item;
	(void)size;
	for (;;) {
		if (mp_queue_get_into(q, &item, sizeof item, -1) != sizeof item)
			return 1;
		if (item.writer == 99)
			break;
		if (item.number < next[item.writer])
			return 2;
		next[item.writer] = item.number + 1;
		if (mp_queue_put(results, &item, sizeof item) < 0)
			return 3;
	}
	mp_queue_close(q);
	mp_queue_close(results);
	return 0;
}

static void many(size_t maxsize, unsigned writers, unsigned readers, unsigned count)
{
	struct mp_queue *q = mp_queue_new(maxsize), *results = mp_queue_new(0);
	struct mp_process *w[8], *r[8];
	struct work work = {mp_queue_share(q), mp_queue_share(results), 0, count};
	char *seen = calloc(writers, count);
	for (unsigned i = 0; i < readers; i++)
		r[i] = child_with(reader, &work);
	for (unsigned i = 0; i < writers; i++) {
		work.id = i;
		w[i] = child_with(writer, &work);
	}
	for (unsigned i = 0; i < writers * count; i++) {
		struct item item;
		ck_assert_int_eq(mp_queue_get_into(results, &item, sizeof item, -1), sizeof item);
		ck_assert_int_eq(seen[item.writer * count + item.number]++, 0);
	}
	for (unsigned i = 0; i < writers; i++)
		ck_assert_int_eq(mp_check_code(w[i]), 0);
	for (unsigned i = 0; i < readers; i++)
		mp_queue_put(q, &(struct item){99, 0}, sizeof(struct item));
	for (unsigned i = 0; i < readers; i++)
		ck_assert_int_eq(mp_check_code(r[i]), 0);
	ck_assert(mp_queue_empty(q) && mp_queue_empty(results));
	free(seen);
	mp_queue_close(q);
	mp_queue_close(results);
}

START_TEST(four_writers_four_readers)
{
	many(0, 4, 4, 10000);
}
END_TEST

START_TEST(four_and_four_bounded)
{
	many(3, 4, 4, 1000);
}
END_TEST

static int put_for_ever(void *args, size_t size)
{
	struct work *w = args;
	struct mp_queue *q = mp_queue_from_share(&w->queue);
	char data[3000];
	(void)size;
	memset(data, (int)w->id, sizeof data);
	for (size_t n = 1;; n = n % 2999 + 1)
		if (mp_queue_put(q, data, n) < 0)
			return 1;
}

static int get_for_ever(void *args, size_t size)
{
	struct work *w = args;
	struct mp_queue *q = mp_queue_from_share(&w->queue);
	void *data;
	(void)size;
	while (mp_queue_get(q, &data) >= 0)
		free(data);
	return 1;
}

/* Whoever is killed in whatever line, the messages that come are whole and nothing hangs. */
START_TEST(killed_writers_and_readers)
{
	struct mp_queue *q = mp_queue_new(50);
	struct work work = {.queue = mp_queue_share(q)};
	struct mp_process *writers[2], *reading;
	mp_queue_reader_fileno(q);
	mp_queue_writer_fileno(q);
	for (unsigned i = 0; i < 2; i++) {
		work.id = i;
		writers[i] = child_with(put_for_ever, &work);
	}
	reading = child_with(get_for_ever, &work);
	for (unsigned round = 0; round < 60; round++) {
		for (unsigned i = 0; i < 3 + round % 7; i++) {
			char data[3000];
			ssize_t n = mp_queue_get_into(q, data, sizeof data, 20);
			ck_assert_int_gt(n, 0);
			for (ssize_t k = 1; k < n; k++)
				ck_assert(data[k] == data[0]);
		}
		struct mp_process **victim = round % 3 == 2 ? &reading : &writers[round % 2];
		mp_process_kill(*victim);
		ck_assert_int_eq(mp_check_code(*victim), -SIGKILL);
		work.id = round % 2;
		*victim = child_with(victim == &reading ? get_for_ever : put_for_ever, &work);
	}
	for (int i = 0; i < 3; i++) {
		struct mp_process *victim = i < 2 ? writers[i] : reading;
		mp_process_kill(victim);
		mp_check_code(victim);
	}
	size_t left = mp_queue_qsize(q), count = 0;
	void *got;
	while (mp_queue_get_nowait(q, &got) > 0) {
		free(got);
		count++;
	}
	ck_assert_uint_eq(count, left);
	ck_assert_int_eq(polled(mp_queue_reader_fileno(q), POLLIN), 0);
	ck_assert_int_eq(polled(mp_queue_writer_fileno(q), POLLOUT), 1);
	mp_queue_close(q);
}
END_TEST

/* Another process may write whatever it likes into the shared memory: calls fail or work, they
 * do not crash, and the queue can be used again. */
START_TEST(scribbled_over)
{
	struct mp_queue *q = mp_queue_new(0);
	struct mp_share share = mp_queue_share(q);
	uint32_t *memory = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, share.fds[0], 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	unsigned seed = 1;
	char data[100] = "";
	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < 20; i++)
			mp_queue_put_nowait(q, data, sizeof data);
		/* All but the head of the memory and the latch, then the messages. */
		for (size_t i = round % 2 ? 1024 : 17; i < (round % 2 ? 1300 : 64); i++)
			if (rand_r(&seed) % 3 == 0)
				memory[i] = (uint32_t)rand_r(&seed) *
					    (rand_r(&seed) % 2 ? 2u : 0x10001u);
		void *got;
		mp_queue_full(q);
		mp_queue_qsize(q);
		for (int i = 0; i < 30; i++)
			if (mp_queue_get_nowait(q, &got) >= 0)
				free(got);
	}
	memset(memory + 16, 0, 48 * 4);
	ck_assert_int_eq(mp_queue_put_nowait(q, "x", 1), 0);
	ck_assert_int_eq(mp_queue_get_into(q, data, sizeof data, 0), 1);
	munmap(memory, 1 << 16);
	mp_queue_close(q);
}
END_TEST

static int hold_still(void *args, size_t size)
{
	struct work *w = args;
	uint32_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, w->queue.fds[0], 0);
	struct mp_queue *results = mp_queue_from_share(&w->results);
	(void)size;
	memory[16] = (uint32_t)getpid();
	mp_queue_put(results, "", 0);
	while (pause() < 0)
		;
	return 0;
}

/* One who holds the latch and does not go on costs the calls that must not wait ten milliseconds.
 */
START_TEST(a_holder_that_stands_still)
{
	struct mp_queue *q = mp_queue_new(0), *results = mp_queue_new(0);
	struct work work = {mp_queue_share(q), mp_queue_share(results), 0, 0};
	struct mp_process *p = child_with(hold_still, &work);
	char byte;
	ck_assert_int_eq(mp_queue_get_into(results, &byte, 1, -1), 0);
	double start = mp_check_now();
	ck_fails(mp_queue_put_nowait(q, "x", 1), EAGAIN);
	ck_fails(mp_queue_get_into(q, &byte, 1, 0), EAGAIN);
	ck_assert_double_lt(mp_check_now() - start, 5);
	ck_fails(mp_queue_put_timeout(q, "x", 1, 0.05), ETIMEDOUT);
	mp_process_kill(p);
	mp_check_code(p);
	mp_queue_close(q);
	mp_queue_close(results);
}
END_TEST

static void interrupt(int sig)
{
	(void)sig;
}

START_TEST(a_handler_ends_the_wait)
{
	struct sigaction action = {.sa_handler = interrupt};
	struct mp_queue *q = mp_queue_new(0);
	void *got;
	sigaction(SIGALRM, &action, NULL);
	/* Again and again: the first may come before the wait. */
	ualarm(20000, 20000);
	ck_fails((int)mp_queue_get(q, &got), EINTR);
	ualarm(0, 0);
	mp_queue_close(q);
}
END_TEST

START_TEST(shares_are_of_a_type)
{
	struct mp_share share = {0};
	ck_assert(!mp_queue_from_share(&share) && errno == EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {first_in_first_out, every_size, bounded, bounded_by_room,
		into_the_callers_buffer, descriptors_say_what_is, four_writers_four_readers,
		four_and_four_bounded, killed_writers_and_readers, scribbled_over,
		a_holder_that_stands_still, a_handler_ends_the_wait, shares_are_of_a_type};
	return MP_CHECK_MAIN("mp_queue", tests);
}
