/*
 * test_buffer - bytes that grow
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "unit/unit.h"

#include <stdint.h>

/* Address Sanitizer ends the program where malloc(3) returns NULL; it asks this function first. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

START_TEST(starts_empty)
{
	struct buffer b = BUFFER_INIT;
	ck_assert_uint_eq(buffer_view(&b).size, 0);
	buffer_append(&b, "", 0);
	ck_assert_ptr_null(b.data); /* nothing appended, nothing allocated */
	ck_assert(!b.failed);
	buffer_free(&b);
}
END_TEST

START_TEST(grows_and_keeps)
{
	struct buffer b = BUFFER_INIT;
	for (unsigned i = 0; i < 10000; i++) {
		unsigned char byte = (unsigned char)(i * 7);
		buffer_append(&b, &byte, 1);
	}
	ck_assert_uint_eq(b.size, 10000);
	ck_assert_uint_ge(b.room, b.size);
	ck_assert_uint_lt(b.room, 4 * b.size);
	for (unsigned i = 0; i < 10000; i++)
		ck_assert_uint_eq((unsigned char)b.data[i], (unsigned char)(i * 7));
	size_t room = b.room;
	buffer_clear(&b);
	ck_assert_uint_eq(b.size, 0);
	ck_assert_uint_eq(b.room, room);
	buffer_free(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.room, 0);
}
END_TEST

START_TEST(reserve_then_grew)
{
	struct buffer b = BUFFER_INIT;
	for (size_t more = 1; more < 5000; more += 97) {
		size_t before = b.size;
		char *to = buffer_reserve(&b, more);
		ck_assert_ptr_nonnull(to);
		ck_assert_ptr_eq(to, b.data + before);
		ck_assert_uint_eq(b.size, before);
		memset(to, 'x', more); /* a sanitizer sees whether there is room */
		buffer_grew(&b, more);
		ck_assert_uint_eq(b.size, before + more);
	}
	buffer_free(&b);
}
END_TEST

START_TEST(failure_sticks)
{
	struct buffer b = BUFFER_INIT;
	buffer_string(&b, "kept");
	ck_assert_ptr_null(buffer_reserve(&b, SIZE_MAX - 2));
	ck_assert(b.failed);
	buffer_string(&b, "more");
	buffer_number(&b, 1);
	buffer_printf(&b, "%d", 1);
	buffer_html(&b, TEXT("<"));
	unit_text_eq(buffer_view(&b), "kept");
	ck_assert_ptr_null(buffer_reserve(&b, 1));
	buffer_clear(&b);
	ck_assert(!b.failed);
	buffer_string(&b, "again");
	unit_text_eq(buffer_view(&b), "again");
	buffer_free(&b);
}
END_TEST

START_TEST(too_large_in_every_step)
{
	/* Each bit of a request for memory that no machine has. */
	for (int bit = 48; bit < 64; bit++) {
		struct buffer b = BUFFER_INIT;
		ck_assert_ptr_null(buffer_reserve(&b, (size_t)1 << bit));
		ck_assert(b.failed);
		buffer_free(&b);
	}
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		unsigned long long n;
		const char *digits;
	} rows[] = {
		{0, "0"},
		{9, "9"},
		{10, "10"},
		{1234567890, "1234567890"},
		{UINT64_MAX, "18446744073709551615"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer b = BUFFER_INIT;
		buffer_number(&b, rows[i].n);
		buffer_append(&b, "", 1);
		ck_assert_str_eq(b.data, rows[i].digits);
		buffer_free(&b);
	}
}
END_TEST

START_TEST(formats)
{
	struct buffer b = BUFFER_INIT;
	buffer_printf(&b, "%s=%d;", "a", 1);
	buffer_printf(&b, "%s", ""); /* nothing */
	buffer_printf(&b, "%0*d", 1000, 7);
	ck_assert_uint_eq(b.size, 4 + 1000);
	ck_assert_mem_eq(b.data, "a=1;000", 7);
	ck_assert_int_eq(b.data[b.size - 1], '7');
	buffer_free(&b);
}
END_TEST

START_TEST(html)
{
	struct buffer b = BUFFER_INIT;
	buffer_html(&b, TEXT("<a href=\"x\" title='y'>&amp; \xc3\xa4\0"));
	unit_text_eq(buffer_view(&b),
		"&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp; \xc3\xa4\0");
	buffer_clear(&b);
	buffer_html(&b, (struct text){NULL, 0});
	ck_assert_uint_eq(b.size, 0);
	for (int c = 0; c < 256; c++) { /* what may not stand raw never does */
		char byte = (char)c;
		buffer_clear(&b);
		buffer_html(&b, text_from(&byte, 1));
		bool dangerous = c && strchr("<>\"'&", c);
		ck_assert_msg(b.size >= 1 && (dangerous ? b.data[0] == '&' && b.size > 3
							: b.size == 1 && b.data[0] == byte),
			"byte %d", c);
	}
	buffer_free(&b);
}
END_TEST

START_TEST(consume)
{
	struct buffer b = BUFFER_INIT;
	buffer_consume(&b, 0); /* of a buffer that never held anything */
	buffer_string(&b, "abcdef");
	buffer_consume(&b, 0);
	unit_text_eq(buffer_view(&b), "abcdef");
	buffer_consume(&b, 2);
	unit_text_eq(buffer_view(&b), "cdef");
	buffer_consume(&b, 4);
	ck_assert_uint_eq(b.size, 0);
	buffer_string(&b, "x");
	unit_text_eq(buffer_view(&b), "x");
	buffer_free(&b);
}
END_TEST

UNIT_MAIN("buffer", starts_empty, grows_and_keeps, reserve_then_grew, failure_sticks,
	too_large_in_every_step, numbers, formats, html, consume)
