/*
 * test_coding - content codings: compression on the fly, and compressed copies beside files
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef WITH_ZLIB
#include <zlib.h>
#endif

/* The server is built with what the tests are built with. */
static bool can_compress(void)
{
#if defined WITH_ZLIB && defined WITH_BROTLI
	return true;
#else
	return false;
#endif
}

static const char on_the_fly[] =
	"AddOutputFilterByType DEFLATE;BROTLI_COMPRESS text/html text/plain\n";
static const char copies[] = "AddEncoding gzip .gz\nAddEncoding br .br\nAddEncoding zstd .zst\n";

enum { TEXT_SIZE = 40000, LARGE = 400000 };
static char text[TEXT_SIZE + 1];

static void fill_text(char first)
{
	size_t size = 0;
	for (unsigned i = 0; size + 32 < TEXT_SIZE; i++)
		size += (size_t)sprintf(text + size, "%c line %u of the text\n", first, i % 977);
	memset(text + size, '.', TEXT_SIZE - size);
}

/* Asks on an open connection; the answer is in c->reply. */
static void ask(struct support_conn *c, const char *method, const char *path, const char *fields)
{
	support_conn_print(c, "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n", method, path, fields);
	ck_assert(support_conn_read(c, method));
}

static void field_is(const struct support_conn *c, const char *name, const char *expected)
{
	const char *got = support_reply_field(&c->reply, name);
	ck_assert_msg(got && expected ? strcmp(got, expected) == 0 : got == expected,
		"%s: %s instead of %s\n%s", name, got, expected, c->reply.text);
}

/* The body, undone, must be exactly this. */
static void body_is_gzip_of(const struct support_conn *c, const char *expected, size_t size)
{
#ifdef WITH_ZLIB
	char *back = malloc(size + 1);
	z_stream z = {0};
	ck_assert_ptr_nonnull(back);
	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)c->reply.body;
	z.avail_in = (uInt)c->reply.body_size;
	z.next_out = (Bytef *)back;
	z.avail_out = (uInt)size + 1;
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.avail_in, 0);
	ck_assert_uint_eq(z.total_out, size);
	ck_assert(memcmp(back, expected, size) == 0);
	inflateEnd(&z);
	free(back);
#else
	(void)c, (void)expected, (void)size;
#endif
}

