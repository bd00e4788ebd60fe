/*
 * test_regex - regular expressions, and that none of them can keep a process busy
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/regex.h"

#include "unit/unit.h"

static struct arena *memory;
static struct buffer error;

static void begin(void)
{
	memory = arena_new();
	error = BUFFER_INIT;
}

static void end(void)
{
	arena_free(memory);
	buffer_free(&error);
}

static struct regex *compile(const char *pattern, unsigned flags)
{
	struct regex *regex = regex_compile(memory, pattern, flags, &error);
	ck_assert_msg(regex, "%s: %.*s", pattern, TEXT_ARGS(buffer_view(&error)));
	return regex;
}

START_TEST(matches)
{
	static const struct {
		const char *pattern, *subject;
		unsigned flags;
		int matches;
	} rows[] = {
		{"", "", 0, 1},
		{"", "abc", 0, 1},
		{"^/images/(.*)$", "/images/a.png", 0, 1},
		{"^/images/(.*)$", "/Images/a.png", 0, 0},
		{"^/images/(.*)$", "/Images/a.png", REGEX_NOCASE, 1},
		{"\\.(gif|jpe?g)$", "a.jpg", 0, 1},
		{"\\.(gif|jpe?g)$", "a.jpg.txt", 0, 0},
		{"\\.php$", "a.php\n", 0, 0}, /* a dollar sign is the very end */
		{"a.b", "a\nb", 0, 1},        /* a dot is any byte */
		{"^b$", "a\nb\nc", 0, 0},
		{"^b$", "a\nb\nc", REGEX_LINES, 1},
		{"^(?!/admin).*", "/admin/x", 0, 0}, /* Perl's, not POSIX's */
		{"(?<=a)b", "ab", 0, 1},
		{"^.$", "\xc3\xa9", 0, 0}, /* two bytes, whatever they stand for */
		{"\\bfoo\\b", "a foo b", 0, 1},
		{"^\\d{3}$", "123", 0, 1},
		{"(?i)ABC", "abc", 0, 1},
	};
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(regex_match(compile(rows[i].pattern, rows[i].flags),
				      text_of(rows[i].subject), NULL) == rows[i].matches,
			"%s on %s", rows[i].pattern, rows[i].subject);
	ck_assert_int_eq(regex_match(compile("^$", 0), (struct text){NULL, 0}, NULL), 1);
	ck_assert_int_eq(regex_match(compile("^a.c$", 0), TEXT("a\0c"), NULL), 1);
	end();
}
END_TEST

START_TEST(faults)
{
	static const struct {
		const char *pattern, *says;
	} rows[] = {
		{"(a", "missing closing parenthesis at offset 2 of the regular expression"},
		{"a[b", "missing terminating ] for character class at offset 3"},
		{"*a", "quantifier does not follow a repeatable item at offset 0"},
		{"\\", "\\ at end of pattern at offset 1"},
		{"(?<n", "syntax error in subpattern name (missing terminator?) at offset 4"},
		{"(*UTF8)a", "at offset 7"},
	};
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_clear(&error);
		ck_assert_ptr_null(regex_compile(memory, rows[i].pattern, 0, &error));
		buffer_append(&error, "", 1);
		ck_assert_msg(
			strstr(error.data, rows[i].says), "%s: %s", rows[i].pattern, error.data);
	}
	end();
}
END_TEST

START_TEST(groups)
{
	begin();
	struct regex_groups g;
	struct regex *regex = compile("^(a)(x)?(b*)", 0);
	ck_assert_uint_eq(regex_group_count(regex), 3);
	ck_assert_int_eq(regex_match(regex, TEXT("abbc"), &g), 1);
	ck_assert_uint_eq(g.count, 4);
	ck_assert(text_equal(regex_group(&g, 0), TEXT("abb")));
	ck_assert(text_equal(regex_group(&g, 1), TEXT("a")));
	ck_assert_ptr_null(regex_group(&g, 2).at); /* took no part */
	ck_assert(text_equal(regex_group(&g, 3), TEXT("bb")));
	ck_assert_ptr_null(regex_group(&g, 4).at);
	ck_assert_ptr_null(regex_group(NULL, 0).at);
	/* One that matched nothing is there all the same. */
	ck_assert_int_eq(regex_match(regex, TEXT("a"), &g), 1);
	ck_assert_ptr_nonnull(regex_group(&g, 3).at);
	ck_assert_uint_eq(regex_group(&g, 3).size, 0);
	/* A match that fails leaves nothing of the one before. */
	ck_assert_int_eq(regex_match(regex, TEXT("c"), &g), 0);
	for (unsigned i = 0; i < REGEX_GROUPS; i++)
		ck_assert_ptr_null(regex_group(&g, i).at);
	/* More than there is room for. */
	regex = compile("(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)(1)", 0);
	ck_assert_uint_eq(regex_group_count(regex), 11);
	ck_assert_int_eq(regex_match(regex, TEXT("12345678901"), &g), 1);
	ck_assert_uint_eq(g.count, REGEX_GROUPS);
	ck_assert(text_equal(regex_group(&g, 0), TEXT("12345678901")));
	ck_assert(text_equal(regex_group(&g, 9), TEXT("9")));
	end();
}
END_TEST

