/*
 * test_mp_pool - tasks give results in order
 *
 * Runs in:  the test program, executed anew by spawn and as forkserver
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_tasks.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

static const char *const methods[] = {"fork", "spawn", "forkserver"};

static int fail_if_odd(const void *args, size_t size, struct mp_reply *reply)
{
	int n = *(const int *)args;
	(void)size;
	mp_reply(reply, &n, sizeof n);
	return n % 2 ? EDOM : 0;
}

/* The bytes, twice. */
static int twice(const void *args, size_t size, struct mp_reply *reply)
{
	return mp_reply(reply, args, size) < 0 || mp_reply(reply, args, size) < 0 ? errno : 0;
}

static int pid_of(const void *args, size_t size, struct mp_reply *reply)
{
	pid_t pid = getpid();
	(void)args, (void)size;
	return mp_reply(reply, &pid, sizeof pid);
}

static int die(const void *args, size_t size, struct mp_reply *reply)
{
	(void)args, (void)size, (void)reply;
	raise(SIGKILL);
	return 0;
}

/* Made before the pool, so that its workers have it. */
static struct mp_event *gate;

/* Number 0 waits until the gate is opened. */
static int pass_the_gate(const void *args, size_t size, struct mp_reply *reply)
{
	if (*(const int *)args == 0 && mp_event_wait(gate, -1) < 0)
		return errno;
	return mp_reply(reply, args, size);
}

/* As many bytes as the item says; none but an error for 13. The item is aligned for its size. */
static int so_many(const void *args, size_t size, struct mp_reply *reply)
{
	long n = *(const long *)args, bytes[8] = {n, n, n, n, n, n, n, n};
	if (n == 13)
		return EDOM;
	return size != sizeof n || (uintptr_t)args % sizeof n ? EINVAL
							      : mp_reply(reply, bytes, (size_t)n);
}

static int join_words(const void *args, size_t size, struct mp_reply *reply)
{
	struct mp_bytes a = mp_argument(args, size, 0), b = mp_argument(args, size, 1);
	if (mp_argument(args, size, 2).data)
		return EINVAL;
	return mp_reply(reply, a.data, a.size) < 0 || mp_reply(reply, b.data, b.size) < 0 ? errno
											  : 0;
}

static int started_with;

static int remember(void *args, size_t size)
{
	if (size == sizeof started_with)
		started_with = *(int *)args;
	return 0;
}

static int recall(const void *args, size_t size, struct mp_reply *reply)
{
	(void)args, (void)size;
	return mp_reply(reply, &started_with, sizeof started_with);
}

START_TEST(apply_under_every_method)
{
	struct mp_pool *pool =
		mp_pool_new(2, &(struct mp_pool_options){.context = mp_get_context(methods[_i])});
	ck_assert_ptr_nonnull(pool);
	for (long n = 0; n < 20; n++) {
		long *result;
		ck_assert_int_eq(
			mp_pool_apply(pool, mp_tasks_square, &n, sizeof n, (void **)&result),
			sizeof n);
		ck_assert_int_eq(*result, n * n);
		free(result);
	}
	ck_assert_int_eq(mp_pool_apply(pool, mp_tasks_nothing, NULL, 0, NULL), 0);
	ck_fails((int)mp_pool_apply(pool, mp_tasks_square, "x", 1, NULL), EINVAL);
	ck_fails((int)mp_pool_apply(pool, die, NULL, 0, NULL), EOWNERDEAD);
	long nine = 9;
	ck_assert_int_eq(
		mp_pool_apply(pool, mp_tasks_square, &nine, sizeof nine, NULL), sizeof nine);
	mp_pool_free(pool);
	mp_pool_free(NULL);
	mp_forkserver_stop();
}
END_TEST

START_TEST(map_keeps_the_order)
{
	static const size_t chunks[] = {0, 1, 7, 5000};
	struct mp_pool *pool mp_pool_scope = mp_pool_new(3, NULL);
	long *items = mp_tasks_numbers(1000);
	for (size_t k = 0; k < 4; k++) {
		struct mp_result *r =
			mp_pool_map(pool, mp_tasks_square, items, sizeof *items, 1000, chunks[k]);
		ck_assert(mp_result_ready(r) && mp_result_successful(r));
		ck_assert_uint_eq(mp_result_count(r), 1000);
		for (size_t i = 0; i < 1000; i++) {
			const void *data;
			ck_assert_int_eq(mp_result_get(r, i, &data, 0), sizeof(long));
			ck_assert_int_eq(*(const long *)data, (long)(i * i));
		}
		ck_fails((int)mp_result_get(r, 1000, NULL, 0), EINVAL);
		mp_result_free(r);
	}
	struct mp_result *none = mp_pool_map(pool, mp_tasks_square, NULL, 8, 0, 0);
	ck_assert(mp_result_successful(none));
	mp_result_free(none);
	free(items);
}
END_TEST

