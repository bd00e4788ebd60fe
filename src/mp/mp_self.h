/*
 * mp_self - who this process is
 *
 * Runs in:  every process
 * Owns:     the cached pid, the current and the parent process object
 * Errors:   none
 *
 * After any fork (of this library, or the program's own) the child forgets what only its parent
 * has: children, their table, the forkserver.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SELF_H
#define MP_SELF_H

#include "base/list.h"
#include "mp/mp.h"

/* Together, because a child of fork writes to it: each page written to costs it a copy. For the
 * same reason nothing is written into the process objects themselves. */
struct mp_self {
	pid_t pid; /* 0: not asked yet */
	struct mp_process *current, *parent;
	pid_t parent_pid;
	int sentinel, parent_sentinel; /* pidfds of these two, or -1 */
	unsigned last_number;          /* of a process without a name */
	struct list children;          /* started and not closed */
};
extern struct mp_self mp_self;

/* getpid(2) without the system call. */
pid_t mp_self_pid(void);

/* In a new child that fork(3) did not make: what the fork handler does by itself else. */
void mp_self_forked(void);

/* From now on this code runs as `p`, started by `parent`. */
void mp_self_become(struct mp_process *p, struct mp_process *parent, pid_t parent_pid);

#endif
