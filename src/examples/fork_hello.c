/*
 * fork_hello - a bare fork: one call, two processes
 *
 * Runs in:  the parent and its copy
 * Owns:     nothing
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	sigset_t child_ended;
	int signal;
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, NULL);

	printf("Process (%d) start...\n", (int)getpid());
	fflush(stdout); /* or both would print it */
	pid_t pid = fork();
	if (pid < 0) {
		perror("fork");
		return 1;
	}
	if (pid == 0) {
		printf("I am child process (%d) and my parent is %d.\n", (int)getpid(),
			(int)getppid());
		return 0;
	}
	printf("I (%d) just created a child process (%d).\n", (int)getpid(), (int)pid);
	sigwait(&child_ended, &signal);
	mp_reap(NULL, NULL, NULL);
	return 0;
}
