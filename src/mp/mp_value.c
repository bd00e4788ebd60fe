/*
 * mp_value - some bytes that processes share, with a lock
 *
 * Runs in:  every process
 * Owns:     the shared memory of each value, until mp_value_close
 * Errors:   -1 or NULL with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_value.h"

#include "mp/mp_mutex.h"
#include "mp/mp_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* First in the memory; the bytes follow. */
struct shared {
	struct mp_mutex lock;
	uint64_t size;
	uint64_t item;
} __attribute__((aligned(64)));

struct mp_value {
	struct mp_shared memory;
	struct shared *at;
};

static void *bytes(const struct mp_value *value)
{
	return value->at + 1;
}

/* All pages now, so that a full machine is an error here and not a SIGBUS later. */
static int fill(struct mp_value *value, const void *initial, size_t size, size_t item)
{
	errno = posix_fallocate(
		value->memory.fd, 0, (off_t)(value->memory.size + sizeof *value->at));
	if (errno)
		return -1;
	mp_mutex_init(&value->at->lock);
	value->at->size = size;
	value->at->item = item;
	if (initial)
		memcpy(bytes(value), initial, size);
	return 0;
}

struct mp_value *mp_value_make(size_t size, size_t item, const void *initial)
{
	size_t whole;
	if (size == 0 || __builtin_add_overflow(size, sizeof(struct shared), &whole)) {
		errno = size == 0 ? EINVAL : ENOMEM;
		return NULL;
	}
	struct mp_value *value = malloc(sizeof *value);
	if (!value || mp_shared_create(&value->memory, MP_SHARED_VALUE, whole) < 0) {
		free(value);
		return NULL;
	}
	value->at = value->memory.at;
	if (fill(value, initial, size, item) < 0) {
		mp_shared_drop(&value->memory);
		free(value);
		return NULL;
	}
	return value;
}

struct mp_value *mp_value_new(size_t size, const void *initial)
{
	return mp_value_make(size, size, initial);
}

struct mp_value *mp_value_from_fd(int fd)
{
	struct mp_value *value = malloc(sizeof *value);
	if (!value ||
		mp_shared_attach(&value->memory, MP_SHARED_VALUE, sizeof *value->at, fd) < 0) {
		free(value);
		return NULL;
	}
	value->at = value->memory.at;
	return value;
}

int mp_value_fileno(const struct mp_value *value)
{
	return value->memory.fd;
}

struct mp_share mp_value_share(const struct mp_value *value)
{
	return mp_shared_share(&value->memory, MP_SHARED_VALUE);
}

struct mp_value *mp_value_from_share(const struct mp_share *share)
{
	int fd = mp_shared_arrived(share, MP_SHARED_VALUE);
	return fd < 0 ? NULL : mp_value_from_fd(fd);
}

void *mp_value_data(struct mp_value *value)
{
	return bytes(value);
}

size_t mp_value_size(const struct mp_value *value)
{
	return value->memory.size - sizeof *value->at;
}

size_t mp_value_item(const struct mp_value *value)
{
	return value->at->item;
}

int mp_value_acquire(struct mp_value *value, double timeout)
{
	return mp_mutex_acquire(&value->at->lock, timeout, true);
}

int mp_value_release(struct mp_value *value)
{
	return mp_mutex_release(&value->at->lock);
}

int mp_value_get(struct mp_value *value, void *to)
{
	int got = mp_value_acquire(value, -1);
	if (got < 0)
		return -1;
	memcpy(to, bytes(value), mp_value_size(value));
	mp_value_release(value);
	return got;
}

int mp_value_set(struct mp_value *value, const void *from)
{
	int got = mp_value_acquire(value, -1);
	if (got < 0)
		return -1;
	memcpy(bytes(value), from, mp_value_size(value));
	mp_value_release(value);
	return got;
}

void mp_value_close(struct mp_value *value)
{
	if (!value)
		return;
	mp_mutex_abandon(&value->at->lock);
	mp_shared_drop(&value->memory);
	free(value);
}
