/*
 * mp_seat - a table of who takes part, in which the dead can be told from the living
 *
 * Runs in:  every process; the table lies in shared memory
 * Owns:     nothing
 * Errors:   NULL with errno; see mp_seat.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_seat.h"

#include "base/assert.h"
#include "mp/mp_futex.h"
#include "mp/mp_mutex.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/* What a sitter that is gone has left for others to settle. */
static bool unsettled(const struct mp_seat *seat)
{
	return mp_futex_load(&seat->word) != 0 || seat->count != 0;
}

enum mp_seat_state mp_seat_look(struct mp_seat *seat)
{
	int error = pthread_mutex_trylock(&seat->life);
	if (error == EDEADLK)
		return MP_SEAT_MINE;
	if (error == EOWNERDEAD)
		error = pthread_mutex_consistent(&seat->life);
	if (error)
		return MP_SEAT_TAKEN;
	if (unsettled(seat))
		return MP_SEAT_DEAD;
	pthread_mutex_unlock(&seat->life);
	return MP_SEAT_FREE;
}

/* Sits down if nobody alive sits there and nothing is left to settle. */
static bool sit(struct mp_seat *seat)
{
	if (unsettled(seat))
		return false;
	int error = pthread_mutex_trylock(&seat->life);
	if (error == EOWNERDEAD)
		error = pthread_mutex_consistent(&seat->life);
	if (error)
		return false;
	seat->tid = gettid();
	return true;
}

struct mp_seat *mp_seat_take(struct mp_seats *seats)
{
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(seats, seat));)
		if (sit(seat))
			return seat;
	if (seats->used == MP_SEAT_ROOM) {
		errno = ENOSPC;
		return NULL;
	}
	struct mp_seat *seat = seats->seat + seats->used;
	mp_mutex_robust(&seat->life);
	ASSERT(sit(seat));
	__atomic_store_n(&seats->used, seats->used + 1, __ATOMIC_RELEASE);
	return seat;
}

struct mp_seat *mp_seat_mine(struct mp_seats *seats)
{
	if (seats->used == 0)
		return NULL;
	pid_t tid = gettid();
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(seats, seat));) {
		if (seat->tid != tid)
			continue;
		switch (mp_seat_look(seat)) {
		case MP_SEAT_MINE:
			return seat;
		case MP_SEAT_DEAD: /* it had our id before us; others find it by what it left */
			seat->tid = 0;
			pthread_mutex_unlock(&seat->life);
			break;
		default:
			break;
		}
	}
	return NULL;
}

void mp_seat_leave(struct mp_seat *seat)
{
	mp_futex_store(&seat->word, 0);
	seat->count = 0;
	seat->tid = 0;
	pthread_mutex_unlock(&seat->life);
}
