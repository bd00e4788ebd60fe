/*
 * test_mp_stress - thousands of processes, messages and tasks, each of them accounted for
 *
 * Runs in:  the test program, executed anew by spawn and as forkserver
 * Owns:     nothing
 * Errors:   a failed check
 *
 * MP_STRESS=full in the environment: 10,000 processes under each start method, 1,000,000 messages,
 * 100,000 tasks with a worker killed every 100 ms. Otherwise a fiftieth of that or so.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_check.h"

#include <signal.h>
#include <stdint.h>
#include <unistd.h>

static const char *const methods[] = {"fork", "spawn", "forkserver"};

static bool full(void)
{
	const char *wanted = getenv("MP_STRESS");
	return wanted && strcmp(wanted, "full") == 0;
}

static int low_byte(void *args, size_t size)
{
	(void)size;
	return *(unsigned char *)args;
}

START_TEST(processes)
{
	unsigned count = full() ? 10000 : _i == 1 ? 60 : 300, ended = 0;
	struct mp_process *p[16];
	mp_set_start_method(methods[_i]);
	for (unsigned i = 0; i < count; i += 16) {
		for (unsigned k = 0; k < 16; k++) {
			unsigned char code = (unsigned char)(i + k);
			p[k] = mp_process_new(low_byte, &code, 1, NULL);
			ck_assert(p[k] && mp_process_start(p[k]) == 0);
		}
		for (unsigned k = 0; k < 16; k++) {
			int code;
			ck_assert_int_eq(mp_process_join(p[k], 60), 0);
			ck_assert(mp_process_exitcode(p[k], &code));
			ck_assert_int_eq(code, (unsigned char)(i + k));
			ck_assert_int_eq(mp_process_close(p[k]), 0);
			ended++;
		}
	}
	ck_assert_uint_ge(ended, count);
	mp_forkserver_stop();
}
END_TEST

struct work {
	struct mp_share queue, sums;
	uint32_t first, count;
};

static int put_numbers(void *args, size_t size)
{
	struct work *w = args;
	struct mp_queue *q = mp_queue_from_share(&w->queue);
	(void)size;
	for (uint32_t i = 0; i < w->count; i++) {
		uint32_t number = w->first + i;
		if (mp_queue_put(q, &number, sizeof number) < 0)
			return 1;
	}
	mp_queue_close(q);
	return 0;
}

/* Gets until told to stop, and reports how many it had, their sum and the sum of their squares. */
static int get_numbers(void *args, size_t size)
{
	struct work *w = args;
	struct mp_queue *q = mp_queue_from_share(&w->queue), *sums = mp_queue_from_share(&w->sums);
	uint64_t sum[3] = {0};
	uint32_t number;
	(void)size;
	while (mp_queue_get_into(q, &number, sizeof number, -1) == sizeof number &&
		number != UINT32_MAX) {
		sum[0]++;
		sum[1] += number;
		sum[2] += (uint64_t)number * number;
	}
	int failed = mp_queue_put(sums, sum, sizeof sum);
	mp_queue_close(q);
	mp_queue_close(sums);
	return failed < 0;
}

START_TEST(messages)
{
	uint32_t each = full() ? 250000 : 10000;
	struct mp_queue *q = mp_queue_new(0), *sums = mp_queue_new(0);
	struct work w = {mp_queue_share(q), mp_queue_share(sums), 0, each};
	struct mp_process_options o = {.shares = &w.queue, .share_count = 2};
	struct mp_process *p[8];
	for (uint32_t i = 0; i < 8; i++) {
		w.first = i * each;
		p[i] = mp_process_new(i < 4 ? put_numbers : get_numbers, &w, sizeof w, &o);
		ck_assert(p[i] && mp_process_start(p[i]) == 0);
	}
	uint64_t total[3] = {0}, want[3] = {0}, sum[3];
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(mp_process_join(p[i], 120), 0);
	for (int i = 0; i < 4; i++)
		mp_queue_put(q, &(uint32_t){UINT32_MAX}, sizeof(uint32_t));
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(mp_queue_get_into(sums, sum, sizeof sum, 120), sizeof sum);
		for (int k = 0; k < 3; k++)
			total[k] += sum[k];
	}
	for (uint64_t i = 0; i < 4ull * each; i++) {
		want[0]++;
		want[1] += i;
		want[2] += i * i;
	}
	for (int k = 0; k < 3; k++)
		ck_assert_uint_eq(total[k], want[k]);
	for (int i = 0; i < 8; i++) {
		int code;
		mp_process_join(p[i], -1);
		ck_assert(mp_process_exitcode(p[i], &code) && code == 0);
		mp_process_close(p[i]);
	}
	mp_queue_close(q);
	mp_queue_close(sums);
}
END_TEST

/* A tenth of a millisecond of work. */
static int work_a_little(const void *args, size_t size, struct mp_reply *reply)
{
	uint32_t n = *(const uint32_t *)args, x = n;
	(void)size;
	for (int i = 0; i < 50000; i++)
		x = x * 1664525u + 1013904223u;
	uint32_t result[2] = {n, x};
	return mp_reply(reply, result, sizeof result);
}

START_TEST(tasks_of_a_pool_that_loses_workers)
{
	size_t count = full() ? 100000 : 8000, good = 0, dead = 0, kills = 0;
	uint32_t *items = malloc(count * sizeof *items);
	char *seen = calloc(count, 1);
	for (size_t i = 0; i < count; i++)
		items[i] = (uint32_t)i;
	struct mp_pool *pool = mp_pool_new(4, NULL);
	struct mp_result *r =
		mp_pool_imap_unordered(pool, work_a_little, items, sizeof *items, count, 1);
	double last = mp_check_now();
	unsigned seed = 11;
	for (size_t i = 0; i < count; i++) {
		const void *data;
		size_t place;
		pid_t pids[4];
		ssize_t n = mp_result_next(r, &data, &place, 60);
		ck_assert_int_eq(seen[place]++, 0);
		if (n < 0) {
			ck_assert_int_eq(errno, EOWNERDEAD);
			dead++;
		} else {
			ck_assert_uint_eq(*(const uint32_t *)data, place);
			good++;
		}
		if (mp_check_now() - last < 0.1)
			continue;
		last = mp_check_now();
		size_t alive = mp_pool_workers(pool, pids, 4);
		if (alive > 0 && kill(pids[(unsigned)rand_r(&seed) % alive], SIGKILL) == 0)
			kills++;
	}
	ck_assert_uint_eq(good + dead, count);
	ck_assert_uint_gt(kills, 0);
	ck_assert_uint_le(dead, kills);
	mp_result_free(r);
	mp_pool_close(pool);
	ck_assert_int_eq(mp_pool_join(pool), 0);
	mp_pool_free(pool);
	free(items);
	free(seen);
}
END_TEST

int main(int argc, char **argv)
{
	mp_register("low_byte", low_byte);
	mp_main(argc, argv);
	Suite *suite = suite_create("mp_stress");
	TCase *tcase = tcase_create("stress");
	tcase_set_timeout(tcase, full() ? 900 : 120);
	tcase_add_checked_fixture(tcase, mp_check_setup, mp_check_teardown);
	tcase_add_loop_test(tcase, processes, 0, mp_check_valgrind() ? 1 : 3);
	tcase_add_test(tcase, messages);
	tcase_add_test(tcase, tasks_of_a_pool_that_loses_workers);
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}
