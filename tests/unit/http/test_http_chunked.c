/*
 * test_http_chunked - chunked bodies, whole and cut at every byte
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_chunked.h"

#include "base/buffer.h"

#include "http_cases.h"

/* Decodes raw given in pieces of `first`, then `step` bytes: the status, the content in `out`, and
 * the bytes used. */
static int decode(const char *raw, size_t size, size_t first, size_t step, uint64_t most,
	struct buffer *out, size_t *consumed)
{
	struct http_chunked c;
	size_t at = 0, until = first;
	int status = HTTP_MORE;
	http_chunked_init(&c, &(struct http_limits){8190, 3, 20, false}, most);
	buffer_clear(out);
	for (;;) {
		while (status == HTTP_MORE && at < until) {
			char *block = malloc(until - at);
			struct text content;
			size_t used = 77;
			ck_assert_ptr_nonnull(block);
			memcpy(block, raw + at, until - at);
			status = http_chunked_read(&c, block, until - at, &used, &content);
			ck_assert_uint_le(used, until - at);
			ck_assert_uint_gt(used, 0);
			buffer_text(out, content);
			free(block);
			at += used;
		}
		if (status != HTTP_MORE || until == size)
			break;
		until = size - until < step ? size : until + step;
	}
	*consumed = at;
	return status;
}

struct body {
	const char *raw;
	size_t size;
	int status;
	const char *content;
	size_t rest; /* bytes behind the body */
};

#define BODY(raw, status, content, rest)                                                           \
	{                                                                                          \
		raw, sizeof(raw) - 1, status, content, rest                                        \
	}

#define LAST "0\r\n\r\n"
#define TWENTY "12345678901234567890"
#define LONG TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY

