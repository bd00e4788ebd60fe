/*
 * test_http_range - Range against a length
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_range.h"

#include "http_cases.h"

enum { ROOM = 8 };

struct range_case {
	const char *value;
	unsigned long long length;
	const char *expected; /* "0-1 5-9", "" = ignored, "416" */
};

static void check_range(const struct range_case *c, const struct http_range_limits *limits)
{
	struct http_span spans[ROOM];
	size_t count = 77, size = strlen(c->value);
	char told[512] = "", *exact = malloc(size ? size : 1);
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, c->value, size);
	int status =
		http_range_parse(text_from(exact, size), c->length, limits, spans, ROOM, &count);
	free(exact);
	if (status) {
		ck_assert_int_eq(status, 416);
		ck_assert_uint_eq(count, 0);
		strcpy(told, "416");
	}
	ck_assert_uint_le(count, ROOM);
	for (size_t i = 0; i < count; i++) {
		ck_assert(spans[i].first <= spans[i].last && spans[i].last < c->length);
		snprintf(told + strlen(told), sizeof told - strlen(told), "%s%llu-%llu",
			i ? " " : "", (unsigned long long)spans[i].first,
			(unsigned long long)spans[i].last);
	}
	ck_assert_msg(strcmp(told, c->expected) == 0, "%s of %llu: \"%s\", not \"%s\"", c->value,
		c->length, told, c->expected);
}

