/*
 * mp_reap - the one place where children are waited for
 *
 * Runs in:  every process that has children
 * Owns:     a table from pid to watch; a watch belongs to whoever embeds it and must be removed
 *           before its memory goes
 * Errors:   -1 with errno
 *
 * Processes and subprocesses embed a struct mp_reap_watch. Whoever finds the end of a child first
 * (mp_reap for all, or mp_reap_wait for one) records it here, so no status is ever lost or taken
 * twice. In a child of fork the table starts empty.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_REAP_H
#define MP_REAP_H

#include "base/list.h"

#include <sys/resource.h>
#include <sys/types.h>

struct mp_process;

struct mp_reap_watch {
	struct mp_reap_watch *next; /* in the bucket */
	struct list fresh;          /* ended, not yet reported by mp_reap */
	struct mp_process *process; /* reported by mp_reap when set; NULL for subprocesses */
	pid_t pid;
	bool over;           /* ended and collected; the fields below are set */
	int status;          /* as from waitpid(2); -1: somebody else collected it */
	struct rusage usage; /* zeroed where the status is -1 */
};

/* Watches a child just started. `process` may be NULL. */
void mp_reap_watch(struct mp_reap_watch *w, pid_t pid, struct mp_process *process);

/* Forgets it, ended or not; harmless on a zeroed watch. A child forgotten alive becomes a
 * stranger. */
void mp_reap_forget(struct mp_reap_watch *w);

/* Looks whether it has ended, without waiting. */
bool mp_reap_poll(struct mp_reap_watch *w);

/* Was it stopped (SIGSTOP), and not continued since? */
bool mp_reap_stopped(const struct mp_reap_watch *w);

/* Waits until it has ended; timeout in seconds, negative for ever. pidfd: one for the child if
 * there is one, else -1. 0, or -1 with ETIMEDOUT, EINTR, or what pidfd_open(2) says. */
int mp_reap_wait(struct mp_reap_watch *w, double timeout, int pidfd);

/* As Python counts: the exit code, minus the signal, or MP_EXITCODE_UNKNOWN. */
int mp_reap_code(const struct mp_reap_watch *w);

/* Empties the table: for mp_self, in a new child. */
void mp_reap_forked(void);

#endif