/* In one chunk: answers of one size first, then of others, an error among them; each lies on a
 * boundary fit for its type. */
START_TEST(answers_of_every_size)
{
	static const long sizes[][6] = {{8, 8, 8, 8, 8, 8}, {0, 0, 0, 0, 0, 0}, {1, 1, 1, 8, 64, 1},
		{13, 8, 8, 13, 0, 5}, {8, 8, 13, 8, 8, 8}, {0, 0, 8, 0, 16, 13}};
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
		for (size_t chunk = 1; chunk <= 6; chunk++) {
			struct mp_result *r =
				mp_pool_map(pool, so_many, sizes[k], sizeof(long), 6, chunk);
			for (size_t i = 0; i < 6; i++) {
				const void *data;
				long n = sizes[k][i], got;
				if (n == 13) {
					ck_fails((int)mp_result_get(r, i, &data, 0), EDOM);
					ck_assert_ptr_null(data);
					continue;
				}
				ck_assert_int_eq(mp_result_get(r, i, &data, 0), n);
				if (n >= 8) {
					ck_assert_uint_eq((uintptr_t)data % 8, 0);
					memcpy(&got, (const char *)data + n - 8, sizeof got);
					ck_assert_int_eq(got, n);
				} else if (n > 0) {
					ck_assert_int_eq(*(const char *)data, n);
				}
			}
			mp_result_free(r);
		}
}
END_TEST

/* More chunks than are sent at a time, of a call that waits, while others are under way; and such a
 * call in a callback. */
static void map_again(struct mp_result *r, void *closure)
{
	struct mp_pool *pool = *(struct mp_pool **)closure;
	long *items = mp_tasks_numbers(3000);
	struct mp_result *inner = mp_pool_map(pool, mp_tasks_square, items, sizeof *items, 3000, 1);
	ck_assert(mp_result_successful(inner));
	mp_result_free(inner);
	mp_result_free(r);
	free(items);
	*(struct mp_pool **)closure = NULL;
}

START_TEST(a_call_that_waits_among_others)
{
	enum { MANY = 60000 };
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL), *again = pool;
	long *items = mp_tasks_numbers(MANY), seen = 0;
	const void *data;
	size_t place;
	struct mp_result *others =
		mp_pool_imap_unordered(pool, mp_tasks_square, items, sizeof *items, 5000, 1);
	mp_pool_map_async(
		pool, mp_tasks_square, items, sizeof *items, 100, 1, map_again, NULL, &again);
	struct mp_result *r = mp_pool_map(pool, mp_tasks_square, items, sizeof *items, MANY, 1);
	ck_assert(mp_result_successful(r));
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_int_eq(mp_result_get(r, i, &data, 0), sizeof(long));
		ck_assert_int_eq(*(const long *)data, (long)(i * i));
	}
	ck_assert_ptr_null(again);
	while (mp_result_next(others, &data, &place, 0) >= 0)
		seen++;
	ck_assert_int_eq(seen, 5000);
	mp_result_free(others);
	mp_result_free(r);
	free(items);
}
END_TEST

static void terminate_it(struct mp_result *r, void *closure)
{
	mp_pool_terminate(closure);
	mp_result_free(r);
}

/* What has not been sent fails with the rest. */
START_TEST(terminate_in_the_middle_of_a_map)
{
	gate = mp_event_new(); /* which nobody opens */
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	const int numbers[100] = {0};
	mp_pool_apply_async(pool, mp_tasks_nothing, NULL, 0, terminate_it, NULL, pool);
	struct mp_result *r = mp_pool_map(pool, pass_the_gate, numbers, sizeof *numbers, 100, 1);
	ck_assert(!mp_result_successful(r));
	for (size_t i = 0; i < 100; i++)
		ck_fails((int)mp_result_get(r, i, NULL, 0), ECANCELED);
	mp_result_free(r);
	mp_event_close(gate);
}
END_TEST

