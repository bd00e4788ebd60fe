/*
 * mp_pool_send - items become chunks, and chunks go out to the workers
 *
 * Runs in:  the process with the pool
 * Owns:     the chunks under way and those that wait for room
 * Errors:   -1 or NULL with errno
 *
 * Work that finds the queue full waits in a list here, so that sending never waits.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pool.h"

#include "mp/mp_register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Items are gathered into chunks of no more bytes than this, whatever the chunksize. */
#define CHUNK_BYTES ((size_t)1 << 20)
#define ITEM_MAX (MP_MESSAGE_MAX - 4096)

static uint32_t place_for(struct mp_pool *pool)
{
	if (pool->first_free == UINT32_MAX) {
		uint32_t old = pool->place_count, more = old ? old * 2 : 64;
		struct mp_pool_under_way *grown = realloc(pool->places, more * sizeof *grown);
		if (!grown)
			return UINT32_MAX;
		memset(grown + old, 0, (more - old) * sizeof *grown);
		for (uint32_t i = old; i < more; i++)
			grown[i].next_free = i + 1 < more ? i + 1 : UINT32_MAX;
		pool->places = grown;
		pool->place_count = more;
		pool->first_free = old;
	}
	uint32_t place = pool->first_free;
	pool->first_free = pool->places[place].next_free;
	return place;
}

void mp_pool_send_release(struct mp_pool *pool, struct mp_pool_under_way *at)
{
	at->result = NULL;
	at->generation++;
	at->next_free = pool->first_free;
	pool->first_free = (uint32_t)(at - pool->places);
	pool->chunks_under_way--;
}

struct mp_pool_under_way *mp_pool_send_find(const struct mp_pool *pool, uint64_t id)
{
	uint32_t place = (uint32_t)id - 1;
	if (place >= pool->place_count || !pool->places[place].result ||
		pool->places[place].generation != (uint32_t)(id >> 32))
		return NULL;
	return &pool->places[place];
}

/* To the workers, or into the list of what waits. */
static int hand_out(struct mp_pool *pool, const char *message, size_t size)
{
	if (!pool->first_waiting && mp_queue_put_nowait(pool->work, message, size) == 0)
		return 0;
	struct mp_pool_waiting *w = malloc(sizeof *w + size);
	if (!w)
		return -1;
	w->next = NULL;
	w->size = size;
	memcpy(w->message, message, size);
	*pool->last_waiting = w;
	pool->last_waiting = &w->next;
	return 0;
}

void mp_pool_send_waiting(struct mp_pool *pool)
{
	struct mp_pool_waiting *w;
	while ((w = pool->first_waiting) &&
		mp_queue_put_nowait(pool->work, w->message, w->size) == 0) {
		pool->first_waiting = w->next;
		if (!w->next)
			pool->last_waiting = &pool->first_waiting;
		free(w);
	}
}

static size_t tuple_size(const struct mp_pool_source *s, size_t index)
{
	size_t size = MP_POOL_PAD((s->arity + 1) * sizeof(uint64_t));
	for (size_t i = 0; i < s->arity; i++)
		size += MP_POOL_PAD(s->arguments[index * s->arity + i].size);
	return size;
}

static size_t item_size(const struct mp_pool_source *s, size_t index)
{
	return s->arguments ? tuple_size(s, index) : s->item_size;
}

static void append_padded(struct buffer *b, const void *data, size_t size)
{
	static const char zeros[16];
	if (size)
		buffer_append(b, data, size);
	buffer_append(b, zeros, MP_POOL_PAD(size) - size);
}

/* A tuple is its arity, the sizes of its arguments, and each argument on a boundary of its own. */
static void append_tuple(struct buffer *b, const struct mp_pool_source *s, size_t index)
{
	const struct mp_bytes *arguments = s->arguments + index * s->arity;
	size_t start = b->size;
	uint64_t number = s->arity;
	buffer_append(b, &number, sizeof number);
	for (size_t i = 0; i < s->arity; i++) {
		number = arguments[i].size;
		buffer_append(b, &number, sizeof number);
	}
	static const char zeros[16];
	buffer_append(b, zeros, MP_POOL_PAD(b->size - start) - (b->size - start));
	for (size_t i = 0; i < s->arity; i++)
		append_padded(b, arguments[i].data, arguments[i].size);
}

