/*
 * mp_ring - messages in a ring of shared memory
 *
 * Runs in:  every process, under a lock of the caller's
 * Owns:     nothing; the memory is the caller's
 * Errors:   -1 with errno EBADMSG: somebody wrote nonsense into the ring
 *
 * Writing a message and making it count are two steps, and the second is one store: a process that
 * dies leaves the ring with the message or without it. Nothing in the memory is believed: sizes
 * and positions are checked each time they are read.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_RING_H
#define MP_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* In shared memory; all zero is an empty ring. */
struct mp_ring_state {
	uint64_t span;  /* head in the low half, tail in the high one; both run freely */
	uint64_t count; /* messages between them; a hint until mp_ring_recount */
	uint32_t high;  /* how far the data was used since the ring was last empty */
};

struct mp_ring {
	struct mp_ring_state *state;
	char *data;
	uint32_t room; /* bytes of data, a power of two */
	int fd;        /* the memory file, and where in it data starts (a page boundary) */
	off_t offset;
};

/* Whether a message of that size can be written now. */
bool mp_ring_fits(const struct mp_ring *ring, size_t size);

/* Copies a message of several parts, `size` bytes together, behind the last one, where it does not
 * count yet; the result is for mp_ring_commit. It must fit. */
uint32_t mp_ring_write(struct mp_ring *ring, const struct iovec *parts, size_t count, size_t size);
void mp_ring_commit(struct mp_ring *ring, uint32_t written);

bool mp_ring_empty(const struct mp_ring *ring);
uint64_t mp_ring_count(const struct mp_ring *ring);

/* The size of the first message; -1: EAGAIN, or EBADMSG and the ring is empty now. */
ssize_t mp_ring_next(struct mp_ring *ring);

/* Copies `size` bytes of the first message (not more than mp_ring_next said) from its byte `from`
 * on; takes the first message out. */
void mp_ring_read(const struct mp_ring *ring, size_t from, void *to, size_t size);
void mp_ring_pop(struct mp_ring *ring);

/* Takes out the first messages, as many as fit into `room` bytes, each as 8 bytes of size and its
 * data, padded to 8. Returns the bytes copied; 0: there is no message; -1: EMSGSIZE, the first one
 * does not fit, or EBADMSG and the ring is empty now. */
ssize_t mp_ring_take(struct mp_ring *ring, void *to, size_t room);

/* After a holder of the lock has died. */
void mp_ring_recount(struct mp_ring *ring);

#endif
