/*
 * test_glob - the stars are where they were
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include "unit/unit.h"

#include <fnmatch.h>

START_TEST(by_hand)
{
	static const struct {
		const char *pattern, *of;
		unsigned flags;
		bool matches;
	} rows[] = {
		{"", "", 0, true},
		{"", "a", 0, false},
		{"*", "", 0, true},
		{"*", "anything/at all", 0, true},
		{"*", "a/b", GLOB_PATH, false},
		{"a*c", "abbbc", 0, true},
		{"a*c", "abbbd", 0, false},
		{"*.example.com", "www.example.com", 0, true},
		{"*.example.com", "example.com", 0, false},
		{"/users/*/www", "/users/me/www", GLOB_PATH, true},
		{"/users/*/www", "/users/me/too/www", GLOB_PATH, false},
		{"/users/*/www", "/users/me/too/www", 0, true},
		{"*/*x", "a/b/cx", GLOB_PATH, false},
		{"a?c", "abc", 0, true},
		{"a?c", "a/c", GLOB_PATH, false},
		{"a?c", "ac", 0, false},
		{"[a-c]x", "bx", 0, true},
		{"[a-c]x", "dx", 0, false},
		{"[!a-c]x", "dx", 0, true},
		{"[^a-c]x", "bx", 0, false},
		{"[]]", "]", 0, true},
		{"[!]]", "]", 0, false},
		{"[a-]", "-", 0, true},
		{"[\\]]", "]", 0, true},
		{"[abc", "[abc", 0, true},
		{"a[/]b", "a/b", GLOB_PATH, false},
		{"\\*", "*", 0, true},
		{"\\*", "a", 0, false},
		{"a\\", "a\\", 0, true},
		{"A*Z", "abz", GLOB_NOCASE, true},
		{"A*Z", "abz", 0, false},
		{"[A-C]", "b", GLOB_NOCASE, true},
		{"*", ".hidden", 0, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(glob_match(text_of(rows[i].pattern), text_of(rows[i].of),
				      rows[i].flags) == rows[i].matches,
			"%s and %s", rows[i].pattern, rows[i].of);
	ck_assert(glob_match(TEXT("a*"), TEXT("a\0b"), 0));
	ck_assert(glob_match(TEXT("*"), (struct text){NULL, 0}, 0));
}
END_TEST

/* The nth of all texts over these letters, the short ones first. */
static char *nth(unsigned n, const char *letters, char *to)
{
	size_t base = strlen(letters), i = 0;
	for (; n; n = (n - 1) / (unsigned)base)
		to[i++] = letters[(n - 1) % base];
	to[i] = '\0';
	return to;
}

START_TEST(as_fnmatch)
{
	char pattern[16], of[16];
	for (unsigned i = 0; i < 6000; i++)
		for (unsigned j = 0; j < 121; j++) {
			nth(i, "a/*?b", pattern);
			nth(j, "a/b", of);
			for (unsigned flags = 0; flags < 2; flags++)
				ck_assert_msg(glob_match(text_of(pattern), text_of(of), flags) ==
						      (fnmatch(pattern, of,
							       flags ? FNM_PATHNAME : 0) == 0),
					"%s and %s, %u", pattern, of, flags);
		}
}
END_TEST

START_TEST(never_busy)
{
	char pattern[200], of[8000];
	memset(of, 'a', sizeof of);
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof pattern - 1] = 'b';
	ck_assert(!glob_match(text_from(pattern, sizeof pattern), text_from(of, sizeof of), 0));
}
END_TEST

UNIT_MAIN("glob", by_hand, as_fnmatch, never_busy)
