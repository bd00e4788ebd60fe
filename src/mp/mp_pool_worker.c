/*
 * mp_pool_worker - a process that takes chunks of tasks and answers them
 *
 * Runs in:  the workers of a pool
 * Owns:     its ends of the queues, until it exits
 * Errors:   exit code 1: no initializer or no queues; the task's errors are in its answers
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pool.h"

#include "mp/mp_register.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answers to a chunk. As long as all have one size they lie one behind the other and need no
 * table. */
struct mp_reply {
	struct buffer bytes;
	size_t most;         /* bytes allowed */
	size_t each;         /* size of every answer so far, when there is no table */
	bool has_table;      /* of all answers so far: */
	struct buffer table; /* struct mp_pool_entry */
};

int mp_reply(struct mp_reply *reply, const void *data, size_t size)
{
	struct buffer *b = &reply->bytes;
	if (size > reply->most - b->size) {
		errno = EMSGSIZE;
		return -1;
	}
	if (size == 0)
		return 0;
	char *to = b->room - b->size >= size ? b->data + b->size : buffer_reserve(b, size);
	if (!to) {
		errno = ENOMEM;
		return -1;
	}
	memcpy(to, data, size);
	b->size += size;
	return 0;
}

struct worker {
	struct mp_queue *work, *answers;
	struct mp_shared marks;
	struct mp_pool_mark *mark;
	char *message;
	size_t room;
	struct mp_reply reply;
	const char *name; /* of the last function found by name */
	mp_task task;
	char name_room[256];
};

/* The next chunk in w->message: its size, or -1. */
static ssize_t next_chunk(struct worker *w)
{
	for (;;) {
		ssize_t n = mp_queue_get_marked(w->work, w->message, w->room, -1, &w->mark->id);
		if (n >= 0 || (errno != EMSGSIZE && errno != EINTR))
			return n;
		if (errno == EINTR)
			continue;
		char *more = realloc(w->message, w->room * 4);
		if (!more)
			return -1;
		w->message = more;
		w->room *= 4;
	}
}

static mp_task find(struct worker *w, const struct mp_pool_chunk *chunk)
{
	const char *name = (const char *)(chunk + 1);
	if (chunk->function)
		return (mp_task)(uintptr_t)chunk->function;
	if (chunk->name_size == 0 || chunk->name_size > sizeof w->name_room)
		return NULL;
	if (!w->task || memcmp(w->name_room, name, chunk->name_size) != 0) {
		memcpy(w->name_room, name, chunk->name_size);
		w->task = (mp_task)mp_register_find(name);
	}
	return w->task;
}

static void note(struct mp_reply *r, size_t at, size_t size, int error)
{
	struct mp_pool_entry entry = {(uint32_t)at, (uint32_t)size, error, 0};
	buffer_append(&r->table, &entry, sizeof entry);
}

/* Answers are of different size from here on. */
static void begin_table(struct mp_reply *r, size_t count)
{
	r->has_table = true;
	for (size_t i = 0; i < count; i++)
		note(r, i * r->each, r->each, 0);
}

static void pad(struct buffer *b)
{
	static const char zeros[16];
	buffer_append(b, zeros, MP_POOL_PAD(b->size) - b->size);
}

/* A task that began at `start` has ended; those before it were `count`. */
static void close_answer(struct mp_reply *r, size_t count, size_t start, int error)
{
	struct buffer *b = &r->bytes;
	size_t size = error ? 0 : b->size - start, aligned = MP_POOL_PAD(start);
	if (count == 0 && !error) {
		r->each = size;
		return;
	}
	if (!r->has_table)
		begin_table(r, count);
	if (size && aligned != start && buffer_reserve(b, aligned - start))
		memmove(b->data + aligned, b->data + start, size);
	b->size = start;
	pad(b);
	note(r, aligned, size, error);
	b->size += size;
	pad(b);
}

/* Runs items of one size. */
static void run_equal(struct mp_reply *r, mp_task task, const char *at, size_t size, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++, at += size) {
		size_t start = r->bytes.size;
		int error = task(at, size, r);
		if (error || r->has_table || r->bytes.size - start != r->each || i == 0)
			close_answer(r, i, start, error);
	}
}

