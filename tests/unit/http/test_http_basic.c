/*
 * test_http_basic - credentials as clients send them, and as they must not
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_basic.h"

#include "base/base64.h"
#include "unit/unit.h"

START_TEST(taken)
{
	static const struct {
		const char *value, *user, *password;
	} rows[] = {
		{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"}, /* RFC 7617 2 */
		{"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},                /* RFC 7617 2.1 */
		{"bAsIc   dXNlcjpwYXNz", "user", "pass"},
		{" Basic dXNlcjpwYXNz ", "user", "pass"},
		{"Basic Og==", "", ""},
		{"Basic dTo=", "u", ""},
		{"Basic OnA=", "", "p"},
		{"Basic YTpiOmM=", "a", "b:c"},
	};
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_basic c;
		ck_assert_msg(http_basic_read(text_of(rows[i].value), &b, &c), "%s", rows[i].value);
		ck_assert_str_eq(c.user.at, rows[i].user); /* also proves the NUL behind it */
		ck_assert_str_eq(c.password.at, rows[i].password);
		ck_assert_uint_eq(c.user.size, strlen(rows[i].user));
		ck_assert_uint_eq(c.password.size, strlen(rows[i].password));
	}
	buffer_free(&b);
}
END_TEST

START_TEST(refused)
{
	static const char *const rows[] = {"", " ", "Basic", "Basic ", "Basic  ", "Bearer dTpw",
		"Digest username=\"u\"", "BasicdTpw", "Basic\tdTpw", "Basi dTpw", "Basic dTp",
		"Basic dTpw=", "Basic dTpw====", "Basic dXNlcg==", "Basic dT pw",
		"Basic dTpw, Basic dTpw", "Basic u:p", "Basic dTpwdTp-", "Basic \"dTpw\"",
		"Basic realm=\"x\""};
	struct buffer b = BUFFER_INIT;
	struct http_basic c;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(!http_basic_read(text_of(rows[i]), &b, &c), "%s", rows[i]);
	ck_assert(!http_basic_read((struct text){NULL, 0}, &b, &c));
	buffer_free(&b);
}
END_TEST

START_TEST(control_bytes)
{
	struct buffer b = BUFFER_INIT, value = BUFFER_INIT;
	for (unsigned n = 0; n < 256; n++)
		for (int in_user = 0; in_user < 2; in_user++) {
			char plain[] = "ab:cd";
			plain[in_user ? 1 : 4] = (char)n;
			buffer_clear(&value);
			buffer_string(&value, "Basic ");
			base64_encode(&value, text_from(plain, 5));
			struct http_basic c;
			bool good = http_basic_read(buffer_view(&value), &b, &c);
			ck_assert_msg(good == (n >= 0x20 && n != 0x7f), "%u", n);
		}
	buffer_free(&b);
	buffer_free(&value);
}
END_TEST

UNIT_MAIN("http_basic", taken, refused, control_bytes)
