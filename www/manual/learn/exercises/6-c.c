/* 6-c - end a worker that does not want to end */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <time.h>

/* Asks the child to end with SIGTERM; when it has not ended after `patience_ms` milliseconds, kills
 * it with SIGKILL. Returns the number of the signal that ended it, 0 if it exited; the child is
 * collected then. waitpid(2) with WNOHANG looks without waiting. */
static int end(pid_t pid, int patience_ms)
{
	int status = 0;
	/* gap */
	(void)patience_ms;
	kill(pid, SIGTERM);
	waitpid(pid, &status, WNOHANG);
	/* end of gap */
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void leave(int number)
{
	(void)number;
	_exit(0);
}

static pid_t child(void (*on_term)(int))
{
	int ready[2];
	char byte;
	check(pipe(ready) == 0, "no pipe");
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGTERM, on_term);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	check(read(ready[0], &byte, 1) == 1, "no child");
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whoever ends when asked has all the time it may need: the machine may have much else to do. */
static void try(void (*on_term)(int), const char *who, int expected, int patience_ms, double least)
{
	pid_t pid = child(on_term);
	double from = now();
	int signal = end(pid, patience_ms);
	double took = now() - from;
	check(kill(pid, 0) < 0, "%s still lives, or is a zombie", who);
	check(signal == expected, "%s: ended by %d, not %d", who, signal, expected);
	check(took >= least, "%s: killed after %.2f s, without patience", who, took);
	check(took <= 9, "%s: waited %.2f s", who, took);
}

int main(void)
{
	try(SIG_DFL, "a child that takes SIGTERM", SIGTERM, 10000, 0);
	try(leave, "a child that exits when asked", 0, 10000, 0);
	try(SIG_IGN, "a child that ignores SIGTERM", SIGKILL, 500, 0.45);
	return solved();
}
