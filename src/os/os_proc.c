/*
 * os_proc - what the kernel says of another process
 *
 * Runs in:  the parent, the status process, preforkctl
 * Owns:     nothing
 * Errors:   0: unknown
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char os_proc_state(pid_t pid)
{
	char path[32], line[128]; /* the name in it has at most 64 bytes */
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, line, sizeof line - 1);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	/* The name stands in parentheses and may hold some itself: the last one counts. */
	const char *end = strrchr(line, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}
