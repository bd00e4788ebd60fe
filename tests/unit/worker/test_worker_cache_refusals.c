/*
 * test_worker_cache_refusals - ready-made answers of paths that lead to no file
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/cached.h"

/* Of paths that lead to no file: 404 and a directory's redirect are kept, for this second only. */
START_TEST(what_is_kept_of_refusals)
{
	static const struct {
		const char *more, *path, *status;
		bool kept;
	} rows[] = {
		{"", "/none", "404", true},
		{"", "/none?a=b", "404", true},
		{"", "/a.txt/more", "404", true},
		{"", "/dir", "301", true},
		{"", "/dir?a=b", "301", false},
		{"", "/dir/", "403", false},
		{"", "/..", "400", false},
		{"ErrorDocument 404 'none'\n", "/none", "404", true},
		{"ErrorDocument 404 /a.txt\n", "/none", "404", false},
		{"ServerSignature On\n", "/none", "404", false},
		{"LogLevel info\n", "/none", "404", false},
		{"FileCacheSize 0\n", "/none", "404", false},
		{"Header always set X %{X}e\n", "/none", "404", false},
		{"Redirect 404 /a.txt\n", "/a.txt", "404", true},
		{"FallbackResource /b.txt\n", "/none", "404", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		rig_open(rows[i].more);
		unit_write("www/a.txt", TEXT("a"));
		if (i == 0)
			unit_mkdir("www/dir");
		struct buffer first = cached_get(rows[i].path);
		char key[16];
		snprintf(key, sizeof key, "%.*s", (int)strcspn(rows[i].path, "?"), rows[i].path);
		ck_assert_msg(
			(cached_find(&rig.w.cache.refusals.used, key) != NULL) == rows[i].kept,
			"%s%s", rows[i].more, rows[i].path);
		ck_assert_uint_eq(cached_entries(), 0);
		ck_assert_ptr_nonnull(memmem(first.data, first.size, rows[i].status, 3));
		struct buffer second = cached_get(rows[i].path);
		ck_assert(text_equal(buffer_view(&second), buffer_view(&first)));
		buffer_free(&first);
		buffer_free(&second);
		rig_close();
	}
}
END_TEST

START_TEST(refusals_are_believed_for_their_second)
{
	rig_open("");
	cached_get_eq("/late.txt", "404", NULL);
	unit_write("www/late.txt", TEXT("here"));
	cached_let_a_second_go_by();
	cached_get_eq("/late.txt", "200", "here");
	rig_close();
}
END_TEST

/* Paths that clients make up take nothing from the files. */
START_TEST(refusals_are_bounded)
{
	rig_open("");
	unit_write("www/a.txt", TEXT("a"));
	unit_age("www/a.txt", 100);
	cached_get_eq("/a.txt", "200", "a");
	for (int i = 0; i < 1000; i++) {
		char path[32];
		snprintf(path, sizeof path, "/none-%d", i);
		cached_get_eq(path, "404", NULL);
	}
	ck_assert_uint_gt(rig.w.cache.refusals.size, 0);
	ck_assert_uint_le(rig.w.cache.refusals.size, rig.w.cache.refusals.most);
	ck_assert_ptr_nonnull(cached_entry("/a.txt"));
	rig_close();
}
END_TEST

UNIT_MAIN("worker_cache_refusals", what_is_kept_of_refusals, refusals_are_believed_for_their_second,
	refusals_are_bounded)
