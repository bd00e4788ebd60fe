/*
 * mp_condition - wait under a lock until somebody says that something has changed
 *
 * Runs in:  every process
 * Owns:     the shared memory of each condition, until mp_condition_close; not a lock it was given
 * Errors:   -1 or NULL with errno; see mp.h
 *
 * Each waiter sits on a seat of its own (mp_seat.h) and sleeps on that seat's word; so notify wakes
 * exactly as many as it says, the longest waiting first, and passes over the dead. The
 * process-shared pthread_cond_t can do neither: a waiter killed in it can block every later signal.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"
#include "mp/mp_futex.h"
#include "mp/mp_lock.h"
#include "mp/mp_seat.h"
#include "mp/mp_shared.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { WAITING = 1, NOTIFIED }; /* words of a seat */

/* A waiter that is killed after it was woken and before it ran takes its wake with it, unless
 * another waiter finds it: each looks round this often. */
enum { LOOK_ROUND_MS = 250 };

struct shared {
	struct mp_mutex lock; /* of a condition that was given none */
	bool given;           /* it lives under a lock of the user's */
	uint64_t tickets;
	struct mp_seats seats;
};

struct mp_condition {
	struct mp_shared memory;
	struct shared *at;
	struct mp_mutex *lock;
	bool again; /* the lock is recursive */
};

static void put_under(struct mp_condition *c, struct mp_lock *lock)
{
	c->lock = lock ? mp_lock_mutex(lock) : &c->at->lock;
	c->again = lock ? mp_lock_recursive(lock) : true;
}

struct mp_condition *mp_condition_new(struct mp_lock *lock)
{
	struct mp_condition *c = malloc(sizeof *c);
	if (!c || mp_shared_create(&c->memory, MP_SHARED_CONDITION, sizeof *c->at) < 0) {
		free(c);
		return NULL;
	}
	c->at = c->memory.at;
	c->at->given = lock != NULL;
	mp_mutex_init(&c->at->lock);
	put_under(c, lock);
	return c;
}

struct mp_condition *mp_condition_from_fd(int fd, struct mp_lock *lock)
{
	struct mp_condition *c = malloc(sizeof *c);
	if (!c || mp_shared_attach(&c->memory, MP_SHARED_CONDITION, sizeof *c->at, fd) < 0) {
		free(c);
		return NULL;
	}
	c->at = c->memory.at;
	if (c->at->given != (lock != NULL)) {
		/* The descriptor stays the caller's: only the mapping goes. */
		c->memory.fd = -1;
		mp_shared_drop(&c->memory);
		free(c);
		errno = EINVAL;
		return NULL;
	}
	put_under(c, lock);
	return c;
}

int mp_condition_fileno(const struct mp_condition *c)
{
	return c->memory.fd;
}

struct mp_share mp_condition_share(const struct mp_condition *c)
{
	return mp_shared_share(&c->memory, MP_SHARED_CONDITION);
}

struct mp_condition *mp_condition_from_share(const struct mp_share *share, struct mp_lock *lock)
{
	int fd = mp_shared_arrived(share, MP_SHARED_CONDITION);
	return fd < 0 ? NULL : mp_condition_from_fd(fd, lock);
}

int mp_condition_acquire(struct mp_condition *c, double timeout)
{
	return mp_mutex_acquire(c->lock, timeout, c->again);
}

int mp_condition_release(struct mp_condition *c)
{
	return mp_mutex_release(c->lock);
}

/* Clears the seats of dead waiters; how many of them had a wake they never used. */
static int inherit(struct shared *at)
{
	int unused = 0;
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(&at->seats, seat));) {
		if (mp_futex_load(&seat->word) == 0 || mp_seat_look(seat) != MP_SEAT_DEAD)
			continue;
		unused += (mp_futex_load(&seat->word) == NOTIFIED) + (int)seat->count;
		mp_seat_leave(seat);
	}
	return unused;
}

static struct mp_seat *longest_waiting(struct shared *at)
{
	struct mp_seat *first = NULL;
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(&at->seats, seat));)
		if (mp_futex_load(&seat->word) == WAITING &&
			(!first || seat->ticket < first->ticket))
			first = seat;
	return first;
}

/* Wakes up to `most` waiters; how many. Under the lock, after inherit: all who wait are alive, or
 * have died just now and will be found. */
static int wake(struct shared *at, int most)
{
	struct mp_seat *seat;
	int woken = 0;
	while (woken < most && (seat = longest_waiting(at))) {
		mp_futex_store(&seat->word, NOTIFIED);
		mp_futex_wake(&seat->word, 1);
		woken++;
	}
	return woken;
}

int mp_condition_notify(struct mp_condition *c, int most)
{
	if (most < 0) {
		errno = EINVAL;
		return -1;
	}
	if (!mp_mutex_held(c->lock)) {
		errno = EPERM;
		return -1;
	}
	int inherited = inherit(c->at);
	if (__builtin_add_overflow(most, inherited, &most))
		most = INT_MAX;
	return wake(c->at, most);
}

int mp_condition_notify_all(struct mp_condition *c)
{
	return mp_condition_notify(c, INT_MAX);
}

/* Without the lock: until the seat is notified or the deadline passes. */
static void sleep_on(struct shared *at, struct mp_seat *seat, int64_t deadline)
{
	while (mp_futex_load(&seat->word) == WAITING && !mp_deadline_passed(deadline)) {
		int64_t until = mp_deadline_slice(deadline, LOOK_ROUND_MS);
		if (mp_futex_wait(&seat->word, WAITING, until) == 0 || errno != ETIMEDOUT)
			continue;
		int inherited = inherit(at);
		if (inherited > 0) {
			/* One wake is for this waiter; what is more it owes to others. */
			seat->count = (uint32_t)inherited;
			return;
		}
	}
}

int mp_condition_wait(struct mp_condition *c, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	struct shared *at = c->at;
	if (!mp_mutex_held(c->lock)) {
		errno = EPERM;
		return -1;
	}
	wake(at, inherit(at));
	struct mp_seat *seat = mp_seat_take(&at->seats);
	if (!seat)
		return -1;
	seat->ticket = at->tickets++;
	mp_futex_store(&seat->word, WAITING);
	uint32_t depth = mp_mutex_yield(c->lock);
	sleep_on(at, seat, deadline);
	int got = mp_mutex_return(c->lock, depth);
	int notified = (mp_futex_load(&seat->word) == NOTIFIED) + (int)seat->count;
	mp_seat_leave(seat);
	if (notified > 1)
		wake(at, notified - 1);
	if (got == 0 && notified == 0) {
		errno = timeout == 0 ? EAGAIN : ETIMEDOUT;
		return -1;
	}
	return got;
}

int mp_condition_wait_for(
	struct mp_condition *c, bool (*predicate)(void *arg), void *arg, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	int died = 0;
	if (!mp_mutex_held(c->lock)) {
		errno = EPERM;
		return -1;
	}
	while (!predicate(arg)) {
		if (mp_futex_late(deadline, timeout))
			return -1;
		int got = mp_condition_wait(c, mp_deadline_left(deadline));
		if (got < 0 && errno != ETIMEDOUT && errno != EAGAIN)
			return -1;
		died |= got > 0;
	}
	return died;
}

void mp_condition_close(struct mp_condition *c)
{
	if (!c)
		return;
	mp_mutex_abandon(&c->at->lock);
	mp_shared_drop(&c->memory);
	free(c);
}
