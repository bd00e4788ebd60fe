/*
 * test_arena - the arena
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "unit/unit.h"

START_TEST(taken)
{
	struct arena *memory = arena_new();
	char *pieces[400];
	for (size_t i = 0; i < 400; i++) {
		size_t size = i % 50 == 49 ? 100000 : i * 7;
		pieces[i] = arena_take(memory, size + 1);
		ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
		size_t zeros = 0;
		while (zeros <= size && pieces[i][zeros] == 0)
			zeros++;
		ck_assert_uint_eq(zeros, size + 1);
		memset(pieces[i], (int)(i % 127) + 1, size + 1);
	}
	for (size_t i = 0; i < 400; i++) /* none lies over another */
		ck_assert_int_eq(pieces[i][i % 50 == 49 ? 100000 : i * 7], (int)(i % 127) + 1);
	ck_assert_ptr_null(arena_take(memory, SIZE_MAX));
	ck_assert_str_eq(arena_text(memory, text_from("abc", 2)), "ab");
	ck_assert_str_eq(arena_text(memory, text_from(NULL, 0)), "");
	arena_free(memory);
	arena_free(NULL);
}
END_TEST

START_TEST(arrays)
{
	struct arena *memory = arena_new();
	unsigned *array = NULL;
	for (unsigned i = 0; i < 5000; i++) {
		array = arena_more(memory, array, i, sizeof *array);
		ck_assert_uint_eq(array[i], 0);
		array[i] = i + 1;
	}
	for (unsigned i = 0; i < 5000; i++)
		ck_assert_uint_eq(array[i], i + 1);
	ck_assert_ptr_null(arena_more(memory, NULL, SIZE_MAX / 2 + 1, 8));
	arena_free(memory);
}
END_TEST

START_TEST(again)
{
	struct arena *memory = arena_new();
	arena_reset(memory);
	for (int turn = 0; turn < 3; turn++) {
		ck_assert_str_eq(arena_printf(memory, "%s-%d", "turn", turn), turn == 0 ? "turn-0"
									      : turn == 1
										      ? "turn-1"
										      : "turn-2");
		for (int i = 0; i < 100; i++) {
			char *piece = arena_take(memory, i == 50 ? 70000 : 1000);
			ck_assert_int_eq(piece[0], 0); /* what the last turn wrote is gone */
			ck_assert_int_eq(piece[999], 0);
			memset(piece, 'x', 1000);
		}
		arena_reset(memory);
	}
	arena_take(memory, 100000); /* nothing but one large object */
	arena_reset(memory);
	ck_assert_str_eq(arena_text(memory, TEXT("abc")), "abc");
	arena_free(memory);
}
END_TEST

UNIT_MAIN("arena", taken, arrays, again)
