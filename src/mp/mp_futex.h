/*
 * mp_futex - sleep on a word of shared memory until somebody changes it
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno, as futex(2)
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_FUTEX_H
#define MP_FUTEX_H

#include "mp/mp_deadline.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline uint32_t mp_futex_load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void mp_futex_store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Sleeps while *word is `value`: 0 after a wake, else -1 with EAGAIN (it is another value),
 * EINTR or ETIMEDOUT. In every case the caller looks at the word again. */
static inline int mp_futex_wait(const uint32_t *word, uint32_t value, int64_t deadline)
{
	struct timespec until = mp_deadline_timespec(deadline);
	return (int)syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value,
		deadline == MP_DEADLINE_NEVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
}

static inline void mp_futex_wake(const uint32_t *word, int most)
{
	syscall(SYS_futex, word, FUTEX_WAKE, most, NULL, NULL, 0);
}

/* Whether the deadline of a `timeout` has passed; errno then says which error that is. */
static inline bool mp_futex_late(int64_t deadline, double timeout)
{
	if (!mp_deadline_passed(deadline))
		return false;
	errno = timeout == 0 ? EAGAIN : ETIMEDOUT;
	return true;
}

#endif
