/*
 * os_mutex - one lock for many processes, of three kinds
 *
 * Runs in:  the parent makes it, workers take it
 * Owns:     see os_mutex.h
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_mutex.h"

#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

struct os_mutex {
	enum os_mutex_kind kind;
	int fd;                  /* an anonymous file: what is locked, or where the mutex lies */
	pthread_mutex_t *shared; /* of the kind pthread, a mapping of it */
};

struct os_mutex *os_mutex_from_fd(enum os_mutex_kind kind, int fd)
{
	struct os_mutex *mutex = malloc(sizeof *mutex);
	if (!mutex)
		return NULL;
	*mutex = (struct os_mutex){.kind = kind, .fd = fd};
	if (kind != OS_MUTEX_PTHREAD)
		return mutex;
	mutex->shared =
		mmap(NULL, sizeof *mutex->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mutex->shared != MAP_FAILED)
		return mutex;
	free(mutex);
	return NULL;
}

static int make_pthread(pthread_mutex_t *shared)
{
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	errno = pthread_mutex_init(shared, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return errno ? -1 : 0;
}

struct os_mutex *os_mutex_new(enum os_mutex_kind kind)
{
	int fd = os_file_memory("accept mutex", sizeof(pthread_mutex_t));
	struct os_mutex *mutex = fd < 0 ? NULL : os_mutex_from_fd(kind, fd);
	if (mutex && (kind != OS_MUTEX_PTHREAD || make_pthread(mutex->shared) == 0))
		return mutex;
	if (mutex)
		os_mutex_free(mutex);
	else if (fd >= 0)
		close(fd);
	return NULL;
}

int os_mutex_child(struct os_mutex *mutex)
{
	if (mutex->kind != OS_MUTEX_FLOCK)
		return 0;
	char name[32];
	snprintf(name, sizeof name, "/proc/self/fd/%d", mutex->fd);
	int own = open(name, O_RDWR | O_CLOEXEC);
	if (own < 0)
		return -1;
	int done = dup3(own, mutex->fd, O_CLOEXEC);
	close(own);
	return done < 0 ? -1 : 0;
}

static int set_fcntl(struct os_mutex *mutex, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
	return fcntl(mutex->fd, F_SETLKW, &lock);
}

static int lock_pthread(pthread_mutex_t *shared)
{
	int error = pthread_mutex_lock(shared);
	if (error == EOWNERDEAD) /* it protects a queue in the kernel: nothing to repair */
		error = pthread_mutex_consistent(shared);
	errno = error;
	return error ? -1 : 0;
}

int os_mutex_lock(struct os_mutex *mutex)
{
	switch (mutex->kind) {
	case OS_MUTEX_FCNTL:
		return set_fcntl(mutex, F_WRLCK);
	case OS_MUTEX_FLOCK:
		return flock(mutex->fd, LOCK_EX);
	default:
		return lock_pthread(mutex->shared);
	}
}

int os_mutex_unlock(struct os_mutex *mutex)
{
	switch (mutex->kind) {
	case OS_MUTEX_FCNTL:
		return set_fcntl(mutex, F_UNLCK);
	case OS_MUTEX_FLOCK:
		return flock(mutex->fd, LOCK_UN);
	default:
		errno = pthread_mutex_unlock(mutex->shared);
		return errno ? -1 : 0;
	}
}

int os_mutex_fileno(const struct os_mutex *mutex)
{
	return mutex->fd;
}

enum os_mutex_kind os_mutex_kind(const struct os_mutex *mutex)
{
	return mutex->kind;
}

void os_mutex_free(struct os_mutex *mutex)
{
	if (!mutex)
		return;
	close(mutex->fd);
	if (mutex->shared)
		munmap(mutex->shared, sizeof *mutex->shared);
	free(mutex);
}
