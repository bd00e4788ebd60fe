/*
 * test_handler_coding - the content coding a file is sent in
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

#ifdef WITH_ZLIB
#include <zlib.h>
#endif

/* What a test needs that cannot run without the encoders. */
static bool can_compress(void)
{
	return http_coding_built_in(HTTP_CODING_GZIP) && http_coding_built_in(HTTP_CODING_BR);
}

static const char *copies = "AddEncoding gzip .gz\nAddEncoding br .br\nAddEncoding zstd .zst\n";
static const char *filters = "AddOutputFilterByType DEFLATE;BROTLI_COMPRESS text/html text/plain\n";

static char text[8192]; /* compresses well */

static void fill_text(void)
{
	size_t size = 0;
	for (unsigned i = 0; size + 16 < sizeof text; i++)
		size += (size_t)snprintf(text + size, sizeof text - size, "line %u\n", i % 100);
}

static void write_at(const char *name, struct text bytes, time_t age)
{
	unit_write(name, bytes);
	unit_age(name, age);
}

/* GET /a.txt with this Accept-Encoding (NULL: none); the answer's coding must be that ("-": none),
 * and its Vary. */
static void coding_is(
	struct call *c, struct config *config, const char *accept, const char *coding, bool varies)
{
	char fields[256] = "";
	if (accept)
		snprintf(fields, sizeof fields, "Accept-Encoding: %s\r\n", accept);
	call_get(c, config, "/a.txt", fields);
	ck_assert_int_eq(c->response.status, 200);
	const char *got = call_field(c, "Content-Encoding");
	ck_assert_msg(
		strcmp(got ? got : "-", coding) == 0, "%s: %s instead of %s", accept, got, coding);
	call_field_eq(c, "Vary", varies ? "Accept-Encoding" : NULL);
	call_field_eq(c, "Content-Type", "text/plain");
}

