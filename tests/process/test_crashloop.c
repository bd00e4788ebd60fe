/*
 * test_crashloop - workers that die at birth are replaced ever more slowly, and it comes back
 *
 * Runs in:  a test program, against a server of each process model with a pool
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>

enum { SECONDS = 1, BIRTHS_MOST = 25 };

/* Kills every worker as soon as it is seen, for a while; how many there were. */
static int kill_newborns(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS], last = 0;
	int births = 0;
	for (double end = support_now() + SECONDS; support_now() < end;) {
		size_t count = support_server_workers(s, workers);
		for (size_t i = 0; i < count; i++) {
			births += workers[i] > last;
			if (workers[i] > last)
				last = workers[i];
			kill(workers[i], SIGKILL);
		}
	}
	return births;
}

START_TEST(is_throttled_and_logged)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	int births = kill_newborns(&s);
	ck_assert_int_ge(births, 3);
	ck_assert_msg(births <= BIRTHS_MOST, "%d workers born and killed in %d s", births, SECONDS);
	ck_assert_uint_ge(support_server_logged(&s, "died young"), 2);
	/* No line for each wait that passes, none for each tick. */
	ck_assert_uint_le(support_server_logged(&s, "died young"), (size_t)births);
	/* By itself, once they live. */
	support_get(&c, s.port, "/");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* It can be stopped and restarted in the middle of it. */
START_TEST(can_be_ended)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	kill_newborns(&s);
	if (_i % 2) {
		kill(s.pid, SIGUSR1);
		support_server_ready(&s);
	}
	kill(s.pid, SIGTERM);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("crashloop", {is_throttled_and_logged, 2}, {can_be_ended, 2})
