/*
 * mp_result - what a pool will have done, item by item
 *
 * Runs in:  the process with the pool
 * Owns:     itself and the messages its items lie in
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"
#include "mp/mp_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mp_result *mp_result_new(struct mp_pool *pool, size_t count, size_t chunks, bool unordered)
{
	struct mp_result *r;
	if (count > (SIZE_MAX - sizeof *r) / sizeof r->items[0] / 2) {
		errno = ENOMEM;
		return NULL;
	}
	r = calloc(1, sizeof *r + count * sizeof r->items[0]);
	if (!r)
		return NULL;
	r->pool = pool;
	r->count = count;
	r->messages = calloc(chunks + 1, sizeof *r->messages);
	r->arrived = unordered ? calloc(count + 1, sizeof *r->arrived) : NULL;
	if (r->messages && (r->arrived || !unordered))
		return r;
	free(r->messages);
	free(r->arrived);
	free(r);
	errno = ENOMEM;
	return NULL;
}

static void destroy(struct mp_result *r)
{
	for (size_t i = 0; i < r->message_count; i++)
		free(r->messages[i]);
	free(r->messages);
	free(r->arrived);
	free(r);
}

void mp_result_free(struct mp_result *r)
{
	if (!r)
		return;
	if (r->done == r->count) {
		destroy(r);
		return;
	}
	r->freed = true;
	r->callback = r->error_callback = NULL;
}

void mp_result_settle(struct mp_result *r)
{
	if (r->done < r->count)
		return;
	mp_callback call = r->failed ? r->error_callback : r->callback;
	if (r->freed)
		destroy(r);
	else if (call)
		call(r, r->closure);
}

static void finish(struct mp_result *r, size_t place, const void *data, size_t size, int error)
{
	struct mp_result_item *item = &r->items[place];
	if (item->done)
		return;
	*item = (struct mp_result_item){data, size, error, true};
	if (r->arrived)
		r->arrived[r->done] = place;
	r->done++;
	r->failed += error != 0;
}

void mp_result_fail(struct mp_result *r, size_t first, size_t count, int error)
{
	for (size_t i = first; i < first + count; i++)
		finish(r, i, NULL, 0, error);
}

bool mp_result_answer(struct mp_result *r, size_t first, size_t count, void *message, size_t size)
{
	const char *at = (const char *)message + sizeof(struct mp_pool_answer);
	size_t left = size - sizeof(struct mp_pool_answer);
	bool used = false;
	for (size_t i = 0; i < count; i++) {
		struct mp_pool_item item;
		if (left < sizeof item)
			return false;
		memcpy(&item, at, sizeof item);
		at += sizeof item;
		left -= sizeof item;
		if (item.size > left || MP_POOL_PAD(item.size) > left)
			return false;
		used |= item.size > 0;
		finish(r, first + i, at, item.size, item.error);
		at += MP_POOL_PAD(item.size);
		left -= MP_POOL_PAD(item.size);
	}
	if (used)
		r->messages[r->message_count++] = message;
	else
		free(message);
	return true;
}

/* ---- Questions ---- */

/* Until `enough` items are done, or that one item is. */
static int wait_until(
	struct mp_result *r, size_t enough, const struct mp_result_item *item, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	while (r->done < enough && !(item && item->done)) {
		double left = timeout;
		if (timeout > 0) {
			left = (double)(deadline - mp_deadline_now()) / 1e9;
			left = deadline == MP_DEADLINE_NEVER ? -1 : left < 0 ? 0 : left;
		}
		int came = mp_pool_progress(r->pool, left);
		if (came < 0)
			return -1;
		if (came == 0 && (timeout == 0 || (timeout > 0 && mp_deadline_passed(deadline)))) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

int mp_result_wait(struct mp_result *r, double timeout)
{
	return wait_until(r, r->count, NULL, timeout);
}

bool mp_result_ready(struct mp_result *r)
{
	if (r->done < r->count)
		mp_pool_progress(r->pool, 0);
	return r->done == r->count;
}

bool mp_result_successful(struct mp_result *r)
{
	return mp_result_ready(r) && r->failed == 0;
}

size_t mp_result_count(const struct mp_result *r)
{
	return r->count;
}

static ssize_t give(const struct mp_result_item *item, const void **data)
{
	if (data)
		*data = item->data;
	if (item->error == 0)
		return (ssize_t)item->size;
	errno = item->error;
	return -1;
}

ssize_t mp_result_get(struct mp_result *r, size_t index, const void **data, double timeout)
{
	if (index >= r->count) {
		errno = EINVAL;
		return -1;
	}
	if (mp_result_wait(r, timeout) < 0)
		return -1;
	return give(&r->items[index], data);
}

ssize_t mp_result_next(struct mp_result *r, const void **data, size_t *index, double timeout)
{
	if (r->next == r->count) {
		errno = ENODATA;
		return -1;
	}
	int waited = r->arrived ? wait_until(r, r->next + 1, NULL, timeout)
				: wait_until(r, r->count, &r->items[r->next], timeout);
	if (waited < 0)
		return -1;
	size_t place = r->arrived ? r->arrived[r->next] : r->next;
	r->next++;
	if (index)
		*index = place;
	return give(&r->items[place], data);
}