static const struct body bodies[] = {
	BODY(LAST, 0, "", 0),
	BODY("3\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3\r\nabc\r\n" LAST "GET /", 0, "abc", 5),
	BODY("3\r\nabc\r\n4\r\ndefg\r\n" LAST, 0, "abcdefg", 0),
	BODY("a\r\n0123456789\r\n" LAST, 0, "0123456789", 0),
	BODY("A\r\n0123456789\r\n" LAST, 0, "0123456789", 0),
	BODY("0003\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3\r\nabc\r\n0000\r\n\r\n", 0, "abc", 0),
	BODY("3\r\n\r\n\r\r\n" LAST, 0, "\r\n\r", 0),
	BODY("3\r\n0\r\n\r\n" LAST, 0, "0\r\n", 0),
	/* Not whole yet. */
	BODY("", HTTP_MORE, "", 0),
	BODY("3", HTTP_MORE, "", 0),
	BODY("3\r\nab", HTTP_MORE, "ab", 0),
	BODY("3\r\nabc\r\n", HTTP_MORE, "abc", 0),
	BODY("0\r\n", HTTP_MORE, "", 0),
	BODY("0\r\n\r", HTTP_MORE, "", 0),
	BODY("0\r\nX: y\r\n", HTTP_MORE, "", 0),
	/* Sizes. */
	BODY("\r\nabc\r\n" LAST, 400, "", 0),
	BODY("x\r\nabc\r\n" LAST, 400, "", 0),
	BODY("g\r\n", 400, "", 0),
	BODY("0x3\r\nabc\r\n" LAST, 400, "", 0),
	BODY("-3\r\nabc\r\n" LAST, 400, "", 0),
	BODY("+3\r\nabc\r\n" LAST, 400, "", 0),
	BODY(" 3\r\nabc\r\n" LAST, 400, "", 0),
	BODY("\t3\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3 \r\nabc\r\n" LAST, 400, "", 0),
	BODY("3\t\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3 3\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3,3\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3_0\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3.0\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3h\r\nabc\r\n" LAST, 400, "", 0),
	BODY("ffffffffffffffff\r\n", HTTP_MORE, "", 0),
	BODY("10000000000000000\r\n", 400, "", 0),
	BODY("10000000000000003\r\nabc\r\n" LAST, 400, "", 0),
	BODY("fffffffffffffffff\r\n", 400, "", 0),
	BODY("00000000000000000000000000000003\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("1\r\na\r\nffffffffffffffff\r\n", 413, "a", 0),
	/* Line ends. */
	BODY("3\nabc\r\n" LAST, 400, "", 0),
	BODY("3\rabc\r\n" LAST, 400, "", 0),
	BODY("3\r\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3\rX", 400, "", 0),
	BODY("3\r\nabc\n" LAST, 400, "abc", 0),
	BODY("3\r\nabc\r" LAST, 400, "abc", 0),
	BODY("3\r\nabcXX" LAST, 400, "abc", 0),
	BODY("3\r\nabcd\r\n" LAST, 400, "abc", 0),
	BODY("3\r\nabc" LAST, 400, "abc", 0),
	BODY("3\r\nab\r\n" LAST, 400, "ab\r", 0),
	BODY("3\r\nabc\r\n\r\n" LAST, 400, "abc", 0),
	BODY("0\r\n\n", 400, "", 0),
	BODY("0\n\r\n", 400, "", 0),
	BODY("0\r\n\rX", 400, "", 0),
	BODY("0\r\r\n\r\n", 400, "", 0),
	/* Extensions: grammar checked, meaning ignored. */
	BODY("3;a\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3;a=b\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3;a=\"b c\"\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3;a=\"b\\\"c\";d\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3;a=\"\"\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3;a;b;c=d\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3 ; a = b ; c\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3\t;\ta\t=\t\"b\"\t;\tc\r\nabc\r\n" LAST, 0, "abc", 0),
	BODY("3\r\nabc\r\n0;a=b\r\n\r\n", 0, "abc", 0),
	BODY("3;\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;;a\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;=b\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=b=c\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a b\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a \r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=b \r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=\"b\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=\"b\\\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=\"b\"c\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a\nb\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a\n\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;\na\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a\rb\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=\"\1\"\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a=\"\0\"\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;a(b)\r\nabc\r\n" LAST, 400, "", 0),
	BODY("3;" LONG LONG LONG "\r\nabc\r\n" LAST, 0, "abc", 0),
	/* Trailers: at most 3, of at most 20 bytes. */
	BODY("0\r\nA: b\r\n\r\n", 0, "", 0),
	BODY("0\r\nA: b\r\nC:\r\nD:e\r\n\r\nrest", 0, "", 4),
	BODY("0\r\nContent-Length: 5\r\n\r\n", 0, "", 0),
	BODY("0\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", 431, "", 0),
	BODY("0\r\nA:123456789012345678\r\n\r\n", 0, "", 0),
	BODY("0\r\nA:1234567890123456789\r\n\r\n", 431, "", 0),
	BODY("0\r\n" TWENTY ":\r\n\r\n", 431, "", 0),
	BODY("0\r\nA : b\r\n\r\n", 400, "", 0),
	BODY("0\r\n A: b\r\n\r\n", 400, "", 0),
	BODY("0\r\nA: b\r\n c\r\n\r\n", 400, "", 0),
	BODY("0\r\nA\r\n\r\n", 400, "", 0),
	BODY("0\r\n: b\r\n\r\n", 400, "", 0),
	BODY("0\r\nA: b\n\r\n", 400, "", 0),
	BODY("0\r\nA: b\rC: d\r\n\r\n", 400, "", 0),
	BODY("0\r\nA: \0\r\n\r\n", 400, "", 0),
	BODY("0\r\nA: \1\r\n\r\n", 400, "", 0),
	BODY("0\r\nA\xff: b\r\n\r\n", 400, "", 0),
	BODY("0\r\nA: \xff\t\r\n\r\n", 0, "", 0),
};

START_TEST(bodies_are_decoded_or_refused)
{
	const struct body *b = &bodies[_i];
	struct buffer out = BUFFER_INIT;
	size_t consumed;
	int status = decode(b->raw, b->size, b->size, 1, 0, &out, &consumed);
	ck_assert_msg(status == b->status, "%s: %d, not %d", b->raw, status, b->status);
	ck_assert_msg(text_equal(buffer_view(&out), text_of(b->content)), "%s: %.*s", b->raw,
		TEXT_ARGS(buffer_view(&out)));
	if (status == 0)
		ck_assert_uint_eq(consumed, b->size - b->rest);
	size_t whole = consumed;
	for (size_t cut = 0; cut <= b->size; cut++) {
		ck_assert_int_eq(
			decode(b->raw, b->size, cut, cut ? b->size : 1, 0, &out, &consumed),
			b->status);
		ck_assert_uint_eq(consumed, whole);
		ck_assert(text_equal(buffer_view(&out), text_of(b->content)));
	}
	buffer_free(&out);
}
END_TEST

START_TEST(content_is_limited)
{
	struct buffer out = BUFFER_INIT;
	size_t consumed;
#define TEN "6\r\nabcdef\r\n4\r\nghij\r\n" LAST
	ck_assert_int_eq(decode(TEN, sizeof TEN - 1, sizeof TEN - 1, 1, 10, &out, &consumed), 0);
	ck_assert_int_eq(decode(TEN, sizeof TEN - 1, sizeof TEN - 1, 1, 9, &out, &consumed), 413);
	ck_assert_int_eq(decode(TEN, sizeof TEN - 1, 1, 1, 5, &out, &consumed), 413);
	ck_assert_uint_eq(out.size, 0);
	buffer_free(&out);
}
END_TEST

START_TEST(lines_are_limited)
{
	/* "1;xxx...": what precedes the line end may have HTTP_CHUNK_LINE_MOST bytes. */
	for (int over = 0; over < 2; over++) {
		struct buffer raw = BUFFER_INIT, out = BUFFER_INIT;
		size_t consumed;
		buffer_printf(&raw, "1;%0*d\r\nx\r\n" LAST, HTTP_CHUNK_LINE_MOST - 2 + over, 0);
		ck_assert_int_eq(decode(raw.data, raw.size, raw.size, 1, 0, &out, &consumed),
			over ? 400 : 0);
		ck_assert_uint_eq(out.size, over ? 0 : 1);
		buffer_free(&raw);
		buffer_free(&out);
	}
}
END_TEST

START_TEST(extensions_are_limited)
{
	/* 16 KiB of them in good lines of 200 bytes. */
	struct buffer raw = BUFFER_INIT, out = BUFFER_INIT;
	size_t consumed;
	for (int i = 0; i < 100; i++)
		buffer_printf(&raw, "1;%0200d\r\nx\r\n", 0);
	buffer_string(&raw, LAST);
	ck_assert_int_eq(decode(raw.data, raw.size, raw.size, 1, 0, &out, &consumed), 400);
	ck_assert_uint_eq(out.size, HTTP_CHUNK_EXTENSIONS_MOST / 201);
	buffer_free(&raw);
	buffer_free(&out);
}
END_TEST

START_TEST(nothing_in_nothing_out)
{
	struct http_chunked c;
	struct text content;
	size_t used = 77;
	http_chunked_init(&c, &LIMITS, 0);
	ck_assert_int_eq(http_chunked_read(&c, NULL, 0, &used, &content), HTTP_MORE);
	ck_assert_uint_eq(used, 0);
	ck_assert_uint_eq(content.size, 0);
	ck_assert_int_eq(http_chunked_read(&c, LAST, 5, &used, &content), 0);
	ck_assert_int_eq(http_chunked_read(&c, LAST, 5, &used, &content), 0);
	ck_assert_uint_eq(used, 0);
}
END_TEST

/* Whatever the pieces are. */
START_TEST(trailers_are_kept)
{
	static const char raw[] = "1\r\nx\r\n0\r\nSum: 1\r\nother:\t2 \r\nSUM:\r\nSum2: 3\r\n\r\n";
	struct buffer kept = BUFFER_INIT;
	struct http_chunked c;
	struct text content, value, rest;
	size_t at = 0, used;
	int status = HTTP_MORE;
	http_chunked_init(&c, &(struct http_limits){8190, 9, 20, false}, 0);
	c.trailer = &kept;
	while (status == HTTP_MORE) {
		size_t piece = sizeof raw - 1 - at < (size_t)_i ? sizeof raw - 1 - at : (size_t)_i;
		status = http_chunked_read(&c, raw + at, piece, &used, &content);
		at += used;
	}
	ck_assert_int_eq(status, 0);
	rest = buffer_view(&kept);
	ck_assert(http_chunked_trailer(&rest, TEXT("sum"), &value));
	ck_assert(text_equal(value, TEXT("1")));
	ck_assert(http_chunked_trailer(&rest, TEXT("sum"), &value));
	ck_assert_uint_eq(value.size, 0);
	ck_assert(!http_chunked_trailer(&rest, TEXT("sum"), &value));
	rest = buffer_view(&kept);
	ck_assert(http_chunked_trailer(&rest, TEXT("Other"), &value));
	ck_assert(text_equal(value, TEXT("2")));
	ck_assert(!http_chunked_trailer(&rest, TEXT("none"), &value));
	rest = TEXT("Sum: 12\r\nSum: 3"); /* the client went in the middle of a line */
	ck_assert(http_chunked_trailer(&rest, TEXT("sum"), &value));
	ck_assert(text_equal(value, TEXT("12")));
	ck_assert(!http_chunked_trailer(&rest, TEXT("sum"), &value));
	buffer_free(&kept);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_loop_test(
		t, bodies_are_decoded_or_refused, 0, (int)(sizeof bodies / sizeof *bodies));
	tcase_add_test(t, content_is_limited);
	tcase_add_test(t, lines_are_limited);
	tcase_add_test(t, extensions_are_limited);
	tcase_add_test(t, nothing_in_nothing_out);
	tcase_add_loop_test(t, trailers_are_kept, 1, 70);
}

int main(void)
{
	return run_suite("http_chunked", add);
}
