/*
 * mp_queue - many writers, many readers, one order
 *
 * Runs in:  every process
 * Owns:     a mapping and three descriptors for each queue
 * Errors:   -1 or NULL with errno
 *
 * The messages lie in a ring (mp_ring) under a latch (mp_latch). Who finds nothing sleeps on a
 * futex, and who changes that wakes one sleeper after it has dropped the latch. Killed between
 * the two it would leave the sleeper asleep, so sleepers look up once a second. Descriptors to
 * poll are eventfds kept in step with the ring under the latch, once somebody has asked for them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_queue.h"

#include "mp/mp_clock.h"
#include "mp/mp_futex.h"
#include "mp/mp_share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	SHARED_HEAD = 64,
	LOOK_UP_MS = 1000,
	BRIEFLY_NS = 10000000,
	SPINS = 30,
	ALERT_NS = 50000
};

/* The eventfd `freed` holds this while the queue is full: then no 1 can be added, which is what
 * makes it not writable. */
#define FULL (UINT64_MAX - 1)

/* ---- Making and ending ---- */

static void lay_out(struct mp_queue *q)
{
	mp_latch_prepare();
	q->shared = q->memory.at;
	q->ring = (struct mp_ring){&q->shared->ring, (char *)q->memory.at + PAGE - SHARED_HEAD,
		MP_QUEUE_ROOM, q->memory.fd, PAGE};
	/* Messages of others are no part of this process's core. */
	madvise(q->ring.data, q->ring.room, MADV_DONTDUMP);
}

static struct mp_queue *fail(struct mp_queue *q)
{
	int saved = errno;
	mp_queue_close(q);
	errno = saved;
	return NULL;
}

struct mp_queue *mp_queue_make(size_t maxsize, bool joinable)
{
	struct mp_queue *q = malloc(sizeof *q);
	if (!q)
		return NULL;
	*q = (struct mp_queue){.maxsize = maxsize, .joinable = joinable, .filled = -1, .freed = -1};
	if (mp_shared_create(&q->memory, MP_SHARED_QUEUE, PAGE - SHARED_HEAD + MP_QUEUE_ROOM) < 0)
		return fail(q);
	lay_out(q);
	q->filled = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	q->freed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return q->filled < 0 || q->freed < 0 ? fail(q) : q;
}

struct mp_queue *mp_queue_new(size_t maxsize)
{
	return mp_queue_make(maxsize, false);
}

void mp_queue_close(struct mp_queue *q)
{
	if (!q)
		return;
	if (q->memory.at)
		mp_shared_drop(&q->memory);
	if (q->filled >= 0)
		close(q->filled);
	if (q->freed >= 0)
		close(q->freed);
	free(q);
}

struct mp_share mp_queue_share(const struct mp_queue *q)
{
	return (struct mp_share){MP_SHARE_QUEUE,
		{(unsigned)q->maxsize, (unsigned)((uint64_t)q->maxsize >> 32), q->joinable},
		{q->memory.fd, q->filled, q->freed, -1}};
}

struct mp_queue *mp_queue_from_share(const struct mp_share *share)
{
	if (share->kind != MP_SHARE_QUEUE) {
		errno = EINVAL;
		return NULL;
	}
	struct mp_queue *q = malloc(sizeof *q);
	if (!q)
		return NULL;
	*q = (struct mp_queue){
		.maxsize = (size_t)((uint64_t)share->detail[1] << 32 | share->detail[0]),
		.joinable = share->detail[2],
		.filled = share->fds[1],
		.freed = share->fds[2]};
	if (mp_shared_attach(&q->memory, MP_SHARED_QUEUE, PAGE - SHARED_HEAD + MP_QUEUE_ROOM,
		    share->fds[0]) < 0) {
		free(q);
		return NULL;
	}
	lay_out(q);
	fcntl(q->filled, F_SETFD, FD_CLOEXEC);
	fcntl(q->freed, F_SETFD, FD_CLOEXEC);
	return q;
}

/* ---- The descriptors to poll ---- */

void mp_queue_raise(struct mp_queue *q, bool filled)
{
	uint64_t n = 1;
	q->shared->raised = true;
	if (filled) {
		(void)!write(q->filled, &n, sizeof n);
		return;
	}
	(void)!read(q->filled, &n, sizeof n);
	q->shared->raised = false;
}

static void raise_freed(struct mp_queue *q, bool has_room)
{
	uint64_t n = FULL;
	if (has_room)
		(void)!read(q->freed, &n, sizeof n);
	else
		(void)!write(q->freed, &n, sizeof n);
}

/* Room for one more message of a size the queue takes. */
static bool is_full(const struct mp_queue *q, size_t size)
{
	return (q->maxsize && mp_ring_count(&q->ring) >= q->maxsize) ||
	       !mp_ring_fits(&q->ring, size);
}

void mp_queue_tell(struct mp_queue *q, unsigned which)
{
	if (which & MP_QUEUE_WATCHED_READ)
		mp_queue_raise(q, !mp_ring_empty(&q->ring));
	if (which & MP_QUEUE_WATCHED_WRITE)
		raise_freed(q, !is_full(q, 1));
}