/* Twice, so that it comes made and, where there is a cache, ready-made: the same in either case. */
START_TEST(compresses_on_the_fly)
{
	struct support_server s;
	struct support_conn c;
	char tag[64], length[32];
	if (!can_compress())
		return;
	fill_text('a');
	support_server_prepare(&s, (enum support_model)_i, on_the_fly);
	support_site_write(s.root, "text.txt", text, TEXT_SIZE);
	support_server_launch(&s);
	for (int turn = 0; turn < 3; turn++) {
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt", "Accept-Encoding: gzip\r\nConnection: close\r\n");
		ck_assert_int_eq(c.reply.status, 200);
		field_is(&c, "Content-Encoding", "gzip");
		field_is(&c, "Vary", "Accept-Encoding");
		field_is(&c, "Content-Type", "text/plain");
		field_is(&c, "Accept-Ranges", NULL);
		field_is(&c, "Last-Modified", SUPPORT_SITE_DATE);
		body_is_gzip_of(&c, text, TEXT_SIZE);
		ck_assert_uint_lt(c.reply.body_size, TEXT_SIZE / 4);
		snprintf(tag, sizeof tag, "%s", support_reply_field(&c.reply, "ETag"));
		snprintf(length, sizeof length, "%zu", c.reply.body_size);
		ck_assert_msg(strstr(tag, "-gzip\"") != NULL, "%s", tag);
		support_conn_close(&c);
		support_conn_open(&c, s.port);
		ask(&c, "HEAD", "/text.txt", "Accept-Encoding: gzip\r\nConnection: close\r\n");
		field_is(&c, "Content-Encoding", "gzip");
		field_is(&c, "Content-Length", length);
		field_is(&c, "ETag", tag);
		field_is(&c, "Vary", "Accept-Encoding");
		field_is(&c, "Accept-Ranges", NULL);
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* What each client gets, asked in turn on one connection so that all come from everywhere. */
START_TEST(gives_each_client_its_own)
{
	static const struct {
		const char *fields, *coding;
	} rows[] = {{"", NULL}, {"Accept-Encoding: gzip\r\n", "gzip"},
		{"Accept-Encoding: gzip, deflate, br, zstd\r\n", "br"},
		{"Accept-Encoding: br;q=0.5, gzip;q=0.8\r\n", "gzip"},
		{"Accept-Encoding: gzip;q=0, br;q=0\r\n", NULL},
		{"Accept-Encoding: identity\r\n", NULL}, {"Accept-Encoding:\r\n", NULL},
		{"Accept-Encoding: *\r\n", "gzip"}, {"Accept-Encoding: *;q=0\r\n", NULL},
		{"Accept-Encoding: identity;q=0\r\n", NULL},
		{"Accept-Encoding: identity;q=0, *;q=0.1\r\n", "br"},
		{"Accept-Encoding: x-gzip\r\n", "gzip"},
		{"Accept-Encoding: br;q=2, gzip;q=0.1\r\n", "gzip"},
		{"Accept-Encoding: br\r\nAccept-Encoding: gzip;q=0.5\r\n", "br"}};
	struct support_server s;
	struct support_conn c;
	if (!can_compress())
		return;
	fill_text('a');
	support_server_prepare(&s, SUPPORT_PREFORK, on_the_fly);
	support_site_write(s.root, "text.txt", text, TEXT_SIZE);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		size_t row = i % (sizeof rows / sizeof *rows);
		ask(&c, "GET", "/text.txt", rows[row].fields);
		ck_assert_int_eq(c.reply.status, 200);
		field_is(&c, "Content-Encoding", rows[row].coding);
		field_is(&c, "Vary", "Accept-Encoding");
		field_is(&c, "Accept-Ranges", rows[row].coding ? NULL : "bytes");
		if (!rows[row].coding)
			ck_assert(c.reply.body_size == TEXT_SIZE &&
				  memcmp(c.reply.body, text, TEXT_SIZE) == 0);
		else if (strcmp(rows[row].coding, "gzip") == 0)
			body_is_gzip_of(&c, text, TEXT_SIZE);
		else
			ck_assert_uint_lt(c.reply.body_size, TEXT_SIZE / 4);
	}
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Several at once: the answers come in order and each whole. */
START_TEST(pipelines_codings)
{
	struct support_server s;
	struct support_conn c;
	if (!can_compress())
		return;
	fill_text('a');
	support_server_prepare(&s, SUPPORT_PREFORK, on_the_fly);
	support_site_write(s.root, "text.txt", text, TEXT_SIZE);
	support_server_launch(&s);
	for (int turn = 0; turn < 2; turn++) {
		support_conn_open(&c, s.port);
		for (int i = 0; i < 6; i++)
			support_conn_print(&c, "GET /text.txt HTTP/1.1\r\nHost: test\r\n%s\r\n",
				i % 2 ? "Accept-Encoding: gzip\r\n" : "");
		for (int i = 0; i < 6; i++) {
			support_conn_expect(&c, 200);
			field_is(&c, "Content-Encoding", i % 2 ? "gzip" : NULL);
			if (i % 2)
				body_is_gzip_of(&c, text, TEXT_SIZE);
			else
				ck_assert(memcmp(c.reply.body, text, TEXT_SIZE) == 0);
		}
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Tags tell the codings apart, and a Range of what is made on the fly is not obeyed. */
START_TEST(judges_conditions_by_coding)
{
	struct support_server s;
	struct support_conn c;
	char plain[64], coded[64], fields[256];
	if (!can_compress())
		return;
	fill_text('a');
	support_server_prepare(&s, (enum support_model)_i, on_the_fly);
	support_site_write(s.root, "text.txt", text, TEXT_SIZE);
	support_server_launch(&s);
	for (int turn = 0; turn < 2; turn++) {
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt", "Connection: close\r\n");
		snprintf(plain, sizeof plain, "%s", support_reply_field(&c.reply, "ETag"));
		support_conn_close(&c);
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt", "Accept-Encoding: br\r\nConnection: close\r\n");
		snprintf(coded, sizeof coded, "%s", support_reply_field(&c.reply, "ETag"));
		support_conn_close(&c);
		ck_assert_str_ne(plain, coded);
		snprintf(fields, sizeof fields,
			"Connection: close\r\nAccept-Encoding: br\r\nIf-None-Match: %s\r\n", coded);
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt", fields);
		ck_assert_int_eq(c.reply.status, 304);
		field_is(&c, "ETag", coded);
		field_is(&c, "Vary", "Accept-Encoding");
		field_is(&c, "Content-Encoding", NULL);
		support_conn_close(&c);
		snprintf(fields, sizeof fields,
			"Connection: close\r\nAccept-Encoding: br\r\nIf-None-Match: %s\r\n", plain);
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt", fields);
		ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt",
			"Connection: close\r\nAccept-Encoding: gzip\r\nRange: bytes=0-9\r\n");
		ck_assert_int_eq(c.reply.status, 200);
		body_is_gzip_of(&c, text, TEXT_SIZE);
		support_conn_close(&c);
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/text.txt", "Connection: close\r\nRange: bytes=0-9\r\n");
		ck_assert_int_eq(c.reply.status, 206);
		field_is(&c, "Vary", "Accept-Encoding");
		ck_assert_uint_eq(c.reply.body_size, 10);
		ck_assert(memcmp(c.reply.body, text, 10) == 0);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Copies of any size; they have ranges as every file has. */
START_TEST(sends_copies)
{
	static const struct {
		const char *path;
		size_t size;
	} files[] = {{"small.html", 100}, {"large.html", LARGE}};
	struct support_server s;
	struct support_conn c;
	char path[64];
	support_server_prepare(&s, (enum support_model)_i, copies);
	for (size_t i = 0; i < 2; i++) {
		support_site_pattern(s.root, files[i].path, files[i].size, 1);
		snprintf(path, sizeof path, "%s.br", files[i].path);
		support_site_pattern(s.root, path, files[i].size / 2, 2);
		snprintf(path, sizeof path, "%s.zst", files[i].path);
		support_site_pattern(s.root, path, files[i].size / 3, 3);
	}
	support_server_launch(&s);
	for (size_t i = 0; i < 4; i++) {
		size_t size = files[i % 2].size;
		snprintf(path, sizeof path, "/%s", files[i % 2].path);
		support_conn_open(&c, s.port);
		ask(&c, "GET", path, "Accept-Encoding: gzip, br\r\nConnection: close\r\n");
		field_is(&c, "Content-Encoding", "br");
		field_is(&c, "Content-Type", "text/html");
		field_is(&c, "Accept-Ranges", "bytes");
		ck_assert_uint_eq(c.reply.body_size, size / 2);
		ck_assert(support_site_is(c.reply.body, size / 2, 0, 2));
		support_conn_close(&c);
		support_conn_open(&c, s.port);
		ask(&c, "GET", path,
			"Accept-Encoding: zstd\r\nRange: bytes=5-20\r\nConnection: close\r\n");
		ck_assert_int_eq(c.reply.status, 206);
		field_is(&c, "Content-Encoding", "zstd");
		ck_assert(c.reply.body_size == 16 && support_site_is(c.reply.body, 16, 5, 3));
		support_conn_close(&c);
		support_conn_open(&c, s.port);
		ask(&c, "GET", path, "Accept-Encoding: gzip\r\nConnection: close\r\n");
		field_is(&c, "Content-Encoding", NULL);
		field_is(&c, "Vary", "Accept-Encoding");
		ck_assert_uint_eq(c.reply.body_size, size);
		ck_assert(support_site_is(c.reply.body, size, 0, 1));
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

static bool says_coding(struct support_conn *c, const char *path, const char *coding)
{
	ask(c, "GET", path, "Accept-Encoding: gzip, zstd\r\n");
	const char *got = support_reply_field(&c->reply, "Content-Encoding");
	return got && coding ? strcmp(got, coding) == 0 : got == coding;
}

/* A change is seen at most a second later, in every coding. */
START_TEST(notices_changes)
{
	struct support_server s;
	struct support_conn c;
	char more[512];
	if (!can_compress())
		return;
	snprintf(more, sizeof more, "%s%sMaxKeepAliveRequests 0\n", on_the_fly, copies);
	fill_text('a');
	support_server_prepare(&s, SUPPORT_PREFORK, more);
	support_site_write(s.root, "text.txt", text, TEXT_SIZE);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	ck_assert(says_coding(&c, "/text.txt", "gzip"));
	support_site_write(s.root, "text.txt.zst", "a copy", 6);
	ck_assert(SUPPORT_UNTIL(says_coding(&c, "/text.txt", "zstd"), SUPPORT_PATIENCE));
	ck_assert_str_eq(c.reply.body, "a copy");
	ck_assert_int_eq(unlink(support_site_path(s.root, "text.txt.zst")), 0);
	ck_assert(SUPPORT_UNTIL(says_coding(&c, "/text.txt", "gzip"), SUPPORT_PATIENCE));
	body_is_gzip_of(&c, text, TEXT_SIZE);
	fill_text('b');
	char tag[64];
	snprintf(tag, sizeof tag, "%s", support_reply_field(&c.reply, "ETag"));
	support_site_write(s.root, "text.txt", text, TEXT_SIZE - 1);
	ck_assert(SUPPORT_UNTIL(says_coding(&c, "/text.txt", "gzip") &&
					strcmp(tag, support_reply_field(&c.reply, "ETag")) != 0,
		SUPPORT_PATIENCE));
	body_is_gzip_of(&c, text, TEXT_SIZE - 1);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(leaves_the_rest_alone)
{
	struct support_server s;
	struct support_conn c;
	fill_text('a');
	support_server_prepare(&s, SUPPORT_PREFORK, can_compress() ? on_the_fly : "");
	support_site_write(s.root, "a.png", text, TEXT_SIZE);
	support_site_write(s.root, "a.txt.gz", text, TEXT_SIZE);
	support_server_launch(&s);
	static const char *const paths[] = {"/a.png", "/a.txt.gz", "/hello.txt"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		support_conn_open(&c, s.port);
		ask(&c, "GET", paths[i], "Accept-Encoding: gzip, br\r\n");
		ck_assert_int_eq(c.reply.status, 200);
		field_is(&c, "Content-Encoding", NULL);
		field_is(&c, "Vary", NULL);
		support_conn_close(&c);
	}
	support_conn_open(&c, s.port);
	ask(&c, "GET", "/missing", "Accept-Encoding: gzip, br\r\n");
	ck_assert_int_eq(c.reply.status, 404);
	field_is(&c, "Content-Encoding", NULL);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Pages that the server makes are compressed each time, for whom it suits. */
START_TEST(compresses_its_own_pages)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, SUPPORT_PREFORK, can_compress() ? on_the_fly : "");
	support_server_launch(&s);
	for (int turn = 0; turn < 4; turn++) {
		bool coded = turn % 2 && can_compress();
		support_conn_open(&c, s.port);
		ask(&c, "GET", "/server-status?auto", turn % 2 ? "Accept-Encoding: gzip\r\n" : "");
		ck_assert_int_eq(c.reply.status, 200);
		field_is(&c, "Content-Encoding", coded ? "gzip" : NULL);
		field_is(&c, "Vary", can_compress() ? "Accept-Encoding" : NULL);
		ck_assert(coded || strstr(c.reply.body, "Total Accesses"));
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("coding", {compresses_on_the_fly, SUPPORT_MODELS},
	{gives_each_client_its_own, 1}, {pipelines_codings, 1},
	{judges_conditions_by_coding, SUPPORT_MODELS}, {sends_copies, SUPPORT_MODELS},
	{notices_changes, 1}, {leaves_the_rest_alone, 1}, {compresses_its_own_pages, 1})
