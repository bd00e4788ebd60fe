/*
 * mp_queue - what a queue holds
 *
 * Runs in:  every process
 * Owns:     see mp.h
 * Errors:   -1 with errno
 *
 * For mp_joinable_queue, which adds the count of unfinished messages.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_QUEUE_H
#define MP_QUEUE_H

#include "mp/mp.h"
#include "mp/mp_latch.h"
#include "mp/mp_ring.h"
#include "mp/mp_shared.h"

/* Processes that sleep until something changes. */
struct mp_queue_sleepers {
	uint32_t word;  /* the futex; another value after each wake */
	uint32_t count; /* at least how many there are: who is killed asleep stays counted until a
			   wake finds nobody */
};

/* In shared memory, filling the first page together with the head of mp_shared. */
struct mp_queue_shared {
	struct mp_latch latch;
	uint32_t watched; /* WATCHED_*: somebody polls */
	struct mp_queue_sleepers readers, writers, joiners;
	uint64_t taken; /* joinable: messages got and not done yet */
	struct mp_ring_state ring;
};

struct mp_queue {
	struct mp_shared memory;
	struct mp_queue_shared *shared;
	struct mp_ring ring;
	size_t maxsize; /* here, so that nobody else can change it */
	bool joinable;
	int filled, freed; /* eventfds: readable while not empty, writable while not full */
	size_t guess;      /* the size of the last message */
};

/* Takes the latch for a call with this timeout and repairs what a dead holder left. -1: EAGAIN,
 * ETIMEDOUT. */
int mp_queue_enter(struct mp_queue *q, double timeout, int64_t deadline);

/* Sleeps, the latch being taken, and drops it. 0: look again. -1: EINTR, or the deadline is over
 * (EAGAIN where timeout is 0, ETIMEDOUT). */
int mp_queue_sleep(
	struct mp_queue *q, struct mp_queue_sleepers *sleepers, double timeout, int64_t deadline);

/* Under the latch. */
void mp_queue_wake_all(struct mp_queue_sleepers *sleepers);

/* mp_queue_get_into that stores the first 8 bytes of the message in *mark before it takes it out:
 * where *mark is shared memory, others know what a reader that died had taken. */
ssize_t mp_queue_get_marked(
	struct mp_queue *q, void *buffer, size_t room, double timeout, uint64_t *mark);

struct mp_queue *mp_queue_make(size_t maxsize, bool joinable);

#endif
