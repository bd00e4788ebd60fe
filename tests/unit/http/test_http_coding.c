/*
 * test_http_coding - which coding a client gets, and what encoders make
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_coding.h"

#include "unit/unit.h"

#ifdef WITH_ZLIB
#include <zlib.h>
#endif

#define I HTTP_CODING_IDENTITY
#define G HTTP_CODING_GZIP
#define Z HTTP_CODING_ZSTD
#define B HTTP_CODING_BR

enum { GZIP = 1 << G, ZSTD = 1 << Z, BR = 1 << B, ALL = GZIP | ZSTD | BR };

START_TEST(names)
{
	static const struct {
		const char *name;
		enum http_coding coding;
	} rows[] = {{"gzip", G}, {"GZip", G}, {"x-gzip", G}, {"X-GZIP", G}, {"br", B}, {"zstd", Z},
		{"identity", I}, {"deflate", HTTP_CODING_OTHER}, {"", HTTP_CODING_OTHER},
		{"x-", HTTP_CODING_OTHER}, {"*", HTTP_CODING_OTHER}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(http_coding_named(text_of(rows[i].name)) == rows[i].coding, "%s",
			rows[i].name);
	unit_text_eq(http_coding_name(HTTP_CODING_BR), "br");
	ck_assert_uint_eq(http_coding_name(HTTP_CODING_OTHER).size, 0);
	ck_assert_str_eq(http_coding_suffix(HTTP_CODING_GZIP), "-gzip");
	ck_assert_ptr_null(http_coding_suffix(HTTP_CODING_IDENTITY));
}
END_TEST

START_TEST(choices)
{
	static const struct {
		const char *value; /* NULL: no Accept-Encoding */
		unsigned offered;
		enum http_coding choice;
	} rows[] = {
		{NULL, ALL, I},
		{"", ALL, I},
		{"gzip", 0, I},
		{"gzip", ALL, G},
		{"gzip", BR, I},
		{"gzip, deflate, br, zstd", ALL, B},
		{"gzip, deflate, br, zstd", GZIP | ZSTD, Z},
		{"gzip;q=0.9, br;q=0.8", ALL, G},
		{"gzip;q=0", ALL, I},
		{"gzip;q=0.001", ALL, G},
		{"gzip;q=0.5, identity", ALL, I},
		{"gzip;q=0.5, identity;q=0.5", ALL, G},
		{"gzip, identity;q=0.5", ALL, G},
		{"identity", ALL, I},
		{"*", ALL, G},
		{"*", BR, I},
		{"*;q=0", ALL, I},
		{"*;q=0.5, gzip;q=0", ALL, I},
		{"identity;q=0, *", BR, B},
		{"identity;q=0", GZIP, I},
		{"*;q=0, br", ALL, B},
		{"identity;q=1, *;q=0", ALL, I},
		{"x-gzip", ALL, G},
		{"gzip;q=2, br;q=0.1", ALL, B},
		{"gzip;q=0, gzip", ALL, I},
		{"BR", ALL, B},
		{"compress, deflate", ALL, I},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char raw[256];
		const struct http_limits limits = {8190, 100, 8190, false};
		struct http_request r;
		http_request_init(&r);
		snprintf(raw, sizeof raw, "GET / HTTP/1.1\r\nHost: a\r\n%s%s%s\r\n",
			rows[i].value ? "Accept-Encoding: " : "",
			rows[i].value ? rows[i].value : "", rows[i].value ? "\r\n" : "");
		ck_assert_int_eq(http_request_read(&r, raw, strlen(raw), &limits), 0);
		enum http_coding choice = http_coding_choose(&r, rows[i].offered);
		ck_assert_msg(choice == rows[i].choice, "%s of %x: %d instead of %d", rows[i].value,
			rows[i].offered, (int)choice, (int)rows[i].choice);
		http_request_free(&r);
	}
}
END_TEST

