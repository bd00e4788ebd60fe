/*
 * parent_pidfile - the pid file
 *
 * Runs in:  the parent; parent_kill asks it from other processes
 * Owns:     the file while it holds the lock on it
 * Errors:   -1 and a line that says which file and why
 *
 * The file is locked as long as its writer lives, so a number left behind by a crash is told from a
 * running server without guessing whose the number is now.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int write_own_pid(int fd)
{
	char line[16];
	int size = snprintf(line, sizeof line, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return os_file_write(fd, line, (size_t)size);
}

static bool note_stale(int fd, const char *path, int before)
{
	char line[16] = "";
	if (pread(fd, line, sizeof line - 1, 0) <= 0 || atoi(line) == before)
		return false;
	log_notice("%s is left over from process %.*s, which is gone", path,
		(int)strcspn(line, "\n"), line);
	return true;
}

int parent_pidfile_take(const char *path, int before, bool *stale)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		log_crit("cannot write the PidFile %s: %m", path);
		return -1;
	}
	pid_t holder;
	if (os_file_lock(fd, &holder) < 0) {
		if (errno == EAGAIN)
			log_crit("already running as process %d (PidFile %s)", (int)holder, path);
		else
			log_crit("cannot lock the PidFile %s: %m", path);
		close(fd);
		return -1;
	}
	bool is_stale = note_stale(fd, path, before);
	if (stale)
		*stale = is_stale;
	if (write_own_pid(fd) < 0) {
		log_crit("cannot write the PidFile %s: %m", path);
		close(fd);
		return -1;
	}
	return fd;
}

void parent_pidfile_leave(int fd)
{
	if (fd >= 0)
		close(fd);
}

void parent_pidfile_give(const char *path, int fd)
{
	if (fd < 0)
		return;
	unlink(path); /* first, while nobody else can have taken it */
	close(fd);
}
