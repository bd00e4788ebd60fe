/*
 * test_recycle - MaxConnectionsPerChild: workers are replaced, and no connection is lost by it
 *
 * Runs in:  a test program, against a server of each process model with a pool, under load
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

/* How many of these workers are still there. */
static size_t left(const struct support_server *s, const pid_t *old, size_t count)
{
	pid_t now[SUPPORT_WORKERS];
	size_t all = support_server_workers(s, now), same = 0;
	for (size_t i = 0; i < all; i++)
		for (size_t n = 0; n < count; n++)
			same += now[i] == old[n];
	return same;
}

/* Connections of one request each, and connections that are kept (_i odd). */
START_TEST(replaces_workers_without_loss)
{
	struct support_server s;
	pid_t old[SUPPORT_WORKERS];
	bool keep = _i % 2;
	support_server_start(&s, (enum support_model)(_i / 2),
		"MaxConnectionsPerChild 20\nMaxKeepAliveRequests 3\n");
	size_t count = support_server_workers(&s, old);
	struct support_load_options options = {.port = s.port,
		.connections = SUPPORT_IS_CLASSIC(s.model) ? 4 : 12,
		.keep = keep,
		.sizes = {1024, 100, 131073}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 300);
	ck_assert_msg(SUPPORT_UNTIL(left(&s, old, count) == 0, SUPPORT_PATIENCE),
		"%zu of the first workers are left", left(&s, old, count));
	support_load_stop_clean(l);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* One worker that ends after every single connection. */
START_TEST(replaces_after_each)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i,
		"MaxConnectionsPerChild 1\nStartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n");
	for (int i = 0; i < 25; i++) {
		support_get(&c, s.port, "/f/1024");
		ck_assert_int_eq(c.reply.status, 200);
		ck_assert(support_site_is(c.reply.body, 1024, 0, 1024));
		support_conn_close(&c);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* The counters of those who went stay in the sums. */
START_TEST(keeps_the_sums)
{
	enum { REQUESTS = 30 };
	struct support_server s;
	struct support_status before, after;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, "MaxConnectionsPerChild 3\n");
	support_status_read(&before, s.port);
	for (int i = 0; i < REQUESTS; i++) {
		support_get(&c, s.port, "/f/1024");
		support_conn_close(&c);
	}
	ck_assert_msg(SUPPORT_UNTIL((support_status_read(&after, s.port),
					    after.accesses >= before.accesses + REQUESTS),
			      SUPPORT_PATIENCE),
		"%lu accesses at first, %lu after %d more", before.accesses, after.accesses,
		REQUESTS);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("recycle", {replaces_workers_without_loss, 2 * SUPPORT_FORK},
	{replaces_after_each, SUPPORT_FORK}, {keeps_the_sums, SUPPORT_FORK})
