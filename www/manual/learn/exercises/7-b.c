/* 7-b - spawn: the program runs itself again */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <fcntl.h>
#include <string.h>

/* In a child, executes /proc/self/exe with the arguments "7-b", "child" and the number of the
 * descriptor `fd`, which must stay open over execv(2): it has FD_CLOEXEC. Returns the pid. */
static pid_t spawn(int fd)
{
	/* gap */
	pid_t pid = fork();
	if (pid == 0)
		_exit(dprintf(fd, "secret") == 6);
	return pid;
	/* end of gap */
}

static int secret; /* a forked child would have it, a spawned one has not */

int main(int argc, char **argv)
{
	int ends[2], status;
	char text[32] = "";
	if (argc == 3 && strcmp(argv[1], "child") == 0)
		return dprintf(atoi(argv[2]), "secret %d", secret) == 8 ? 0 : 1;
	check(argc == 1, "the child has other arguments");
	secret = 42;
	check(pipe2(ends, O_CLOEXEC) == 0, "no pipe");
	pid_t pid = spawn(ends[1]);
	check(pid > 0 && pid != getpid(), "no child");
	close(ends[1]);
	ssize_t n = read(ends[0], text, sizeof text - 1);
	waitpid(pid, &status, 0);
	check(n > 0, "the child wrote nothing");
	check(strcmp(text, "secret 0") == 0, "the child wrote \"%s\", not \"secret 0\"", text);
	check(status == 0, "the child failed");
	return solved();
}
