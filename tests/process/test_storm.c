/*
 * test_storm - signals by thousands, in any order, to the parent and to its workers
 *
 * Runs in:  a test program, against a server of each process model under load
 * Owns:     its server and the load
 * Errors:   exit status
 *
 * STORM_SEED repeats an order, and STORM_SIGNALS says how many; both are printed when a test fails.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20, BURST = 50, PROCESSES = 512 };

/* What nobody may notice: to the parent, and to a worker. */
static const int soft[] = {SIGUSR1, SIGCHLD, SIGURG, SIGPIPE, SIGTTIN, SIGTTOU, 0};
static const int to_worker[] = {SIGCHLD, SIGURG, SIGPIPE, SIGWINCH, SIGTTIN, SIGTTOU, 0};
/* What ends requests, and what makes way for another process. */
static const int hard[] = {SIGUSR1, SIGCHLD, SIGHUP, SIGURG, SIGTTIN, SIGTTOU, SIGUSR2, 0};

static unsigned seed;

static int any_of(const int *list)
{
	int count = 0;
	while (list[count])
		count++;
	return list[rand_r(&seed) % count];
}

static void begin_order(const char *what)
{
	const char *asked = getenv("STORM_SEED");
	seed = asked ? (unsigned)strtoul(asked, NULL, 10) : (unsigned)(time(NULL) ^ getpid());
	printf("storm: %s, STORM_SEED=%u\n", what, seed);
	fflush(stdout);
}

/* Who reads from a terminal in the background is stopped, by default; so it is told to go on. */
static void send_one(pid_t pid, int number)
{
	if (kill(pid, number) == 0 && (number == SIGTTIN || number == SIGTTOU))
		kill(pid, SIGCONT);
}

/* Whom the PidFile names, if that is a process of this server: for a moment it may name nobody, and
 * a signal to 0 would be one to this test and all of its kind. */
static pid_t parent_of(const struct support_server *s)
{
	struct support_process all[PROCESSES];
	pid_t pid = support_server_pid_in_file(s);
	size_t count = support_processes(s->root, all, PROCESSES);
	for (size_t i = 0; i < count && i < PROCESSES; i++)
		if (pid > 1 && all[i].pid == pid)
			return pid;
	return 0;
}

static void burst(const struct support_server *s, const int *list, bool workers_too)
{
	pid_t workers[SUPPORT_WORKERS], parent = 0;
	ck_assert(SUPPORT_UNTIL((parent = parent_of(s)) != 0, SUPPORT_PATIENCE));
	size_t count = workers_too ? support_children(parent, workers, SUPPORT_WORKERS) : 0;
	const char *many = getenv("STORM_SIGNALS");
	int most = many ? atoi(many) / ROUNDS : BURST;
	for (int i = 0; i < most; i++) {
		send_one(parent, any_of(list));
		if (count)
			send_one(workers[(size_t)rand_r(&seed) % count], any_of(to_worker));
	}
}

/* One parent is left, and it is ours to wait for: those before it have ended, and been collected
 * here. */
static bool is_settled(struct support_server *s)
{
	pid_t ours[PROCESSES], pid = parent_of(s);
	size_t count = support_children(getpid(), ours, PROCESSES), servers = 0;
	for (size_t i = 0; i < count; i++)
		if (support_state(ours[i]) == 'Z' && ours[i] != pid)
			waitpid(ours[i], NULL, 0);
		else
			servers += ours[i] == pid;
	return pid > 0 && servers == 1;
}

/* Requests go on, none is lost, and afterwards everything is as it was. */
START_TEST(is_not_noticed)
{
	struct support_server s;
	begin_order(support_model_names[_i]);
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	struct support_load *l = support_load_start_on(&s, false);
	for (int i = 0; i < ROUNDS; i++) {
		burst(&s, soft, true);
		support_load_await(l, 3);
	}
	support_load_stop_clean(l);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Hard restarts end requests; the server is there afterwards, and in one piece. */
START_TEST(is_survived)
{
	struct support_server s;
	begin_order(support_model_names[_i]);
	support_server_start(&s, (enum support_model)_i, NULL);
	support_server_allow(&s, "upgrade: ");
	support_server_allow(&s, "no restart during an upgrade");
	support_server_allow(&s, "was killed by signal");
	support_server_allow(&s, "died young");
	support_server_allow(&s, "does not end when asked");
	struct support_load_options options = {
		.port = s.port, .connections = 2, .sizes = {1024, 100}};
	struct support_load *l = support_load_start(&options);
	for (int i = 0; i < ROUNDS; i++) {
		burst(&s, hard, false); /* a child may be the next parent */
		support_load_await(l, 1);
	}
	support_load_stop(l);
	support_load_free(l);
	ck_assert(SUPPORT_UNTIL(is_settled(&s), SUPPORT_PATIENCE));
	support_server_adopt(&s);
	support_server_expect(&s, "/hello.txt", 200);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* It ends where it was told to, whatever came before and comes after. */
START_TEST(ends_when_told)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGWINCH};
	struct support_server s;
	begin_order(support_model_names[_i / 3]);
	support_server_start(&s, (enum support_model)(_i / 3), NULL);
	burst(&s, soft, true);
	ck_assert_int_eq(kill(s.pid, ends[_i % 3]), 0);
	for (int i = 0; i < BURST; i++)
		kill(s.pid, any_of((const int[]){SIGUSR1, SIGHUP, SIGCHLD, SIGURG, 0}));
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("storm", {is_not_noticed, SUPPORT_MODELS}, {is_survived, SUPPORT_MODELS},
	{ends_when_told, 3 * SUPPORT_MODELS})
