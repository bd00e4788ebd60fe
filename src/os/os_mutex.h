/*
 * os_mutex - one lock for many processes, of three kinds
 *
 * Runs in:  the parent makes it, workers take it
 * Owns:     a shared mapping or file, until os_mutex_free
 * Errors:   -1 with errno. A holder that dies gives it back in every kind.
 *
 * It stands around accept(2) in classic pools that ask for it (AcceptMutex), for those who want to
 * see what a lock costs and what it buys (Stevens, UNP volume 1, chapter 30).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_MUTEX_H
#define OS_MUTEX_H

enum os_mutex_kind { OS_MUTEX_FCNTL, OS_MUTEX_FLOCK, OS_MUTEX_PTHREAD };

struct os_mutex;

/* NULL with errno: no memory or no descriptor. */
struct os_mutex *os_mutex_new(enum os_mutex_kind kind);

/* In a child, before its first lock: flock(2) belongs to the open file, so each process needs one
 * of its own. */
int os_mutex_child(struct os_mutex *mutex);

/* Waits for the lock; a signal ends the wait with EINTR (in the kinds fcntl and flock). */
int os_mutex_lock(struct os_mutex *mutex);
int os_mutex_unlock(struct os_mutex *mutex);

/* The descriptor a child must keep. */
int os_mutex_fileno(const struct os_mutex *mutex);
enum os_mutex_kind os_mutex_kind(const struct os_mutex *mutex);

/* The same mutex in a process that was executed anew and has its descriptor. NULL with errno. */
struct os_mutex *os_mutex_from_fd(enum os_mutex_kind kind, int fd);

void os_mutex_free(struct os_mutex *mutex);

#endif