START_TEST(copies_are_sent)
{
	static const struct {
		const char *accept, *coding, *body;
	} rows[] = {{"gzip", "gzip", "in gzip"}, {"br, gzip", "br", "in br"},
		{"gzip;q=0.9, br;q=0.8", "gzip", "in gzip"}, {"zstd", "-", "whole"},
		{NULL, "-", "whole"}, {"", "-", "whole"}, {"identity, gzip;q=0.5", "-", "whole"},
		{"identity;q=0, zstd", "-", "whole"}, {"*", "gzip", "in gzip"}};
	struct config *config = site_config(copies);
	struct call c;
	write_at("www/a.txt", TEXT("whole"), 100);
	write_at("www/a.txt.gz", TEXT("in gzip"), 50);
	write_at("www/a.txt.br", TEXT("in br"), 100);
	write_at("www/a.txt.zst", TEXT("too old"), 101);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		coding_is(&c, config, rows[i].accept, rows[i].coding, true);
		ck_assert(text_equal(buffer_view(&c.body), text_of(rows[i].body)));
		call_field_eq(&c, "Accept-Ranges", "bytes");
		ck_assert(c.handler.choice.witness != 0);
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(without_copies_nothing_varies)
{
	struct config *config = site_config(copies);
	struct call c;
	write_at("www/a.txt", TEXT("whole"), 100);
	coding_is(&c, config, "gzip, br", "-", false);
	call_end(&c);
	unit_mkdir("www/a.txt.gz"); /* not a file */
	coding_is(&c, config, "gzip, br", "-", false);
	call_end(&c);
	config_free(config);
	config = site_config(""); /* nobody says what .br means */
	write_at("www/a.txt.br", TEXT("in br"), 100);
	coding_is(&c, config, "gzip, br", "-", false);
	ck_assert_uint_eq(c.handler.choice.witness, 0);
	call_end(&c);
	config_free(config);
}
END_TEST

/* A coded file asked for by its own name is what it is, whatever the client takes. */
START_TEST(by_its_own_name)
{
	struct config *config = site_config(copies);
	struct call c;
	write_at("www/a.txt.gz", TEXT("in gzip"), 100);
	write_at("www/a.txt.gz.br", TEXT("twice"), 100);
	call_get(&c, config, "/a.txt.gz", "");
	call_field_eq(&c, "Content-Encoding", "gzip");
	call_field_eq(&c, "Content-Type", "text/plain");
	call_field_eq(&c, "Vary", NULL);
	unit_text_eq(buffer_view(&c.body), "in gzip");
	call_end(&c);
	call_get(&c, config, "/a.txt.gz.br", "Accept-Encoding: gzip, br\r\n");
	call_field_eq(&c, "Content-Encoding", "gzip, br");
	call_end(&c);
	call_get(&c, config, "/a.txt", "Accept-Encoding: gzip\r\n");
	ck_assert_int_eq(c.response.status, 404); /* a copy of nothing */
	call_end(&c);
	config_free(config);
}
END_TEST

/* The copy is the representation: its length, its tag, its ranges. */
START_TEST(a_copy_has_ranges_and_a_tag)
{
	struct config *config = site_config(copies);
	struct call c;
	char tag[64], whole[64], fields[256];
	write_at("www/a.txt", TEXT("0123456"), 100);
	write_at("www/a.txt.gz", TEXT("in gzip"), 100); /* as long, as old */
	coding_is(&c, config, NULL, "-", true);
	snprintf(whole, sizeof whole, "%.60s", call_field(&c, "ETag"));
	call_end(&c);
	coding_is(&c, config, "gzip", "gzip", true);
	snprintf(tag, sizeof tag, "%.60s", call_field(&c, "ETag"));
	call_end(&c);
	ck_assert_str_ne(tag, whole);
	ck_assert_msg(strstr(tag, "-gzip\"") != NULL, "%s", tag);
	snprintf(fields, sizeof fields,
		"Accept-Encoding: gzip\r\nRange: bytes=3-\r\nIf-Range: %s\r\n", tag);
	call_get(&c, config, "/a.txt", fields);
	ck_assert_int_eq(c.response.status, 206);
	call_field_eq(&c, "Content-Range", "bytes 3-6/7");
	call_field_eq(&c, "Content-Encoding", "gzip");
	unit_text_eq(buffer_view(&c.body), "gzip");
	call_end(&c);
	snprintf(fields, sizeof fields,
		"Accept-Encoding: gzip\r\nRange: bytes=3-\r\nIf-Range: %s\r\n", whole);
	call_get(&c, config, "/a.txt", fields);
	ck_assert_int_eq(c.response.status, 200);
	call_end(&c);
	snprintf(fields, sizeof fields, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", whole);
	call_get(&c, config, "/a.txt", fields);
	ck_assert_int_eq(c.response.status, 200);
	call_end(&c);
	snprintf(fields, sizeof fields, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", tag);
	call_get(&c, config, "/a.txt", fields);
	ck_assert_int_eq(c.response.status, 304);
	call_field_eq(&c, "ETag", tag);
	call_field_eq(&c, "Vary", "Accept-Encoding");
	call_field_eq(&c, "Content-Encoding", NULL);
	call_end(&c);
	call_get(&c, config, "/a.txt", "Accept-Encoding: gzip\r\nRange: bytes=7-\r\n");
	ck_assert_int_eq(c.response.status, 416); /* the page that says so is not compressed */
	call_field_eq(&c, "Content-Encoding", NULL);
	call_end(&c);
	config_free(config);
}
END_TEST

static void is_gzip_of(const struct buffer *body, const char *expected)
{
#ifdef WITH_ZLIB
	char back[sizeof text + 1];
	z_stream z = {.next_in = (Bytef *)body->data,
		.avail_in = (uInt)body->size,
		.next_out = (Bytef *)back,
		.avail_out = sizeof back};
	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.avail_in, 0);
	ck_assert(text_equal(text_from(back, z.total_out), text_of(expected)));
	inflateEnd(&z);
#else
	(void)body, (void)expected;
#endif
}

START_TEST(on_the_fly)
{
	if (!can_compress())
		return;
	struct config *config = site_config(filters);
	struct call c;
	char tag[64], length[32];
	fill_text();
	write_at("www/a.txt", text_of(text), 100);
	coding_is(&c, config, "br", "br", true);
	ck_assert_ptr_nonnull(strstr(call_field(&c, "ETag"), "-br\""));
	call_end(&c);
	coding_is(&c, config, NULL, "-", true);
	call_field_eq(&c, "Accept-Ranges", "bytes");
	call_end(&c);
	coding_is(&c, config, "gzip", "gzip", true);
	is_gzip_of(&c.body, text);
	call_field_eq(&c, "Accept-Ranges", NULL);
	ck_assert(c.response.cacheable && c.handler.choice.made);
	ck_assert_ptr_nonnull(call_field(&c, "Last-Modified"));
	snprintf(tag, sizeof tag, "%.60s", call_field(&c, "ETag"));
	snprintf(length, sizeof length, "%.20s", call_field(&c, "Content-Length"));
	ck_assert_int_eq(atoi(length), (int)c.body.size);
	call_end(&c);

	char raw[512];
	snprintf(raw, sizeof raw,
		"HEAD /a.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
	call_ask(&c, config, NULL, raw);
	call_field_eq(&c, "Content-Length", length);
	call_field_eq(&c, "ETag", tag);
	call_end(&c);
	call_get(&c, config, "/a.txt", "Accept-Encoding: gzip\r\nRange: bytes=0-9\r\n");
	ck_assert_int_eq(c.response.status, 200);
	is_gzip_of(&c.body, text);
	call_end(&c);
	snprintf(raw, sizeof raw, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", tag);
	call_get(&c, config, "/a.txt", raw);
	ck_assert_int_eq(c.response.status, 304);
	ck_assert_uint_eq(c.response.bytes.size, 0); /* nobody compressed for it */
	call_end(&c);
	call_get(&c, config, "/a.txt", "Accept-Encoding: gzip\r\nIf-Match: \"x\"\r\n");
	ck_assert_int_eq(c.response.status, 412);
	call_field_eq(&c, "Content-Encoding", NULL);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(what_is_not_compressed)
{
	if (!can_compress())
		return;
	struct config *config = site_config("AddOutputFilterByType DEFLATE text/plain\n"
					    "CompressionMaxSize 8000\n");
	struct call c;
	fill_text();
	write_at("www/a.txt", text_from(text, 8001), 100);
	coding_is(&c, config, "gzip", "-", false);
	call_end(&c);
	write_at("www/a.txt", text_from(text, 8000), 100);
	coding_is(&c, config, "gzip", "gzip", true);
	call_end(&c);
	coding_is(&c, config, "br", "-", true);
	call_end(&c);
	write_at("www/a.txt", text_from(text, 64), 100);
	coding_is(&c, config, "gzip", "gzip", true);
	call_end(&c);
	write_at("www/a.txt", text_from(text, 63), 100);
	coding_is(&c, config, "gzip", "-", false);
	call_end(&c);
	write_at("www/a.txt", TEXT(""), 100);
	coding_is(&c, config, "gzip", "-", false);
	call_end(&c);
	write_at("www/a.png", text_from(text, 8000), 100);
	call_get(&c, config, "/a.png", "Accept-Encoding: gzip\r\n");
	call_field_eq(&c, "Content-Encoding", NULL);
	call_field_eq(&c, "Vary", NULL);
	call_end(&c);
	call_get(&c, config, "/missing", "Accept-Encoding: gzip\r\n");
	call_field_eq(&c, "Content-Encoding", NULL);
	call_end(&c);
	config_free(config);
	config = site_config("SetOutputFilter DEFLATE\n<Location /no>\nSetOutputFilter none\n"
			     "</Location>\n");
	unit_mkdir("www/no");
	write_at("www/no/a.png", text_from(text, 8000), 100);
	call_get(&c, config, "/a.png", "Accept-Encoding: gzip\r\n");
	call_field_eq(&c, "Content-Encoding", "gzip");
	call_end(&c);
	call_get(&c, config, "/no/a.png", "Accept-Encoding: gzip\r\n");
	call_field_eq(&c, "Content-Encoding", NULL);
	call_end(&c);
	config_free(config);
}
END_TEST

/* A copy goes before what would be made of the file, in the same coding. */
START_TEST(copies_and_on_the_fly)
{
	if (!can_compress())
		return;
	char more[512];
	snprintf(more, sizeof more, "%s%s", copies, filters);
	struct config *config = site_config(more);
	struct call c;
	fill_text();
	write_at("www/a.txt", text_of(text), 100);
	write_at("www/a.txt.gz", TEXT("in gzip"), 100);
	coding_is(&c, config, "gzip", "gzip", true);
	unit_text_eq(buffer_view(&c.body), "in gzip");
	ck_assert(!c.handler.choice.made);
	call_end(&c);
	coding_is(&c, config, "gzip, br", "br", true);
	ck_assert(c.handler.choice.made);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(witnesses)
{
	struct config *config = site_config(copies);
	const struct config_host *host = &config->host;
	write_at("www/a.txt", TEXT("a"), 100);
	uint64_t first = handler_coding_witness(host->root_fd, &host->dir, "/a.txt");
	ck_assert(
		first != 0 && first == handler_coding_witness(host->root_fd, &host->dir, "/a.txt"));
	write_at("www/a.txt.br", TEXT("b"), 100);
	uint64_t second = handler_coding_witness(host->root_fd, &host->dir, "/a.txt");
	ck_assert(second != first);
	write_at("www/a.txt.br", TEXT("c"), 99);
	uint64_t third = handler_coding_witness(host->root_fd, &host->dir, "/a.txt");
	ck_assert(third != second && third != first);
	ck_assert_int_eq(unlink(unit_path("www/a.txt")), 0);
	ck_assert(handler_coding_witness(host->root_fd, &host->dir, "/a.txt") != third);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_coding", copies_are_sent, without_copies_nothing_varies, by_its_own_name,
	a_copy_has_ranges_and_a_tag, on_the_fly, what_is_not_compressed, copies_and_on_the_fly,
	witnesses)
