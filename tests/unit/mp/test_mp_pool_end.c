/*
 * test_mp_pool_end - how a pool ends, and its workers, and that nothing hangs whoever is killed
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_tasks.h"

#include <signal.h>
#include <unistd.h>

static int die_if_seven(const void *args, size_t size, struct mp_reply *reply)
{
	if (*(const long *)args == 7)
		raise(SIGKILL);
	return mp_tasks_square(args, size, reply);
}

static int hang(const void *args, size_t size, struct mp_reply *reply)
{
	(void)args, (void)size, (void)reply;
	signal(SIGTERM, SIG_IGN);
	while (pause() < 0)
		;
	return 0;
}

static int refuse(void *args, size_t size)
{
	(void)args, (void)size;
	return 1;
}

START_TEST(an_initializer_that_fails_breaks_the_pool)
{
	struct mp_pool *pool mp_pool_scope =
		mp_pool_new(2, &(struct mp_pool_options){.initializer = refuse});
	ck_fails((int)mp_pool_apply(pool, mp_tasks_nothing, NULL, 0, NULL), ECHILD);
	ck_assert(!mp_pool_apply_async(pool, mp_tasks_nothing, NULL, 0, NULL, NULL, NULL) &&
		  errno == ECHILD);
}
END_TEST

START_TEST(a_killed_worker_fails_its_task_only)
{
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	long *items = mp_tasks_numbers(100);
	struct mp_result *r = mp_pool_map(pool, die_if_seven, items, sizeof *items, 100, 1);
	for (size_t i = 0; i < 100; i++)
		if (i == 7)
			ck_fails((int)mp_result_get(r, i, NULL, 0), EOWNERDEAD);
		else
			ck_assert_int_eq(mp_result_get(r, i, NULL, 0), sizeof(long));
	mp_result_free(r);
	/* With chunks, all of the chunk. */
	r = mp_pool_map(pool, die_if_seven, items, sizeof *items, 100, 10);
	size_t failed = 0;
	for (size_t i = 0; i < 100; i++)
		failed += mp_result_get(r, i, NULL, 0) < 0;
	ck_assert_uint_eq(failed, 10);
	mp_result_free(r);
	free(items);
	/* Killed while idle. */
	pid_t pids[2];
	ck_assert_uint_eq(mp_pool_workers(pool, pids, 2), 2);
	kill(pids[0], SIGKILL);
	kill(pids[1], SIGKILL);
	ck_assert_int_eq(mp_pool_apply(pool, mp_tasks_nothing, NULL, 0, NULL), 0);
}
END_TEST

/* Workers are killed all the time: each task succeeds or says that its worker died. */
START_TEST(killed_again_and_again)
{
	enum { TASKS = 20000 };
	struct mp_pool *pool mp_pool_scope = mp_pool_new(4, NULL);
	long *items = mp_tasks_numbers(TASKS);
	size_t good = 0, dead = 0;
	unsigned seed = 5;
	for (size_t at = 0; at < TASKS; at += 1000) {
		struct mp_result *r = mp_pool_imap_unordered(
			pool, mp_tasks_square, items + at, sizeof *items, 1000, 1);
		for (int i = 0; i < 1000; i++) {
			const void *data;
			size_t place;
			pid_t pids[4];
			if (i % 250 == 100 && mp_pool_workers(pool, pids, 4) == 4)
				kill(pids[rand_r(&seed) % 4], SIGKILL);
			ssize_t n = mp_result_next(r, &data, &place, 30);
			if (n < 0) {
				ck_assert_int_eq(errno, EOWNERDEAD);
				dead++;
				continue;
			}
			ck_assert_int_eq(
				*(const long *)data, items[at + place] * items[at + place]);
			good++;
		}
		mp_result_free(r);
	}
	ck_assert_uint_eq(good + dead, TASKS);
	ck_assert_uint_lt(dead, 200);
	free(items);
}
END_TEST

START_TEST(close_finishes_what_is_queued)
{
	struct mp_pool *pool = mp_pool_new(2, NULL);
	long *items = mp_tasks_numbers(500);
	int calls = 0;
	struct mp_result *r = mp_pool_map_async(pool, mp_tasks_square, items, sizeof *items, 500, 1,
		mp_tasks_count_call, NULL, &calls);
	ck_fails(mp_pool_join(pool), EINVAL);
	mp_pool_close(pool);
	ck_assert(!mp_pool_apply_async(pool, mp_tasks_nothing, NULL, 0, NULL, NULL, NULL) &&
		  errno == ESHUTDOWN);
	ck_assert_int_eq(mp_pool_join(pool), 0);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(mp_check_children(), 0);
	mp_pool_free(pool);
	/* The result outlives the pool. */
	const void *data;
	ck_assert_int_eq(mp_result_get(r, 499, &data, 0), sizeof(long));
	ck_assert_int_eq(*(const long *)data, 499 * 499);
	mp_result_free(r);
	free(items);
}
END_TEST

START_TEST(terminate_ends_at_once)
{
	int errors = 0;
	double start = mp_check_now();
	struct mp_pool *pool = mp_pool_new(2, NULL);
	struct mp_result *r[10];
	for (int i = 0; i < 10; i++)
		r[i] = mp_pool_apply_async(pool, hang, NULL, 0, NULL, mp_tasks_count_call, &errors);
	ck_fails(mp_result_wait(r[0], 0.05), ETIMEDOUT);
	ck_assert(!mp_result_ready(r[0]));
	mp_result_free(r[9]); /* before it is done: nobody is called */
	mp_pool_terminate(pool);
	ck_assert_int_eq(mp_pool_join(pool), 0);
	ck_assert_int_eq(errors, 9);
	ck_fails((int)mp_result_get(r[3], 0, NULL, 0), ECANCELED);
	for (int i = 0; i < 9; i++)
		mp_result_free(r[i]);
	mp_pool_free(pool);
	ck_assert_double_lt(mp_check_now() - start, 10);
}
END_TEST

static void gone(struct mp_process *p, void *closure)
{
	(void)p;
	++*(int *)closure;
}

START_TEST(workers_are_not_reported_by_reap)
{
	int count = 0;
	pid_t pid;
	struct mp_pool *pool mp_pool_scope = mp_pool_new(1, NULL);
	mp_pool_workers(pool, &pid, 1);
	kill(pid, SIGKILL);
	while (mp_reap(gone, NULL, &count) == 0)
		;
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(mp_pool_apply(pool, mp_tasks_nothing, NULL, 0, NULL), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_initializer_that_fails_breaks_the_pool,
		a_killed_worker_fails_its_task_only, killed_again_and_again,
		close_finishes_what_is_queued, terminate_ends_at_once,
		workers_are_not_reported_by_reap};
	return MP_CHECK_MAIN("mp_pool_end", tests);
}
