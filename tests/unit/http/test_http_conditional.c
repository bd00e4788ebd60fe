/*
 * test_http_conditional - preconditions and their order
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_conditional.h"

#include "http_cases.h"

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT\r\n"
#define THEN "Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define THEN_850 "Sunday, 06-Nov-94 08:49:37 GMT\r\n"
#define THEN_ASC "Sun Nov  6 08:49:37 1994\r\n"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT\r\n"

enum { MODIFIED = 784111777 };

struct condition {
	const char *method, *fields;
	int status; /* 0: go on and Range holds; 1: go on, Range does not hold */
};

static void check_condition(const struct condition *c, const struct http_validators *v)
{
	struct http_request r;
	char raw[1024];
	bool holds = true;
	snprintf(raw, sizeof raw, "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", c->method, c->fields);
	http_request_init(&r);
	ck_assert_int_eq(http_request_read(&r, raw, strlen(raw), &LIMITS), 0);
	int status = http_conditional(&r, v, &holds);
	if (status == 0)
		status = !holds;
	else
		ck_assert(!holds);
	ck_assert_msg(status == c->status, "%s: %d, not %d", raw, status, c->status);
	http_request_free(&r);
}

#define IM "If-Match: "
#define INM "If-None-Match: "
#define IMS "If-Modified-Since: "
#define IUS "If-Unmodified-Since: "
#define IR "If-Range: "
#define N "\r\n"

START_TEST(conditions_on_a_strong_tag)
{
	static const struct condition rows[] = {
		{"GET", "", 0},
		{"GET", INM "\"v\"" N, 304},
		{"HEAD", INM "\"v\"" N, 304},
		{"PUT", INM "\"v\"" N, 412},
		{"POST", INM "\"v\"" N, 412},
		{"GET", INM "W/\"v\"" N, 304},
		{"GET", INM "\"w\"" N, 0},
		{"GET", INM "\"w\", \"v\"" N, 304},
		{"GET", INM "\"w\"" N INM "\"v\"" N, 304},
		{"GET", INM "\"a,\", \"v\"" N, 304},
		{"GET", INM "v" N, 0},
		{"GET", INM "\"v" N, 0},
		{"GET", INM "" N, 0},
		{"GET", INM "*" N, 304},
		{"HEAD", INM "*" N, 304},
		{"PUT", INM "*" N, 412},
		{"GET", INM "\"*\"" N, 0},
		{"GET", INM "*, \"w\"" N, 0},
		{"GET", IM "\"v\"" N, 0},
		{"GET", IM "\"w\"" N, 412},
		{"GET", IM "\"w\", \"v\"" N, 0},
		{"GET", IM "\"w\"" N IM "\"v\"" N, 0},
		{"GET", IM "W/\"v\"" N, 412},
		{"GET", IM "*" N, 0},
		{"PUT", IM "*" N, 0},
		{"PUT", IM "\"w\"" N, 412},
		{"GET", IM "" N, 412},
		{"GET", IMS BEFORE, 0},
		{"GET", IMS THEN, 304},
		{"GET", IMS THEN_850, 304},
		{"GET", IMS THEN_ASC, 304},
		{"HEAD", IMS THEN, 304},
		{"GET", IMS AFTER, 304},
		{"POST", IMS AFTER, 0},
		{"GET", IMS "yesterday" N, 0},
		{"GET", IMS "" N, 0},
		{"GET", IMS THEN IMS THEN, 0},
		{"GET", IUS BEFORE, 412},
		{"GET", IUS THEN, 0},
		{"GET", IUS THEN_ASC, 0},
		{"GET", IUS AFTER, 0},
		{"PUT", IUS BEFORE, 412},
		{"GET", IUS "yesterday" N, 0},
		{"GET", IUS BEFORE IUS BEFORE, 0},
		/* Precedence. */
		{"GET", IM "\"v\"" N IUS BEFORE, 0},
		{"GET", IM "\"w\"" N IUS AFTER, 412},
		{"GET", INM "\"w\"" N IMS THEN, 0},
		{"GET", INM "\"v\"" N IMS BEFORE, 304},
		{"GET", IM "\"v\"" N INM "\"v\"" N, 304},
		{"GET", IM "\"w\"" N INM "\"v\"" N, 412},
		{"GET", IUS BEFORE INM "\"v\"" N, 412},
		{"GET", IUS THEN IMS THEN, 304},
		/* If-Range. */
		{"GET", IR "\"v\"" N, 0},
		{"GET", IR "\"w\"" N, 1},
		{"GET", IR "W/\"v\"" N, 1},
		{"GET", IR "*" N, 1},
		{"GET", IR "\"v\", \"w\"" N, 1},
		{"GET", IR "\"v\"" N IR "\"v\"" N, 1},
		{"GET", IR "" N, 1},
		{"GET", IR THEN, 0},
		{"GET", IR THEN_850, 0},
		{"GET", IR BEFORE, 1},
		{"GET", IR AFTER, 1},
		{"GET", IR "yesterday" N, 1},
		{"GET", IR "\"v\"" N INM "\"v\"" N, 304},
		{"GET", IR "\"w\"" N INM "\"w\"" N, 1},
	};
	const struct http_validators v = {TEXT("\"v\""), MODIFIED, MODIFIED + 1000, true};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_condition(&rows[i], &v);
}
END_TEST

