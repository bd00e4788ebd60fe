/*
 * test_http_chars - the classes of bytes against the words of the RFCs
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_chars.h"

#include "http_cases.h"

#include <ctype.h>

#define SUB_DELIMS "!$&'()*+,;="
#define UNRESERVED "-._~"

static bool in(const char *set, int c)
{
	return c > 0 && strchr(set, c) != NULL;
}

START_TEST(classes_are_those_of_the_rfcs)
{
	int c = _i;
	bool alnum = c < 128 && isalnum(c), visible = c > 0x20 && c < 0x7f, obs = c >= 0x80;
	unsigned char u = (unsigned char)c;
	/* RFC 9110 5.6.2, 5.5 and 8.8.3; RFC 3986 2.3, 3.2.2 and 3.3. */
	ck_assert_int_eq(http_chars_is(u, HTTP_CHARS_TOKEN), alnum || in("!#$%&'*+-.^_`|~", c));
	ck_assert_int_eq(
		http_chars_is(u, HTTP_CHARS_VALUE), visible || obs || c == ' ' || c == '\t');
	ck_assert_int_eq(http_chars_is(u, HTTP_CHARS_ETAG), (visible && c != '"') || obs);
	ck_assert_int_eq(http_chars_is(u, HTTP_CHARS_NAME), alnum || in("-._", c));
	bool raw = alnum || in(UNRESERVED SUB_DELIMS ":@/", c);
	ck_assert_int_eq(http_chars_is(u, HTTP_CHARS_RAW), raw);
	ck_assert_int_eq(http_chars_is(u, HTTP_CHARS_DIGIT), c >= '0' && c <= '9');
	int hex = in("0123456789", c) ? c - '0'
		  : in("abcdef", c)   ? c - 'a' + 10
		  : in("ABCDEF", c)   ? c - 'A' + 10
				      : -1;
	ck_assert_int_eq(http_chars_hex(u), hex);
	/* Whatever else a target may hold, it is visible ASCII that ends or splits nothing. */
	if (http_chars_is(u, HTTP_CHARS_PATH) || http_chars_is(u, HTTP_CHARS_QUERY))
		ck_assert(visible && !in("\"<>#", c));
	ck_assert(!http_chars_is('?', HTTP_CHARS_PATH));
}
END_TEST

START_TEST(all_of_a_text)
{
	ck_assert(http_chars_all(TEXT(""), HTTP_CHARS_TOKEN));
	ck_assert(http_chars_all(TEXT("abc"), HTTP_CHARS_TOKEN));
	ck_assert(!http_chars_all(TEXT("ab c"), HTTP_CHARS_TOKEN));
	ck_assert(!http_chars_all(TEXT("abc\0"), HTTP_CHARS_VALUE));
}
END_TEST

static void add(TCase *t)
{
	tcase_add_loop_test(t, classes_are_those_of_the_rfcs, 0, 256);
	tcase_add_test(t, all_of_a_text);
}

int main(void)
{
	return run_suite("http_chars", add);
}