/* ---- The latch and sleeping ---- */

void mp_queue_wake_all(struct mp_queue_sleepers *sleepers)
{
	sleepers->count = 0;
	__atomic_add_fetch(&sleepers->word, 1, __ATOMIC_RELEASE);
	mp_futex_wake(&sleepers->word, INT_MAX);
}

static void repair(struct mp_queue *q)
{
	mp_ring_recount(&q->ring);
	q->shared->enough = 0;
	q->shared->alert = 0;
	mp_queue_tell(q, q->shared->watched);
	mp_queue_wake_all(&q->shared->readers);
	mp_queue_wake_all(&q->shared->writers);
	mp_queue_wake_all(&q->shared->joiners);
}

int mp_queue_enter(struct mp_queue *q, double timeout, int64_t deadline)
{
	int taken = mp_latch_take(&q->shared->latch, timeout == 0 ? -BRIEFLY_NS : deadline);
	if (taken > 0)
		repair(q);
	else if (taken < 0 && timeout == 0)
		errno = EAGAIN;
	return taken < 0 ? -1 : 0;
}

void mp_queue_leave(struct mp_queue *q)
{
	mp_latch_drop(&q->shared->latch);
}

/* Under the latch, so that whoever comes after a process that died here repairs what it did. */
static void wake_one(struct mp_queue_sleepers *sleepers)
{
	if (sleepers->count == 0)
		return;
	sleepers->count--;
	__atomic_add_fetch(&sleepers->word, 1, __ATOMIC_RELEASE);
	mp_futex_wake(&sleepers->word, 1);
}

/* One reader at a time stays alert: true when it has looked on, the latch being dropped. */
static bool look_on(struct mp_queue *q)
{
	struct mp_queue_shared *shared = q->shared;
	if (q->was_alert) {
		q->was_alert = false;
		shared->alert = 0;
		return false;
	}
	int64_t now = mp_deadline_now();
	if (shared->alert > now)
		return false;
	q->was_alert = true;
	shared->alert = now + q->alert;
	mp_queue_leave(q);
	mp_queue_look(q, 1, q->alert);
	return true;
}

int mp_queue_sleep(
	struct mp_queue *q, struct mp_queue_sleepers *sleepers, double timeout, int64_t deadline)
{
	if (timeout == 0) {
		mp_queue_leave(q);
		errno = EAGAIN;
		return -1;
	}
	if (q->alert && sleepers == &q->shared->readers && look_on(q))
		return 0;
	uint32_t word = mp_futex_load(&sleepers->word);
	sleepers->count++;
	mp_queue_leave(q);
	for (int i = 0; i < SPINS && mp_futex_load(&sleepers->word) == word; i++)
		mp_latch_breathe();
	if (mp_futex_wait(&sleepers->word, word, mp_deadline_slice(deadline, LOOK_UP_MS)) == 0 ||
		errno == EAGAIN)
		return 0;
	int why = errno;
	/* Nobody counted this sleeper down. */
	if (mp_queue_enter(q, -1, deadline) == 0) {
		if (sleepers->count > 0)
			sleepers->count--;
		mp_queue_leave(q);
	}
	if (why == ETIMEDOUT && !mp_deadline_passed(deadline))
		return 0;
	errno = why;
	return -1;
}

/* ---- Putting ---- */

int mp_queue_put_parts(struct mp_queue *q, const struct iovec *parts, size_t count, double timeout)
{
	struct mp_queue_shared *shared = q->shared;
	int64_t deadline = mp_clock_deadline(timeout);
	size_t size = 0;
	for (size_t i = 0; i < count; i++) {
		size += parts[i].iov_len;
		if (parts[i].iov_len > MP_MESSAGE_MAX || size > MP_MESSAGE_MAX) {
			errno = EMSGSIZE;
			return -1;
		}
	}
	for (;;) {
		if (mp_queue_enter(q, timeout, deadline) < 0)
			return -1;
		if (!is_full(q, size))
			break;
		if (mp_queue_sleep(q, &shared->writers, timeout, deadline) < 0)
			return -1;
	}
	uint32_t written = mp_ring_write(&q->ring, parts, count, size);
	/* Before the message counts: a process killed here leaves a descriptor that is ready for
	 * nothing, which the next reader sets right. */
	if ((shared->watched & MP_QUEUE_WATCHED_READ) &&
		mp_ring_count(&q->ring) + 1 == (shared->enough ? shared->enough : 1))
		mp_queue_raise(q, true);
	mp_ring_commit(&q->ring, written);
	if ((shared->watched & MP_QUEUE_WATCHED_WRITE) && is_full(q, 1))
		raise_freed(q, false);
	if (!shared->alert || shared->alert < mp_deadline_now())
		wake_one(&shared->readers);
	shared->alert = 0;
	mp_queue_leave(q);
	return 0;
}

