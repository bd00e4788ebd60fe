/*
 * mp_spawn - the start method spawn, and the door by which executed children come in
 *
 * Runs in:  the parent; the child from mp_main on
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * The child is this program again, from /proc/self/exe, so it is the same build even when the file
 * was replaced meanwhile. What it is to be comes as a memory file, whose descriptor is on its
 * command line.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_birth.h"
#include "mp/mp_reap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char spawn_role[] = "mp:spawn";

/* Without it the executed child would run the whole program again, and so would its children. */
static bool main_calls_us;

/* In the child of vfork, in the parent's memory: only what is safe there. */
static void execute(char *const *arguments, const int *fds, size_t count)
{
	mp_process_keep(fds, count);
	for (size_t i = 0; i < count; i++)
		fcntl(fds[i], F_SETFD, 0);
	execve("/proc/self/exe", arguments, environ);
}

/* vfork(2), because a large parent starts a child so as fast as a small one. All signals stay
 * blocked in the child until mp_process_settle: a handler of the parent must not run in it. */
static int start(char *const *arguments, const int *fds, size_t count, pid_t *pid)
{
	volatile int error = 0;
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t child = vfork(); /* NOLINT: posix_spawn(3) cannot close all but a list */
	if (child == 0) {
		execute(arguments, fds, count); /* NOLINT: it makes system calls only */
		error = errno;
		_exit(127);
	}
	if (child < 0)
		error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child > 0 && error) {
		struct mp_reap_watch watch = {0};
		mp_reap_watch(&watch, child, NULL);
		while (mp_reap_wait(&watch, -1, -1) < 0)
			;
	}
	*pid = child;
	errno = error;
	return error ? -1 : 0;
}

int mp_birth_execute(const char *role, int fd, const int *fds, size_t count, pid_t *pid)
{
	if (!main_calls_us) {
		errno = ENOTSUP;
		return -1;
	}
	int *kept = malloc((count + 1) * sizeof *kept);
	if (!kept)
		return -1;
	size_t at = 0;
	for (size_t i = 0; i < count; i++) {
		if (at == i && fds[i] > fd)
			kept[at++] = fd;
		kept[at++] = fds[i];
	}
	if (at == count)
		kept[at] = fd;
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	char *arguments[] = {program_invocation_name, (char *)role, number, NULL};
	int result = start(arguments, kept, count + 1, pid);
	int saved = errno;
	free(kept);
	errno = saved;
	return result;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);
		if (n < 0 && errno != EINTR)
			return -1;
		data += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int mp_spawn_start(struct mp_process *p, pid_t *pid)
{
	struct buffer birth = BUFFER_INIT;
	if (mp_birth_pack(p, &birth) < 0)
		return -1;
	int fd = memfd_create("mp_spawn", MFD_CLOEXEC), result = -1;
	if (fd >= 0 && write_all(fd, birth.data, birth.size) == 0)
		result = mp_birth_execute(spawn_role, fd, p->fds, p->fd_count, pid);
	int saved = errno;
	if (fd >= 0)
		close(fd);
	buffer_free(&birth);
	errno = saved;
	return result;
}

/* ---- The child ---- */

static _Noreturn void be_spawned(int fd)
{
	struct stat about;
	if (fstat(fd, &about) < 0)
		_exit(127);
	/* Never unmapped: the strings and args of the process lie in it. */
	void *birth = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (birth == MAP_FAILED)
		_exit(127);
	close(fd);
	mp_birth_run(birth, (size_t)about.st_size);
}

void mp_main(int argc, char **argv)
{
	main_calls_us = true;
	if (argc != 3)
		return;
	bool spawned = strcmp(argv[1], spawn_role) == 0;
	if (!spawned && strcmp(argv[1], mp_forkserver_role) != 0)
		return;
	/* ps(1) would call it "exe". */
	prctl(PR_SET_NAME, program_invocation_short_name);
	int fd = atoi(argv[2]);
	if (spawned)
		be_spawned(fd);
	mp_forkserver_serve(fd);
}
