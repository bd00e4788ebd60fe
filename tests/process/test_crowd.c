/*
 * test_crowd - MaxConnPerIP: how many connections one client address may have
 *
 * Runs in:  a test program, against servers of each process model with a pool
 * Owns:     its servers and connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"
#include "wire/wire_kept.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT = 4 };

static const char config[] =
	"StartServers 8\nMinSpareServers 1\nMaxSpareServers 12\nMaxConnPerIP 4\n"
	"KeepAliveTimeout 60\n";
static struct support_conn clients[LIMIT + 1];

static void start(struct support_server *s, enum support_model model)
{
	support_server_start(s, model, config);
	support_server_allow(s, "(MaxConnPerIP)");
}

static int status_of(struct support_conn *c, unsigned port)
{
	support_conn_open(c, port);
	support_conn_print(c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	return support_conn_read(c, "GET") ? c->reply.status : 0;
}

static void fill(const struct support_server *s)
{
	for (int i = 0; i < LIMIT; i++)
		ck_assert_int_eq(status_of(&clients[i], s->port), 200);
}

static bool is_served(const struct support_server *s)
{
	struct support_conn c;
	int status = status_of(&c, s->port);
	support_conn_close(&c);
	return status == 200;
}

/* Somebody's place is given back a moment after its close. */
static bool gets_in(struct support_conn *c, const struct support_server *s)
{
	if (status_of(c, s->port) == 200)
		return true;
	support_conn_close(c);
	return false;
}

static void close_all(void)
{
	for (int i = 0; i < LIMIT; i++)
		support_conn_close(&clients[i]);
}

START_TEST(one_more_is_refused)
{
	struct support_server s;
	struct support_conn *more = &clients[LIMIT];
	start(&s, (enum support_model)_i);
	fill(&s);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(status_of(more, s.port), 503);
		ck_assert_str_eq(support_reply_field(&more->reply, "Retry-After"), "1");
		ck_assert(support_reply_closes(&more->reply));
		support_conn_expect_closed(more);
		support_conn_close(more);
	}
	ck_assert_uint_le(support_server_logged(&s, "(MaxConnPerIP)"), 4);
	/* Who is there already goes on, and a place that is given back is free at once. */
	for (int i = 0; i < LIMIT; i++) {
		support_conn_print(&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&clients[i], 200);
	}
	support_conn_close(&clients[0]);
	ck_assert(SUPPORT_UNTIL(gets_in(&clients[0], &s), SUPPORT_PATIENCE));
	close_all();
	support_server_stop(&s);
}
END_TEST

/* What killed processes had is given back: workers, and the keeper. */
START_TEST(the_dead_hold_nothing)
{
	struct support_server s;
	pid_t all[SUPPORT_WORKERS];
	start(&s, (enum support_model)_i);
	support_server_allow(&s, "killed by signal");
	support_server_allow(&s, "died young");
	support_server_allow(&s, "the keeper ended");
	fill(&s);
	size_t count = support_children(s.pid, all, SUPPORT_WORKERS);
	for (size_t i = 0; i < count; i++)
		kill(all[i], SIGKILL);
	for (int i = 0; i < LIMIT; i++)
		(void)support_conn_end(&clients[i], SUPPORT_PATIENCE);
	close_all();
	for (int i = 0; i < LIMIT; i++)
		ck_assert(SUPPORT_UNTIL(gets_in(&clients[i], &s), SUPPORT_PATIENCE));
	ck_assert_int_eq(status_of(&clients[LIMIT], s.port), 503);
	support_conn_close(&clients[LIMIT]);
	close_all();
	ck_assert(SUPPORT_UNTIL(is_served(&s), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Handed over to the keeper and taken back, again and again, a connection stays one. */
START_TEST(the_keeper_counts_too)
{
	struct support_server s;
	start(&s, SUPPORT_CLASSIC);
	fill(&s);
	for (int round = 0; round < 5; round++) {
		ck_assert_uint_eq(support_conn_pending(&clients[0], 0.08), 0);
		ck_assert_int_eq(status_of(&clients[LIMIT], s.port), 503);
		support_conn_close(&clients[LIMIT]);
		for (int i = 0; i < LIMIT; i++) {
			support_conn_print(
				&clients[i], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
			support_conn_expect(&clients[i], 200);
		}
	}
	close_all();
	ck_assert(SUPPORT_UNTIL(is_served(&s), SUPPORT_PATIENCE));
	support_server_stop(&s);
}
END_TEST

/* Lets it run to the end of a system call that received a connection, and kills it there. */
static void kill_with_one_in_its_hands(pid_t worker)
{
	struct __ptrace_syscall_info info;
	uint64_t call = 0;
	int status;
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, worker, NULL, PTRACE_O_TRACESYSGOOD), 0);
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, worker, NULL, NULL), 0);
	support_conn_print(&clients[0], "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	for (;;) {
		ck_assert_int_eq(waitpid(worker, &status, __WALL), worker);
		ck_assert(WIFSTOPPED(status));
		ck_assert_int_gt(
			ptrace(PTRACE_GET_SYSCALL_INFO, worker, (void *)sizeof info, &info), 0);
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			call = info.entry.nr;
		if (info.op == PTRACE_SYSCALL_INFO_EXIT && call == SYS_recvmsg &&
			info.exit.rval == sizeof(struct wire_kept))
			break;
		int signal = WSTOPSIG(status) == SIGURG ? SIGURG : 0; /* the doorbell */
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, worker, NULL, signal), 0);
	}
	kill(worker, SIGKILL);
	ck_assert_int_eq(waitpid(worker, &status, __WALL), worker);
	ck_assert(WIFSIGNALED(status));
}

/* Who dies between taking a connection from the keeper and counting it leaves nothing behind. */
START_TEST(nobody_pays_for_who_dies_on_the_way)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_CLASSIC,
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 1\n"
		"MaxConnPerIP 4\nKeepAliveTimeout 60\n");
	support_server_allow(&s, "(MaxConnPerIP)");
	support_server_allow(&s, "killed by signal");
	support_server_allow(&s, "died young");
	support_server_allow(&s, "reached MaxRequestWorkers");
	fill(&s); /* the one worker serves all, so each of them was with the keeper */
	ck_assert_uint_eq(support_server_workers(&s, workers), 1);
	kill_with_one_in_its_hands(workers[0]);
	ck_assert(support_conn_end(&clients[0], SUPPORT_PATIENCE));
	close_all();
	for (int i = 0; i < LIMIT; i++)
		ck_assert(SUPPORT_UNTIL(gets_in(&clients[i], &s), SUPPORT_PATIENCE));
	close_all();
	ck_assert(SUPPORT_UNTIL(is_served(&s), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("crowd", {one_more_is_refused, SUPPORT_FORK},
	{the_dead_hold_nothing, SUPPORT_FORK}, {the_keeper_counts_too, 1},
	{nobody_pays_for_who_dies_on_the_way, 1})
