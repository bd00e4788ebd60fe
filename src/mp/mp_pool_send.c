/*
 * mp_pool_send - items become chunks, and chunks go out to the workers
 *
 * Runs in:  the process with the pool
 * Owns:     the chunks under way and those that wait for room
 * Errors:   -1 or NULL with errno
 *
 * Work that finds the queue full waits in a list here, so that sending never waits. A call that
 * waits for the whole anyhow is fed: what keeps the workers busy is sent, and more as answers come,
 * so that neither the queue nor the list grows with the number of items.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pool.h"

#include "mp/mp_register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Items are gathered into chunks of no more bytes than this, whatever the chunksize. */
#define CHUNK_BYTES ((size_t)256 << 10)
#define ITEM_MAX (MP_MESSAGE_MAX - 4096)

/* Of what is fed, so much is under way at a time: chunks for each worker, or bytes. */
enum { FED_CHUNKS = 4, FED_BYTES = 256 << 10 };

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
	pool->bytes_under_way -= at->size;
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
static int hand_out(struct mp_pool *pool, const struct iovec *parts, size_t count, size_t size)
{
	if (!pool->first_waiting && mp_queue_put_parts(pool->work, parts, count, 0) == 0)
		return 0;
	struct mp_pool_waiting *w = malloc(sizeof *w + size);
	if (!w)
		return -1;
	char *at = w->message;
	for (size_t i = 0; i < count; i++)
		if (parts[i].iov_len)
			at = mempcpy(at, parts[i].iov_base, parts[i].iov_len);
	w->next = NULL;
	w->size = size;
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

static void append_item(struct buffer *b, const struct mp_pool_source *s, size_t index)
{
	struct mp_pool_item head = {.size = tuple_size(s, index)};
	buffer_append(b, &head, sizeof head);
	append_tuple(b, s, index);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many items from `first` on make one chunk. */
static size_t chunk_length(const struct mp_pool_source *s, size_t first)
{
	size_t most = smaller(smaller(s->chunksize, MP_POOL_ITEMS), s->count - first);
	if (!s->arguments)
		return smaller(most, CHUNK_BYTES / (s->item_size + 1) + 1);
	size_t bytes = 0, n = 0;
	while (n < most) {
		bytes += sizeof(struct mp_pool_item) + tuple_size(s, first + n);
		if (n > 0 && bytes > CHUNK_BYTES)
			break;
		n++;
	}
	return n;
}

/* The head of a chunk in pool->message, and all of it in parts. */
static int describe(struct mp_pool *pool, const struct mp_pool_source *s, uint64_t id,
	const struct mp_result_part *part, struct iovec parts[2])
{
	size_t name_size = s->name ? strlen(s->name) + 1 : 0;
	struct mp_pool_chunk head = {.id = id,
		.function = s->name ? 0 : (uintptr_t)s->task,
		.item_size = s->arguments ? MP_POOL_SIZES : s->item_size,
		.name_size = (uint32_t)name_size,
		.count = part->count};
	struct buffer *b = &pool->message;
	buffer_clear(b);
	buffer_append(b, &head, sizeof head);
	append_padded(b, s->name, name_size);
	parts[1] = (struct iovec){NULL, 0};
	if (!s->arguments && s->item_size)
		parts[1] = (struct iovec){
			(char *)s->items + part->first * s->item_size, part->count * s->item_size};
	for (size_t i = 0; s->arguments && i < part->count; i++)
		append_item(b, s, part->first + i);
	parts[0] = (struct iovec){b->data, b->size};
	return b->failed ? -1 : 0;
}

/* Sends the next part of the result. */
static int send_part(struct mp_pool *pool, const struct mp_pool_source *s, struct mp_result *r)
{
	struct iovec parts[2];
	uint32_t place = place_for(pool);
	if (place == UINT32_MAX)
		return -1;
	struct mp_pool_under_way *at = &pool->places[place];
	uint64_t id = (uint64_t)at->generation << 32 | (place + 1);
	at->result = r;
	at->part = r->sent++;
	at->size = 0;
	pool->chunks_under_way++;
	if (describe(pool, s, id, r->parts + at->part, parts) == 0) {
		at->size = parts[0].iov_len + parts[1].iov_len;
		pool->bytes_under_way += at->size;
		if (hand_out(pool, parts, 2, at->size) == 0)
			return 0;
	}
	mp_pool_send_release(pool, at);
	r->sent--;
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
	if (!s->arguments && s->count && s->item_size > ITEM_MAX)
		error = error ? error : EMSGSIZE;
	for (size_t i = 0; !error && s->arguments && i < s->count; i++)
		if (tuple_size(s, i) > ITEM_MAX)
			error = EMSGSIZE;
	errno = error;
	return error ? -1 : 0;
}

/* The parts of a result, none of them sent. */
static struct mp_result *lay_out(struct mp_pool *pool, struct mp_pool_source *s, bool unordered)
{
	size_t parts = 0, length = s->arguments || !s->count ? 0 : chunk_length(s, 0);
	if (length)
		parts = (s->count + length - 1) / length;
	else
		for (size_t at = 0; at < s->count; at += chunk_length(s, at))
			parts++;
	struct mp_result *r = mp_result_new(pool, s->count, parts, unordered);
	for (size_t i = 0, at = 0; r && i < parts; i++) {
		r->parts[i].first = at;
		r->parts[i].count = (uint32_t)chunk_length(s, at);
		at += r->parts[i].count;
	}
	return r;
}

void mp_pool_send_more(struct mp_pool *pool)
{
	for (struct mp_result *r = pool->fed; r; r = r->next_fed)
		while (r->sent < r->part_count &&
			(pool->chunks_under_way < FED_CHUNKS * pool->size ||
				pool->bytes_under_way < FED_BYTES))
			if (send_part(pool, r->source, r) < 0) {
				size_t first = r->sent;
				r->sent = r->part_count;
				mp_result_fail(r, first, r->part_count - first, ENOMEM);
			}
}

bool mp_pool_send_has_more(const struct mp_pool *pool)
{
	for (const struct mp_result *r = pool->fed; r; r = r->next_fed)
		if (r->sent < r->part_count)
			return true;
	return false;
}

void mp_pool_send_end(struct mp_result *r)
{
	if (!r || !r->source)
		return;
	for (struct mp_result **at = &r->pool->fed; *at; at = &(*at)->next_fed)
		if (*at == r) {
			*at = r->next_fed;
			break;
		}
	r->source = NULL;
}

struct mp_result *mp_pool_send(
	struct mp_pool *pool, struct mp_pool_source *s, bool unordered, bool fed)
{
	if (judge(pool, s) < 0)
		return NULL;
	if (s->chunksize == 0)
		s->chunksize = (s->count + pool->size * 4 - 1) / (pool->size * 4);
	struct mp_result *r = lay_out(pool, s, unordered);
	if (r && fed) {
		r->source = s;
		r->next_fed = pool->fed;
		pool->fed = r;
		mp_pool_send_more(pool);
		return r;
	}
	while (r && r->sent < r->part_count)
		if (send_part(pool, s, r) < 0) {
			/* What is out already comes back to a result nobody has. */
			mp_result_fail(r, r->sent, r->part_count - r->sent, ENOMEM);
			mp_result_free(r);
			errno = ENOMEM;
			return NULL;
		}
	return r;
}
