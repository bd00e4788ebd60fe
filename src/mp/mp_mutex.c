/*
 * mp_mutex - the lock inside every other thing of this library that is shared
 *
 * Runs in:  every process; the struct lies in shared memory
 * Owns:     nothing
 * Errors:   -1 with errno; see mp_mutex.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_mutex.h"

#include "base/assert.h"
#include "mp/mp_clock.h"

#include <errno.h>

void mp_mutex_robust(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

void mp_mutex_init(struct mp_mutex *m)
{
	/* Recursion is counted here, so that a holder can always be told from the others. */
	mp_mutex_robust(&m->mutex);
	m->depth = m->died = 0;
}

/* Have it, fresh from a pthread function that said `error` (0 or EOWNERDEAD). */
static void arrive(struct mp_mutex *m, int error)
{
	if (error == EOWNERDEAD) {
		m->died = 1; /* before it is consistent: dying here leaves the word standing */
		ASSERT(pthread_mutex_consistent(&m->mutex) == 0);
	}
	m->depth = 1;
}

static int once_more(struct mp_mutex *m, bool again)
{
	if (again && m->depth < UINT32_MAX) {
		m->depth++;
		return 0;
	}
	errno = again ? EOVERFLOW : EDEADLK;
	return -1;
}

static int wait_for(pthread_mutex_t *mutex, int64_t deadline)
{
	if (deadline == MP_DEADLINE_NEVER)
		return pthread_mutex_lock(mutex);
	struct timespec until = mp_deadline_timespec(deadline);
	return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
}

int mp_mutex_acquire(struct mp_mutex *m, double timeout, bool again)
{
	int error = pthread_mutex_trylock(&m->mutex);
	if (error == EBUSY && timeout != 0)
		error = wait_for(&m->mutex, mp_clock_deadline(timeout));
	if (error == EDEADLK)
		return once_more(m, again);
	if (error != 0 && error != EOWNERDEAD) {
		errno = error == EBUSY ? EAGAIN : error;
		return -1;
	}
	arrive(m, error);
	int died = m->died ? 1 : 0;
	m->died = 0;
	return died;
}

bool mp_mutex_held(struct mp_mutex *m)
{
	int error = pthread_mutex_trylock(&m->mutex);
	if (error == 0 || error == EOWNERDEAD) {
		arrive(m, error);
		m->depth = 0;
		pthread_mutex_unlock(&m->mutex);
	}
	return error == EDEADLK;
}

int mp_mutex_release(struct mp_mutex *m)
{
	if (!mp_mutex_held(m)) {
		errno = EPERM;
		return -1;
	}
	if (--m->depth > 0)
		return 0;
	pthread_mutex_unlock(&m->mutex);
	return 0;
}

uint32_t mp_mutex_yield(struct mp_mutex *m)
{
	if (!mp_mutex_held(m))
		return 0;
	uint32_t depth = m->depth;
	m->depth = 0;
	pthread_mutex_unlock(&m->mutex);
	return depth;
}

int mp_mutex_return(struct mp_mutex *m, uint32_t depth)
{
	int got = mp_mutex_acquire(m, -1, false);
	if (got >= 0)
		m->depth = depth;
	return got;
}

void mp_mutex_abandon(struct mp_mutex *m)
{
	if (!mp_mutex_held(m))
		return;
	m->died = 1;
	mp_mutex_yield(m);
}
