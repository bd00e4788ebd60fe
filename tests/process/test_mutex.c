/*
 * test_mutex - AcceptMutex: each kind works, and its holder may die
 *
 * Runs in:  a test program, against a server of workers with one connection each
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>

static const char *const kinds[] = {"none", "fcntl", "flock", "pthread"};
enum { KINDS = 4 };

static void start(struct support_server *s, int kind)
{
	char line[64];
	snprintf(line, sizeof line, "AcceptMutex %s\n", kinds[kind]);
	support_server_start(s, SUPPORT_CLASSIC, line);
}

START_TEST(serves)
{
	struct support_server s;
	start(&s, _i / 2);
	struct support_load_options options = {
		.port = s.port, .connections = 6, .keep = _i % 2, .sizes = {1024, 100, 131073}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 400);
	support_load_stop_clean(l);
	support_server_stop(&s);
}
END_TEST

/* Idle workers: one of them holds the lock, the others wait for it. Killing all of them one by one
 * surely kills a holder each time round. */
START_TEST(survives_its_holder)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, _i);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	size_t count = support_server_workers(&s, workers);
	ck_assert_uint_ge(count, 3);
	for (size_t i = 0; i < count; i++) {
		kill(workers[i], SIGKILL);
		ck_assert(SUPPORT_UNTIL(support_state(workers[i]) == 0, SUPPORT_PATIENCE));
		for (int n = 0; n < 5; n++) {
			support_server_expect(&s, "/hello.txt", 200);
		}
	}
	support_server_stop(&s);
}
END_TEST

/* All at once. */
START_TEST(survives_a_massacre)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, _i);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	for (int round = 0; round < 2; round++) {
		size_t count = support_server_workers(&s, workers);
		for (size_t i = 0; i < count; i++)
			kill(workers[i], SIGKILL);
		for (size_t i = 0; i < count; i++)
			ck_assert(SUPPORT_UNTIL(support_state(workers[i]) == 0, SUPPORT_PATIENCE));
		support_server_expect(&s, "/hello.txt", 200);
	}
	support_server_stop(&s);
}
END_TEST

/* A graceful restart makes workers leave who wait for the lock. */
START_TEST(restarts_without_loss)
{
	struct support_server s;
	start(&s, _i);
	struct support_load_options options = {
		.port = s.port, .connections = 4, .keep = true, .think_ms = 1, .sizes = {1024}};
	struct support_load *l = support_load_start(&options);
	for (int i = 0; i < 3; i++) {
		support_load_await(l, 30);
		kill(s.pid, SIGUSR1);
	}
	support_load_await(l, 60);
	support_load_stop_clean(l);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Where the parent accepts nobody takes turns, and nobody may wait for a turn. */
START_TEST(does_not_matter_to_dispatch)
{
	struct support_server s;
	char line[96];
	snprintf(line, sizeof line, "ProcessModel dispatch\nAcceptMutex %s\n", kinds[_i]);
	support_server_start(&s, SUPPORT_CLASSIC, line);
	struct support_load_options options = {
		.port = s.port, .connections = 3, .keep = false, .sizes = {1024}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 100);
	support_load_stop_clean(l);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("mutex", {does_not_matter_to_dispatch, KINDS}, {serves, 2 * KINDS},
	{survives_its_holder, KINDS}, {survives_a_massacre, KINDS}, {restarts_without_loss, KINDS})