START_TEST(ranges_are_resolved)
{
	static const struct range_case rows[] = {
		{"bytes=0-499", 10000, "0-499"},
		{"bytes=500-999", 10000, "500-999"},
		{"bytes=0-0", 10000, "0-0"},
		{"bytes=9999-9999", 10000, "9999-9999"},
		{"bytes=9500-", 10000, "9500-9999"},
		{"bytes=0-", 10000, "0-9999"},
		{"bytes=-500", 10000, "9500-9999"},
		{"bytes=-1", 10000, "9999-9999"},
		{"bytes=-10000", 10000, "0-9999"},
		{"bytes=-10001", 10000, "0-9999"},
		{"bytes=-99999999999999999999999", 10000, "0-9999"},
		{"bytes=0-99999999999999999999999", 10000, "0-9999"},
		{"bytes=0-10000", 10000, "0-9999"},
		{"bytes=00-01", 10000, "0-1"},
		{"BYTES=0-1", 10000, "0-1"},
		{"bytes=0-1,", 10000, "0-1"},
		{"bytes=,0-1", 10000, "0-1"},
		{"bytes=10000-", 10000, "416"},
		{"bytes=10000-10001", 10000, "416"},
		{"bytes=99999999999999999999999-", 10000, "416"},
		{"bytes=18446744073709551615-18446744073709551615", 10000, "416"},
		{"bytes=18446744073709551616-18446744073709551617", 10000, "416"},
		{"bytes=-0", 10000, "416"},
		{"bytes=10000-,-0", 10000, "416"},
		{"bytes=10000-,0-1", 10000, "0-1"},
		{"bytes=0-1,10000-", 10000, "0-1"},
		{"bytes=0-", 0, "416"},
		{"bytes=0-0", 0, "416"},
		{"bytes=-0", 0, "416"},
		{"bytes=-1", 0, ""},
		{"bytes=0-", 1, "0-0"},
		{"bytes=-1", 1, "0-0"},
		{"bytes=1-", 1, "416"},
		{"bytes=18446744073709551613-", 18446744073709551615ull,
			"18446744073709551613-18446744073709551614"},
		{"bytes=-2", 18446744073709551615ull, "18446744073709551613-18446744073709551614"},
		/* Not understood: the whole is sent. */
		{"", 10000, ""},
		{"bytes", 10000, ""},
		{"bytes=", 10000, ""},
		{"bytes=,", 10000, ""},
		{"bytes=-", 10000, ""},
		{"bytes=a", 10000, ""},
		{"bytes=0", 10000, ""},
		{"bytes=1-0", 10000, ""},
		{"bytes=0-1,1-0", 10000, ""},
		{"bytes=0-1,x", 10000, ""},
		{"bytes=0--1", 10000, ""},
		{"bytes=--1", 10000, ""},
		{"bytes=0-1-2", 10000, ""},
		{"bytes=0 - 1", 10000, ""},
		{"bytes=+0-1", 10000, ""},
		{"bytes=0-1;", 10000, ""},
		{"bytes=0x0-1", 10000, ""},
		{"bytes 0-1", 10000, ""},
		{"bytes:0-1", 10000, ""},
		{"byte=0-1", 10000, ""},
		{"lines=0-1", 10000, ""},
		{"=0-1", 10000, ""},
		{"0-1", 10000, ""},
		{" bytes=0-1", 10000, ""},
		{"bytes =0-1", 10000, ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_range(&rows[i], &HTTP_RANGE_LIMITS);
}
END_TEST

START_TEST(near_ranges_become_one)
{
	static const struct range_case rows[] = {
		{"bytes=0-9,10-19", 10000, "0-19"},
		{"bytes=0-9,11-19", 10000, "0-9 11-19"},
		{"bytes=0-9,5-19", 10000, "0-19"},
		{"bytes=0-9,0-9", 10000, "0-9"},
		{"bytes=0-99,10-19", 10000, "0-99"},
		{"bytes=10-19,0-99", 10000, "0-99"},
		{"bytes=100-199,0-9", 10000, "100-199 0-9"},
		{"bytes=0-9,100-109,10-99", 10000, "0-109"},
		{"bytes=100-109,0-9,10-99", 10000, "0-109"},
		{"bytes=300-309,0-9,200-209,100-109,10-299", 10000, "0-309"},
		{"bytes=0-9,-5", 10000, "0-9 9995-9999"},
		{"bytes=-5,0-9", 10000, "9995-9999 0-9"},
		{"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14", 10000,
			"0-0 2-2 4-4 6-6 8-8 10-10 12-12 14-14"},
		{"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16", 10000, ""}, /* ROOM */
		{"bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9", 10000, "0-9"},
	};
	const struct http_range_limits limits = {100, 100, 100, 0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_range(&rows[i], &limits);

	static const struct range_case gaps[] = {
		{"bytes=0-9,89-99", 10000, "0-99"},
		{"bytes=0-9,90-99", 10000, "0-9 90-99"},
		{"bytes=89-99,0-9", 10000, "0-99"},
	};
	for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++)
		check_range(&gaps[i], &HTTP_RANGE_LIMITS);
}
END_TEST

START_TEST(abuse_is_ignored)
{
	static const struct {
		struct http_range_limits limits;
		struct range_case c;
	} rows[] = {
		{{2, 9, 9, 0}, {"bytes=0-0,2-2", 100, "0-0 2-2"}},
		{{2, 9, 9, 0}, {"bytes=0-0,2-2,4-4", 100, ""}},
		{{2, 9, 9, 0}, {"bytes=200-,201-,0-0", 100, ""}},
		{{0, 9, 9, 0}, {"bytes=0-0", 100, ""}},
		{{9, 1, 9, 0}, {"bytes=0-9,5-14", 100, "0-14"}},
		{{9, 1, 9, 0}, {"bytes=0-9,5-14,10-19", 100, ""}},
		{{9, 0, 9, 0}, {"bytes=0-9,0-9", 100, ""}},
		{{9, 0, 9, 0}, {"bytes=0-9,10-19", 100, "0-19"}},
		{{9, 9, 1, 0}, {"bytes=50-50,40-40", 100, "50-50 40-40"}},
		{{9, 9, 1, 0}, {"bytes=50-50,40-40,30-30", 100, ""}},
		{{9, 9, 0, 0}, {"bytes=50-50,40-40", 100, ""}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_range(&rows[i].c, &rows[i].limits);

	/* 1300 one-byte ranges, as the old attack has it. */
	char value[8192] = "bytes=0-";
	for (int i = 0; i < 1300; i++)
		sprintf(value + strlen(value), ",5-%d", i);
	struct range_case attack = {value, 100000, ""};
	check_range(&attack, &HTTP_RANGE_LIMITS);
}
END_TEST

static size_t asked(const char *raw, bool holds, int *status)
{
	struct http_request r;
	struct http_span spans[ROOM];
	size_t count;
	http_request_init(&r);
	ck_assert_int_eq(http_request_read(&r, raw, strlen(raw), &LIMITS), 0);
	*status = http_range(&r, 100, holds, &HTTP_RANGE_LIMITS, spans, ROOM, &count);
	http_request_free(&r);
	return count;
}

START_TEST(range_is_for_get_and_stands_once)
{
	int status;
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
	ck_assert_uint_eq(asked(GET "Range: bytes=0-1\r\n\r\n", true, &status), 1);
	ck_assert_uint_eq(asked(GET "Range: bytes=0-1\r\n\r\n", false, &status), 0);
	ck_assert_uint_eq(asked(GET "\r\n", true, &status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(
		asked(GET "Range: bytes=0-1\r\nRange: bytes=3-4\r\n\r\n", true, &status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(
		asked("HEAD / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n", true, &status), 0);
	ck_assert_uint_eq(
		asked("POST / HTTP/1.1\r\nHost: a\r\nRange: bytes=200-\r\n\r\n", true, &status), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(asked(GET "Range: bytes=200-\r\n\r\n", true, &status), 0);
	ck_assert_int_eq(status, 416);
	ck_assert_uint_eq(asked(GET "Range: bytes=200-\r\n\r\n", false, &status), 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(content_range_is_written)
{
	char to[HTTP_CONTENT_RANGE_SIZE];
	struct http_span span = {0, 499};
	size_t n = http_range_content(to, &span, 1234);
	ck_assert(text_equal(text_from(to, n), TEXT("bytes 0-499/1234")));
	n = http_range_content(to, NULL, 1234);
	ck_assert(text_equal(text_from(to, n), TEXT("bytes */1234")));
	span = (struct http_span){UINT64_MAX - 2, UINT64_MAX - 1};
	n = http_range_content(to, &span, UINT64_MAX);
	ck_assert(text_equal(text_from(to, n),
		TEXT("bytes 18446744073709551613-18446744073709551614/18446744073709551615")));
	ck_assert_uint_le(n, HTTP_CONTENT_RANGE_SIZE);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, ranges_are_resolved);
	tcase_add_test(t, near_ranges_become_one);
	tcase_add_test(t, abuse_is_ignored);
	tcase_add_test(t, range_is_for_get_and_stands_once);
	tcase_add_test(t, content_range_is_written);
}

int main(void)
{
	return run_suite("http_range", add);
}
