/*
 * test_json - commas, brackets, escapes, and bytes that are no UTF-8
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "unit/unit.h"

#include <math.h>

#define REPLACED "\xEF\xBF\xBD"

START_TEST(structure)
{
	struct buffer b = BUFFER_INIT;
	struct json j;
	json_begin(&j, &b);
	json_object(&j, NULL);
	json_number(&j, "a", 18446744073709551615ull);
	json_array(&j, "b");
	json_end(&j);
	json_array(&j, "c");
	json_object(&j, NULL);
	json_end(&j);
	json_object(&j, NULL);
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_end(&j);
	json_null(&j, NULL);
	json_integer(&j, NULL, -5);
	json_end(&j);
	json_string(&j, "d", NULL);
	json_string(&j, "e", "");
	json_end(&j);
	ck_assert_uint_eq(j.depth, 0);
	unit_text_eq(buffer_view(&b),
		"{\"a\":18446744073709551615,\"b\":[],\"c\":[{},{\"t\":true,\"f\":false},null,-5],"
		"\"d\":null,\"e\":\"\"}");
	buffer_free(&b);
}
END_TEST

START_TEST(reals)
{
	static const struct {
		double value;
		int digits;
		const char *written;
	} rows[] = {
		{0, 2, "0.00"},
		{1.5, 1, "1.5"},
		{-2.25, 2, "-2.25"},
		{1e15, 0, "1000000000000000"},
		{NAN, 2, "null"},
		{INFINITY, 2, "null"},
		{-INFINITY, 2, "null"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer b = BUFFER_INIT;
		struct json j;
		json_begin(&j, &b);
		json_real(&j, NULL, rows[i].value, rows[i].digits);
		ck_assert_msg(text_equal(buffer_view(&b), text_of(rows[i].written)),
			"%.*s instead of %s", TEXT_ARGS(buffer_view(&b)), rows[i].written);
		buffer_free(&b);
	}
}
END_TEST

START_TEST(seconds)
{
	static const struct {
		uint64_t us;
		const char *written;
	} rows[] = {
		{0, "0.000000"},
		{1, "0.000001"},
		{999999, "0.999999"},
		{1000000, "1.000000"},
		{UINT64_MAX, "18446744073709.551615"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer b = BUFFER_INIT;
		struct json j;
		json_begin(&j, &b);
		json_seconds(&j, NULL, rows[i].us);
		ck_assert_msg(text_equal(buffer_view(&b), text_of(rows[i].written)),
			"%.*s instead of %s", TEXT_ARGS(buffer_view(&b)), rows[i].written);
		buffer_free(&b);
	}
}
END_TEST

/* What is written for some bytes, without the quotes. */
static void written(struct text bytes, struct buffer *b)
{
	struct json j;
	buffer_clear(b);
	json_begin(&j, b);
	json_text(&j, NULL, bytes);
	if (b->size < 2 || b->data[0] != '"' || b->data[b->size - 1] != '"')
		ck_abort_msg("no quotes around it");
	b->size--;
	buffer_consume(b, 1);
}

START_TEST(strings)
{
	static const struct {
		struct text bytes;
		const char *written;
	} rows[] = {
		{TEXT("plain"), "plain"},
		{TEXT("a\"b\\c"), "a\\\"b\\\\c"},
		{TEXT("\n\r\t"), "\\n\\r\\t"},
		{TEXT("\0\x01\x1f\x7f"), "\\u0000\\u0001\\u001f\\u007f"},
		{TEXT("</script>"), "\\u003c/script>"},
		{TEXT("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80"),
			"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80"},
		{TEXT("a\xFFz"), "a" REPLACED "z"},
		{TEXT("\x80"), REPLACED},
		{TEXT("\xC3"), REPLACED},                           /* cut off */
		{TEXT("\xE2\x82"), REPLACED REPLACED},              /* cut off */
		{TEXT("\xC3\""), REPLACED "\\\""},                  /* the quote is not eaten */
		{TEXT("\xC0\xAF"), REPLACED REPLACED},              /* overlong */
		{TEXT("\xE0\x80\xAF"), REPLACED REPLACED REPLACED}, /* overlong */
		{TEXT("\xED\xA0\x80"), REPLACED REPLACED REPLACED}, /* a surrogate */
		{TEXT("\xF4\x90\x80\x80"), REPLACED REPLACED REPLACED REPLACED}, /* too high */
		{TEXT("\xF5x"), REPLACED "x"},
		{TEXT("\xEF\xBF\xBF"), "\xEF\xBF\xBF"},
		{TEXT("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF"},
	};
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		written(rows[i].bytes, &b);
		ck_assert_msg(text_equal(buffer_view(&b), text_of(rows[i].written)),
			"row %zu: %.*s instead of %s", i, TEXT_ARGS(buffer_view(&b)),
			rows[i].written);
	}
	buffer_free(&b);
}
END_TEST

static bool is_clean(const struct buffer *b)
{
	for (size_t i = 0; i < b->size;) {
		struct text rest = text_from(b->data + i, b->size - i);
		size_t size = json_utf8(rest);
		if (!size || (unsigned char)rest.at[0] < 0x20 || rest.at[0] == '"' ||
			rest.at[0] == '<')
			return false;
		i += rest.at[0] == '\\' ? 2 : size;
		if (i > b->size)
			return false;
	}
	return true;
}

/* Whatever bytes come, what is written is UTF-8 without control characters and with every quote
 * escaped. The third one makes of each pair a sequence that goes on, or does not. */
START_TEST(any_bytes)
{
	static const char thirds[] = {'"', '\x80', '\xBF'};
	struct buffer b = BUFFER_INIT;
	unsigned long bad = 0;
	for (unsigned long n = 0; n < 1ul << 16; n++) {
		const char bytes[] = {(char)(n >> 8), (char)n, thirds[n % 3]};
		written(text_from(bytes, sizeof bytes), &b);
		bad += !is_clean(&b);
	}
	ck_assert_uint_eq(bad, 0);
	buffer_free(&b);
}
END_TEST

UNIT_MAIN("json", structure, reals, seconds, strings, any_bytes)
