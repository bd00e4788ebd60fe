/*
 * mp_pipe - what an end of a pipe holds, and how packets look
 *
 * Runs in:  every process
 * Owns:     see mp.h
 * Errors:   -1 with errno
 *
 * A message without descriptors of up to MP_PIPE_INLINE bytes is the packet itself. Every other
 * packet carries descriptors and ends in a struct mp_pipe_trailer; the data of a large one lies in
 * a memory file, the first of its descriptors. An empty message travels like a large one, because a
 * packet of no bytes looks like the end of the stream. Since every message is one packet there is
 * no half of one, whoever is killed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_PIPE_H
#define MP_PIPE_H

#include "mp/mp.h"

#include <stdint.h>

#define MP_PIPE_INLINE ((size_t)64 << 10)

enum { MP_PIPE_SENDS = 1, MP_PIPE_RECEIVES = 2 };
enum { MP_PIPE_IN_PACKET = 0x70694d50, MP_PIPE_IN_FILE };

struct mp_pipe_trailer {
	uint32_t where; /* the data: MP_PIPE_IN_PACKET before the trailer, or MP_PIPE_IN_FILE */
	uint32_t unused;
	uint64_t size;
};

/* A message whose receiver had no room for it. */
struct mp_pipe_kept {
	size_t size;
	size_t count;
	int fds[MP_PIPE_FDS];
	char data[];
};

struct mp_pipe {
	int fd;
	unsigned mode;
	struct mp_pipe_kept *kept;
};

/* Waits after a call that said EAGAIN: 0 to try again, -1 to give up. */
int mp_pipe_wait(int fd, short events, double timeout, int64_t deadline);

#endif
