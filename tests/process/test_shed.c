/*
 * test_shed - a saturated server says so, and recovers at once
 *
 * Runs in:  a test program, against servers whose workers are all busy
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 2, CLIENTS = 16, BIG = 24 * 1024 * 1024 };

static const enum support_model models[] = {SUPPORT_CLASSIC, SUPPORT_DISPATCH_ONE, SUPPORT_FORK};
static struct support_conn busy[WORKERS], clients[CLIENTS];
static int refused_in_all;

/* All that is to be had is taken, clients come, and it is given back: how long it then takes until
 * all of them, and one more, have their answers. */
static double attack(const struct support_server *s)
{
	int refused = 0, served = 0;
	size_t said = support_server_logged(s, "(503)");
	for (int i = 0; i < WORKERS; i++) {
		support_conn_open(&busy[i], s->port);
		support_conn_print(
			&busy[i], "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
		ck_assert_uint_gt(support_conn_pending(&busy[i], SUPPORT_PATIENCE), 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		support_conn_open(&clients[i], s->port);
		support_conn_print(&clients[i],
			"GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	}
	ck_assert(SUPPORT_UNTIL(support_server_logged(s, "(503)") > said, SUPPORT_PATIENCE));
	for (int i = 0; i < WORKERS; i++)
		support_conn_close(&busy[i]);
	double end = support_now();
	for (int i = 0; i < CLIENTS; i++) {
		ck_assert(support_conn_read(&clients[i], "GET"));
		refused += clients[i].reply.status == 503;
		served += clients[i].reply.status == 200;
		if (clients[i].reply.status == 503)
			ck_assert_str_eq(
				support_reply_field(&clients[i].reply, "Retry-After"), "1");
		support_conn_close(&clients[i]);
	}
	support_server_expect(s, "/hello.txt", 200);
	double took = support_now() - end;
	ck_assert_int_eq(refused + served, CLIENTS);
	refused_in_all += refused;
	ck_assert_int_ge(refused, 4);
	ck_assert_int_ge(served, 4);
	return took;
}

/* What ?json says of it in the end. */
static unsigned long counter(const struct support_server *s, const char *name)
{
	struct support_conn c;
	char member[64];
	snprintf(member, sizeof member, "\"%s\":", name);
	support_get(&c, s->port, "/server-status?json");
	const char *at = strstr(c.reply.body, member);
	ck_assert_ptr_nonnull(at);
	unsigned long n = strtoul(at + strlen(member), NULL, 10);
	support_conn_close(&c);
	return n;
}

/* Half of the queue stays, the others hear 503; when the attack ends all that stayed are served,
 * and whoever comes, within a second. Event loops have room for all of these. What happened
 * is counted. */
START_TEST(the_queue_is_kept_open)
{
	struct support_server s;
	support_server_prepare(&s, models[_i],
		"StartServers 2\nMinSpareServers 1\nMaxSpareServers 3\nMaxRequestWorkers 2\n"
		"ListenBacklog 16\nTimeout 60\n");
	support_site_pattern(s.root, "big", BIG, 7);
	support_server_launch(&s);
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_server_allow(&s, "told to come again (503)");
	refused_in_all = 0;
	ck_assert(SUPPORT_MOSTLY(attack(&s) < 1));
	ck_assert_int_eq((int)counter(&s, "turned_away"), refused_in_all);
	ck_assert_uint_eq(counter(&s, "pool_full") > 0, s.model != SUPPORT_FORK);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("shed", {the_queue_is_kept_open, 3})
