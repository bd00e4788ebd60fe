/*
 * test_base64 - RFC 4648, strictly and loosely
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "unit/unit.h"

START_TEST(vectors)
{
	static const char *const rows[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd\xfc", "//79/A=="}, {"\xfb\xef\xbe", "++++"},
		{"user:pass", "dXNlcjpwYXNz"}};
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_clear(&b);
		base64_encode(&b, text_of(rows[i][0]));
		ck_assert(text_equal(buffer_view(&b), text_of(rows[i][1])));
		buffer_clear(&b);
		ck_assert(base64_decode(&b, text_of(rows[i][1])));
		ck_assert(text_equal(buffer_view(&b), text_of(rows[i][0])));
	}
	buffer_free(&b);
}
END_TEST

START_TEST(every_byte)
{
	struct buffer plain = BUFFER_INIT, coded = BUFFER_INIT, back = BUFFER_INIT;
	for (unsigned n = 0; n < 256; n++) {
		char c = (char)(n * 37);
		buffer_append(&plain, &c, 1);
		buffer_clear(&coded);
		buffer_clear(&back);
		base64_encode(&coded, buffer_view(&plain));
		ck_assert_uint_eq(coded.size, (plain.size + 2) / 3 * 4);
		ck_assert(base64_decode(&back, buffer_view(&coded)));
		ck_assert(text_equal(buffer_view(&plain), buffer_view(&back)));
		buffer_clear(&back);
		base64_decode_loosely(&back, buffer_view(&coded));
		ck_assert(text_equal(buffer_view(&plain), buffer_view(&back)));
	}
	buffer_free(&plain);
	buffer_free(&coded);
	buffer_free(&back);
}
END_TEST

START_TEST(refused)
{
	static const char *const rows[] = {"Z", "Zg",
		"Zg=", "Zg===", "Z===", "====", "Zm9v====", "Zh==", "Zm9=", "Zg==Zg==", "Zm=v",
		"Zm9v\n", "Zm9 v===", "Zm9v Zg=", "Zm-_", "=Zg=", "Zm9v=", "Zm9vY==="};
	struct buffer b = BUFFER_INIT;
	buffer_string(&b, "before");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(!base64_decode(&b, text_of(rows[i])), "%s", rows[i]);
		ck_assert(text_equal(buffer_view(&b), TEXT("before")));
	}
	ck_assert(!base64_decode(&b, TEXT("Zg\0=")));
	buffer_free(&b);
}
END_TEST

START_TEST(loosely)
{
	static const char *const rows[][2] = {{"Zg", "f"}, {"Zm8", "fo"}, {"Zh==", "f"}, {"Z", ""},
		{"Zm9v Zm9v", "foo"}, {"Zm9v*", "foo"}, {"=", ""}, {"Zm9vYg", "foob"}};
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_clear(&b);
		base64_decode_loosely(&b, text_of(rows[i][0]));
		ck_assert_msg(text_equal(buffer_view(&b), text_of(rows[i][1])), "%s", rows[i][0]);
	}
	buffer_free(&b);
}
END_TEST

UNIT_MAIN("base64", vectors, every_byte, refused, loosely)