/* Text that can be made smaller. */
static void fill(struct buffer *b, size_t size)
{
	for (unsigned i = 0; b->size < size; i++)
		buffer_printf(b, "line %u of many lines\n", i);
	b->size = size;
}

START_TEST(what_is_not_built_in)
{
	struct buffer to = BUFFER_INIT;
	buffer_string(&to, "before");
	ck_assert(!http_coding_built_in(HTTP_CODING_ZSTD));
	ck_assert(!http_coding_encode(HTTP_CODING_ZSTD, 1, TEXT("x"), &to));
	ck_assert(!http_coding_encode(HTTP_CODING_IDENTITY, 1, TEXT("x"), &to));
	unit_text_eq(buffer_view(&to), "before");
	buffer_free(&to);
}
END_TEST

/* The same again is the same again, and of a known size where it has to be smaller. */
START_TEST(encoding)
{
	static const size_t sizes[] = {0, 1, 64, 1000, 65536, 524288};
	for (unsigned coding = G; coding <= B; coding++) {
		if (!http_coding_built_in((enum http_coding)coding))
			continue;
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			struct buffer from = BUFFER_INIT, once = BUFFER_INIT, again = BUFFER_INIT;
			fill(&from, sizes[i]);
			buffer_string(&once, "before");
			ck_assert(http_coding_encode(
				(enum http_coding)coding, -1, buffer_view(&from), &once));
			buffer_string(&again, "before");
			ck_assert(http_coding_encode(
				(enum http_coding)coding, -1, buffer_view(&from), &again));
			ck_assert(text_equal(buffer_view(&once), buffer_view(&again)));
			ck_assert(text_starts(buffer_view(&once), TEXT("before")));
			ck_assert_uint_gt(once.size, 6);
			if (sizes[i] >= 1000)
				ck_assert_uint_lt(once.size, sizes[i] / 2);
			buffer_free(&from);
			buffer_free(&once);
			buffer_free(&again);
		}
	}
}
END_TEST

START_TEST(gzip_can_be_undone)
{
#ifdef WITH_ZLIB
	struct buffer from = BUFFER_INIT, to = BUFFER_INIT;
	size_t smallest = SIZE_MAX, largest = 0;
	fill(&from, 100000);
	for (int level = 1; level <= 9; level++) {
		static char back[100001];
		z_stream z = {0};
		buffer_clear(&to);
		ck_assert(http_coding_encode(HTTP_CODING_GZIP, level, buffer_view(&from), &to));
		ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
		z.next_in = (Bytef *)to.data;
		z.avail_in = (uInt)to.size;
		z.next_out = (Bytef *)back;
		z.avail_out = sizeof back;
		ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
		ck_assert_uint_eq(z.total_out, from.size);
		ck_assert_uint_eq(z.avail_in, 0);
		ck_assert_mem_eq(back, from.data, from.size);
		inflateEnd(&z);
		smallest = to.size < smallest ? to.size : smallest;
		largest = to.size > largest ? to.size : largest;
	}
	ck_assert_uint_lt(smallest, largest); /* the level is obeyed */
	buffer_free(&from);
	buffer_free(&to);
#endif
}
END_TEST

START_TEST(brotli_obeys_its_level)
{
	if (!http_coding_built_in(HTTP_CODING_BR))
		return;
	struct buffer from = BUFFER_INIT, quick = BUFFER_INIT, small = BUFFER_INIT;
	fill(&from, 100000);
	ck_assert(http_coding_encode(HTTP_CODING_BR, 0, buffer_view(&from), &quick));
	ck_assert(http_coding_encode(HTTP_CODING_BR, 9, buffer_view(&from), &small));
	ck_assert_uint_lt(small.size, quick.size);
	buffer_free(&from);
	buffer_free(&quick);
	buffer_free(&small);
}
END_TEST

UNIT_MAIN("http_coding", names, choices, what_is_not_built_in, encoding, gzip_can_be_undone,
	brotli_obeys_its_level)
