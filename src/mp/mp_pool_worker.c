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

struct mp_reply {
	struct buffer *out;
	size_t start; /* of this answer in it */
};

int mp_reply(struct mp_reply *reply, const void *data, size_t size)
{
	if (size > MP_MESSAGE_MAX || reply->out->size + size > MP_MESSAGE_MAX - 4096) {
		errno = EMSGSIZE;
		return -1;
	}
	if (size)
		buffer_append(reply->out, data, size);
	if (!reply->out->failed)
		return 0;
	errno = ENOMEM;
	return -1;
}

struct worker {
	struct mp_queue *work, *answers;
	struct mp_shared marks;
	struct mp_pool_mark *mark;
	char *message;
	size_t room;
	struct buffer answer;
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

/* Runs one task; its answer is appended. */
static void run_one(struct worker *w, mp_task task, const void *args, size_t size)
{
	struct mp_pool_item answer = {0};
	size_t at = w->answer.size;
	struct mp_reply reply = {&w->answer, at + sizeof answer};
	buffer_append(&w->answer, &answer, sizeof answer);
	answer.error = task ? task(args, size, &reply) : ENOENT;
	if (answer.error)
		w->answer.size = reply.start;
	answer.size = w->answer.size - reply.start;
	static const char zeros[16];
	if (answer.size % sizeof zeros)
		buffer_append(&w->answer, zeros, MP_POOL_PAD(answer.size) - answer.size);
	if (!w->answer.failed)
		memcpy(w->answer.data + at, &answer, sizeof answer);
}

static int run_chunk(struct worker *w, const struct mp_pool_chunk *chunk)
{
	mp_task task = find(w, chunk);
	const char *at = (const char *)(chunk + 1) + MP_POOL_PAD(chunk->name_size);
	struct mp_pool_answer head = {chunk->id, chunk->count, 0};
	buffer_clear(&w->answer);
	buffer_append(&w->answer, &head, sizeof head);
	for (uint32_t i = 0; i < chunk->count; i++) {
		struct mp_pool_item item;
		memcpy(&item, at, sizeof item);
		run_one(w, task, at + sizeof item, item.size);
		at += sizeof item + MP_POOL_PAD(item.size);
	}
	/* What a task prints is seen when it was printed. */
	fflush(stdout);
	if (w->answer.failed)
		return -1;
	while (mp_queue_put(w->answers, w->answer.data, w->answer.size) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
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
	return 0;
}

static void close_worker(struct worker *w)
{
	free(w->message);
	buffer_free(&w->answer);
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
