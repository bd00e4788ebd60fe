/*
 * parent_kill - preforkd -k VERB: a word to the server that runs
 *
 * Runs in:  a process of its own, started from a shell
 * Owns:     nothing
 * Errors:   one line on standard error and exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "base/assert.h"
#include "os/os_file.h"
#include "parent/parent_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STOP_WAIT_MS = 30000 };

static const struct {
	const char *verb;
	int signal;
	bool wait; /* until the server is gone */
} verbs[] = {
	{"stop", SIGTERM, true},
	{"graceful-stop", SIGWINCH, false},
	{"restart", SIGHUP, false},
	{"graceful", SIGUSR1, false},
	{"upgrade", SIGUSR2, false},
};

int parent_running(const struct config *config)
{
	int fd = open(config->pid_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	pid_t holder = os_file_locked_by(fd);
	close(fd);
	return holder > 0 ? (int)holder : 0;
}

static int wait_for_end(int pid, int pidfd)
{
	struct pollfd end = {pidfd, POLLIN, 0};
	while (poll(&end, 1, STOP_WAIT_MS) < 0 && errno == EINTR)
		;
	if (end.revents)
		return EXIT_SUCCESS;
	log_error("process %d still runs after %d seconds", pid, STOP_WAIT_MS / 1000);
	return EXIT_FAILURE;
}

static int tell(int pid, size_t verb)
{
	/* A pidfd cannot come to mean another process between the look and the signal. */
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, verbs[verb].signal, NULL, 0) < 0) {
		log_error("cannot signal process %d: %m", pid);
		if (pidfd >= 0)
			close(pidfd);
		return EXIT_FAILURE;
	}
	int status = verbs[verb].wait ? wait_for_end(pid, pidfd) : EXIT_SUCCESS;
	close(pidfd);
	return status;
}

int parent_kill(const struct config *config, const char *verb)
{
	int pid = parent_running(config);
	if (pid < 0) {
		log_error("cannot read the PidFile %s: %m", config->pid_file);
		return EXIT_FAILURE;
	}
	if (pid == 0) {
		log_error("no server runs with the PidFile %s", config->pid_file);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].verb, verb) == 0)
			return tell(pid, i);
	return EXIT_FAILURE;
}
