/*
 * mp_birth - what a process that is no copy of its parent is told about itself
 *
 * Runs in:  the parent (pack), then the child (run)
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * spawn and forkserver send a process object as bytes; the same bytes for both.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_BIRTH_H
#define MP_BIRTH_H

#include "base/buffer.h"
#include "mp/mp_process.h"

/* ENOENT: the target has no name. ENOTSUP: this program never calls mp_main. */
int mp_birth_pack(struct mp_process *p, struct buffer *out);

/* In the child: becomes the process described there and runs it. The descriptors are in place. */
_Noreturn void mp_birth_run(const void *data, size_t size);

/* Executes this program anew: `role` says to mp_main what it is to be, `fd` is told to it. It has
 * the descriptors 0-2, `fd` and those of the list (ascending), all signals blocked. -1 with what
 * vfork(2) or execve(2) said. */
int mp_birth_execute(const char *role, int fd, const int *fds, size_t count, pid_t *pid);

extern const char mp_forkserver_role[];

/* Serves as the forkserver until the other end of the control pipe is closed. */
_Noreturn void mp_forkserver_serve(int control);

/* In a child of fork: the forkserver is the parent's. */
void mp_forkserver_forked(void);

#endif
