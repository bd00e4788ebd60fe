/*
 * os_process - who a process is and how it becomes a daemon
 *
 * Runs in:  the parent at its start; its children when they are born
 * Owns:     nothing; see os_process.h
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_process.h"

#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int os_process_identity(struct os_identity *identity, const char *name, uid_t user, gid_t group)
{
	*identity = (struct os_identity){.user = user, .group = group, .count = 1};
	identity->groups[0] = group;
	if (!name)
		return 0;
	identity->count = sizeof identity->groups / sizeof identity->groups[0];
	if (getgrouplist(name, group, identity->groups, &identity->count) >= 0)
		return 0;
	errno = EINVAL;
	return -1;
}

int os_process_become(const struct os_identity *identity)
{
	uid_t user = identity->user;
	gid_t group = identity->group;
	if (geteuid() == 0 && (user != 0 || group != 0)) {
		if (setgroups((size_t)identity->count, identity->groups) < 0)
			return -1;
		if (setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0)
			return -1;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* The starter: passes the daemon's first byte on, or reports that it went without one. */
static _Noreturn void wait_for_word(int fd)
{
	unsigned char status;
	ssize_t n;
	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? status : EXIT_FAILURE);
}

int os_process_daemon(void)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0) {
		os_rights_close(ends, 2);
		return -1;
	}
	if (pid > 0) {
		close(ends[1]);
		wait_for_word(ends[0]);
	}
	close(ends[0]);
	setsid(); /* cannot fail: a fresh child leads no group */
	return ends[1];
}

void os_process_ready(int fd, int status)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	if (null > 2)
		close(null);
	unsigned char byte = (unsigned char)status;
	ssize_t n = write(fd, &byte, 1); /* nobody may be waiting any more, and that is fine */
	(void)n;
	close(fd);
}

int os_process_stderr(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0)
		return -1;
	int done = dup2(fd, STDERR_FILENO);
	close(fd);
	return done < 0 ? -1 : 0;
}

int os_process_lend_stderr(int fd)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD, STDERR_FILENO + 1);
	dup2(fd, STDERR_FILENO);
	return saved;
}

void os_process_return_stderr(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

int os_process_execute(char *const *arguments)
{
	/* execvp(3) would also give to a shell what is no program. */
	return strchr(arguments[0], '/') ? execv(arguments[0], arguments)
					 : execvp(arguments[0], arguments);
}

void os_process_name(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
}

unsigned os_process_cpus(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	return 1;
}
