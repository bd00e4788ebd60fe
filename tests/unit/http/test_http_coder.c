/*
 * test_http_coder - bytes put into a coding piece by piece
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_coder.h"

#include "unit/unit.h"

#ifdef WITH_ZLIB
#include <zlib.h>
#endif

enum { SIZE = 200000 };

/* Text that can be made smaller. */
static void fill(struct buffer *b)
{
	for (unsigned i = 0; b->size < SIZE; i++)
		buffer_printf(b, "line %u of many lines\n", i);
	b->size = SIZE;
}

START_TEST(what_is_not_built_in)
{
	ck_assert_ptr_null(http_coder_new(HTTP_CODING_IDENTITY, 1));
	ck_assert_ptr_null(http_coder_new(HTTP_CODING_ZSTD, 1));
	http_coder_free(NULL);
}
END_TEST

/* In pieces of any size: what comes out is what comes out in one. */
START_TEST(pieces)
{
	static const size_t sizes[] = {1000, 16384, 65535, SIZE};
	for (unsigned coding = HTTP_CODING_GZIP; coding < HTTP_CODING_COUNT; coding++) {
		struct buffer from = BUFFER_INIT, once = BUFFER_INIT;
		if (!http_coding_built_in((enum http_coding)coding))
			continue;
		fill(&from);
		ck_assert(http_coding_encode(
			(enum http_coding)coding, -1, buffer_view(&from), &once));
		ck_assert_uint_lt(once.size, SIZE / 3);
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			struct http_coder *c = http_coder_new((enum http_coding)coding, -1);
			struct buffer to = BUFFER_INIT;
			ck_assert_ptr_nonnull(c);
			for (size_t at = 0; at < SIZE; at += sizes[i]) {
				size_t n = SIZE - at < sizes[i] ? SIZE - at : sizes[i];
				ck_assert(http_coder_put(
					c, text_from(from.data + at, n), HTTP_CODER_MORE, &to));
			}
			ck_assert(http_coder_put(c, TEXT(""), HTTP_CODER_END, &to));
			ck_assert_uint_lt(to.size, SIZE / 3);
			if (coding == HTTP_CODING_GZIP)
				ck_assert(text_equal(buffer_view(&to), buffer_view(&once)));
			buffer_free(&to);
			http_coder_free(c);
		}
		buffer_free(&from);
		buffer_free(&once);
	}
}
END_TEST

/* Behind a flush nothing is missing; and where nothing was, nothing comes. */
START_TEST(flushes)
{
	for (unsigned coding = HTTP_CODING_GZIP; coding < HTTP_CODING_COUNT; coding++) {
		struct buffer to = BUFFER_INIT;
		if (!http_coding_built_in((enum http_coding)coding))
			continue;
		struct http_coder *c = http_coder_new((enum http_coding)coding, -1);
		ck_assert_ptr_nonnull(c);
		ck_assert(http_coder_put(c, TEXT("first words"), HTTP_CODER_MORE, &to));
		ck_assert(http_coder_put(c, TEXT(""), HTTP_CODER_FLUSH, &to));
		size_t size = to.size;
		ck_assert_uint_gt(size, 10);
		ck_assert(http_coder_put(c, TEXT(""), HTTP_CODER_FLUSH, &to));
		ck_assert_uint_eq(to.size, size);
#ifdef WITH_ZLIB
		if (coding == HTTP_CODING_GZIP) {
			char back[64];
			z_stream z = {.next_in = (Bytef *)to.data,
				.avail_in = (uInt)to.size,
				.next_out = (Bytef *)back,
				.avail_out = sizeof back};
			ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
			ck_assert_int_eq(inflate(&z, Z_SYNC_FLUSH), Z_OK);
			unit_text_eq(text_from(back, z.total_out), "first words");
			inflateEnd(&z);
		}
#endif
		buffer_free(&to);
		http_coder_free(c); /* without its end */
	}
}
END_TEST

UNIT_MAIN("http_coder", what_is_not_built_in, pieces, flushes)
