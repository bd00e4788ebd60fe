/*
 * mp_pool_call - the calls that start tasks, under the names Python gives them
 *
 * Runs in:  the process with the pool; mp_argument in the workers
 * Owns:     nothing
 * Errors:   -1 or NULL with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pool.h"

#include "mp/mp_register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mp_register_task(const char *name, mp_task task)
{
	return mp_register_function(name, (void (*)(void))task);
}

static struct mp_result *call_back(
	struct mp_result *r, mp_callback callback, mp_callback error_callback, void *closure)
{
	if (!r)
		return NULL;
	r->callback = callback;
	r->error_callback = error_callback;
	r->closure = closure;
	if (r->count == 0 && callback)
		callback(r, closure);
	return r;
}

struct mp_result *mp_pool_apply_async(struct mp_pool *pool, mp_task task, const void *args,
	size_t size, mp_callback callback, mp_callback error_callback, void *closure)
{
	struct mp_pool_source s = {
		.task = task, .items = args, .item_size = size, .count = 1, .chunksize = 1};
	return call_back(mp_pool_send(pool, &s, false, false), callback, error_callback, closure);
}

ssize_t mp_pool_apply(
	struct mp_pool *pool, mp_task task, const void *args, size_t size, void **data)
{
	struct mp_result *r = mp_pool_apply_async(pool, task, args, size, NULL, NULL, NULL);
	const void *got;
	if (!r)
		return -1;
	while (mp_result_wait(r, -1) < 0)
		;
	ssize_t n = mp_result_get(r, 0, &got, 0);
	int saved = errno;
	if (n >= 0 && data) {
		char *copy = malloc((size_t)n + 1);
		if (copy && n > 0)
			memcpy(copy, got, (size_t)n);
		if (copy)
			copy[n] = '\0';
		*data = copy;
		saved = ENOMEM;
		n = copy ? n : -1;
	}
	mp_result_free(r);
	errno = saved;
	return n;
}

struct mp_result *mp_pool_map_async(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize, mp_callback callback,
	mp_callback error_callback, void *closure)
{
	struct mp_pool_source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize};
	return call_back(mp_pool_send(pool, &s, false, false), callback, error_callback, closure);
}

static struct mp_result *wait_for_all(struct mp_result *r)
{
	while (r && mp_result_wait(r, -1) < 0)
		;
	mp_pool_send_end(r);
	return r;
}

struct mp_result *mp_pool_map(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize)
{
	struct mp_pool_source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize};
	return wait_for_all(mp_pool_send(pool, &s, false, true));
}

struct mp_result *mp_pool_imap(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize)
{
	struct mp_pool_source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize ? chunksize : 1};
	return mp_pool_send(pool, &s, false, false);
}

struct mp_result *mp_pool_imap_unordered(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize)
{
	struct mp_pool_source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize ? chunksize : 1};
	return mp_pool_send(pool, &s, true, false);
}

struct mp_result *mp_pool_starmap(struct mp_pool *pool, mp_task task,
	const struct mp_bytes *arguments, size_t arity, size_t count, size_t chunksize)
{
	struct mp_pool_source s = {.task = task,
		.arguments = arguments,
		.arity = arity,
		.count = count,
		.chunksize = chunksize};
	return wait_for_all(mp_pool_send(pool, &s, false, true));
}

struct mp_bytes mp_argument(const void *args, size_t size, size_t which)
{
	const uint64_t *head = args;
	if (size < sizeof *head || which >= head[0] || head[0] > size / sizeof *head)
		return (struct mp_bytes){NULL, 0};
	size_t at = MP_POOL_PAD((head[0] + 1) * sizeof *head);
	for (size_t i = 0; i < which; i++)
		at += MP_POOL_PAD(head[1 + i]);
	return (struct mp_bytes){(const char *)args + at, head[1 + which]};
}
