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

/* Answers of this size and less are gathered in blocks; a larger one keeps its message. */
enum { BLOCK_FIRST = 1024, BLOCK_MOST = 65536 };

struct mp_result_block {
	struct mp_result_block *next;
	size_t size;
	char bytes[] __attribute__((aligned(16)));
};

struct mp_result *mp_result_new(struct mp_pool *pool, size_t count, size_t parts, bool unordered)
{
	struct mp_result *r;
	if (parts > (SIZE_MAX - sizeof *r) / sizeof r->parts[0] / 2) {
		errno = ENOMEM;
		return NULL;
	}
	r = calloc(1, sizeof *r + parts * sizeof r->parts[0]);
	if (!r)
		return NULL;
	r->pool = pool;
	r->count = count;
	r->part_count = parts;
	r->arrived = unordered ? calloc(parts + 1, sizeof *r->arrived) : NULL;
	if (r->arrived || !unordered)
		return r;
	free(r);
	errno = ENOMEM;
	return NULL;
}

static void destroy(struct mp_result *r)
{
	for (size_t i = 0; i < r->part_count; i++)
		if (r->parts[i].owned)
			free((char *)r->parts[i].data - sizeof(struct mp_pool_answer));
	while (r->memory) {
		struct mp_result_block *block = r->memory;
		r->memory = block->next;
		free(block);
	}
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

/* Memory that lives as long as the result. */
static char *remember(struct mp_result *r, size_t size)
{
	size = MP_POOL_PAD(size);
	if (r->left < size) {
		size_t room = r->memory ? r->memory->size * 2 : BLOCK_FIRST;
		room = room > BLOCK_MOST ? BLOCK_MOST : room < size ? size : room;
		struct mp_result_block *block = malloc(sizeof *block + room);
		if (!block)
			return NULL;
		block->next = r->memory;
		block->size = room;
		r->memory = block;
		r->left = room;
	}
	r->left -= size;
	return r->memory->bytes + (r->memory->size - r->left - size);
}

static void finish(struct mp_result *r, struct mp_result_part *part, size_t failed)
{
	part->done = true;
	if (r->arrived)
		r->arrived[r->back] = (size_t)(part - r->parts);
	r->back++;
	r->done += part->count;
	r->failed += failed;
}

void mp_result_fail(struct mp_result *r, size_t first, size_t count, int error)
{
	for (struct mp_result_part *part = r->parts + first; count > 0; count--, part++) {
		if (part->done)
			continue;
		part->error = error;
		finish(r, part, part->count);
	}
}

/* How many of the answers are errors; -1: they are not in there. */
static ssize_t errors_among(const struct mp_pool_answer *head, const char *data, size_t size)
{
	const char *at = data;
	size_t failed = 0;
	if (head->each != MP_POOL_TABLE)
		return (uint64_t)head->each * head->count <= size ? 0 : -1;
	if (size / sizeof(struct mp_pool_entry) < head->count)
		return -1;
	size -= head->count * sizeof(struct mp_pool_entry);
	for (uint32_t i = 0; i < head->count; i++, at += sizeof(struct mp_pool_entry)) {
		struct mp_pool_entry entry;
		memcpy(&entry, at, sizeof entry);
		if ((uint64_t)entry.at + entry.size > size)
			return -1;
		failed += entry.error != 0;
	}
	return (ssize_t)failed;
}

bool mp_result_answer(struct mp_result *r, size_t place, const struct mp_pool_answer *head,
	const char *data, size_t size, bool owned)
{
	struct mp_result_part *part = r->parts + place;
	ssize_t failed = errors_among(head, data, size);
	if (part->done || head->count != part->count || failed < 0)
		return false;
	part->each = head->each;
	part->data = data;
	part->owned = owned;
	if (!owned && size > 0) {
		char *copy = remember(r, size);
		if (!copy)
			return false;
		part->data = memcpy(copy, data, size);
	}
	finish(r, part, (size_t)failed);
	return true;
}

/* ---- Questions ---- */

/* Until `part` is done or, where that is NULL, `enough` parts. */
static int wait_until(
	struct mp_result *r, size_t enough, const struct mp_result_part *part, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	while (part ? !part->done : r->back < enough) {
		int came = mp_pool_wait(r->pool, r->back + 1 < enough ? r : NULL, deadline);
		if (came < 0)
			return -1;
		if (came == 0 && mp_deadline_passed(deadline)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

int mp_result_wait(struct mp_result *r, double timeout)
{
	return wait_until(r, r->part_count, NULL, timeout);
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

static ssize_t give(const struct mp_result_part *part, size_t item, const void **data)
{
	struct mp_pool_entry entry = {.error = part->error};
	const char *at = part->data;
	if (!entry.error && part->each == MP_POOL_TABLE) {
		memcpy(&entry, at + item * sizeof entry, sizeof entry);
		at += part->count * sizeof entry + entry.at;
	} else if (!entry.error) {
		entry.size = part->each;
		at += item * entry.size;
	}
	if (data)
		*data = entry.error ? NULL : at;
	if (!entry.error)
		return (ssize_t)entry.size;
	errno = entry.error;
	return -1;
}

/* Parts may be of different length. */
static const struct mp_result_part *part_with(const struct mp_result *r, size_t index)
{
	size_t low = 0, high = r->part_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (r->parts[middle].first <= index)
			low = middle;
		else
			high = middle;
	}
	return r->parts + low;
}

ssize_t mp_result_get(struct mp_result *r, size_t index, const void **data, double timeout)
{
	if (index >= r->count) {
		errno = EINVAL;
		return -1;
	}
	if (mp_result_wait(r, timeout) < 0)
		return -1;
	const struct mp_result_part *part = part_with(r, index);
	return give(part, index - part->first, data);
}

ssize_t mp_result_next(struct mp_result *r, const void **data, size_t *index, double timeout)
{
	if (r->next_part == r->part_count) {
		errno = ENODATA;
		return -1;
	}
	int waited = r->arrived ? wait_until(r, r->next_part + 1, NULL, timeout)
				: wait_until(r, 0, r->parts + r->next_part, timeout);
	if (waited < 0)
		return -1;
	const struct mp_result_part *part =
		r->parts + (r->arrived ? r->arrived[r->next_part] : r->next_part);
	size_t item = r->next_item++;
	if (r->next_item == part->count) {
		r->next_part++;
		r->next_item = 0;
	}
	if (index)
		*index = part->first + item;
	return give(part, item, data);
}