START_TEST(names)
{
	begin();
	const char *name = NULL;
	unsigned group = 0;
	struct regex *regex = compile("(?<year>\\d+)-(\\d+)-(?<day>\\d+)", 0);
	ck_assert(regex_name(regex, 0, &name, &group));
	ck_assert_str_eq(name, "day");
	ck_assert_uint_eq(group, 3);
	ck_assert(regex_name(regex, 1, &name, &group));
	ck_assert_str_eq(name, "year");
	ck_assert_uint_eq(group, 1);
	ck_assert(!regex_name(regex, 2, &name, &group));
	ck_assert(!regex_name(compile("(a)", 0), 0, &name, &group));
	/* The same name twice is allowed. */
	ck_assert(regex_name(compile("(?<n>a)|(?<n>b)", 0), 1, &name, &group));
	end();
}
END_TEST

START_TEST(expanded)
{
	static const struct {
		const char *from, *with, *without; /* %-groups */
	} rows[] = {
		{"", "", ""},
		{"plain", "plain", "plain"},
		{"$0|$1|$2|$3", "/a/b|a|b|", "/a/b|a|b|"},
		{"y$1&z\\$1\\a\\b$$1%1$9!", "ya&z$1ab$aX!", "ya&z$1ab$a%1!"}, /* as Apache */
		{"%0%1%2", "XX", "%0%1%2"},
		{"$", "$", "$"},
		{"a$", "a$", "a$"},
		{"$x%y", "$x%y", "$x%y"},
		{"\\\\$1", "\\a", "\\a"},
		{"\\", "\\", "\\"},
		{"a\\", "a\\", "a\\"},
		{"$12", "a2", "a2"},
		{"\\%1", "%1", "%1"},
		{"%{TIME}$2", "%{TIME}b", "%{TIME}b"},
	};
	begin();
	struct regex_groups dollar, percent;
	ck_assert_int_eq(regex_match(compile("^/(.)/(.)$", 0), TEXT("/a/b"), &dollar), 1);
	ck_assert_int_eq(regex_match(compile("(X)", 0), TEXT("aXb"), &percent), 1);
	struct buffer to = BUFFER_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (int both = 0; both < 2; both++) {
			buffer_clear(&to);
			regex_expand(&to, text_of(rows[i].from), &dollar, both ? &percent : NULL);
			buffer_append(&to, "", 1);
			ck_assert_str_eq(to.data, both ? rows[i].with : rows[i].without);
		}
	}
	buffer_clear(&to);
	regex_expand(&to, TEXT("$1%1\\$"), NULL, NULL);
	ck_assert(text_equal(buffer_view(&to), TEXT("$1%1$")));
	/* What took no part stands for nothing. */
	ck_assert_int_eq(regex_match(compile("(Y)", 0), TEXT("x"), &dollar), 0);
	buffer_clear(&to);
	regex_expand(&to, TEXT("<$0$1>"), &dollar, NULL);
	ck_assert(text_equal(buffer_view(&to), TEXT("<>")));
	buffer_free(&to);
	end();
}
END_TEST

START_TEST(never_busy)
{
	/* Each of these would take longer than the universe has been there, or all memory. */
	static const char *const patterns[] = {"^(a+)+$", "^(a|a)*$", "(a*)*b$",
		"^(?:a?){200}a{200}$", "((a*)*)*c", "(?:.*.*)*=$", "a{0,58}a{0,58}a{0,58}[bc]"};
	char *subject = malloc(8190);
	memset(subject, 'a', 8189);
	subject[8189] = '!';
	begin();
	struct regex_groups g;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		struct timespec before, after;
		struct regex *regex = compile(patterns[i], 0);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		errno = 0;
		int result = regex_match(regex, text_from(subject, 8190), &g);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		double took = (double)(after.tv_sec - before.tv_sec) +
			      (double)(after.tv_nsec - before.tv_nsec) / 1e9;
		ck_assert_msg(result <= 0, "%s", patterns[i]);
		if (result < 0)
			ck_assert_int_eq(errno, EOVERFLOW);
		ck_assert_msg(took < 4, "%s took %f s", patterns[i], took);
		ck_assert_ptr_null(regex_group(&g, 0).at);
	}
	/* Deep, but honest. */
	ck_assert_int_eq(regex_match(compile("^(?:a|b)*!$", 0), text_from(subject, 8190), &g), 1);
	ck_assert_int_eq(regex_match(compile("^(.*)/(.*)/(.*)$", 0), TEXT("a/b/c/d"), &g), 1);
	ck_assert(text_equal(regex_group(&g, 1), TEXT("a/b")));
	free(subject);
	end();
}
END_TEST

START_TEST(long_subjects)
{
	/* Wherever the match is, it is found, what stands before it is seen, and it is the first.
	 */
	char *subject = malloc(300);
	begin();
	struct regex *plain = compile("(?<=-)x(y?)", 0), *anchored = compile("^.*-x", 0);
	struct regex_groups g;
	for (size_t size = 2; size <= 300; size += size < 250 ? 61 : 1)
		for (size_t at = 1; at < size; at++) {
			memset(subject, '-', size);
			subject[at] = 'x';
			ck_assert_int_eq(regex_match(plain, text_from(subject, size), &g), 1);
			ck_assert_uint_eq(g.at[0].from, at);
			ck_assert_uint_eq(g.at[0].to, at + 1);
			ck_assert_int_eq(regex_match(anchored, text_from(subject, size), &g), 1);
			subject[at - 1] = '+';
			ck_assert_int_eq(regex_match(plain, text_from(subject, size), &g), 0);
			ck_assert_int_eq(regex_match(anchored, text_from(subject, size), &g), 0);
		}
	free(subject);
	end();
}
END_TEST

UNIT_MAIN("regex", matches, faults, groups, names, expanded, never_busy, long_subjects)
