/*
 * mp_process - what a process object holds
 *
 * Runs in:  every process
 * Owns:     its name, args and sentinel, until mp_process_close
 * Errors:   -1 with errno
 *
 * Object, descriptors and args are one allocation: a server that forks for each connection makes
 * one of these each time.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_PROCESS_H
#define MP_PROCESS_H

#include "mp/mp.h"
#include "mp/mp_reap.h"

enum mp_process_state {
	MP_PROCESS_NEW,
	MP_PROCESS_STARTED,
};

struct mp_process {
	struct list children; /* started by this process and not closed */
	struct mp_reap_watch watch;
	const struct mp_context *context;
	mp_target target;
	const char *target_name; /* NULL: not looked up yet */
	void *args;
	size_t size;
	void *closure;
	enum mp_process_state state;
	pid_t starter; /* whose child it is */
	int sentinel;  /* pidfd, or -1 */
	bool daemon;
	bool hidden;     /* mp_reap says nothing of its end */
	unsigned number; /* for the name nobody gave */
	size_t fd_count;
	const int *fds;        /* ascending, each once, all above 2 */
	char name[32];         /* made at the first question where empty */
	const char *long_name; /* instead of name */
};

/* A start method: sets p->watch.pid to the new child, or -1 with errno. */
struct mp_context {
	const char *name;
	int (*start)(struct mp_process *p, pid_t *pid);
};

/* In a child, all descriptors being in place: runs the target and ends the process. */
_Noreturn void mp_process_run(struct mp_process *p, struct mp_process *parent, pid_t parent_pid);

/* Signal handlers to their defaults, no signal blocked; a daemon follows `parent` into death. */
void mp_process_settle(bool daemon, pid_t parent);

/* Closes all descriptors above 2 but those; fds as in struct mp_process. Also in a child that is a
 * guest in its parent's memory: it makes system calls and nothing else. */
void mp_process_keep(const int *fds, size_t count);

int mp_fork_start(struct mp_process *p, pid_t *pid);
int mp_spawn_start(struct mp_process *p, pid_t *pid);
int mp_forkserver_start(struct mp_process *p, pid_t *pid);

#endif
