/*
 * test_mp_value - bytes that processes share
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

#include <stdint.h>

enum { PROCESSES = 4, TURNS = 10000 };

struct scene {
	struct mp_value *value;
	struct children_word word;
};

static int add(void *arg)
{
	struct mp_value *value = arg;
	long *number = mp_value_data(value);
	for (int i = 0; i < TURNS; i++) {
		if (mp_value_acquire(value, -1) != 0)
			return 1;
		++*number;
		if (mp_value_release(value) != 0)
			return 2;
	}
	return 0;
}

static int hold(void *arg)
{
	struct scene *scene = arg;
	if (mp_value_acquire(scene->value, -1) < 0)
		return 1;
	children_say(&scene->word);
	pause();
	return 2;
}

START_TEST(counting_together)
{
	struct mp_value *value = mp_value_new(sizeof(long), NULL);
	pid_t pids[PROCESSES];
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = children_start(add, value);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	long number;
	ck_assert_int_eq(mp_value_get(value, &number), 0);
	ck_assert_int_eq(number, (long)PROCESSES * TURNS);
	mp_value_close(value);
	mp_value_close(NULL);
}
END_TEST

START_TEST(initial_get_and_set)
{
	double number = 2.5, got = 0;
	struct mp_value *value = mp_value_new(sizeof number, &number);
	ck_assert_int_eq(mp_value_size(value), sizeof number);
	ck_assert_int_eq(mp_array_length(value), 1);
	ck_assert_int_eq((uintptr_t)mp_value_data(value) % 64, 0);
	ck_assert_int_eq(mp_value_get(value, &got), 0);
	ck_assert_double_eq(got, 2.5);
	number = -7;
	ck_assert_int_eq(mp_value_set(value, &number), 0);
	ck_assert_int_eq(mp_value_get(value, &got), 0);
	ck_assert_double_eq(got, -7);
	/* Under its own lock, which may be taken again. */
	ck_assert_int_eq(mp_value_acquire(value, 0), 0);
	ck_assert_int_eq(mp_value_get(value, &got), 0);
	ck_assert_int_eq(mp_value_release(value), 0);
	ck_fails(mp_value_release(value), EPERM);
	mp_value_close(value);
}
END_TEST

static int reverse(void *arg)
{
	struct mp_value *array = arg;
	int a, b;
	for (size_t i = 0, k = mp_array_length(array) - 1; i < k; i++, k--) {
		if (mp_array_get(array, i, &a) < 0 || mp_array_get(array, k, &b) < 0)
			return 1;
		if (mp_array_set(array, i, &b) < 0 || mp_array_set(array, k, &a) < 0)
			return 2;
	}
	return 0;
}

START_TEST(array_of_items)
{
	enum { COUNT = 1000 };
	int numbers[COUNT], one;
	for (int i = 0; i < COUNT; i++)
		numbers[i] = i;
	struct mp_value *array = mp_array_new(COUNT, sizeof(int), numbers);
	ck_assert_int_eq(mp_array_length(array), COUNT);
	ck_assert_int_eq(mp_value_size(array), sizeof numbers);
	ck_assert_int_eq(children_join(children_start(reverse, array)), 0);
	for (size_t i = 0; i < COUNT; i++) {
		ck_assert_int_eq(mp_array_get(array, i, &one), 0);
		ck_assert_int_eq(one, COUNT - 1 - (int)i);
	}
	ck_fails(mp_array_get(array, COUNT, &one), ERANGE);
	ck_fails(mp_array_set(array, SIZE_MAX, &one), ERANGE);
	mp_value_close(array);
}
END_TEST

START_TEST(arguments)
{
	const struct {
		size_t count, item;
		int error;
	} rows[] = {{0, 1, EINVAL}, {1, 0, EINVAL}, {SIZE_MAX, 2, ENOMEM}, {1, SIZE_MAX, ENOMEM},
		{1, SIZE_MAX - 200, ENOMEM}, {1, (size_t)1 << 62, 0}};
	int fds = mp_check_fds();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_ptr_null(mp_array_new(rows[i].count, rows[i].item, NULL));
		if (rows[i].error)
			ck_assert_int_eq(errno, rows[i].error);
	}
	ck_assert_ptr_null(mp_value_new(0, NULL));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(mp_check_fds(), fds);
	struct mp_event *event = mp_event_new();
	struct mp_share wrong = mp_event_share(event);
	ck_assert_ptr_null(mp_value_from_fd(mp_event_fileno(event)));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_value_from_share(&wrong));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_value_from_fd(-1));
	ck_assert_int_eq(errno, EBADF);
	mp_event_close(event);
}
END_TEST

START_TEST(a_death_is_told)
{
	int numbers[2] = {1, 2};
	struct scene scene = {
		.value = mp_array_new(2, sizeof(int), numbers), .word = children_word()};
	for (int call = 0; call < 5; call++) {
		pid_t pid = children_start(hold, &scene);
		children_hear(&scene.word);
		ck_fails(mp_value_acquire(scene.value, 0), EAGAIN);
		ck_fails(mp_value_acquire(scene.value, 0.01), ETIMEDOUT);
		children_kill(pid);
		int told = call == 0   ? mp_value_get(scene.value, numbers)
			   : call == 1 ? mp_value_set(scene.value, numbers)
			   : call == 2 ? mp_array_get(scene.value, 0, numbers)
			   : call == 3 ? mp_array_set(scene.value, 0, numbers)
				       : mp_value_acquire(scene.value, -1);
		ck_assert_int_eq(told, MP_OWNER_DIED);
	}
	ck_assert_int_eq(mp_value_release(scene.value), 0);
	ck_assert_int_eq(mp_value_get(scene.value, numbers), 0);
	ck_assert_int_eq(numbers[1], 2);
	mp_value_close(scene.value);
	children_word_end(&scene.word);
}
END_TEST

START_TEST(shares)
{
	int number = 5, got;
	struct mp_value *value = mp_array_new(3, sizeof number, NULL);
	struct mp_share share = mp_value_share(value);
	share.fds[0] = dup(share.fds[0]);
	struct mp_value *same = mp_value_from_share(&share);
	ck_assert_int_eq(mp_array_length(same), 3);
	ck_assert_int_eq(mp_array_set(same, 2, &number), 0);
	mp_value_close(same);
	ck_assert_int_eq(mp_array_get(value, 2, &got), 0);
	ck_assert_int_eq(got, 5);
	mp_value_close(value);
}
END_TEST

START_TEST(passed_as_a_descriptor)
{
	int number = 7;
	struct mp_value *value = mp_value_new(sizeof number, &number);
	struct mp_value *same = mp_value_from_fd(dup(mp_value_fileno(value)));
	ck_assert_ptr_nonnull(same);
	number = 8;
	ck_assert_int_eq(mp_value_set(value, &number), 0);
	ck_assert_int_eq(mp_value_get(same, &number), 0);
	ck_assert_int_eq(number, 8);
	mp_value_close(same);
	mp_value_close(value);
}
END_TEST

int main(void)
{
	const struct children_test tests[] = {
		{counting_together, 1},
		{initial_get_and_set, 1},
		{array_of_items, 1},
		{arguments, 1},
		{a_death_is_told, 1},
		{shares, 1},
		{passed_as_a_descriptor, 1},
	};
	return children_run("mp_value", tests, sizeof tests / sizeof *tests);
}