static void run_tuples(struct mp_reply *r, mp_task task, const char *at, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct mp_pool_item item;
		memcpy(&item, at, sizeof item);
		size_t start = r->bytes.size;
		int error = task(at + sizeof item, item.size, r);
		if (error || r->has_table || r->bytes.size - start != r->each || i == 0)
			close_answer(r, i, start, error);
		at += sizeof item + MP_POOL_PAD(item.size);
	}
}

static int not_registered(const void *args, size_t size, struct mp_reply *reply)
{
	(void)args, (void)size, (void)reply;
	return ENOENT;
}

static int answer(struct worker *w, uint64_t id, uint32_t count)
{
	struct mp_reply *r = &w->reply;
	struct mp_pool_answer head = {id, count, r->has_table ? MP_POOL_TABLE : (uint32_t)r->each};
	struct iovec parts[3] = {{&head, sizeof head},
		{r->table.data, r->has_table ? r->table.size : 0}, {r->bytes.data, r->bytes.size}};
	if (r->bytes.failed || r->table.failed)
		return -1;
	while (mp_queue_put_parts(w->answers, parts, 3, -1) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static int run_chunk(struct worker *w, const struct mp_pool_chunk *chunk)
{
	mp_task task = find(w, chunk);
	struct mp_reply *r = &w->reply;
	const char *at = (const char *)(chunk + 1) + MP_POOL_PAD(chunk->name_size);
	buffer_clear(&r->bytes);
	buffer_clear(&r->table);
	r->has_table = false;
	r->each = 0;
	r->most = MP_MESSAGE_MAX - sizeof(struct mp_pool_answer) -
		  chunk->count * (sizeof(struct mp_pool_entry) + 16);
	if (!task)
		task = not_registered;
	if (chunk->item_size == MP_POOL_SIZES)
		run_tuples(r, task, at, chunk->count);
	else
		run_equal(r, task, at, chunk->item_size, chunk->count);
	/* What a task prints is seen when it was printed. */
	fflush(stdout);
	return answer(w, chunk->id, chunk->count);
}

static int initialize(const struct mp_pool_birth *birth)
{
	mp_target initializer = (mp_target)(uintptr_t)birth->initializer;
	if (!initializer && *birth->initializer_name)
		initializer = (mp_target)mp_register_find(birth->initializer_name);
	else if (!initializer)
		return 0;
	return initializer ? initializer((void *)(birth + 1), birth->initargs_size) : -1;
}

static int open_worker(struct worker *w, const struct mp_pool_birth *birth)
{
	w->work = mp_queue_from_share(&birth->work);
	w->answers = mp_queue_from_share(&birth->answers);
	w->room = 4096;
	w->message = malloc(w->room);
	if (!w->work || !w->answers || !w->message ||
		mp_shared_attach(&w->marks, MP_SHARED_POOL, (birth->slot + 1) * sizeof *w->mark,
			birth->marks) < 0)
		return -1;
	w->mark = (struct mp_pool_mark *)w->marks.at + birth->slot;
	w->work->alert = mp_queue_alertness();
	return 0;
}

static void close_worker(struct worker *w)
{
	free(w->message);
	buffer_free(&w->reply.bytes);
	buffer_free(&w->reply.table);
	if (w->marks.at)
		mp_shared_drop(&w->marks);
	mp_queue_close(w->work);
	mp_queue_close(w->answers);
}

static int work(struct worker *w, uint64_t max_tasks)
{
	for (uint64_t done = 0; max_tasks == 0 || done < max_tasks; done++) {
		ssize_t n = next_chunk(w);
		const struct mp_pool_chunk *chunk = (const struct mp_pool_chunk *)w->message;
		if (n < (ssize_t)sizeof *chunk || chunk->id == 0)
			break;
		w->mark->taken = done + 1;
		/* The mark stays when there is no answer: that is how the task fails. */
		if (run_chunk(w, chunk) < 0)
			return 1;
		__atomic_store_n(&w->mark->id, 0, __ATOMIC_RELEASE);
	}
	return 0;
}

int mp_pool_worker(void *args, size_t size)
{
	const struct mp_pool_birth *birth = args;
	struct worker w = {0};
	(void)size;
	int code = open_worker(&w, birth) < 0 || initialize(birth) != 0;
	if (!code)
		code = work(&w, birth->max_tasks);
	close_worker(&w);
	return code;
}
