/*
 * mp_semaphore - so many at a time
 *
 * Runs in:  every process
 * Owns:     the shared memory of each semaphore, until mp_semaphore_close
 * Errors:   -1 or NULL with errno; see mp.h
 *
 * Whoever holds permits sits on a seat (mp_seat.h) with their number, so what the dead held can be
 * found and put back. The numbers change under the guard, and what they were is written down first:
 * when the guard's holder dies between two writes, the next one undoes what it had begun.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_semaphore.h"

#include "mp/mp_clock.h"
#include "mp/mp_futex.h"
#include "mp/mp_mutex.h"
#include "mp/mp_seat.h"
#include "mp/mp_shared.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Nobody is woken by the death of a holder, so who waits looks round this often. */
enum { LOOK_ROUND_MS = 200 };

/* The numbers before a change that has begun. */
struct undo {
	uint32_t begun;
	uint32_t value;
	uint32_t seat; /* COUNTER: none */
	uint32_t count;
};

enum { COUNTER = UINT32_MAX };

struct shared {
	struct mp_mutex guard;
	uint32_t value;   /* free permits */
	uint32_t bound;   /* value never exceeds this */
	bool bounded;     /* the bound is the user's */
	bool counter;     /* permits change hands: they belong to nobody */
	uint32_t untold;  /* holders that died since somebody was told */
	uint32_t wakes;   /* futex: counts releases */
	uint32_t waiting; /* at most so many wait; the dead among them stay counted */
	struct undo undo;
	struct mp_seats seats;
};

struct mp_semaphore {
	struct mp_shared memory;
	struct shared *at;
};

struct mp_semaphore *mp_semaphore_make(unsigned value, bool bounded)
{
	if (value > INT_MAX) {
		errno = EINVAL;
		return NULL;
	}
	struct mp_semaphore *s = malloc(sizeof *s);
	if (!s || mp_shared_create(&s->memory, MP_SHARED_SEMAPHORE, sizeof *s->at) < 0) {
		free(s);
		return NULL;
	}
	s->at = s->memory.at;
	mp_mutex_init(&s->at->guard);
	s->at->value = value;
	s->at->bound = bounded ? value : INT_MAX;
	s->at->bounded = bounded;
	return s;
}

struct mp_semaphore *mp_semaphore_new(unsigned value)
{
	return mp_semaphore_make(value, false);
}

struct mp_semaphore *mp_semaphore_from_fd(int fd)
{
	struct mp_semaphore *s = malloc(sizeof *s);
	if (!s || mp_shared_attach(&s->memory, MP_SHARED_SEMAPHORE, sizeof *s->at, fd) < 0) {
		free(s);
		return NULL;
	}
	s->at = s->memory.at;
	return s;
}

int mp_semaphore_fileno(const struct mp_semaphore *s)
{
	return s->memory.fd;
}

struct mp_share mp_semaphore_share(const struct mp_semaphore *s)
{
	return mp_shared_share(&s->memory, MP_SHARED_SEMAPHORE);
}

struct mp_semaphore *mp_semaphore_from_share(const struct mp_share *share)
{
	int fd = mp_shared_arrived(share, MP_SHARED_SEMAPHORE);
	return fd < 0 ? NULL : mp_semaphore_from_fd(fd);
}

/* Takes the guard and undoes what a dead holder of it had begun. */
static int enter(struct shared *at)
{
	int got = mp_mutex_acquire(&at->guard, -1, false);
	if (got == 1 && at->undo.begun) {
		at->value = at->undo.value;
		if (at->undo.seat < at->seats.used)
			at->seats.seat[at->undo.seat].count = at->undo.count;
		at->undo.begun = 0;
	}
	return got < 0 ? -1 : 0;
}

static void leave(struct shared *at)
{
	mp_mutex_release(&at->guard);
}

/* Both numbers, as one step for whoever comes after a death. The fences keep the compiler from
 * changing the order; the kernel passes the guard on only after all writes of the dead are seen. */
static void change(struct shared *at, struct mp_seat *seat, uint32_t value, uint32_t count)
{
	at->undo.value = at->value;
	at->undo.seat = seat ? (uint32_t)(seat - at->seats.seat) : COUNTER;
	at->undo.count = seat ? seat->count : 0;
	atomic_signal_fence(memory_order_seq_cst);
	at->undo.begun = 1;
	atomic_signal_fence(memory_order_seq_cst);
	at->value = value;
	if (seat)
		seat->count = count;
	atomic_signal_fence(memory_order_seq_cst);
	at->undo.begun = 0;
	atomic_signal_fence(memory_order_seq_cst);
}

