/*
 * test_head - HEAD is answered as GET would be, without the body
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
#include <strings.h>

/* Each path twice, for the cache; and conditions that lead to other statuses. */
static const struct {
	const char *path, *fields;
} cases[] = {{"/hello.txt", ""}, {"/hello.txt", ""}, {"/", ""}, {"/f/0", ""}, {"/f/16385", ""},
	{"/f/131073", ""}, {"/missing", ""}, {"/f", ""}, {"/f/", ""}, {"/%zz", ""},
	{"/hello.txt", "If-Modified-Since: " SUPPORT_SITE_DATE "\r\n"},
	{"/hello.txt", "If-Match: \"nothing\"\r\n"}};

static void ask(struct support_conn *c, unsigned port, const char *method, size_t i)
{
	support_conn_open(c, port);
	support_conn_print(c, "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n", method, cases[i].path,
		cases[i].fields);
	ck_assert(support_conn_read(c, method));
}

/* The same fields with the same values but for the date; the connection is either's own. */
static void compare(
	const struct support_reply *head, const struct support_reply *get, const char *path)
{
	ck_assert_int_eq(head->status, get->status);
	ck_assert_uint_eq(head->field_count, get->field_count);
	for (size_t i = 0; i < get->field_count; i++) {
		const char *name = get->field[i].name;
		const char *value = support_reply_field(head, name);
		ck_assert_msg(value != NULL, "%s: no %s in the answer to HEAD", path, name);
		if (strcasecmp(name, "Date") != 0)
			ck_assert_str_eq(value, get->field[i].value);
	}
	ck_assert_uint_eq(head->body_size, 0);
}

START_TEST(answers_as_get_does)
{
	struct support_server s;
	struct support_conn head, get;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ask(&get, s.port, "GET", i);
		ask(&head, s.port, "HEAD", i);
		compare(&head.reply, &get.reply, cases[i].path);
		/* Not a byte of a body follows: what follows is the next answer, or the end. */
		if (support_reply_closes(&head.reply)) {
			support_conn_expect_closed(&head);
		} else {
			support_conn_print(&head, "GET /hello.txt HTTP/1.1\r\nHost: "
						  "test\r\nConnection: close\r\n\r\n");
			support_conn_expect(&head, 200);
			ck_assert_str_eq(head.reply.body, "hello, world\n");
			support_conn_expect_closed(&head);
		}
		support_conn_close(&get);
		support_conn_close(&head);
	}
	support_server_stop(&s);
}
END_TEST

START_TEST(ignores_ranges)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_conn_open(&c, s.port);
	support_conn_print(
		&c, "HEAD /hello.txt HTTP/1.1\r\nHost: test\r\nRange: bytes=0-3\r\n\r\n");
	ck_assert(support_conn_read(&c, "HEAD"));
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_str_eq(support_reply_field(&c.reply, "Content-Length"), "13");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("head", {answers_as_get_does, SUPPORT_MODELS}, {ignores_ranges, 1})
