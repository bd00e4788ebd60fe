/*
 * process_hello - a process as an object: start it, join it
 *
 * Runs in:  the parent and one child
 * Owns:     the process object
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>
#include <unistd.h>

static int run_proc(void *args, size_t size)
{
	(void)size;
	printf("Run child process %s (%d)...\n", (char *)args, (int)getpid());
	return 0;
}

int main(void)
{
	printf("Parent process %d.\n", (int)getpid());
	struct mp_process *p = mp_process_new(run_proc, "test", sizeof "test", NULL);
	printf("Child process will start.\n");
	fflush(stdout);
	if (!p || mp_process_start(p) < 0) {
		perror("process_hello");
		return 1;
	}
	mp_process_join(p, -1);
	printf("Child process end.\n");
	mp_process_close(p);
	return 0;
}
