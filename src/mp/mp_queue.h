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

enum { MP_QUEUE_WATCHED_READ = 1, MP_QUEUE_WATCHED_WRITE = 2 };

/* Processes that sleep until something changes. */
struct mp_queue_sleepers {
	uint32_t word;  /* the futex; another value after each wake */
	uint32_t count; /* at least how many there are: who is killed asleep stays counted until a
			   wake finds nobody */
};

/* In shared memory, filling the first page together with the head of mp_shared. */
struct mp_queue_shared {
	struct mp_latch latch;
	uint32_t watched; /* MP_QUEUE_WATCHED_*: somebody polls */
	uint32_t raised;  /* `filled` may be readable: it is read when the queue is empty */
	uint64_t enough;  /* so many messages make it so; 0 is 1 */
	int64_t alert;    /* until then a reader looks on and need not be woken; 0: none does */
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
	int64_t alert;     /* nanoseconds for which this reader looks on before it sleeps */
	bool was_alert;    /* it has done so */
};

/* Takes the latch for a call with this timeout and repairs what a dead holder left. -1: EAGAIN,
 * ETIMEDOUT. */
int mp_queue_enter(struct mp_queue *q, double timeout, int64_t deadline);

/* Sleeps, the latch being taken, and drops it. 0: look again. -1: EINTR, or the deadline is over
 * (EAGAIN where timeout is 0, ETIMEDOUT). */
int mp_queue_sleep(
	struct mp_queue *q, struct mp_queue_sleepers *sleepers, double timeout, int64_t deadline);

/* Drops the latch. */
void mp_queue_leave(struct mp_queue *q);

/* Under the latch: makes reader_fileno readable, or not. */
void mp_queue_raise(struct mp_queue *q, bool filled);

/* Under the latch: what the descriptors must say when the ring is as it is now. */
void mp_queue_tell(struct mp_queue *q, unsigned which);

/* Under the latch. */
void mp_queue_wake_all(struct mp_queue_sleepers *sleepers);

/* mp_queue_get_into that stores the first 8 bytes of the message in *mark before it takes it out:
 * where *mark is shared memory, others know what a reader that died had taken. */
ssize_t mp_queue_get_marked(
	struct mp_queue *q, void *buffer, size_t room, double timeout, uint64_t *mark);

/* mp_queue_put_timeout of a message in `count` parts. */
int mp_queue_put_parts(struct mp_queue *q, const struct iovec *parts, size_t count, double timeout);

/* Takes what is there and fits, as mp_ring_take; does not wait. 0: nothing is there. To be called
 * until then, or what is left does not show in reader_fileno. `enough` as in mp_queue_expect. */
ssize_t mp_queue_get_some(struct mp_queue *q, void *buffer, size_t room, uint64_t enough);

/* For the only reader: reader_fileno is readable from now on when so many messages are there.
 * True: there are fewer. */
#define MP_QUEUE_NEVER UINT64_MAX
bool mp_queue_expect(struct mp_queue *q, uint64_t enough);

/* After the death of a reader that may have been woken, or alert, and then took nothing: the others
 * look whether there is something. */
void mp_queue_rouse(struct mp_queue *q);

/* Whether there are `enough` messages. For `ns` nanoseconds it looks again and again, but lets
 * others run who wait for this processor: to sleep and be woken may take longer. */
bool mp_queue_look(const struct mp_queue *q, uint64_t enough, int64_t ns);

/* For how long it pays: about what it costs to sleep and be woken, so never more than twice the
 * best that could be done; 0 where there is but one processor. */
int64_t mp_queue_alertness(void);

struct mp_queue *mp_queue_make(size_t maxsize, bool joinable);

#endif