static void free_it(struct mp_result *r, void *closure)
{
	++*(int *)closure;
	mp_result_free(r);
}

START_TEST(errors_are_values)
{
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	int items[] = {0, 1, 2, 3, 4}, good = 0, bad = 0;
	struct mp_result *r = mp_pool_map_async(
		pool, fail_if_odd, items, sizeof *items, 5, 1, mp_tasks_count_call, NULL, &good);
	struct mp_result *s = mp_pool_map_async(
		pool, fail_if_odd, items, sizeof *items, 5, 2, NULL, mp_tasks_count_call, &bad);
	struct mp_result *t = mp_pool_apply_async(pool, fail_if_odd, items, sizeof *items,
		mp_tasks_count_call, mp_tasks_count_call, &good);
	mp_pool_apply_async(pool, fail_if_odd, items + 1, sizeof *items, NULL, free_it, &bad);
	ck_assert_int_eq(mp_result_wait(r, -1), 0);
	ck_assert_int_eq(mp_result_wait(s, -1), 0);
	ck_assert_int_eq(mp_result_wait(t, 20), 0);
	ck_assert(!mp_result_successful(r) && mp_result_successful(t));
	for (size_t i = 0; i < 5; i++)
		if (i % 2)
			ck_fails((int)mp_result_get(r, i, NULL, 0), EDOM);
		else
			ck_assert_int_eq(mp_result_get(r, i, NULL, 0), sizeof(int));
	mp_result_free(r);
	mp_result_free(s);
	mp_result_free(t);
	mp_pool_close(pool);
	ck_assert_int_eq(mp_pool_join(pool), 0);
	ck_assert_int_eq(good, 1);
	ck_assert_int_eq(bad, 2);
}
END_TEST

START_TEST(imap_in_order_and_as_they_come)
{
	gate = mp_event_new();
	struct mp_pool *pool mp_pool_scope = mp_pool_new(3, NULL);
	const int numbers[] = {0, 1, 2};
	const void *data;
	size_t place;
	struct mp_result *r = mp_pool_imap(pool, pass_the_gate, numbers + 1, sizeof *numbers, 2, 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(mp_result_next(r, &data, &place, -1), sizeof *numbers);
		ck_assert_uint_eq(place, i);
		ck_assert_int_eq(*(const int *)data, numbers[i + 1]);
	}
	ck_fails((int)mp_result_next(r, &data, NULL, -1), ENODATA);
	mp_result_free(r);
	r = mp_pool_imap_unordered(pool, pass_the_gate, numbers, sizeof *numbers, 3, 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(mp_result_next(r, &data, &place, -1), sizeof *numbers);
		ck_assert_uint_ne(place, 0);
	}
	ck_fails((int)mp_result_next(r, &data, &place, 0), ETIMEDOUT);
	ck_fails((int)mp_result_next(r, &data, &place, 0.01), ETIMEDOUT);
	mp_event_set(gate);
	ck_assert_int_eq(mp_result_next(r, &data, &place, -1), sizeof *numbers);
	ck_assert_uint_eq(place, 0);
	mp_result_free(r);
	mp_event_close(gate);
}
END_TEST

START_TEST(tuples)
{
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	struct mp_bytes arguments[] = {
		{"a", 1}, {"bc", 2}, {"", 0}, {"defghijklmnopqrstuvwxyz", 23}, {"1", 1}, {NULL, 0}};
	static const char *const wanted[] = {"abc", "defghijklmnopqrstuvwxyz", "1"};
	struct mp_result *r = mp_pool_starmap(pool, join_words, arguments, 2, 3, 0);
	for (size_t i = 0; i < 3; i++) {
		const void *data;
		ck_assert_int_eq(mp_result_get(r, i, &data, -1), (ssize_t)strlen(wanted[i]));
		ck_assert(memcmp(data, wanted[i], strlen(wanted[i])) == 0);
	}
	mp_result_free(r);
	ck_assert_ptr_null(mp_argument("", 0, 0).data);
}
END_TEST

