/*
 * test_limits - each LimitRequest directive at its edge
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

static char text[3 * 1024 * 1024];

static void begin(void)
{
	*text = '\0';
}

/* Appends `count` times the letter. */
static void add_letters(size_t count)
{
	size_t used = strlen(text);
	memset(text + used, 'a', count);
	text[used + count] = '\0';
}

static void add(const char *what)
{
	strcat(text, what);
}

/* Sends it, by pieces if `piece`, and checks the status; who says close closes. */
static void expect(const struct support_server *s, int status, size_t piece, const char *what)
{
	struct support_conn c;
	support_conn_open(&c, s->port);
	support_conn_send_pieces(&c, text, strlen(text), piece ? piece : strlen(text));
	ck_assert_msg(support_conn_read(&c, "GET"), "%s: no answer", what);
	ck_assert_msg(c.reply.status == status, "%s: %s, not %d", what, c.reply.line, status);
	ck_assert_msg(status == 413 || status == 200 || support_reply_closes(&c.reply),
		"%s: refused and kept", what);
	if (support_reply_closes(&c.reply))
		support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_expect(s, "/hello.txt", 200);
}

/* The request line without its end, of exactly `size` bytes. */
static void request_line(size_t size)
{
	begin();
	add("GET /?");
	add_letters(size - strlen("GET /? HTTP/1.1"));
	add(" HTTP/1.1\r\n");
}

static void line_of(size_t size)
{
	request_line(size);
	add("Host: test\r\n\r\n");
}

START_TEST(of_the_line)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "LimitRequestLine 100\n");
	line_of(99);
	expect(&s, 200, 0, "99");
	line_of(100);
	expect(&s, 200, 0, "100");
	expect(&s, 200, 7, "100 in pieces");
	line_of(101);
	expect(&s, 414, 0, "101");
	expect(&s, 414, 7, "101 in pieces");
	line_of(100000);
	expect(&s, 414, 0, "100000");
	support_server_stop(&s);
}
END_TEST

static void fields_of(size_t count)
{
	begin();
	add("GET / HTTP/1.1\r\nHost: test\r\n");
	for (size_t i = 1; i < count; i++)
		add("A: b\r\n");
	add("\r\n");
}

START_TEST(of_the_number_of_fields)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "LimitRequestFields 10\n");
	fields_of(10);
	expect(&s, 200, 0, "10");
	expect(&s, 200, 5, "10 in pieces");
	fields_of(11);
	expect(&s, 431, 0, "11");
	expect(&s, 431, 5, "11 in pieces");
	fields_of(5000);
	expect(&s, 431, 0, "5000");
	support_server_stop(&s);
}
END_TEST

static void field_of(size_t size)
{
	begin();
	add("GET / HTTP/1.1\r\nHost: test\r\nA: ");
	add_letters(size - 3);
	add("\r\n\r\n");
}

/* A name that never ends, too. */
START_TEST(of_a_field)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "LimitRequestFieldSize 64\n");
	field_of(64);
	expect(&s, 200, 0, "64");
	expect(&s, 200, 5, "64 in pieces");
	field_of(65);
	expect(&s, 431, 0, "65");
	expect(&s, 431, 5, "65 in pieces");
	field_of(100000);
	expect(&s, 431, 0, "100000");
	begin();
	add("GET / HTTP/1.1\r\nHost: test\r\n");
	add_letters(65);
	expect(&s, 431, 0, "a name of 65");
	support_server_stop(&s);
}
END_TEST

/* As they come: 8190 bytes a line, 8190 a field, 100 fields. */
START_TEST(of_a_server_that_says_nothing)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	line_of(8190);
	expect(&s, 200, 0, "a line of 8190");
	line_of(8191);
	expect(&s, 414, 0, "a line of 8191");
	field_of(8190);
	expect(&s, 200, 0, "a field of 8190");
	field_of(8191);
	expect(&s, 431, 0, "a field of 8191");
	fields_of(100);
	expect(&s, 200, 0, "100 fields");
	fields_of(101);
	expect(&s, 431, 0, "101 fields");
	/* All of it at once is taken, and more than any buffer holds. */
	request_line(8190);
	add("Host: test\r\n");
	for (int i = 1; i < 50; i++) {
		add("A: ");
		add_letters(8187);
		add("\r\n");
	}
	add("\r\n");
	expect(&s, 200, 0, "400 KiB of head");
	expect(&s, 200, 4093, "400 KiB of head in pieces");
	support_server_stop(&s);
}
END_TEST

static void body_of(size_t size)
{
	char head[128];
	begin();
	snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: test\r\nContent-Length: %zu\r\n\r\n",
		size);
	add(head);
	add_letters(size);
}

static void chunks_of(size_t size)
{
	char head[32];
	begin();
	add("GET / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t left = size; left;) {
		size_t now = left < 7 ? left : 7;
		snprintf(head, sizeof head, "%zx\r\n", now);
		add(head);
		add_letters(now);
		add("\r\n");
		left -= now;
	}
	add("0\r\n\r\n");
}

START_TEST(of_the_body)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, "LimitRequestBody 100\n");
	body_of(100);
	expect(&s, 200, 0, "100");
	body_of(101);
	expect(&s, 413, 0, "101");
	expect(&s, 413, 20, "101 in pieces");
	body_of(2000000);
	expect(&s, 413, 0, "2000000");
	chunks_of(100);
	expect(&s, 200, 0, "100 in chunks");
	expect(&s, 200, 3, "100 in chunks and pieces");
	chunks_of(101);
	expect(&s, 413, 0, "101 in chunks");
	expect(&s, 413, 3, "101 in chunks and pieces");
	support_server_stop(&s);
}
END_TEST

/* A rule may double what it is given, in each round of the flag N. */
START_TEST(of_what_rules_make)
{
	struct support_server s;
	support_server_prepare(&s, SUPPORT_PREFORK,
		"<Location \"/\">\nRewriteEngine On\nRewriteRule ^n(.*)$ n$1$1 [N]\n"
		"RewriteRule ^q - [E=x:%{ENV:x}%{ENV:x}12345678,N]\n</Location>\n");
	support_server_allow(&s, "makes a text of more than 262144 bytes");
	support_server_launch(&s);
	begin();
	add("GET /nabc HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	expect(&s, 500, 0, "a path");
	begin();
	add("GET /q HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	expect(&s, 500, 0, "a variable");
	ck_assert_uint_eq(support_server_logged(&s, "makes a text of more than"), 2);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("limits", {of_the_line, SUPPORT_MODELS},
	{of_the_number_of_fields, SUPPORT_MODELS}, {of_a_field, SUPPORT_MODELS},
	{of_a_server_that_says_nothing, SUPPORT_MODELS}, {of_the_body, SUPPORT_MODELS},
	{of_what_rules_make, 1})
