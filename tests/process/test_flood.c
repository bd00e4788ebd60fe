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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TALKERS = 4, PATIENCE = 20, FDS = 256, CLOSED_S = 60 };

/* "socket:[81234]", or "" */
static void name_of(pid_t pid, int fd, char name[64])
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t n = readlink(path, name, 63);
	name[n > 0 ? n : 0] = '\0';
}

static bool has(pid_t pid, const char *name)
{
	char other[64];
	for (int fd = 0; fd < FDS; fd++) {
		name_of(pid, fd, other);
		if (strcmp(name, other) == 0)
			return true;
	}
	return false;
}

/* Our copy of the end by which it reports: the packet socket that its parent has not. -1: we may
 * not look. */
static int reports_of(pid_t pid, pid_t parent)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), found = -1;
	for (int n = 3; n < FDS && found < 0; n++) {
		int type = 0;
		socklen_t size = sizeof type;
		char name[64];
		name_of(pid, n, name);
		if (strncmp(name, "socket:", 7) != 0 || has(parent, name))
			continue;
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);
		if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
			type == SOCK_SEQPACKET)
			found = fd;
		else if (fd >= 0)
			close(fd);
	}
	close(pidfd);
	return found;
}

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
	int fd = reports_of(who, s.pid);
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