/* Items of one size, many to a chunk: written where they go, without a call for each part. */
static void append_equal(
	struct buffer *b, const struct mp_pool_source *s, size_t first, size_t count)
{
	size_t size = s->item_size, step = sizeof(struct mp_pool_item) + MP_POOL_PAD(size);
	char *at = buffer_reserve(b, step * count);
	if (!at)
		return;
	for (size_t i = 0; i < count; i++, at += step) {
		*(struct mp_pool_item *)at = (struct mp_pool_item){.size = size};
		if (size)
			memcpy(at + sizeof(struct mp_pool_item), s->items + (first + i) * size,
				size);
		memset(at + sizeof(struct mp_pool_item) + size, 0, MP_POOL_PAD(size) - size);
	}
	buffer_grew(b, step * count);
}

static void append_item(struct buffer *b, const struct mp_pool_source *s, size_t index)
{
	struct mp_pool_item head = {.size = tuple_size(s, index)};
	buffer_append(b, &head, sizeof head);
	append_tuple(b, s, index);
}

/* How many items from `first` on make one chunk. */
static size_t chunk_length(const struct mp_pool_source *s, size_t first)
{
	if (!s->arguments) {
		size_t most = CHUNK_BYTES / (s->item_size + 64) + 1, left = s->count - first;
		most = most < s->chunksize ? most : s->chunksize;
		return most < left ? most : left;
	}
	size_t bytes = 0, n = 0;
	while (n < s->chunksize && first + n < s->count) {
		bytes += item_size(s, first + n) + 64;
		if (n > 0 && bytes > CHUNK_BYTES)
			break;
		n++;
	}
	return n;
}

static int send_chunk(struct mp_pool *pool, const struct mp_pool_source *s, struct mp_result *r,
	size_t first, size_t count)
{
	uint32_t place = place_for(pool);
	if (place == UINT32_MAX)
		return -1;
	struct mp_pool_under_way *at = &pool->places[place];
	at->result = r;
	at->first = first;
	at->count = (uint32_t)count;
	pool->chunks_under_way++;
	size_t name_size = s->name ? strlen(s->name) + 1 : 0;
	struct mp_pool_chunk head = {.id = (uint64_t)at->generation << 32 | (place + 1),
		.function = s->name ? 0 : (uintptr_t)s->task,
		.name_size = (uint32_t)name_size,
		.count = (uint32_t)count};
	buffer_clear(&pool->message);
	buffer_append(&pool->message, &head, sizeof head);
	append_padded(&pool->message, s->name, name_size);
	if (!s->arguments)
		append_equal(&pool->message, s, first, count);
	else
		for (size_t i = 0; i < count; i++)
			append_item(&pool->message, s, first + i);
	if (!pool->message.failed && hand_out(pool, pool->message.data, pool->message.size) == 0)
		return 0;
	mp_pool_send_release(pool, at);
	errno = ENOMEM;
	return -1;
}

/* May this be run at all? */
static int judge(const struct mp_pool *pool, struct mp_pool_source *s)
{
	int error = 0;
	if (pool->state != MP_POOL_RUNNING)
		error = ESHUTDOWN;
	else if (pool->broken)
		error = ECHILD;
	else if (pool->context != mp_get_context("fork") &&
		 (!(s->name = mp_register_name((void (*)(void))s->task)) || strlen(s->name) > 255))
		error = ENOENT;
	for (size_t i = 0; !error && i < (s->arguments ? s->count : s->count != 0); i++)
		if (item_size(s, i) > ITEM_MAX)
			error = EMSGSIZE;
	errno = error;
	return error ? -1 : 0;
}

struct mp_result *mp_pool_send(struct mp_pool *pool, struct mp_pool_source *s, bool unordered)
{
	if (judge(pool, s) < 0)
		return NULL;
	size_t chunks = 0, n;
	if (s->chunksize == 0)
		s->chunksize = (s->count + pool->size * 4 - 1) / (pool->size * 4);
	if (s->chunksize == 1)
		chunks = s->count;
	else
		for (size_t at = 0; at < s->count; at += chunk_length(s, at))
			chunks++;
	struct mp_result *r = mp_result_new(pool, s->count, chunks, unordered);
	if (!r)
		return NULL;
	for (size_t at = 0; at < s->count; at += n) {
		n = chunk_length(s, at);
		if (send_chunk(pool, s, r, at, n) < 0) {
			/* What is out already comes back to a result nobody has. */
			mp_result_fail(r, at, s->count - at, ENOMEM);
			mp_result_free(r);
			errno = ENOMEM;
			return NULL;
		}
	}
	return r;
}