int mp_queue_put_timeout(struct mp_queue *q, const void *data, size_t size, double timeout)
{
	return mp_queue_put_parts(q, &(struct iovec){(void *)data, size}, 1, timeout);
}

int mp_queue_put(struct mp_queue *q, const void *data, size_t size)
{
	return mp_queue_put_timeout(q, data, size, -1);
}

int mp_queue_put_nowait(struct mp_queue *q, const void *data, size_t size)
{
	return mp_queue_put_timeout(q, data, size, 0);
}

/* ---- Getting ---- */

/* Enters, and waits until there is a message: its size, the latch being taken. -1: not taken. */
static ssize_t await(struct mp_queue *q, double timeout, int64_t deadline)
{
	for (;;) {
		if (mp_queue_enter(q, timeout, deadline) < 0)
			return -1;
		ssize_t size = mp_ring_next(&q->ring);
		if (size >= 0)
			return size;
		if (errno == EBADMSG) {
			mp_queue_tell(q, q->shared->watched);
			mp_queue_leave(q);
			errno = EBADMSG;
			return -1;
		}
		/* Set right what a writer killed just before its message counted has left. */
		if (timeout == 0 && (q->shared->watched & MP_QUEUE_WATCHED_READ))
			mp_queue_raise(q, false);
		if (mp_queue_sleep(q, &q->shared->readers, timeout, deadline) < 0)
			return -1;
	}
}

/* Takes the first message out, the latch being taken, and drops it. */
static void take(struct mp_queue *q, void *to, size_t size)
{
	struct mp_queue_shared *shared = q->shared;
	mp_ring_read(&q->ring, 0, to, size);
	q->was_alert = false;
	bool was_full = (shared->watched & MP_QUEUE_WATCHED_WRITE) && is_full(q, 1);
	mp_ring_pop(&q->ring);
	if (q->joinable)
		shared->taken++;
	if (shared->raised && mp_ring_empty(&q->ring))
		mp_queue_raise(q, false);
	if (was_full)
		raise_freed(q, !is_full(q, 1));
	wake_one(&shared->writers);
	mp_queue_leave(q);
}

ssize_t mp_queue_get_marked(
	struct mp_queue *q, void *buffer, size_t room, double timeout, uint64_t *mark)
{
	ssize_t size = await(q, timeout, mp_clock_deadline(timeout));
	if (size < 0)
		return -1;
	if ((size_t)size > room) {
		mp_queue_leave(q);
		errno = EMSGSIZE;
		return -1;
	}
	if (mark && (size_t)size >= sizeof *mark) {
		uint64_t first;
		mp_ring_read(&q->ring, 0, &first, sizeof first);
		__atomic_store_n(mark, first, __ATOMIC_RELEASE);
	}
	take(q, buffer, (size_t)size);
	return size;
}

ssize_t mp_queue_get_into(struct mp_queue *q, void *buffer, size_t room, double timeout)
{
	return mp_queue_get_marked(q, buffer, room, timeout, NULL);
}

ssize_t mp_queue_get_timeout(struct mp_queue *q, void **data, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	*data = NULL;
	/* Memory is not asked for under the latch; a message mostly is as long as the last. */
	for (;;) {
		size_t room = q->guess;
		char *memory = malloc(room + 1);
		ssize_t size = memory ? await(q, timeout, deadline) : -1;
		if (size < 0) {
			free(memory);
			return -1;
		}
		q->guess = (size_t)size;
		if ((size_t)size > room) {
			mp_queue_leave(q);
			free(memory);
			continue;
		}
		take(q, memory, (size_t)size);
		memory[size] = '\0';
		if (room > (size_t)size + PAGE) {
			char *less = realloc(memory, (size_t)size + 1);
			memory = less ? less : memory;
		}
		*data = memory;
		return size;
	}
}

ssize_t mp_queue_get(struct mp_queue *q, void **data)
{
	return mp_queue_get_timeout(q, data, -1);
}

ssize_t mp_queue_get_nowait(struct mp_queue *q, void **data)
{
	return mp_queue_get_timeout(q, data, 0);
}

/* ---- Questions ---- */

size_t mp_queue_qsize(struct mp_queue *q)
{
	return (size_t)mp_ring_count(&q->ring);
}

bool mp_queue_empty(struct mp_queue *q)
{
	return mp_ring_empty(&q->ring);
}

bool mp_queue_full(struct mp_queue *q)
{
	return is_full(q, 1);
}

static int watch(struct mp_queue *q, unsigned which, int fd)
{
	if (q->shared->watched & which)
		return fd;
	if (mp_queue_enter(q, 0, 0) < 0)
		return -1;
	q->shared->watched |= which;
	mp_queue_tell(q, which);
	mp_queue_leave(q);
	return fd;
}

int mp_queue_reader_fileno(struct mp_queue *q)
{
	return watch(q, MP_QUEUE_WATCHED_READ, q->filled);
}

int mp_queue_writer_fileno(struct mp_queue *q)
{
	return watch(q, MP_QUEUE_WATCHED_WRITE, q->freed);
}
