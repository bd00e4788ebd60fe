/*
 * mp_queue_batch - for the one reader that takes many messages at once, and is woken for many
 *
 * Runs in:  the process with a pool, and its workers
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * What a pool asks of its queues beyond what everybody may: to take all that is there under one
 * latch, to be woken by the last of several messages and not by the first, and to look for a while
 * before sleeping.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_deadline.h"
#include "mp/mp_queue.h"

#include <errno.h>
#include <sched.h>

/* How often to look before the clock, and how long altogether. */
enum { LOOKS = 30, ALERT_NS = 50000 };

ssize_t mp_queue_get_some(struct mp_queue *q, void *buffer, size_t room, uint64_t enough)
{
	struct mp_queue_shared *shared = q->shared;
	if (mp_queue_enter(q, 0, 0) < 0)
		return -1;
	ssize_t size = mp_ring_take(&q->ring, buffer, room);
	int saved = errno;
	shared->enough = enough;
	if (shared->raised && mp_ring_empty(&q->ring))
		mp_queue_raise(q, false);
	if (shared->watched & MP_QUEUE_WATCHED_WRITE)
		mp_queue_tell(q, MP_QUEUE_WATCHED_WRITE);
	if (shared->writers.count > 0)
		mp_queue_wake_all(&shared->writers);
	mp_queue_leave(q);
	errno = saved;
	return size;
}

bool mp_queue_expect(struct mp_queue *q, uint64_t enough)
{
	struct mp_queue_shared *shared = q->shared;
	if (mp_queue_enter(q, 0, 0) < 0)
		return false;
	bool wait = mp_ring_count(&q->ring) < enough;
	shared->enough = enough;
	if (wait ? shared->raised : !shared->raised)
		mp_queue_raise(q, !wait);
	mp_queue_leave(q);
	return wait;
}

void mp_queue_rouse(struct mp_queue *q)
{
	if (mp_queue_enter(q, 0, 0) < 0)
		return;
	q->shared->alert = 0;
	if (!mp_ring_empty(&q->ring))
		mp_queue_wake_all(&q->shared->readers);
	mp_queue_leave(q);
}

int64_t mp_queue_alertness(void)
{
	return mp_usable_cpu_count() > 1 ? ALERT_NS : 0;
}

bool mp_queue_look(const struct mp_queue *q, uint64_t enough, int64_t ns)
{
	int64_t until = ns > 0 ? mp_deadline_now() + ns : 0;
	for (int i = 1; mp_ring_count(&q->ring) < enough; i++) {
		mp_latch_breathe();
		if (i % LOOKS)
			continue;
		if (ns <= 0 || mp_deadline_now() >= until)
			return false;
		sched_yield();
	}
	return true;
}
