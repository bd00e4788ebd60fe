/* 7-a - a child keeps what it was given, and nothing else */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <fcntl.h>

/* Closes every descriptor from 3 on, except `kept`. See close_range(2). */
static void keep_only(int kept)
{
	/* gap */
	(void)kept;
	/* end of gap */
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int main(void)
{
	int status, fds[20];
	for (int i = 0; i < 20; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	dup2(fds[0], 500);
	for (int i = 0; i < 20; i += 7) {
		pid_t pid = fork();
		if (pid == 0) {
			keep_only(fds[i]);
			for (int fd = 0; fd < 600; fd++)
				check(is_open(fd) == (fd < 3 || fd == fds[i]),
					"descriptor %d is %s", fd, is_open(fd) ? "open" : "closed");
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (status)
			return 1;
	}
	return solved();
}
