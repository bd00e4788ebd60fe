/*
 * os_proc - what the kernel says of another process
 *
 * Runs in:  the parent, workers, the status process
 * Owns:     nothing
 * Errors:   0: unknown
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_proc.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What fits of /proc/PID/NAME, with a NUL behind it; false: nothing can be read. */
static bool read_file(pid_t pid, const char *name, char *to, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, to, size - 1);
	close(fd);
	to[n > 0 ? n : 0] = '\0';
	return n > 0;
}

char os_proc_state(pid_t pid)
{
	char line[128]; /* the name in it has at most 64 bytes */
	if (!read_file(pid, "stat", line, sizeof line))
		return 0;
	/* The name stands in parentheses and may hold some itself: the last one counts. */
	const char *end = strrchr(line, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}

unsigned os_proc_pss(pid_t pid)
{
	char lines[1024];
	unsigned kib = 0;
	if (!read_file(pid, "smaps_rollup", lines, sizeof lines))
		return 0;
	const char *at = strstr(lines, "\nPss:");
	return at && sscanf(at, "\nPss: %u", &kib) == 1 ? kib : 0;
}
