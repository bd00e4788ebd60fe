/*
 * test_http_scan - every byte in every place of a head, and every limit to the byte
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 *
 * What is allowed where is written down here a second time, as strings out of the RFCs.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http_cases.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
static const char token[] = ALNUM "!#$%&'*+-.^_`|~";
static const char path[] = ALNUM "-._~!$&'()*+,;=:@/%[]^|";
static const char query[] = ALNUM "-._~!$&'()*+,;=:@/%[]^|?`{}\\";

static bool in(const char *set, int c)
{
	return c != 0 && strchr(set, c) != NULL;
}

/* Puts byte c where the template has '@' and checks the head. */
static void with_byte(const char *template, int c, int status)
{
	char raw[256];
	size_t size = strlen(template);
	ck_assert(size < sizeof raw);
	memcpy(raw, template, size);
	*(char *)memchr(raw, '@', size) = (char)c;
	struct raw_case one = {raw, size, status, NULL};
	check_raw(&one, &LIMITS);
}

START_TEST(bytes_of_methods)
{
	with_byte("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", _i, in(token, _i) ? 0 : 400);
	if (_i != '\r') /* an empty line would end in a bare CR */
		with_byte("@ET / HTTP/1.1\r\nHost: a\r\n\r\n", _i, in(token, _i) ? 0 : 400);
}
END_TEST

START_TEST(bytes_of_targets)
{
	bool opens_query = _i == '?';
	with_byte(
		"GET /a@b HTTP/1.1\r\nHost: a\r\n\r\n", _i, in(path, _i) || opens_query ? 0 : 400);
	with_byte("GET /a?b@c HTTP/1.1\r\nHost: a\r\n\r\n", _i, in(query, _i) ? 0 : 400);
	with_byte("GET @ HTTP/1.1\r\nHost: a\r\n\r\n", _i, _i == '/' ? 0 : 400);
}
END_TEST

START_TEST(bytes_of_versions)
{
	int major = _i == '1' ? 0 : in("023456789", _i) ? 505 : 400;
	with_byte("GET / HTTP/@.1\r\nHost: a\r\n\r\n", _i, major);
	with_byte("GET / HTTP/1.@\r\nHost: a\r\n\r\n", _i, in("0123456789", _i) ? 0 : 400);
	with_byte("GET / @TTP/1.1\r\nHost: a\r\n\r\n", _i, _i == 'H' ? 0 : 400);
	with_byte("GET / HTTP@1.1\r\nHost: a\r\n\r\n", _i, _i == '/' ? 0 : 400);
	with_byte("GET / HTTP/1@1\r\nHost: a\r\n\r\n", _i, _i == '.' ? 0 : 400);
	with_byte("GET / HTTP/1.1@\nHost: a\r\n\r\n", _i, _i == '\r' ? 0 : 400);
	with_byte("GET / HTTP/1.1\r@Host: a\r\n\r\n", _i, _i == '\n' ? 0 : 400);
	with_byte("GET@/ HTTP/1.1\r\nHost: a\r\n\r\n", _i, _i == ' ' ? 0 : 400);
	with_byte("GET /@HTTP/1.1\r\nHost: a\r\n\r\n", _i, _i == ' ' ? 0 : 400);
}
END_TEST

START_TEST(bytes_of_fields)
{
	bool text = _i == '\t' || (_i >= ' ' && _i != 0x7f);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\nX@Y: b\r\n\r\n", _i,
		in(token, _i) || _i == ':' ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\n@X: b\r\n\r\n", _i, in(token, _i) ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\nX@: b\r\n\r\n", _i,
		in(token, _i) || _i == ':' ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\nX: b@c\r\n\r\n", _i, text ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\nX:@Y: c\r\n\r\n", _i, text ? 0 : 400);
	with_byte(
		"GET / HTTP/1.1\r\nHost: a\r\nX: 123456789012@345678\r\n\r\n", _i, text ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\nX: b@\n\r\n", _i, _i == '\r' ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\nX: b\r@\r\n", _i, _i == '\n' ? 0 : 400);
	with_byte("GET / HTTP/1.1\r\nHost: a\r\n\r@", _i, _i == '\n' ? 0 : 400);
}
END_TEST

/* A head with runs of these sizes: "GET /aaa HTTP/1.1", and fields "X: aaa". */
struct shape {
	unsigned method, target, fields, field;
};

static size_t build(char *to, const struct shape *s)
{
	char *at = to;
	memset(at, 'M', s->method);
	at += s->method;
	at += sprintf(at, " /");
	memset(at, 'a', s->target - 1);
	at += s->target - 1;
	at += sprintf(at, " HTTP/1.0\r\n");
	for (unsigned i = 0; i < s->fields; i++) {
		at += sprintf(at, "X:");
		memset(at, 'b', s->field - 2);
		at += s->field - 2;
		at += sprintf(at, "\r\n");
	}
	at += sprintf(at, "\r\n");
	return (size_t)(at - to);
}