START_TEST(conditions_on_a_weak_tag)
{
	static const struct condition rows[] = {
		{"GET", INM "\"v\"" N, 304},
		{"GET", INM "W/\"v\"" N, 304},
		{"GET", IM "\"v\"" N, 412},
		{"GET", IM "W/\"v\"" N, 412},
		{"GET", IM "*" N, 0},
		{"GET", IR "W/\"v\"" N, 1},
		{"GET", IR "\"v\"" N, 1},
	};
	const struct http_validators v = {TEXT("W/\"v\""), MODIFIED, MODIFIED + 1000, true};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_condition(&rows[i], &v);
}
END_TEST

START_TEST(conditions_on_what_says_nothing_of_itself)
{
	static const struct condition rows[] = {
		{"GET", INM "\"v\"" N, 0},
		{"GET", INM "\"\"" N, 0},
		{"GET", INM "*" N, 304},
		{"GET", IM "\"v\"" N, 412},
		{"GET", IM "*" N, 0},
		{"GET", IMS AFTER, 0},
		{"GET", IUS BEFORE, 0},
		{"GET", IR "\"v\"" N, 1},
		{"GET", IR THEN, 1},
	};
	const struct http_validators v = {{NULL, 0}, -1, MODIFIED + 1000, true};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_condition(&rows[i], &v);
}
END_TEST

START_TEST(conditions_on_what_is_not_there)
{
	static const struct condition rows[] = {
		{"PUT", INM "*" N, 0},
		{"PUT", IM "*" N, 412},
		{"PUT", IM "\"v\"" N, 412},
	};
	const struct http_validators v = {{NULL, 0}, -1, MODIFIED + 1000, false};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_condition(&rows[i], &v);
}
END_TEST

START_TEST(a_date_just_now_is_weak)
{
	struct http_validators v = {TEXT("\"v\""), MODIFIED, MODIFIED, true};
	check_condition(&(struct condition){"GET", IR THEN, 1}, &v);
	v.now = MODIFIED + 1;
	check_condition(&(struct condition){"GET", IR THEN, 0}, &v);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, conditions_on_a_strong_tag);
	tcase_add_test(t, conditions_on_a_weak_tag);
	tcase_add_test(t, conditions_on_what_says_nothing_of_itself);
	tcase_add_test(t, conditions_on_what_is_not_there);
	tcase_add_test(t, a_date_just_now_is_weak);
}

int main(void)
{
	return run_suite("http_conditional", add);
}
