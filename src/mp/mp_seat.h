/*
 * mp_seat - a table of who takes part, in which the dead can be told from the living
 *
 * Runs in:  every process; the table lies in shared memory
 * Owns:     nothing
 * Errors:   NULL with errno
 *
 * A process that holds permits of a semaphore, or waits in a condition or barrier, sits on a seat:
 * it holds the seat's robust mutex for as long. So whether it lives is a question to the kernel,
 * which no reused process id can answer wrongly. Taking a seat and leaving it costs no system
 * call. Every function but mp_seat_look is called by one process at a time (under the lock of the
 * thing that has the table).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SEAT_H
#define MP_SEAT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MP_SEAT_ROOM = 4096 }; /* seats in a table; memory is touched only as they are used */

struct mp_seat {
	pthread_mutex_t life; /* held by whoever sits here */
	uint32_t word;        /* what the sitter waits for; 0: nothing. A futex */
	uint32_t count;       /* what the sitter holds */
	uint64_t ticket;      /* in which order they came */
	pid_t tid;            /* of the sitter */
} __attribute__((aligned(64)));

struct mp_seats {
	uint32_t used; /* seats that have ever been taken; the others are not set up */
	struct mp_seat seat[MP_SEAT_ROOM];
};

enum mp_seat_state {
	MP_SEAT_FREE,
	MP_SEAT_MINE,  /* the calling thread sits here */
	MP_SEAT_TAKEN, /* somebody else, who lives */
	MP_SEAT_DEAD,  /* somebody who died and left a word or a count; the caller now sits here,
			  settles that and calls mp_seat_leave */
};

/* The first seat that was ever taken (after NULL), the next one, and NULL behind the last:
 * for (struct mp_seat *seat = NULL; (seat = mp_seat_next(seats, seat));) */
__attribute__((nonnull(1))) static inline struct mp_seat *mp_seat_next(
	struct mp_seats *seats, struct mp_seat *seat)
{
	size_t next = seat ? (size_t)(seat - seats->seat) + 1 : 0;
	return next < __atomic_load_n(&seats->used, __ATOMIC_ACQUIRE) ? &seats->seat[next] : NULL;
}

/* A seat with word and count 0. The dead keep theirs until somebody has settled what they left.
 * ENOSPC: all are taken. */
struct mp_seat *mp_seat_take(struct mp_seats *seats);

/* The seat of the calling thread, or NULL (errno untouched). */
struct mp_seat *mp_seat_mine(struct mp_seats *seats);

/* Who sits there? */
enum mp_seat_state mp_seat_look(struct mp_seat *seat);

void mp_seat_leave(struct mp_seat *seat);

#endif