START_TEST(limits_to_the_byte)
{
	static const struct {
		struct shape shape;
		struct http_limits limits;
		int status;
	} rows[] = {
		{{3, 87, 0, 0}, {100, 10, 50, false}, 0},
		{{3, 88, 0, 0}, {100, 10, 50, false}, 414},
		{{3, 89, 0, 0}, {100, 10, 50, false}, 414},
		{{3, 96, 0, 0}, {100, 10, 50, false}, 414},
		{{3, 97, 0, 0}, {100, 10, 50, false}, 414},
		{{3, 500, 0, 0}, {100, 10, 50, false}, 414},
		{{89, 1, 0, 0}, {100, 10, 50, false}, 0},
		{{90, 1, 0, 0}, {100, 10, 50, false}, 414},
		{{99, 1, 0, 0}, {100, 10, 50, false}, 414},
		{{100, 1, 0, 0}, {100, 10, 50, false}, 501},
		{{101, 1, 0, 0}, {100, 10, 50, false}, 501},
		{{500, 1, 0, 0}, {100, 10, 50, false}, 501},
		{{3, 1, 10, 50}, {100, 10, 50, false}, 0},
		{{3, 1, 11, 50}, {100, 10, 50, false}, 431},
		{{3, 1, 1, 51}, {100, 10, 50, false}, 431},
		{{3, 1, 1, 500}, {100, 10, 50, false}, 431},
		{{3, 1, 1, 2}, {100, 10, 2, false}, 0},
		{{3, 1, 1, 3}, {100, 10, 2, false}, 431},
		{{3, 1, 1, 2}, {100, 10, 1, false}, 431},
		{{3, 1, 200, 5}, {100, 0, 50, false}, 0},
	};
	char raw[4096];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct raw_case one = {raw, build(raw, &rows[i].shape), rows[i].status, NULL};
		check_raw(&one, &rows[i].limits);
	}
}
END_TEST

START_TEST(long_names_are_431)
{
	const struct http_limits limits = {100, 10, 8, false};
	static const struct raw_case cases[] = {
		GOOD("GET / HTTP/1.0\r\nAbcdefg:\r\n\r\n", NULL),
		BAD(431, "GET / HTTP/1.0\r\nAbcdefgh:\r\n\r\n"),
		BAD(431, "GET / HTTP/1.0\r\nAbcdefghi"),
		BAD(431, "GET / HTTP/1.0\r\nAb:\t\t\t\t\t\t\r\n\r\n"),
		GOOD("GET / HTTP/1.0\r\nAb:\t\t\t\t\t\r\n\r\n", NULL),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_raw(&cases[i], &limits);
}
END_TEST

START_TEST(no_head_is_endless)
{
	const struct http_limits wide = {4000000, 0, 4000000, false};
	size_t size = 2 * HTTP_HEAD_MOST;
	char *raw = malloc(size);
	ck_assert_ptr_nonnull(raw);
	struct http_scan s = {0};

	memset(raw, 'a', size);
	memcpy(raw, "GET /", 5);
	ck_assert_int_eq(http_scan(&s, raw, HTTP_HEAD_MOST - 1, &wide), HTTP_MORE);
	ck_assert_int_eq(http_scan(&s, raw, HTTP_HEAD_MOST, &wide), 414);

	static const char start[] = "GET / HTTP/1.1\r\nX: ";
	memcpy(raw, start, sizeof start - 1);
	s = (struct http_scan){0};
	ck_assert_int_eq(http_scan(&s, raw, size, &wide), 431);

	/* More field lines than can be counted. */
	for (size_t i = sizeof start - 1; i + 4 <= size; i += 4)
		memcpy(raw + i, "\r\na:", 4);
	s = (struct http_scan){0};
	ck_assert_int_eq(http_scan(&s, raw, size, &wide), 431);
	ck_assert_uint_eq(s.field_count, UINT16_MAX);
	free(raw);
}
END_TEST

START_TEST(scanning_never_starts_again)
{
	/* Byte by byte, `at` stays where it is or moves on. */
	static const char raw[] = "\r\nGET /a?b HTTP/1.1\r\nHost: a\r\nX:\tb\r\n\r\n";
	struct http_scan s = {0};
	uint32_t at = 0;
	for (size_t i = 0; i < sizeof raw - 2; i++) {
		ck_assert_int_eq(http_scan(&s, raw, i, &LIMITS), HTTP_MORE);
		ck_assert_uint_ge(s.at, at);
		ck_assert_uint_ge(s.at + 1, i); /* at most a CR is looked at twice */
		at = s.at;
	}
	ck_assert_int_eq(http_scan(&s, raw, sizeof raw - 1, &LIMITS), 0);
	ck_assert_uint_eq(s.at, sizeof raw - 1);
	ck_assert_uint_eq(s.field_count, 2);
	ck_assert_int_eq(http_scan(&s, raw, sizeof raw - 1, &LIMITS), 0);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_loop_test(t, bytes_of_methods, 0, 256);
	tcase_add_loop_test(t, bytes_of_targets, 0, 256);
	tcase_add_loop_test(t, bytes_of_versions, 0, 256);
	tcase_add_loop_test(t, bytes_of_fields, 0, 256);
	tcase_add_test(t, limits_to_the_byte);
	tcase_add_test(t, long_names_are_431);
	tcase_add_test(t, no_head_is_endless);
	tcase_add_test(t, scanning_never_starts_again);
}

int main(void)
{
	return run_suite("http_scan", add);
}
