/*
 * mp_barrier - so many processes meet before any goes on
 *
 * Runs in:  every process
 * Owns:     the shared memory of each barrier, until mp_barrier_close
 * Errors:   -1 or NULL with errno; see mp.h
 *
 * Who waits sits on a seat (mp_seat.h) and sleeps on its word until the last one to arrive writes
 * the verdict there. So each waiter learns what became of its own round, whatever happens in the
 * next one, and one that dies while it waits is found.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include "mp/mp_clock.h"
#include "mp/mp_futex.h"
#include "mp/mp_mutex.h"
#include "mp/mp_seat.h"
#include "mp/mp_shared.h"

#include <errno.h>
#include <stdlib.h>

enum { WAITING = 1, PASSED, BROKEN }; /* words of a seat */

/* Nobody is woken by a death, so who waits looks round this often. */
enum { LOOK_ROUND_MS = 200 };

struct shared {
	struct mp_mutex guard; /* held while the action runs, so all others keep out */
	uint32_t parties;
	bool broken;
	struct mp_seats seats;
};

struct mp_barrier {
	struct mp_shared memory;
	struct shared *at;
	int (*action)(void *arg);
	void *arg;
};

struct mp_barrier *mp_barrier_new(unsigned parties, int (*action)(void *arg), void *arg)
{
	if (parties == 0 || parties > MP_SEAT_ROOM) {
		errno = EINVAL;
		return NULL;
	}
	struct mp_barrier *b = malloc(sizeof *b);
	if (!b || mp_shared_create(&b->memory, MP_SHARED_BARRIER, sizeof *b->at) < 0) {
		free(b);
		return NULL;
	}
	b->at = b->memory.at;
	b->action = action;
	b->arg = arg;
	mp_mutex_init(&b->at->guard);
	b->at->parties = parties;
	return b;
}

struct mp_barrier *mp_barrier_from_fd(int fd, int (*action)(void *arg), void *arg)
{
	struct mp_barrier *b = malloc(sizeof *b);
	if (!b || mp_shared_attach(&b->memory, MP_SHARED_BARRIER, sizeof *b->at, fd) < 0) {
		free(b);
		return NULL;
	}
	b->at = b->memory.at;
	b->action = action;
	b->arg = arg;
	return b;
}

int mp_barrier_fileno(const struct mp_barrier *b)
{
	return b->memory.fd;
}

struct mp_share mp_barrier_share(const struct mp_barrier *b)
{
	return mp_shared_share(&b->memory, MP_SHARED_BARRIER);
}

struct mp_barrier *mp_barrier_from_share(
	const struct mp_share *share, int (*action)(void *arg), void *arg)
{
	int fd = mp_shared_arrived(share, MP_SHARED_BARRIER);
	return fd < 0 ? NULL : mp_barrier_from_fd(fd, action, arg);
}

/* Sends everybody who waits off with `verdict`. */
static void dismiss(struct shared *at, uint32_t verdict)
{
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(&at->seats, seat));) {
		if (mp_futex_load(&seat->word) != WAITING)
			continue;
		mp_futex_store(&seat->word, verdict);
		mp_futex_wake(&seat->word, 1);
	}
}

static void break_it(struct shared *at)
{
	at->broken = true;
	dismiss(at, BROKEN);
}

/* How many wait. One that died waiting breaks the barrier. */
static unsigned count(struct shared *at)
{
	unsigned waiting = 0;
	bool died = false;
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(&at->seats, seat));) {
		uint32_t word = mp_futex_load(&seat->word);
		if (word == 0)
			continue;
		if (mp_seat_look(seat) == MP_SEAT_DEAD) {
			mp_seat_leave(seat);
			died |= word == WAITING;
		} else
			waiting += word == WAITING;
	}
	if (died) {
		break_it(at);
		return 0;
	}
	return waiting;
}

/* Takes the guard. Who died with it died in the action or in the middle of sending others off:
 * some may have gone, so the rest cannot. */
static int enter(struct shared *at)
{
	int got = mp_mutex_acquire(&at->guard, -1, false);
	if (got == 1)
		break_it(at);
	return got < 0 ? -1 : 0;
}

static void leave(struct shared *at)
{
	mp_mutex_release(&at->guard);
}

/* The last one is here. */
static int complete(struct mp_barrier *b, unsigned index)
{
	if (b->action && b->action(b->arg) != 0) {
		break_it(b->at);
		errno = EPIPE;
		return -1;
	}
	dismiss(b->at, PASSED);
	return (int)index;
}

/* Without the guard, until a verdict is there or the time is over. */
static void sleep_on(struct shared *at, struct mp_seat *seat, int64_t deadline)
{
	while (mp_futex_load(&seat->word) == WAITING) {
		if (mp_deadline_passed(deadline))
			return;
		mp_futex_wait(&seat->word, WAITING, mp_deadline_slice(deadline, LOOK_ROUND_MS));
		if (mp_futex_load(&seat->word) != WAITING || enter(at) < 0)
			continue;
		count(at);
		leave(at);
	}
}

static int stay(struct shared *at, unsigned index, int64_t deadline)
{
	struct mp_seat *seat = mp_seat_take(&at->seats);
	if (!seat)
		return -1;
	mp_futex_store(&seat->word, WAITING);
	leave(at);
	sleep_on(at, seat, deadline);
	if (enter(at) < 0)
		return -1;
	uint32_t verdict = mp_futex_load(&seat->word);
	mp_seat_leave(seat);
	if (verdict == PASSED)
		return (int)index;
	if (verdict == WAITING)
		break_it(at);
	errno = verdict == WAITING ? ETIMEDOUT : EPIPE;
	return -1;
}

int mp_barrier_wait(struct mp_barrier *b, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	struct shared *at = b->at;
	if (enter(at) < 0)
		return -1;
	unsigned index = count(at);
	int got = -1;
	if (at->broken)
		errno = EPIPE;
	else if (index + 1 >= at->parties)
		got = complete(b, index);
	else
		got = stay(at, index, deadline);
	int why = errno;
	leave(at);
	errno = why;
	return got;
}

void mp_barrier_abort(struct mp_barrier *b)
{
	if (enter(b->at) < 0)
		return;
	break_it(b->at);
	leave(b->at);
}

void mp_barrier_reset(struct mp_barrier *b)
{
	if (enter(b->at) < 0)
		return;
	dismiss(b->at, BROKEN);
	b->at->broken = false;
	leave(b->at);
}

int mp_barrier_parties(const struct mp_barrier *b)
{
	return (int)b->at->parties;
}

int mp_barrier_n_waiting(struct mp_barrier *b)
{
	if (enter(b->at) < 0)
		return -1;
	unsigned waiting = count(b->at);
	leave(b->at);
	return (int)waiting;
}

bool mp_barrier_broken(struct mp_barrier *b)
{
	if (enter(b->at) < 0)
		return true;
	count(b->at);
	bool broken = b->at->broken;
	leave(b->at);
	return broken;
}

void mp_barrier_close(struct mp_barrier *b)
{
	if (!b)
		return;
	mp_shared_drop(&b->memory);
	free(b);
}
