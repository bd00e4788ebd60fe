/*
 * wire_kept - a connection on its way between a worker and the keeper
 *
 * Runs in:  workers of a classic pool and the keeper, both ways; workers of the generation after a
 *           classic pool only take; the parent makes the socket
 * Owns:     nothing; a descriptor that was received belongs to the caller
 * Errors:   -1 with errno
 *
 * One message of a SOCK_SEQPACKET pair each: this struct, then the bytes of a request that has
 * begun, with the connection's descriptor riding along. All workers share one end of the pair, so
 * whoever is idle takes the next one; the keeper has the other.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_KEPT_H
#define WIRE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_KEPT_MAGIC = 0x70664b31,
	WIRE_KEPT_BYTES = 16 * 1024 /* of a request that has begun; who has more stays */
};

struct wire_kept {
	uint32_t magic;
	uint32_t served;   /* requests on it so far (MaxKeepAliveRequests) */
	uint64_t due_ms;   /* until when it may stay as it is, by os_clock_ms */
	uint64_t since_ms; /* the last thing that moved */
	uint64_t begun_ms; /* when the first byte of an unfinished request came; 0: there is none */
	uint32_t size;     /* bytes behind this */
	uint32_t lingers;  /* 1: all is said, its client only has to close */
	uint32_t place;    /* where it is counted (wire_crowd.h); 0: it is not */
	uint32_t nonblock; /* 1: its socket does not block (O_NONBLOCK) */
};

/* What it says of itself makes sense: it comes from a process that may have been taken over. */
bool wire_kept_valid(const struct wire_kept *kept, size_t size, uint64_t now_ms);

/* A pair, CLOEXEC: [0] is the keeper's end, [1] the workers'. */
int wire_kept_pair(int ends[2]);

/* Never blocks. The descriptor stays the caller's. EAGAIN: the other side does not read. */
int wire_kept_send(int socket, const struct wire_kept *kept, const void *bytes, int fd);

/* Never blocks. 0: *kept and *fd are filled, and `bytes`, which has room for WIRE_KEPT_BYTES.
 * EAGAIN: nothing there; EPIPE: nobody is at the other end; EBADMSG: what came was dropped, with
 * every descriptor that came along; EMFILE: there was no room for the descriptor. */
int wire_kept_receive(int socket, struct wire_kept *kept, void *bytes, int *fd);

#endif
