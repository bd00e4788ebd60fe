/*
 * test_cgi_coding - what programs answer, put into a content coding on its way
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     a server and the scripts it runs
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cgi.h"

#ifdef WITH_ZLIB
#include <zlib.h>

static const char compressed[] = "AddOutputFilterByType DEFLATE text/plain\n";

static void prepare(struct support_server *s, int model)
{
	cgi_prepare(s, model, compressed);
}

static void ask(struct support_conn *c, const struct support_server *s, const char *method,
	const char *path, const char *fields)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "%s %s HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n%s\r\n",
		method, path, fields);
}

/* How much of `expected` can be read out of the chunks that came so far; all that can be read must
 * be it. */
static size_t readable(const struct support_conn *c, const char *expected)
{
	static char back[1 << 20];
	if (!c->size)
		return 0;
	const char *at = memmem(c->in, c->size, "\r\n\r\n", 4), *end = c->in + c->size;
	z_stream z = {.next_out = (Bytef *)back, .avail_out = sizeof back};
	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	at = at ? at + 4 : end;
	while (at < end) {
		const char *line = memmem(at, (size_t)(end - at), "\r\n", 2);
		size_t size = strtoul(at, NULL, 16);
		if (!line || !size || (size_t)(end - line) < size + 4)
			break;
		z.next_in = (Bytef *)(uintptr_t)(line + 2);
		z.avail_in = (uInt)size;
		int said = inflate(&z, Z_SYNC_FLUSH);
		ck_assert(said == Z_OK || said == Z_STREAM_END);
		at = line + 2 + size + 2;
	}
	inflateEnd(&z);
	ck_assert_uint_le(z.total_out, strlen(expected));
	ck_assert(memcmp(back, expected, z.total_out) == 0);
	return z.total_out;
}

/* What it has said can be read before it says more; the rest follows, and the connection goes on.
 */
START_TEST(as_it_comes)
{
	struct support_server s;
	struct support_conn c;
	char body[256];
	prepare(&s, _i);
	cgi_gate(&s);
	snprintf(body, sizeof body,
		"printf '" CGI_PLAIN "one\\n'; cat < %s/told/go > /dev/null; echo two", s.root);
	cgi_script(&s, "slow", body);
	support_server_launch(&s);
	ask(&c, &s, "GET", "/cgi-bin/slow", "");
	support_conn_more(&c, 1);
	while (readable(&c, "one\ntwo\n") < 4) {
		ck_assert(!c.ended);
		support_conn_more(&c, 1);
	}
	ck_assert_ptr_nonnull(memmem(c.in, c.size, "Content-Encoding: gzip", 22));
	ck_assert_ptr_nonnull(memmem(c.in, c.size, "Transfer-Encoding: chunked", 26));
	cgi_open_gate(&s);
	while (readable(&c, "one\ntwo\n") < 8) {
		ck_assert(!c.ended);
		support_conn_more(&c, 1);
	}
	support_conn_expect(&c, 200);
	if (SUPPORT_HAS_POOL(s.model)) {
		support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c, 200);
	}
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Much of it, through a pipe that is full many times; with its length told or not. */
START_TEST(large_output)
{
	struct support_server s;
	struct support_conn c;
	static char expected[600001];
	prepare(&s, _i);
	cgi_script(&s, "much", "printf '" CGI_PLAIN "'; seq -f %011.0f 1 50000");
	cgi_script(&s, "told",
		"printf 'Content-Length: 600000\\n" CGI_PLAIN "'; seq -f %011.0f 1 50000");
	for (unsigned i = 0; i < 50000; i++)
		sprintf(expected + (size_t)i * 12, "%011u\n", i + 1);
	support_server_launch(&s);
	for (int told = 0; told < 2; told++) {
		ask(&c, &s, "GET", told ? "/cgi-bin/told" : "/cgi-bin/much", "");
		while (readable(&c, expected) < 600000) {
			ck_assert(!c.ended);
			support_conn_more(&c, 1);
		}
		ck_assert_uint_lt(c.size, 400000);
		ck_assert_ptr_null(memmem(c.in, c.size, "Content-Length", 14));
		support_conn_expect(&c, 200);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Less than it promised: the client must not take it for the whole. */
START_TEST(cut_short)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i);
	cgi_script(&s, "short", "printf 'Content-Length: 1000\\n" CGI_PLAIN "some words'");
	support_server_launch(&s);
	support_server_allow(&s, "printed less than its Content-Length");
	ask(&c, &s, "GET", "/cgi-bin/short", "");
	while (!c.ended)
		support_conn_more(&c, 1);
	ck_assert_uint_le(readable(&c, "some words"), 10);
	ck_assert_ptr_null(memmem(c.in, c.size, "\r\n0\r\n\r\n", 7));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* HEAD says what GET says, and the tag that was sent is one that holds. */
START_TEST(heads_and_tags)
{
	static const char tag[] = "\"v1-gzip\"";
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i);
	cgi_script(&s, "tag", "printf 'ETag: \"v1\"\\n" CGI_PLAIN "'; seq 1 1000");
	support_server_launch(&s);
	for (int head = 0; head < 2; head++) {
		ask(&c, &s, head ? "HEAD" : "GET", "/cgi-bin/tag", "");
		ck_assert(support_conn_read(&c, head ? "HEAD" : "GET"));
		ck_assert_int_eq(c.reply.status, 200);
		ck_assert_str_eq(support_reply_field(&c.reply, "ETag"), tag);
		ck_assert_str_eq(support_reply_field(&c.reply, "Content-Encoding"), "gzip");
		ck_assert_str_eq(support_reply_field(&c.reply, "Vary"), "Accept-Encoding");
		support_conn_close(&c);
	}
	ask(&c, &s, "GET", "/cgi-bin/tag", "If-None-Match: \"v1-gzip\"\r\n");
	ck_assert(support_conn_read(&c, "GET"));
	ck_assert_int_eq(c.reply.status, 304);
	ck_assert_str_eq(support_reply_field(&c.reply, "ETag"), tag);
	ck_assert_str_eq(support_reply_field(&c.reply, "Vary"), "Accept-Encoding");
	support_conn_close(&c);
	ask(&c, &s, "GET", "/cgi-bin/tag", "If-Match: \"v2\"\r\n");
	support_conn_expect(&c, 412); /* whose page is in no coding */
	ck_assert_ptr_null(support_reply_field(&c.reply, "Content-Encoding"));
	ck_assert_ptr_nonnull(strstr(c.reply.body, "412"));
	support_conn_close(&c);
	cgi_ask(&c, &s, "/cgi-bin/tag", 200); /* without the coding, and without the other's tag */
	ck_assert_str_eq(support_reply_field(&c.reply, "ETag"), "\"v1\"");
	ck_assert_str_eq(support_reply_field(&c.reply, "Vary"), "Accept-Encoding");
	ck_assert_ptr_null(support_reply_field(&c.reply, "Content-Encoding"));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("cgi_coding", {as_it_comes, SUPPORT_MODELS}, {large_output, SUPPORT_MODELS},
	{cut_short, SUPPORT_MODELS}, {heads_and_tags, SUPPORT_MODELS})
#else
int main(void)
{
	return 77; /* built without zlib */
}
#endif
