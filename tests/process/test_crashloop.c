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

enum { SECONDS = 1, WAITS_LEAST = 2, BIRTHS_MOST = 25 /* a second */ };

static bool is_one_of(pid_t pid, const pid_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == pid)
			return true;
	return false;
}

/* Kills every worker as soon as it is seen, for a while and until the next ones were made to wait
 * more than once; how many there were. One that the look before saw too is only slow to die:
 * numbers tell no age, as they begin anew. */
static int kill_newborns(const struct support_server *s, double *took)
{
	pid_t workers[2][SUPPORT_WORKERS];
	size_t count[2] = {0, 0};
	int births = 0;
	double begin = support_now();
	for (int now = 0;
		(*took = support_now() - begin) < SECONDS ||
		(support_server_logged(s, "died young") < WAITS_LEAST && *took < SUPPORT_PATIENCE);
		now = !now) {
		count[now] = support_server_workers(s, workers[now]);
		for (size_t i = 0; i < count[now]; i++) {
			births += !is_one_of(workers[now][i], workers[!now], count[!now]);
			kill(workers[now][i], SIGKILL);
		}
	}
	return births;
}

START_TEST(is_throttled_and_logged)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	double took;
	int births = kill_newborns(&s, &took);
	ck_assert_msg(
		births <= BIRTHS_MOST * took, "%d workers born and killed in %.1f s", births, took);
	ck_assert_uint_ge(support_server_logged(&s, "died young"), WAITS_LEAST);
	/* No line for each wait that passes, none for each tick. */
	ck_assert_uint_le(support_server_logged(&s, "died young"), (size_t)births);
	/* By itself, once they live. */
	support_server_expect(&s, "/", 200);
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
	double took;
	kill_newborns(&s, &took);
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