static void wake(struct shared *at, int most)
{
	at->wakes++;
	if (at->waiting > 0)
		mp_futex_wake(&at->wakes, most);
}

/* Puts back what dead processes held. */
static void recover(struct shared *at)
{
	if (at->counter)
		return;
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(&at->seats, seat));) {
		if (seat->count == 0 || mp_seat_look(seat) != MP_SEAT_DEAD)
			continue;
		at->untold++;
		change(at, seat, at->value + seat->count, 0);
		mp_seat_leave(seat);
		wake(at, INT_MAX);
	}
}

static int take(struct shared *at)
{
	struct mp_seat *seat = mp_seat_mine(&at->seats);
	if (at->counter) {
		if (seat)
			mp_seat_leave(seat);
		change(at, NULL, at->value - 1, 0);
		return 0;
	}
	if (!seat && !(seat = mp_seat_take(&at->seats))) {
		recover(at); /* the dead may sit on the last ones */
		if (!(seat = mp_seat_take(&at->seats)))
			return -1;
	}
	change(at, seat, at->value - 1, seat->count + 1);
	int told = at->untold > 0;
	at->untold = 0;
	return told;
}

/* Lets the guard go, waits for a release, and takes it again. */
static int sleep_on(struct shared *at, int64_t deadline)
{
	uint32_t seen = at->wakes;
	at->waiting++;
	leave(at);
	int64_t until = mp_deadline_slice(deadline, LOOK_ROUND_MS);
	bool interrupted = mp_futex_wait(&at->wakes, seen, until) < 0 && errno == EINTR;
	if (enter(at) < 0)
		return -1;
	at->waiting--;
	if (!interrupted || at->value > 0)
		return 0;
	errno = EINTR;
	return -1;
}

int mp_semaphore_acquire(struct mp_semaphore *s, double timeout)
{
	struct shared *at = s->at;
	int64_t deadline = mp_clock_deadline(timeout);
	if (enter(at) < 0)
		return -1;
	if (at->value == 0)
		recover(at);
	int got = 0;
	while (got == 0 && at->value == 0) {
		got = mp_futex_late(deadline, timeout) ? -1 : sleep_on(at, deadline);
		if (got == 0)
			recover(at);
	}
	if (got == 0)
		got = take(at);
	leave(at);
	return got;
}

/* A permit of somebody else's, in a bounded semaphore. */
static struct mp_seat *any_holder(struct shared *at)
{
	for (struct mp_seat *seat = NULL; (seat = mp_seat_next(&at->seats, seat));)
		if (seat->count > 0)
			return seat;
	return NULL;
}

static int give(struct shared *at)
{
	struct mp_seat *mine = mp_seat_mine(&at->seats);
	struct mp_seat *from = mine && mine->count > 0 ? mine : NULL;
	if (!from && at->bounded)
		from = any_holder(at);
	if (at->value >= at->bound || (!from && at->bounded)) {
		errno = EOVERFLOW;
		return -1;
	}
	if (!from)
		at->counter = true;
	if (at->counter)
		from = NULL;
	change(at, from, at->value + 1, from ? from->count - 1 : 0);
	if (mine && (at->counter || mine->count == 0))
		mp_seat_leave(mine);
	wake(at, 1);
	return 0;
}

int mp_semaphore_release(struct mp_semaphore *s)
{
	if (enter(s->at) < 0)
		return -1;
	int gave = give(s->at);
	leave(s->at);
	return gave;
}

int mp_semaphore_value(struct mp_semaphore *s)
{
	if (enter(s->at) < 0)
		return -1;
	recover(s->at);
	int value = (int)s->at->value;
	leave(s->at);
	return value;
}

/* What the caller holds passes on as if it had died. */
static void abandon(struct shared *at)
{
	struct mp_seat *mine = mp_seat_mine(&at->seats);
	if (!mine)
		return;
	if (mine->count > 0 && !at->counter) {
		at->untold++;
		change(at, mine, at->value + mine->count, 0);
		wake(at, INT_MAX);
	}
	mp_seat_leave(mine);
}

void mp_semaphore_close(struct mp_semaphore *s)
{
	if (!s)
		return;
	if (enter(s->at) == 0) {
		abandon(s->at);
		leave(s->at);
	}
	mp_shared_drop(&s->memory);
	free(s);
}
