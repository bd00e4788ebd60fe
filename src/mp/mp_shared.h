/*
 * mp_shared - a piece of memory that several processes see
 *
 * Runs in:  every process
 * Owns:     a mapping and the descriptor of the memory behind it, until mp_shared_drop
 * Errors:   -1 with errno
 *
 * The memory is a sealed memfd: whoever has the descriptor can map it, and nobody can cut it short
 * under the others (which would end them with SIGBUS). It starts with a head that says what it
 * holds, so that a descriptor of something else is refused instead of believed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SHARED_H
#define MP_SHARED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mp/mp.h"

enum mp_shared_kind {
	MP_SHARED_LOCK = 1,
	MP_SHARED_SEMAPHORE,
	MP_SHARED_CONDITION,
	MP_SHARED_EVENT,
	MP_SHARED_BARRIER,
	MP_SHARED_VALUE,
	MP_SHARED_QUEUE,
	MP_SHARED_POOL,
};

struct mp_shared {
	void *at;    /* the caller's part, on a boundary of 64 bytes */
	size_t size; /* of the caller's part */
	int fd;      /* CLOEXEC */
	ino_t inode; /* of the memory */
};

/* `size` zero bytes. */
int mp_shared_create(struct mp_shared *shared, enum mp_shared_kind kind, size_t size);

/* The memory behind `fd`, which becomes the struct's own (and CLOEXEC) when this succeeds and stays
 * the caller's when it does not. EINVAL: it is not such memory, or not of this kind, or smaller
 * than `least`. EBADF: no descriptor. */
int mp_shared_attach(struct mp_shared *shared, enum mp_shared_kind kind, size_t least, int fd);

/* Unmaps and closes; the memory lives on while others have it. A descriptor that has come to mean
 * something else is left alone: a child of fork keeps the mapping but only those descriptors it was
 * given. Preserves errno. */
void mp_shared_drop(struct mp_shared *shared);

/* How it travels to a child, and the descriptor that arrived: -1 with EINVAL when the share is not
 * of this kind. */
struct mp_share mp_shared_share(const struct mp_shared *shared, enum mp_shared_kind kind);
int mp_shared_arrived(const struct mp_share *share, enum mp_shared_kind kind);

#endif
