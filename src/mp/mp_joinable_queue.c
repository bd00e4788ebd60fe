/*
 * mp_joinable_queue - a queue that knows when everything put into it has been dealt with
 *
 * Runs in:  every process
 * Owns:     nothing beyond the queue
 * Errors:   -1 with errno
 *
 * Unfinished is what waits in the ring and what was taken and not reported done. The first is
 * counted by the ring, so a writer killed in a put cannot leave the two at odds.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"
#include "mp/mp_futex.h"
#include "mp/mp_queue.h"

#include <errno.h>

struct mp_queue *mp_joinable_queue_new(size_t maxsize)
{
	return mp_queue_make(maxsize, true);
}

static bool finished(const struct mp_queue *q)
{
	return q->shared->taken == 0 && mp_ring_empty(&q->ring);
}

int mp_joinable_queue_task_done(struct mp_queue *q)
{
	struct mp_queue_shared *shared = q->shared;
	if (mp_queue_enter(q, -1, MP_DEADLINE_NEVER) < 0)
		return -1;
	bool right = q->joinable && shared->taken > 0;
	if (right) {
		shared->taken--;
		if (finished(q))
			mp_queue_wake_all(&shared->joiners);
	}
	mp_latch_drop(&shared->latch);
	if (!right)
		errno = EINVAL;
	return right ? 0 : -1;
}

int mp_joinable_queue_join(struct mp_queue *q, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	if (!q->joinable) {
		errno = EINVAL;
		return -1;
	}
	for (;;) {
		if (mp_queue_enter(q, timeout, deadline) < 0)
			return -1;
		if (finished(q)) {
			mp_latch_drop(&q->shared->latch);
			return 0;
		}
		if (mp_queue_sleep(q, &q->shared->joiners, timeout, deadline) < 0)
			return -1;
	}
}
