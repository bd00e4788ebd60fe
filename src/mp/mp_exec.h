/*
 * mp_exec - start a program without copying this process
 *
 * Runs in:  the process that starts the program; mp_exec.c also in the child, up to execve(2)
 * Owns:     nothing
 * Errors:   -1 with errno, also for what fails in the child
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_EXEC_H
#define MP_EXEC_H

#include "mp/mp.h"

#include <signal.h>

struct mp_exec {
	const char *const *argv;
	const char *const *env;
	const char *cwd; /* NULL: as here */
	int fds[3];      /* what becomes 0, 1 and 2: each above 2, or the very number it becomes, or
			    (the last) 1 for the same as 1; any may be close-on-exec */
	bool new_session, new_group;
	int death_signal; /* when this process dies; 0: none */
	const struct mp_subprocess_limit *limits;
	size_t limit_count;
	/* Called in the child when all but its limits is in place and our descriptors are still
	 * there: system calls and nothing else, -1 with errno. NULL: none. */
	int (*confine)(void *closure);
	void *closure; /* its argument */
	/* NULL, or all signals that are not at their defaults here: who starts many knows. What
	 * goes wrong in the child is then left in our memory, which valgrind does not bear. */
	const sigset_t *changed;
};

/* Its descriptors are 0, 1 and 2 and no others, its signals unblocked and at their defaults. The
 * child shares this process's memory until it has become the program, so that nothing is copied
 * however large this one is; the call returns when it has. ENOENT: no such program (looked for in
 * the directories of PATH in env when argv[0] has no slash), or no such cwd. */
int mp_exec_start(const struct mp_exec *plan, pid_t *pid);

#endif
