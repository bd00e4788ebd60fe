/*
 * test_flood - one that never stops talking does not keep the parent from the rest
 *
 * Runs in:  a test program, against a server with a keeper, and one without
 * Owns:     its servers, and processes that talk in the name of one of theirs
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"
#include "wire/wire_keeping.h"
#include "wire/wire_report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TALKERS = 4, PATIENCE = 20, CLOSED_S = 60 };

/* So much is on its way that it never runs out, however the processor is shared; false: we may not
 * send so much. */
static bool fill(int fd, const void *words, size_t size)
{
	const int room = 64 << 20;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) < 0)
		return false;
	while (send(fd, words, size, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		;
	return true;
}

static void talk(int fd, const void *words, size_t size)
{
	alarm(CLOSED_S);
	for (;;)
		(void)send(fd, words, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static pid_t keeper_of(const struct support_server *s)
{
	struct support_status st;
	support_status_read(&st, s->port);
	const char *value = support_status_field(&st, "KeeperPID");
	return value ? (pid_t)atol(value) : 0;
}

/* In the name of the keeper, or of a worker. */
START_TEST(the_parent_hears_others_too)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS], talkers[TALKERS];
	bool keeper = _i == 0;
	support_server_start(&s, keeper ? SUPPORT_CLASSIC : SUPPORT_PREFORK, "");
	ck_assert_uint_ge(support_server_workers(&s, workers), 1);
	pid_t who = keeper ? keeper_of(&s) : workers[0];
	const struct wire_keeping kept = {.magic = WIRE_KEEPING_MAGIC, .pid = (int32_t)who};
	const struct wire_report report = {
		.magic = WIRE_REPORT_MAGIC, .pid = (int32_t)who, .state = WIRE_STATE_READY};
	const void *words = keeper ? (const void *)&kept : &report;
	size_t size = keeper ? sizeof kept : sizeof report;
	int fd = support_packets_of(who, s.pid, false);
	kill(s.pid, SIGSTOP);
	if (fd < 0 || !fill(fd, words, size)) {
		fprintf(stderr, "skipped: nobody may talk here in the name of others\n");
		kill(s.pid, SIGCONT);
		support_server_stop(&s);
		return;
	}
	for (int i = 0; i < TALKERS; i++)
		if ((talkers[i] = fork()) == 0)
			talk(fd, words, size);
	close(fd);
	kill(s.pid, SIGCONT);
	for (double end = support_now() + 0.3; support_now() < end;)
		support_pause(); /* it is in the middle of them */
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	bool heard =
		SUPPORT_UNTIL(support_server_logged(&s, "restart: generation 1") > 0, PATIENCE);
	for (int i = 0; i < TALKERS; i++) {
		kill(talkers[i], SIGKILL);
		waitpid(talkers[i], NULL, 0);
	}
	ck_assert(heard);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("flood", {the_parent_hears_others_too, 2})
