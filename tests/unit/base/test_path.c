/*
 * test_path - many ways to write one path
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include "unit/unit.h"

START_TEST(cleaned)
{
	static const struct {
		const char *path, *clean;
		bool good;
	} rows[] = {
		{"/", "/", true},
		{"//", "/", true},
		{"/a", "/a", true},
		{"/a/", "/a/", true},
		{"//a///b//", "/a/b/", true},
		{"/a/./b", "/a/b", true},
		{"/a/.", "/a", true},
		{"/a/./", "/a/", true},
		{"/a/../b", "/b", true},
		{"/a/b/..", "/a", true},
		{"/a/..", "/", true},
		{"/a/../", "/", true},
		{"/..", "/", false},
		{"/../a", "/a", false},
		{"/a/../../b/", "/b/", false},
		{"/a/..b/.c", "/a/..b/.c", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer to = BUFFER_INIT;
		buffer_string(&to, "x");
		ck_assert_msg(
			path_clean(&to, text_of(rows[i].path)) == rows[i].good, "%s", rows[i].path);
		struct text said = text_from(to.data + 1, to.size - 1);
		ck_assert_msg(text_equal(said, text_of(rows[i].clean)), "%s: %.*s", rows[i].path,
			TEXT_ARGS(said));
		buffer_free(&to);
	}
}
END_TEST

UNIT_MAIN("path", cleaned)
