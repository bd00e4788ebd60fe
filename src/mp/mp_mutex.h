/*
 * mp_mutex - the lock inside every other thing of this library that is shared
 *
 * Runs in:  every process; the struct lies in shared memory
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * It belongs to the thread that took it, and when that one dies the kernel hands it to the next
 * (a robust mutex, pthread_mutexattr_setrobust(3), which lives on the list of set_robust_list(2)).
 * glibc remembers the thread's id; so a process must be born of fork(3), not of a bare clone(2),
 * or it would take locks in its parent's name.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_MUTEX_H
#define MP_MUTEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct mp_mutex {
	pthread_mutex_t mutex;
	uint32_t depth; /* how often the holder has taken it */
	uint32_t died;  /* a holder has died and nobody has been told yet */
};

/* Shared between processes and robust; a second lock by its holder is EDEADLK. As that of mp_mutex,
 * in fresh memory that nobody else sees yet. */
void mp_mutex_robust(pthread_mutex_t *mutex);

/* In fresh memory that nobody else sees yet. */
void mp_mutex_init(struct mp_mutex *m);

/* 0, or 1 when a holder died with it. timeout in seconds, < 0 for ever; signals do not end
 * the wait. EAGAIN: timeout was 0 and another has it. ETIMEDOUT: it is over. EDEADLK: the caller
 * has it already; with `again` it then has it once more (EOVERFLOW: too often). */
int mp_mutex_acquire(struct mp_mutex *m, double timeout, bool again);

/* EPERM: the caller does not have it. */
int mp_mutex_release(struct mp_mutex *m);

/* Releases all the caller has and says how often that was; 0 when it does not have it. For
 * mp_mutex_return, which takes it as often again (0, 1 or -1 as acquire). */
uint32_t mp_mutex_yield(struct mp_mutex *m);
int mp_mutex_return(struct mp_mutex *m, uint32_t depth);

/* The calling thread has it. */
bool mp_mutex_held(struct mp_mutex *m);

/* Before the memory is unmapped: what the caller still has passes on as if it had died. */
void mp_mutex_abandon(struct mp_mutex *m);

#endif
