/*
 * mp_latch - a lock for a few lines of code over memory shared with processes nobody trusts
 *
 * Runs in:  every process
 * Owns:     the pending operation of this thread's robust list while a latch is taken
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_latch.h"

#include "mp/mp_futex.h"
#include "mp/mp_self.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How often to look before sleeping: what is done under a latch takes less time than a sleep. */
#define SPINS 100

/* Of this thread, registered by libc. It stays where it is in a child of fork. */
static struct robust_list_head *robust;

void mp_latch_prepare(void)
{
	size_t size;
	if (!robust)
		syscall(SYS_get_robust_list, 0, &robust, &size);
}

static void pend(struct mp_latch *latch)
{
	mp_latch_prepare();
	if (!robust)
		return; /* refused by a sandbox: the latch works, but not when its holder dies */
	/* The kernel adds futex_offset to the address and never follows it. */
	char *address = latch ? (char *)&latch->word - robust->futex_offset : NULL;
	__atomic_store_n((char **)&robust->list_op_pending, address, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static bool swap(struct mp_latch *latch, uint32_t *from, uint32_t to)
{
	return __atomic_compare_exchange_n(
		&latch->word, from, to, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static int take_slowly(struct mp_latch *latch, uint32_t self, int64_t deadline)
{
	uint32_t seen = __atomic_load_n(&latch->word, __ATOMIC_RELAXED), waiting = 0;
	for (unsigned spins = 0;; seen = __atomic_load_n(&latch->word, __ATOMIC_RELAXED)) {
		if ((seen & FUTEX_TID_MASK) == 0) {
			/* One who slept cannot know whether others still do. */
			bool died = seen & FUTEX_OWNER_DIED;
			if (swap(latch, &seen, self | waiting | (seen & FUTEX_WAITERS)))
				return died;
			continue;
		}
		if (spins++ < SPINS) {
			mp_latch_breathe();
			continue;
		}
		if (!(seen & FUTEX_WAITERS) && !swap(latch, &seen, seen | FUTEX_WAITERS))
			continue;
		waiting = FUTEX_WAITERS;
		if (deadline < 0)
			deadline = mp_deadline_now() - deadline;
		if (mp_futex_wait(&latch->word, seen | FUTEX_WAITERS, deadline) < 0 &&
			errno == ETIMEDOUT)
			return -1;
	}
}

int mp_latch_take(struct mp_latch *latch, int64_t deadline)
{
	uint32_t self = (uint32_t)mp_self_pid(), nobody = 0;
	pend(latch);
	if (swap(latch, &nobody, self))
		return 0;
	int taken = take_slowly(latch, self, deadline);
	if (taken < 0)
		pend(NULL);
	return taken;
}

void mp_latch_drop(struct mp_latch *latch)
{
	uint32_t was = __atomic_exchange_n(&latch->word, 0, __ATOMIC_RELEASE);
	if (was & FUTEX_WAITERS)
		mp_futex_wake(&latch->word, 1);
	pend(NULL);
}