START_TEST(large_items)
{
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	size_t size = 20 << 20;
	char *item = malloc(size), *result;
	for (size_t i = 0; i < size; i++)
		item[i] = (char)(i >> 7);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(mp_pool_apply(pool, twice, item, size, (void **)&result),
			(ssize_t)(2 * size));
		ck_assert(
			memcmp(item, result, size) == 0 && memcmp(item, result + size, size) == 0);
		free(result);
	}
	ck_fails((int)mp_pool_apply(pool, twice, item, MP_MESSAGE_MAX, NULL), EMSGSIZE);
	free(item);
	/* More than the queue has room for waits in the pool. */
	size = 24 << 20;
	char *many = calloc(16, size);
	struct mp_result *r = mp_pool_map(pool, mp_tasks_nothing, many, size, 16, 1);
	ck_assert(mp_result_successful(r));
	mp_result_free(r);
	free(many);
}
END_TEST

START_TEST(initializers_and_old_age)
{
	int value = 77;
	pid_t seen[12];
	struct mp_pool_options o = {.context = mp_get_context(methods[_i]),
		.initializer = remember,
		.initargs = &value,
		.initargs_size = sizeof value,
		.max_tasks_per_child = 3};
	struct mp_pool *pool = mp_pool_new(1, &o);
	ck_assert_ptr_nonnull(pool);
	for (int i = 0; i < 12; i++) {
		int *got;
		pid_t *pid;
		ck_assert_int_eq(mp_pool_apply(pool, recall, NULL, 0, (void **)&got), sizeof(int));
		ck_assert_int_eq(*got, 77);
		free(got);
		ck_assert_int_eq(
			mp_pool_apply(pool, pid_of, NULL, 0, (void **)&pid), sizeof(pid_t));
		seen[i] = *pid;
		free(pid);
	}
	int changes = 0;
	for (int i = 1; i < 12; i++)
		changes += seen[i] != seen[i - 1];
	ck_assert_int_ge(changes, 7);
	mp_pool_close(pool);
	ck_assert_int_eq(mp_pool_join(pool), 0);
	mp_pool_free(pool);
	mp_forkserver_stop();
}
END_TEST

START_TEST(in_an_event_loop)
{
	struct mp_pool *pool mp_pool_scope = mp_pool_new(2, NULL);
	int calls = 0;
	long n = 3;
	struct pollfd ready = {.fd = mp_pool_fileno(pool), .events = POLLIN};
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
	for (int i = 0; i < 5; i++)
		mp_pool_apply_async(pool, mp_tasks_square, &n, sizeof n, free_it, free_it, &calls);
	while (calls < 5) {
		ck_assert_int_eq(poll(&ready, 1, 20000), 1);
		ck_assert_int_ge(mp_pool_progress(pool, 0), 0);
	}
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
}
END_TEST

static int unregistered(const void *args, size_t size, struct mp_reply *reply)
{
	return mp_tasks_nothing(args, size, reply) + 1;
}

START_TEST(tasks_need_names_where_workers_are_no_copies)
{
	struct mp_pool *pool =
		mp_pool_new(1, &(struct mp_pool_options){.context = mp_get_context("spawn")});
	ck_fails((int)mp_pool_apply(pool, unregistered, NULL, 0, NULL), ENOENT);
	ck_assert_int_eq(mp_pool_apply(pool, mp_tasks_nothing, NULL, 0, NULL), 0);
	mp_pool_free(pool);
}
END_TEST

int main(int argc, char **argv)
{
	mp_register_task("square", mp_tasks_square);
	mp_register_task("nothing", mp_tasks_nothing);
	mp_register_task("die", die);
	mp_register_task("recall", recall);
	mp_register_task("pid_of", pid_of);
	mp_register("remember", remember);
	mp_main(argc, argv);
	int methods_here = mp_check_valgrind() ? 1 : 3;
	Suite *suite = suite_create("mp_pool");
	TCase *tcase = tcase_create("pool");
	tcase_set_timeout(tcase, 180);
	tcase_add_checked_fixture(tcase, mp_check_setup, mp_check_teardown);
	tcase_add_loop_test(tcase, apply_under_every_method, 0, methods_here);
	tcase_add_loop_test(tcase, initializers_and_old_age, 0, methods_here);
	const TTest *const tests[] = {map_keeps_the_order, answers_of_every_size,
		a_call_that_waits_among_others, terminate_in_the_middle_of_a_map, errors_are_values,
		imap_in_order_and_as_they_come, tuples, large_items, in_an_event_loop};
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(tcase, tests[i]);
	if (methods_here == 3)
		tcase_add_test(tcase, tasks_need_names_where_workers_are_no_copies);
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}
