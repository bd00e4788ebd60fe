/*
 * test_parse - what HTTP forbids is refused and the connection closed; what it allows is taken
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 *
 * After each bad request a good one, on a new connection, has to be answered: by the same worker,
 * where there is only one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>

#define H "Host: test\r\n"
#define RAW(raw) (raw), sizeof(raw) - 1

struct bad {
	int status;
	const char *raw;
	size_t size;
};

static const struct bad bad[] = {
	/* the request line */
	{400, RAW("GET / HTTP/1.1\n" H "\r\n")},
	{400, RAW("GET / HTTP/1.1\r" H "\r\n")},
	{400, RAW("GET /\r\n\r\n")},
	{400, RAW("GET\r\n\r\n")},
	{400, RAW(" GET / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET  / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /  HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET / HTTP/1.1 \r\n" H "\r\n")},
	{400, RAW("GET\t/\tHTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET / http/1.1\r\n" H "\r\n")},
	{400, RAW("GET / HTTP/1.\r\n" H "\r\n")},
	{400, RAW("GET / HTTP/1.10\r\n" H "\r\n")},
	{400, RAW("GET / HTTP/11.1\r\n" H "\r\n")},
	{400, RAW("GET / HTTP/-1.1\r\n" H "\r\n")},
	{400, RAW("GET / XTTP/1.1\r\n" H "\r\n")},
	{505, RAW("GET / HTTP/2.0\r\n" H "\r\n")},
	{505, RAW("GET / HTTP/3.1\r\n" H "\r\n")},
	{505, RAW("GET / HTTP/0.9\r\n" H "\r\n")},
	{505, RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
	{400, RAW("G(T / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("G\0T / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("G\xc3\xa9T / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("/ HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("\n\nGET / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
	/* the target */
	{400, RAW("GET hello.txt HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET * HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a#b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a\\b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a\"b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a<b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /?a<b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /?a\"b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a\xff"
		  "b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a\x7f"
		  "b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET /a\0b HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET ftp://test/ HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET http:///x HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET http://a b/ HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("GET http://user@test/ HTTP/1.1\r\n" H "\r\n")},
	{421, RAW("GET https://test/ HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("CONNECT / HTTP/1.1\r\n" H "\r\n")},
	{400, RAW("CONNECT test HTTP/1.1\r\n" H "\r\n")},
	/* fields */
	{400, RAW("GET / HTTP/1.1\r\n" H "Name : x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name\t: x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H " Name: x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: x\r\n folded\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: x\r\n\tfolded\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H ": x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Na(me: x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Na\xe9me: x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Na\0me: x\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\0b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\x01"
		  "b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\x7f"
		  "b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\rb\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\nX: b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\r\n\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H "Name: a\r\r\n\r\n")},
	/* Host */
	{400, RAW("GET / HTTP/1.1\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\n" H H "\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost:\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n")},
	{400, RAW("GET / HTTP/1.1\r\nHost: :80\r\n\r\n")},
	{400, RAW("GET / HTTP/1.0\r\n" H H "\r\n")},
	{400, RAW("GET http://test/ HTTP/1.1\r\n\r\n")},
	/* framing */
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\nab")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\na")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\na")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\na")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 1 1\r\n\r\na")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551616\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")},
	{501, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nx\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-1\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\na\r\n")},
	{400, RAW("POST / HTTP/1.1\r\n" H
		  "Transfer-Encoding: chunked\r\n\r\n0\r\nBad Name: x\r\n\r\n")},
	/* expectations */
	{417, RAW("GET / HTTP/1.1\r\n" H "Expect: miracles\r\n\r\n")},
	{417, RAW("POST / HTTP/1.1\r\n" H "Expect: 100-continue, x\r\nContent-Length: 1\r\n\r\na")},
};

static void expect_alive(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/hello.txt");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
}

/* A printable form, for messages. */
static const char *shown(const struct bad *b)
{
	static char text[512];
	size_t used = 0;
	for (size_t i = 0; i < b->size && used < sizeof text - 8; i++) {
		unsigned char ch = (unsigned char)b->raw[i];
		used += (size_t)sprintf(text + used, ch >= ' ' && ch < 0x7f ? "%c" : "\\x%02x", ch);
	}
	return text;
}

static void expect_refused(const struct support_server *s, const struct bad *b, size_t piece)
{
	struct support_conn c;
	support_conn_open(&c, s->port);
	support_conn_send_pieces(&c, b->raw, b->size, piece);
	ck_assert_msg(support_conn_read(&c, "GET"), "%s: no answer", shown(b));
	ck_assert_msg(
		c.reply.status == b->status, "%s: %s, not %d", shown(b), c.reply.line, b->status);
	ck_assert_msg(support_reply_closes(&c.reply), "%s: refused and kept", shown(b));
	enum support_end end = support_conn_end(&c, SUPPORT_PATIENCE);
	ck_assert_msg(end == SUPPORT_CLOSED, "%s: not closed but %d", shown(b), end);
	support_conn_close(&c);
}

START_TEST(refuses_whole)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		expect_refused(&s, &bad[i], bad[i].size);
		expect_alive(&s);
	}
	support_server_stop(&s);
}
END_TEST

/* However it is cut, the same is refused; one worker gets it all. */
START_TEST(refuses_pieces)
{
	struct support_server s;
	support_server_start(&s, SUPPORT_PREFORK, "StartServers 1\n");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		expect_refused(&s, &bad[i], 1 + i % 5);
		expect_alive(&s);
	}
	support_server_stop(&s);
}
END_TEST

/* Odd and allowed. */
static const struct bad good[] = {
	{200, RAW("\r\nGET / HTTP/1.1\r\n" H "\r\n")},
	{200, RAW("GET / HTTP/1.1\r\nHost:test\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\nHost:   test  \r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\nhOsT:\ttest\t\r\n\r\n")},
	{200, RAW("GET http://other/ HTTP/1.1\r\nHost:\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\nHost: test:\r\n\r\n")},
	{200, RAW("GET / HTTP/1.0\r\n\r\n")},
	{200, RAW("GET http://other/ HTTP/1.1\r\n" H "\r\n")},
	{200, RAW("GET HTTP://other:80 HTTP/1.1\r\n" H "\r\n")},
	{200, RAW("GET /?a|b{}[]^`\\' HTTP/1.1\r\n" H "\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "Empty:\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "Name: a\tb \xe9 c\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "!#$%&'*+-.^_`|~9: x\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "Same: x\r\nSame: y\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc")},
	{200, RAW("GET / HTTP/1.1\r\n" H
		  "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")},
	{200, RAW("GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0000;a=\"b\"\r\n\r\n")},
	{200, RAW("GET / HTTP/1.9\r\n" H "\r\n")},
};

START_TEST(takes_what_is_allowed)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		support_conn_open(&c, s.port);
		support_conn_send(&c, good[i].raw, good[i].size);
		ck_assert_msg(support_conn_read(&c, "GET"), "%s: no answer", shown(&good[i]));
		ck_assert_msg(
			c.reply.status == good[i].status, "%s: %s", shown(&good[i]), c.reply.line);
		ck_assert_str_eq(c.reply.body, "front page\n");
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* A client that ends its side in the middle of a head gets no answer made up for it. */
START_TEST(drops_half_a_request)
{
	static const char head[] = "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t cut = 1; cut < sizeof head - 1; cut += 3) {
		support_conn_open(&c, s.port);
		support_conn_send(&c, head, cut);
		support_conn_half_close(&c);
		enum support_end end = support_conn_end(&c, SUPPORT_PATIENCE);
		ck_assert_msg(
			end == SUPPORT_CLOSED || end == SUPPORT_MORE, "cut %zu: %d", cut, end);
		if (end == SUPPORT_MORE) { /* a refusal is an answer, 200 would be none */
			ck_assert(support_conn_read(&c, "GET"));
			ck_assert_int_eq(c.reply.status / 100, 4);
		}
		support_conn_close(&c);
	}
	expect_alive(&s);
	support_server_stop(&s);
}
END_TEST

/* Bytes of no protocol at all. */
START_TEST(survives_noise)
{
	unsigned char noise[3000];
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, SUPPORT_PREFORK, "StartServers 1\n");
	for (unsigned i = 0; i < 200; i++) {
		support_site_fill(noise, sizeof noise, 0, i);
		support_conn_open(&c, s.port);
		if (i % 4 == 1)
			support_conn_print(&c, "GET / HTTP/1.1\r\n");
		if (i % 4 == 2)
			support_conn_print(&c, "GET / HTTP/1.1\r\nHost: ");
		if (i % 4 == 3)
			support_conn_print(
				&c, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
		support_conn_send(&c, noise, sizeof noise);
		support_conn_half_close(&c);
		if (support_conn_read(&c, "GET"))
			ck_assert_msg(c.reply.status / 100 == 4 || c.reply.status / 100 == 5, "%s",
				c.reply.line);
		support_conn_close(&c);
	}
	expect_alive(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("parse", {refuses_whole, SUPPORT_MODELS}, {refuses_pieces, 1},
	{takes_what_is_allowed, SUPPORT_MODELS}, {drops_half_a_request, SUPPORT_MODELS},
	{survives_noise, 1})
