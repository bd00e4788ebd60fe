/*
 * test_large - files of many megabytes, to many clients at once, slow ones among them
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <unistd.h>

enum { SIZE = 10 * 1024 * 1024 };

static void start(struct support_server *s, enum support_model model)
{
	support_server_prepare(s, model, NULL);
	support_site_pattern(s->root, "f/10485760", SIZE, SIZE);
	support_server_launch(s);
}

START_TEST(are_exact)
{
	struct support_server s;
	struct support_conn c;
	start(&s, (enum support_model)_i);
	support_conn_open(&c, s.port);
	for (int i = 0; i < (SUPPORT_HAS_POOL(s.model) ? 3 : 1); i++) {
		support_conn_print(&c, "GET /f/10485760 HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c, 200);
		ck_assert_uint_eq(c.reply.body_size, SIZE);
		ck_assert(support_site_is(c.reply.body, SIZE, 0, SIZE));
	}
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(go_to_many_at_once)
{
	struct support_server s;
	start(&s, (enum support_model)_i);
	struct support_load_options options = {.port = s.port,
		.connections = SUPPORT_IS_CLASSIC(s.model) ? 6 : 12,
		.keep = true,
		.sizes = {SIZE, 100, 1024}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 30);
	support_load_stop_clean(l);
	support_server_stop(&s);
}
END_TEST

/* Slow readers do not hold up the quick ones, and get every byte. */
START_TEST(go_to_slow_readers)
{
	struct support_server s;
	start(&s, (enum support_model)_i);
	struct support_load_options options = {
		.port = s.port, .connections = 3, .slowly = 40000, .sizes = {400000}};
	struct support_load *slow = support_load_start(&options);
	options = (struct support_load_options){
		.port = s.port, .connections = 3, .keep = true, .sizes = {1024, 131073}};
	struct support_load *quick = support_load_start(&options);
	support_load_await(slow, 6);
	support_load_await(quick, 100);
	support_load_stop_clean(slow);
	support_load_stop_clean(quick);
	support_server_stop(&s);
}
END_TEST

/* A file that is cut short under way: what was promised cannot come, so the connection ends; the
 * worker lives. */
START_TEST(may_be_cut_short)
{
	struct support_server s;
	struct support_conn c;
	pid_t before[SUPPORT_WORKERS], after[SUPPORT_WORKERS];
	start(&s, (enum support_model)_i);
	size_t count = support_server_workers(&s, before);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /f/10485760 HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&c, SUPPORT_PATIENCE), 0);
	ck_assert_int_eq(truncate(support_site_path(s.root, "f/10485760"), 1000), 0);
	while (!c.ended)
		support_conn_more(&c, 1);
	ck_assert_uint_lt(c.size, SIZE);
	support_conn_close(&c);
	support_get(&c, s.port, "/f/10485760");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_uint_eq(c.reply.body_size, 1000);
	support_conn_close(&c);
	size_t now = support_server_workers(&s, after);
	for (size_t i = 0; SUPPORT_HAS_POOL(s.model) && i < count && i < now; i++)
		ck_assert_int_eq(before[i], after[i]);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("large", {are_exact, SUPPORT_MODELS}, {go_to_many_at_once, SUPPORT_MODELS},
	{go_to_slow_readers, SUPPORT_MODELS}, {may_be_cut_short, SUPPORT_MODELS})
