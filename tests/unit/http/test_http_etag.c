/*
 * test_http_etag - entity tags
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_etag.h"

#include "http_cases.h"

START_TEST(tags_are_made_as_apache_makes_them)
{
	static const struct {
		uint64_t size;
		struct timespec modified;
		const char *suffix, *tag;
		bool weak;
	} rows[] = {
		{0, {0, 0}, NULL, "\"0-0\"", false},
		{0x1a2b, {1, 0}, NULL, "\"1a2b-f4240\"", false},
		{0x1a2b, {1, 999999999}, NULL, "\"1a2b-1e847f\"", false},
		{1024, {1700000000, 123456789}, NULL, "\"400-60a2418202240\"", false},
		{1024, {1700000000, 123456789}, "-gzip", "\"400-60a2418202240-gzip\"", false},
		{1024, {1700000000, 123456789}, NULL, "W/\"400-60a2418202240\"", true},
		{1024, {1700000000, 123456789}, "-gzip", "W/\"400-60a2418202240-gzip\"", true},
		{UINT64_MAX, {1700000000, 0}, "-123456789",
			"\"ffffffffffffffff-60a24181e4000-123456789\"", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char to[HTTP_ETAG_SIZE];
		size_t n = http_etag_format(
			to, rows[i].size, rows[i].modified, rows[i].suffix, rows[i].weak);
		ck_assert_msg(text_equal(text_from(to, n), text_of(rows[i].tag)), "%.*s, not %s",
			(int)n, to, rows[i].tag);
		ck_assert(http_etag_valid(text_from(to, n)));
	}
	/* The longest there can be. */
	char to[HTTP_ETAG_SIZE];
	size_t n = http_etag_format(
		to, UINT64_MAX, (struct timespec){(time_t)-1, 0}, "-123456789", true);
	ck_assert_uint_le(n, HTTP_ETAG_SIZE);
}
END_TEST

START_TEST(a_time_settles_when_the_clock_has_moved_on)
{
	static const struct {
		struct timespec modified, now;
		bool settled;
	} rows[] = {
		{{1000, 1}, {1000, 1}, false},
		{{1000, 500000000}, {1000, 599999999}, false},
		{{1000, 500000000}, {1000, 600000000}, true},
		{{1000, 950000000}, {1001, 49999999}, false},
		{{1000, 950000000}, {1001, 50000000}, true},
		{{1000, 0}, {1001, 999999999}, false}, /* of a file system without fractions */
		{{1000, 0}, {1002, 0}, true},
		{{0, 0}, {1000, 0}, true},
		{{1000, 1}, {1000, 0}, false},
		{{1002, 1}, {1000, 0}, false}, /* out of the future */
		{{INT64_MAX, 999999999}, {1000, 0}, false},
		{{INT64_MIN, 0}, {1000, 0}, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(http_etag_settled(rows[i].modified, rows[i].now) == rows[i].settled,
			"row %zu", i);
}
END_TEST

START_TEST(tags_are_compared_by_the_table)
{
	/* The table of RFC 9110 8.8.3.2, and what is no tag. */
	static const struct {
		const char *a, *b;
		bool strong, weak;
	} rows[] = {
		{"W/\"1\"", "W/\"1\"", false, true},
		{"W/\"1\"", "W/\"2\"", false, false},
		{"W/\"1\"", "\"1\"", false, true},
		{"\"1\"", "W/\"1\"", false, true},
		{"\"1\"", "\"1\"", true, true},
		{"\"1\"", "\"2\"", false, false},
		{"\"\"", "\"\"", true, true},
		{"\"a\"", "\"A\"", false, false},
		{"\"1\"", "1", false, false},
		{"1", "1", false, false},
		{"\"1", "\"1", false, false},
		{"\"", "\"", false, false},
		{"", "", false, false},
		{"W/", "W/", false, false},
		{"W/1", "W/1", false, false},
		{"w/\"1\"", "w/\"1\"", false, false},
		{"w/\"1\"", "\"1\"", false, false},
		{"\"a b\"", "\"a b\"", false, false},
		{"\"a\\b\"", "\"a\\b\"", true, true},
		{"\"\xff\"", "\"\xff\"", true, true},
		{"\"a\"\"", "\"a\"\"", false, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text a = text_of(rows[i].a), b = text_of(rows[i].b);
		ck_assert_msg(http_etag_strong(a, b) == rows[i].strong, "%zu", i);
		ck_assert_msg(http_etag_strong(b, a) == rows[i].strong, "%zu", i);
		ck_assert_msg(http_etag_weak(a, b) == rows[i].weak, "%zu", i);
		ck_assert_msg(http_etag_weak(b, a) == rows[i].weak, "%zu", i);
	}
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, tags_are_made_as_apache_makes_them);
	tcase_add_test(t, a_time_settles_when_the_clock_has_moved_on);
	tcase_add_test(t, tags_are_compared_by_the_table);
}

int main(void)
{
	return run_suite("http_etag", add);
}
