/*
 * test_conditional - 304 and 412: what a client has already is not sent again
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>

#define BEFORE "Sun, 13 Sep 2020 12:26:39 GMT"
#define AFTER "Sun, 13 Sep 2020 12:26:41 GMT"
#define SAME SUPPORT_SITE_DATE

/* %s stands for the file's ETag. */
static const struct {
	const char *fields;
	int status;
} cases[] = {
	{"If-Modified-Since: " SAME "\r\n", 304},
	{"If-Modified-Since: " AFTER "\r\n", 304},
	{"If-Modified-Since: " BEFORE "\r\n", 200},
	{"If-Modified-Since: Sunday, 13-Sep-20 12:26:40 GMT\r\n", 304},
	{"If-Modified-Since: Sun Sep 13 12:26:40 2020\r\n", 304},
	{"If-Modified-Since: yesterday\r\n", 200},
	{"If-Modified-Since: 1600000000\r\n", 200},
	{"If-Unmodified-Since: " SAME "\r\n", 200},
	{"If-Unmodified-Since: " BEFORE "\r\n", 412},
	{"If-Unmodified-Since: nonsense\r\n", 200},
	{"If-None-Match: %s\r\n", 304},
	{"If-None-Match: W/%s\r\n", 304},
	{"If-None-Match: *\r\n", 304},
	{"If-None-Match: \"a\", %s, \"b\"\r\n", 304},
	{"If-None-Match: \"a\"\r\nIf-None-Match: %s\r\n", 304},
	{"If-None-Match: \"a\"\r\n", 200},
	{"If-None-Match: \"a\"\r\nIf-Modified-Since: " SAME "\r\n", 200},
	{"If-None-Match: %s\r\nIf-Modified-Since: " BEFORE "\r\n", 304},
	{"If-Match: %s\r\n", 200},
	{"If-Match: *\r\n", 200},
	{"If-Match: \"a\", %s\r\n", 200},
	{"If-Match: \"a\"\r\n", 412},
	{"If-Match: W/%s\r\n", 412},
	{"If-Match: \"a\"\r\nIf-None-Match: %s\r\n", 412},
	{"If-Match: %s\r\nIf-None-Match: %s\r\n", 304},
	{"If-Match: %s\r\nIf-Unmodified-Since: " BEFORE "\r\n", 200},
};

static void ask(struct support_conn *c, const char *path, const char *fields, const char *tag)
{
	char filled[512];
	size_t used = 0;
	for (const char *at = fields; *at; at++) {
		if (at[0] == '%' && at[1] == 's') {
			used += (size_t)sprintf(filled + used, "%s", tag);
			at++;
		} else {
			filled[used++] = *at;
		}
	}
	filled[used] = '\0';
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n", path, filled);
	ck_assert(support_conn_read(c, "GET"));
}

START_TEST(answers)
{
	struct support_server s;
	struct support_conn c;
	char tag[64];
	support_server_start(&s, (enum support_model)_i, NULL);
	support_get(&c, s.port, "/hello.txt");
	snprintf(tag, sizeof tag, "%s", support_reply_field(&c.reply, "ETag"));
	support_conn_close(&c);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		support_conn_open(&c, s.port);
		ask(&c, "/hello.txt", cases[i].fields, tag);
		const struct support_reply *r = &c.reply;
		ck_assert_msg(r->status == cases[i].status, "%s: %s", cases[i].fields, r->line);
		if (r->status == 304) {
			ck_assert_str_eq(support_reply_field(r, "ETag"), tag);
			ck_assert_msg(!support_reply_field(r, "Content-Type"), "%s", r->text);
			ck_assert_ptr_nonnull(support_reply_field(r, "Date"));
		}
		/* The connection goes on in step. */
		if (SUPPORT_HAS_POOL(s.model)) {
			ask(&c, "/f/100", "", tag);
			ck_assert_int_eq(c.reply.status, 200);
			ck_assert_uint_eq(c.reply.body_size, 100);
		}
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* A condition on what is not there does not make it be there. */
START_TEST(leaves_404_alone)
{
	static const char *const fields[] = {"If-None-Match: *\r\n",
		"If-Modified-Since: " SAME "\r\n", "If-None-Match: \"a\"\r\n"};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	for (size_t i = 0; i < 3; i++) {
		support_conn_open(&c, s.port);
		ask(&c, "/missing", fields[i], "");
		ck_assert_msg(c.reply.status == 404, "%s: %s", fields[i], c.reply.line);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Two files have two tags, and so has one file before and after a change. */
START_TEST(tells_files_apart)
{
	struct support_server s;
	struct support_conn c;
	char first[64];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_get(&c, s.port, "/f/100");
	snprintf(first, sizeof first, "%s", support_reply_field(&c.reply, "ETag"));
	support_conn_close(&c);
	support_get(&c, s.port, "/f/1024");
	ck_assert_str_ne(first, support_reply_field(&c.reply, "ETag"));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN(
	"conditional", {answers, SUPPORT_MODELS}, {leaves_404_alone, 1}, {tells_files_apart, 1})
