/*
 * test_config_memory - the arena
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_memory.h"

START_TEST(taken)
{
	struct config_memory *memory = config_memory_new();
	char *pieces[400];
	for (size_t i = 0; i < 400; i++) {
		size_t size = i % 50 == 49 ? 100000 : i * 7;
		pieces[i] = config_memory_take(memory, size + 1);
		ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
		size_t zeros = 0;
		while (zeros <= size && pieces[i][zeros] == 0)
			zeros++;
		ck_assert_uint_eq(zeros, size + 1);
		memset(pieces[i], (int)(i % 127) + 1, size + 1);
	}
	for (size_t i = 0; i < 400; i++) /* none lies over another */
		ck_assert_int_eq(pieces[i][i % 50 == 49 ? 100000 : i * 7], (int)(i % 127) + 1);
	ck_assert_ptr_null(config_memory_take(memory, SIZE_MAX));
	ck_assert_str_eq(config_memory_text(memory, text_from("abc", 2)), "ab");
	ck_assert_str_eq(config_memory_text(memory, text_from(NULL, 0)), "");
	config_memory_free(memory);
	config_memory_free(NULL);
}
END_TEST

START_TEST(arrays)
{
	struct config_memory *memory = config_memory_new();
	unsigned *array = NULL;
	for (unsigned i = 0; i < 5000; i++) {
		array = config_memory_more(memory, array, i, sizeof *array);
		ck_assert_uint_eq(array[i], 0);
		array[i] = i + 1;
	}
	for (unsigned i = 0; i < 5000; i++)
		ck_assert_uint_eq(array[i], i + 1);
	ck_assert_ptr_null(config_memory_more(memory, NULL, SIZE_MAX / 2 + 1, 8));
	config_memory_free(memory);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, taken);
	tcase_add_test(tests, arrays);
}

int main(void)
{
	return case_main("config_memory", add);
}
