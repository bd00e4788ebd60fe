/*
 * mp_lock - one at a time
 *
 * Runs in:  every process
 * Owns:     the shared memory of each lock, until mp_lock_close
 * Errors:   -1 or NULL with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_lock.h"

#include "mp/mp_shared.h"

#include <stdlib.h>

struct shared {
	struct mp_mutex mutex;
	bool recursive;
};

struct mp_lock {
	struct mp_shared memory;
	struct shared *at;
};

struct mp_lock *mp_lock_make(bool recursive)
{
	struct mp_lock *lock = malloc(sizeof *lock);
	if (!lock || mp_shared_create(&lock->memory, MP_SHARED_LOCK, sizeof *lock->at) < 0) {
		free(lock);
		return NULL;
	}
	lock->at = lock->memory.at;
	lock->at->recursive = recursive;
	mp_mutex_init(&lock->at->mutex);
	return lock;
}

struct mp_lock *mp_lock_new(void)
{
	return mp_lock_make(false);
}

struct mp_lock *mp_lock_from_fd(int fd)
{
	struct mp_lock *lock = malloc(sizeof *lock);
	if (!lock || mp_shared_attach(&lock->memory, MP_SHARED_LOCK, sizeof *lock->at, fd) < 0) {
		free(lock);
		return NULL;
	}
	lock->at = lock->memory.at;
	return lock;
}

int mp_lock_fileno(const struct mp_lock *lock)
{
	return lock->memory.fd;
}

struct mp_share mp_lock_share(const struct mp_lock *lock)
{
	return mp_shared_share(&lock->memory, MP_SHARED_LOCK);
}

struct mp_lock *mp_lock_from_share(const struct mp_share *share)
{
	int fd = mp_shared_arrived(share, MP_SHARED_LOCK);
	return fd < 0 ? NULL : mp_lock_from_fd(fd);
}

struct mp_mutex *mp_lock_mutex(struct mp_lock *lock)
{
	return &lock->at->mutex;
}

bool mp_lock_recursive(const struct mp_lock *lock)
{
	return lock->at->recursive;
}

int mp_lock_acquire(struct mp_lock *lock, double timeout)
{
	return mp_mutex_acquire(&lock->at->mutex, timeout, lock->at->recursive);
}

int mp_lock_release(struct mp_lock *lock)
{
	return mp_mutex_release(&lock->at->mutex);
}

void mp_lock_close(struct mp_lock *lock)
{
	if (!lock)
		return;
	mp_mutex_abandon(&lock->at->mutex);
	mp_shared_drop(&lock->memory);
	free(lock);
}
