/*
 * test_http_date - dates, compared with the C library over more than a century
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_date.h"

#include "http_cases.h"

/* Plain ifs: these run some hundred thousand times, and each ck_assert writes a file. */
static void reads_as(const char *date, time_t now, time_t t)
{
	time_t back = 0;
	if (!http_date_parse(text_of(date), now, &back) || back != t)
		ck_abort_msg("%s: %lld, not %lld", date, (long long)back, (long long)t);
}

static void agree(time_t t)
{
	char ours[HTTP_DATE_SIZE + 1], theirs[64];
	struct tm tm;
	ours[HTTP_DATE_SIZE] = '\0';
	http_date_format(ours, t);
	gmtime_r(&t, &tm);
	strftime(theirs, sizeof theirs, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (strcmp(ours, theirs) != 0)
		ck_abort_msg("%lld: %s, not %s", (long long)t, ours, theirs);
	reads_as(ours, 0, t);
	strftime(theirs, sizeof theirs, "%a %b %e %H:%M:%S %Y", &tm);
	reads_as(theirs, 0, t);
	strftime(theirs, sizeof theirs, "%A, %d-%b-%y %H:%M:%S GMT", &tm);
	reads_as(theirs, t, t);
}

START_TEST(a_century_agrees_with_the_c_library)
{
	/* Every day from 1970 to 2100, each at another second of the day. */
	const time_t end = 4102444800;
	int days = 0;
	for (time_t day = 0; day < end; day += 86400, days++)
		agree(day + (time_t)days * 7919 % 86400);
	ck_assert_int_gt(days, 47000);
}
END_TEST

START_TEST(ends_of_days_and_years_agree)
{
	for (int year = 1970; year < 2400; year++) {
		struct tm tm = {.tm_year = year - 1900, .tm_mon = 0, .tm_mday = 1};
		time_t start = timegm(&tm);
		tm = (struct tm){.tm_year = year - 1900, .tm_mon = 2, .tm_mday = 1};
		time_t march = timegm(&tm);
		for (int i = -1; i <= 1; i++) {
			if (start + i >= 0)
				agree(start + i);
			agree(march + i);
		}
	}
}
END_TEST

START_TEST(all_times_of_a_day_agree)
{
	for (time_t s = 0; s < 86400; s += 7)
		agree(951782400 + s); /* 29 February 2000 */
}
END_TEST

START_TEST(times_out_of_reach_are_moved)
{
	char to[HTTP_DATE_SIZE];
	http_date_format(to, -62135596800);
	ck_assert_mem_eq(to, "Mon, 01 Jan 0001 00:00:00 GMT", HTTP_DATE_SIZE);
	http_date_format(to, (time_t)INT64_MIN);
	ck_assert_mem_eq(to, "Mon, 01 Jan 0001 00:00:00 GMT", HTTP_DATE_SIZE);
	http_date_format(to, (time_t)INT64_MAX);
	ck_assert_mem_eq(to, "Fri, 31 Dec 9999 23:59:59 GMT", HTTP_DATE_SIZE);
	http_date_format(to, -1);
	ck_assert_mem_eq(to, "Wed, 31 Dec 1969 23:59:59 GMT", HTTP_DATE_SIZE);
}
END_TEST

enum { NOW = 1790000000 }; /* 21 September 2026, 14:13:20 */

START_TEST(what_is_a_date_and_what_is_none)
{
	static const struct {
		const char *date;
		long long t; /* -2: no date */
	} rows[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Sun Nov 06 08:49:37 1994", 784111777},
		{"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, /* the day need not fit */
		{"Sat, 29 Feb 2020 00:00:00 GMT", 1582934400},
		{"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
		{"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Wed, 31 Dec 1969 23:59:59 GMT", -1},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
		{"Mon, 01 Jan 1900 00:00:00 GMT", -2208988800},
		/* Two digits: at most fifty years ahead, to the second. */
		{"Monday, 21-Sep-26 14:13:20 GMT", NOW},
		{"Monday, 21-Sep-76 14:13:20 GMT", 3367923200},
		{"Monday, 21-Sep-76 14:13:21 GMT", 212163201},
		{"Monday, 01-Jan-77 00:00:00 GMT", 220924800},
		{"Monday, 01-Jan-99 00:00:00 GMT", 915148800},
		{"Monday, 01-Jan-00 00:00:00 GMT", 946684800},
		{"Monday, 01-Jan-70 00:00:00 GMT", 3155760000},
		{"", -2},
		{"0", -2},
		{"784111777", -2},
		{"Sun", -2},
		{"Sun,", -2},
		{"Sun, 06 Nov 1994 08:49:37", -2},
		{"Sun, 06 Nov 1994 08:49:37 UTC", -2},
		{"Sun, 06 Nov 1994 08:49:37 gmt", -2},
		{"Sun, 06 Nov 1994 08:49:37 +0000", -2},
		{"Sun, 06 Nov 1994 08:49:37 GMT ", -2},
		{" Sun, 06 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 06 Nov 1994 08:49:37 GMTx", -2},
		{"Sun, 6 Nov 1994 08:49:37 GMT", -2},
		{"Sun,  6 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 006 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 06 nov 1994 08:49:37 GMT", -2},
		{"sun, 06 Nov 1994 08:49:37 GMT", -2},
		{"SUN, 06 NOV 1994 08:49:37 GMT", -2},
		{"Sun, 06 November 1994 08:49:37 GMT", -2},
		{"Xyz, 06 Nov 1994 08:49:37 GMT", -2},
		{"Sun 06 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 06-Nov-1994 08:49:37 GMT", -2},
		{"Sun, 06 Nov 94 08:49:37 GMT", -2},
		{"Sun, 06 Nov 1994 8:49:37 GMT", -2},
		{"Sun, 06 Nov 1994 08:49 GMT", -2},
		{"Sun, 06 Nov 1994 24:00:00 GMT", -2},
		{"Sun, 06 Nov 1994 08:60:37 GMT", -2},
		{"Sun, 06 Nov 1994 08:49:61 GMT", -2},
		{"Sun, 00 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 31 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 32 Dec 1994 08:49:37 GMT", -2},
		{"Sun, 29 Feb 1994 08:49:37 GMT", -2},
		{"Sun, 29 Feb 1900 08:49:37 GMT", -2},
		{"Sun, 29 Feb 2100 08:49:37 GMT", -2},
		{"Sun, 30 Feb 2000 08:49:37 GMT", -2},
		{"Sun, -6 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 06 Nov -994 08:49:37 GMT", -2},
		{"Sun, 06 Nov 19940 08:49:37 GMT", -2},
		{"Sunday, 06 Nov 1994 08:49:37 GMT", -2},
		{"Sun, 06-Nov-94 08:49:37 GMT", -2},
		{"Monday, 06-Nov-1994 08:49:37 GMT", -2},
		{"Sunsday, 06-Nov-94 08:49:37 GMT", -2},
		{"Wednesday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Saturday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov 6 08:49:37 1994", -2},
		{"Sun Nov  06 08:49:37 1994", -2},
		{"Sun Nov  6 08:49:37 1994 GMT", -2},
		{"Sun Nov  6 08:49:37 94", -2},
		{"Sun Nov  0 08:49:37 1994", -2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		time_t t = -2;
		size_t size = strlen(rows[i].date);
		char *exact = malloc(size ? size : 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, rows[i].date, size);
		bool good = http_date_parse(text_from(exact, size), NOW, &t);
		free(exact);
		ck_assert_msg(good == (rows[i].t != -2), "%s", rows[i].date);
		if (good)
			ck_assert_msg(
				t == (time_t)rows[i].t, "%s: %lld", rows[i].date, (long long)t);
	}
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, a_century_agrees_with_the_c_library);
	tcase_add_test(t, ends_of_days_and_years_agree);
	tcase_add_test(t, all_times_of_a_day_agree);
	tcase_add_test(t, times_out_of_reach_are_moved);
	tcase_add_test(t, what_is_a_date_and_what_is_none);
}

int main(void)
{
	return run_suite("http_date", add);
}
