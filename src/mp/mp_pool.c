/*
 * mp_pool - the process with the pool: work out, answers in, workers kept alive
 *
 * Runs in:  the process with the pool
 * Owns:     the workers, two queues, the marks, chunks under way
 * Errors:   -1 or NULL with errno
 *
 * Work that finds the queue full waits in a list here, so that no call but those that say so ever
 * waits. Everything happens in take_in, which every waiting call comes to.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pool.h"

#include "mp/mp_clock.h"
#include "mp/mp_register.h"
#include "mp/mp_share.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Items are gathered into chunks of no more bytes than this, whatever the chunksize. */
#define CHUNK_BYTES ((size_t)1 << 20)
#define ITEM_MAX (MP_MESSAGE_MAX - 4096)

struct worker {
	struct mp_process *process; /* NULL: died and not replaced yet */
};

/* A chunk under way; the id is its place and how often the place was used. */
struct under_way {
	struct mp_result *result; /* NULL: the place is free */
	size_t first;
	uint32_t count;
	uint32_t generation;
	uint32_t next_free;
};

/* A chunk that found the queue full. */
struct waiting {
	struct waiting *next;
	size_t size;
	char message[];
};

enum state { RUNNING, CLOSED, TERMINATED };

struct mp_pool {
	enum state state;
	bool broken;
	const struct mp_context *context;
	size_t size;
	struct worker *workers;
	unsigned early_deaths; /* in a row, of workers that had taken nothing */
	struct mp_queue *work, *answers;
	struct mp_shared marks;
	int epoll;
	struct under_way *places;
	uint32_t place_count, first_free;
	size_t chunks_under_way;
	struct waiting *first_waiting, **last_waiting;
	struct buffer message;
	struct mp_pool_birth *birth; /* the same for all workers but for the slot */
	struct mp_share *shares;
	size_t share_count;
};

int mp_register_task(const char *name, mp_task task)
{
	return mp_register_function(name, (void (*)(void))task);
}

/* ---- Workers ---- */

static struct mp_pool_mark *mark_of(const struct mp_pool *pool, size_t slot)
{
	return (struct mp_pool_mark *)pool->marks.at + slot;
}

static int start_worker(struct mp_pool *pool, size_t slot)
{
	struct mp_process_options options = {.context = pool->context,
		.daemon = true,
		.shares = pool->shares,
		.share_count = pool->share_count};
	*mark_of(pool, slot) = (struct mp_pool_mark){0};
	pool->birth->slot = (unsigned)slot;
	struct mp_process *p = mp_process_new(mp_pool_worker, pool->birth,
		sizeof *pool->birth + pool->birth->initargs_size, &options);
	if (!p)
		return -1;
	p->hidden = true;
	p->target_name = "mp:pool";
	if (mp_process_start(p) < 0) {
		mp_process_close(p);
		return -1;
	}
	struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = slot};
	int sentinel = mp_process_sentinel(p);
	if (sentinel < 0 || epoll_ctl(pool->epoll, EPOLL_CTL_ADD, sentinel, &wanted) < 0) {
		int saved = errno;
		mp_process_kill(p);
		mp_process_join(p, -1);
		mp_process_close(p);
		errno = saved;
		return -1;
	}
	pool->workers[slot].process = p;
	return 0;
}

__attribute__((constructor)) static void register_worker(void)
{
	mp_register("mp:pool", mp_pool_worker);
}

/* ---- Making it ---- */

static size_t share_all(struct mp_pool *pool, const struct mp_pool_options *o)
{
	pool->shares = calloc(o->share_count + 3, sizeof *pool->shares);
	if (!pool->shares)
		return 0;
	for (size_t i = 0; i < o->share_count; i++)
		pool->shares[i] = o->shares[i];
	pool->shares[o->share_count] = mp_queue_share(pool->work);
	pool->shares[o->share_count + 1] = mp_queue_share(pool->answers);
	pool->shares[o->share_count + 2] =
		(struct mp_share){MP_SHARE_MEMORY, {0}, {pool->marks.fd, -1, -1, -1}};
	return o->share_count + 3;
}

static int describe_birth(struct mp_pool *pool, const struct mp_pool_options *o)
{
	struct mp_pool_birth *birth = calloc(1, sizeof *birth + o->initargs_size);
	pool->birth = birth;
	if (!birth)
		return -1;
	birth->work = mp_queue_share(pool->work);
	birth->answers = mp_queue_share(pool->answers);
	birth->marks = pool->marks.fd;
	birth->max_tasks = o->max_tasks_per_child;
	birth->initargs_size = o->initargs_size;
	if (o->initargs_size)
		memcpy(birth + 1, o->initargs, o->initargs_size);
	if (o->initializer && pool->context == mp_get_context("fork")) {
		birth->initializer = (uintptr_t)o->initializer;
	} else if (o->initializer) {
		const char *name = mp_register_name((void (*)(void))o->initializer);
		if (!name || strlen(name) >= sizeof birth->initializer_name) {
			errno = ENOENT;
			return -1;
		}
		strcpy(birth->initializer_name, name);
	}
	return 0;
}

static int build(struct mp_pool *pool, const struct mp_pool_options *o)
{
	struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
	int reader;
	if (!(pool->workers = calloc(pool->size, sizeof *pool->workers)) ||
		mp_shared_create(&pool->marks, MP_SHARED_POOL,
			pool->size * sizeof(struct mp_pool_mark)) < 0 ||
		!(pool->work = mp_queue_new(0)) || !(pool->answers = mp_queue_new(0)) ||
		(pool->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
		(reader = mp_queue_reader_fileno(pool->answers)) < 0 ||
		epoll_ctl(pool->epoll, EPOLL_CTL_ADD, reader, &wanted) < 0 ||
		!(pool->share_count = share_all(pool, o)) || describe_birth(pool, o) < 0)
		return -1;
	for (size_t i = 0; i < pool->size; i++)
		if (start_worker(pool, i) < 0)
			return -1;
	return 0;
}

struct mp_pool *mp_pool_new(size_t processes, const struct mp_pool_options *options)
{
	static const struct mp_pool_options none;
	const struct mp_pool_options *o = options ? options : &none;
	struct mp_pool *pool = calloc(1, sizeof *pool);
	if (!pool)
		return NULL;
	pool->size = processes ? processes : mp_usable_cpu_count();
	pool->context = o->context ? o->context : mp_get_context(NULL);
	pool->epoll = -1;
	pool->last_waiting = &pool->first_waiting;
	pool->first_free = UINT32_MAX;
	if (build(pool, o) == 0)
		return pool;
	int saved = errno;
	mp_pool_free(pool);
	errno = saved;
	return NULL;
}

/* ---- Chunks out ---- */

static uint32_t place_for(struct mp_pool *pool)
{
	if (pool->first_free == UINT32_MAX) {
		uint32_t old = pool->place_count, more = old ? old * 2 : 64;
		struct under_way *grown = realloc(pool->places, more * sizeof *grown);
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

static void release(struct mp_pool *pool, struct under_way *at)
{
	at->result = NULL;
	at->generation++;
	at->next_free = pool->first_free;
	pool->first_free = (uint32_t)(at - pool->places);
	pool->chunks_under_way--;
}

static struct under_way *find(const struct mp_pool *pool, uint64_t id)
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
	struct waiting *w = malloc(sizeof *w + size);
	if (!w)
		return -1;
	w->next = NULL;
	w->size = size;
	memcpy(w->message, message, size);
	*pool->last_waiting = w;
	pool->last_waiting = &w->next;
	return 0;
}

static void hand_out_waiting(struct mp_pool *pool)
{
	struct waiting *w;
	while ((w = pool->first_waiting) &&
		mp_queue_put_nowait(pool->work, w->message, w->size) == 0) {
		pool->first_waiting = w->next;
		if (!w->next)
			pool->last_waiting = &pool->first_waiting;
		free(w);
	}
}

/* The items of a call, and how to get at them. */
struct source {
	mp_task task;
	const char *name; /* NULL: the function itself goes out */
	const char *items;
	size_t item_size;
	const struct mp_bytes *arguments; /* instead of items: tuples */
	size_t arity;
	size_t count, chunksize;
};

static size_t tuple_size(const struct source *s, size_t index)
{
	size_t size = MP_POOL_PAD((s->arity + 1) * sizeof(uint64_t));
	for (size_t i = 0; i < s->arity; i++)
		size += MP_POOL_PAD(s->arguments[index * s->arity + i].size);
	return size;
}

static size_t item_size(const struct source *s, size_t index)
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
static void append_tuple(struct buffer *b, const struct source *s, size_t index)
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

static void append_item(struct buffer *b, const struct source *s, size_t index)
{
	struct mp_pool_item head = {.size = item_size(s, index)};
	buffer_append(b, &head, sizeof head);
	if (s->arguments)
		append_tuple(b, s, index);
	else
		append_padded(b, s->items + index * s->item_size, s->item_size);
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

/* How many items from `first` on make one chunk. */
static size_t chunk_length(const struct source *s, size_t first)
{
	size_t bytes = 0, n = 0;
	while (n < s->chunksize && first + n < s->count) {
		bytes += item_size(s, first + n) + 64;
		if (n > 0 && bytes > CHUNK_BYTES)
			break;
		n++;
	}
	return n;
}

static int send_chunk(struct mp_pool *pool, const struct source *s, struct mp_result *r,
	size_t first, size_t count)
{
	uint32_t place = place_for(pool);
	if (place == UINT32_MAX)
		return -1;
	struct under_way *at = &pool->places[place];
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
	for (size_t i = 0; i < count; i++)
		append_item(&pool->message, s, first + i);
	if (!pool->message.failed && hand_out(pool, pool->message.data, pool->message.size) == 0)
		return 0;
	release(pool, at);
	errno = ENOMEM;
	return -1;
}

/* May this be run at all? */
static int judge(const struct mp_pool *pool, struct source *s)
{
	int error = 0;
	if (pool->state != RUNNING)
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

static struct mp_result *run(struct mp_pool *pool, struct source *s, bool unordered)
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

/* ---- Answers in ---- */

static bool take_answers(struct mp_pool *pool)
{
	bool any = false;
	void *message;
	ssize_t size;
	while ((size = mp_queue_get_nowait(pool->answers, &message)) >= 0) {
		struct mp_pool_answer head = {0};
		if ((size_t)size >= sizeof head)
			memcpy(&head, message, sizeof head);
		struct under_way *at = find(pool, head.id);
		any = true;
		if (!at || at->count != head.count) {
			free(message);
			continue;
		}
		struct mp_result *r = at->result;
		size_t first = at->first, count = at->count;
		release(pool, at);
		pool->early_deaths = 0;
		if (!mp_result_answer(r, first, count, message, (size_t)size)) {
			free(message);
			mp_result_fail(r, first, count, EBADMSG);
		}
		mp_result_settle(r);
	}
	return any;
}

static void fail_chunk(struct mp_pool *pool, struct under_way *at, int error)
{
	struct mp_result *r = at->result;
	size_t first = at->first, count = at->count;
	release(pool, at);
	mp_result_fail(r, first, count, error);
	mp_result_settle(r);
}

/* Everything under way fails. */
static void fail_all(struct mp_pool *pool, int error)
{
	struct waiting *w;
	while ((w = pool->first_waiting)) {
		pool->first_waiting = w->next;
		free(w);
	}
	pool->last_waiting = &pool->first_waiting;
	for (uint32_t i = 0; i < pool->place_count; i++)
		if (pool->places[i].result)
			fail_chunk(pool, &pool->places[i], error);
}

static void replace_workers(struct mp_pool *pool)
{
	for (size_t i = 0; i < pool->size && !pool->broken; i++) {
		if (pool->workers[i].process || start_worker(pool, i) == 0)
			continue;
		if (++pool->early_deaths > 2 * pool->size + 8)
			pool->broken = true;
		return;
	}
}

/* A worker has ended: by its own will, or with the chunk of its mark. */
static void bury(struct mp_pool *pool, size_t slot)
{
	struct mp_process *p = pool->workers[slot].process;
	if (!p || mp_process_is_alive(p))
		return;
	/* What it answered before it died counts. */
	take_answers(pool);
	if (pool->workers[slot].process != p)
		return; /* a callback came here first */
	struct mp_pool_mark *mark = mark_of(pool, slot);
	uint64_t id = __atomic_load_n(&mark->id, __ATOMIC_ACQUIRE), taken = mark->taken;
	pool->workers[slot].process = NULL;
	mp_process_close(p);
	if (taken == 0 && id == 0 && ++pool->early_deaths > 2 * pool->size + 8)
		pool->broken = true;
	struct under_way *at = find(pool, id);
	if (at)
		fail_chunk(pool, at, EOWNERDEAD);
}

static int take_in(struct mp_pool *pool)
{
	struct epoll_event events[32];
	bool any = take_answers(pool);
	int n = epoll_wait(pool->epoll, events, 32, 0);
	for (int i = 0; i < n; i++)
		if (events[i].data.u64 != UINT64_MAX) {
			bury(pool, (size_t)events[i].data.u64);
			any = true;
		}
	if (pool->state != TERMINATED)
		replace_workers(pool);
	hand_out_waiting(pool);
	if (pool->broken)
		fail_all(pool, ECHILD);
	return any;
}

int mp_pool_progress(struct mp_pool *pool, double timeout)
{
	if (!pool || take_in(pool))
		return 1;
	if (timeout == 0)
		return 0;
	int64_t deadline = mp_clock_deadline(timeout);
	/* Where work waits for room, or a worker could not be started, look again soon. */
	bool soon = pool->first_waiting != NULL;
	for (size_t i = 0; i < pool->size; i++)
		soon |= !pool->workers[i].process;
	int ready = mp_clock_poll(
		pool->epoll, POLLIN, soon ? mp_deadline_slice(deadline, 5) : deadline);
	if (ready < 0)
		return -1;
	return take_in(pool) ? 1 : 0;
}

int mp_pool_fileno(const struct mp_pool *pool)
{
	return pool->epoll;
}

size_t mp_pool_workers(const struct mp_pool *pool, pid_t *pids, size_t room)
{
	size_t count = 0;
	for (size_t i = 0; i < pool->size; i++) {
		if (!pool->workers[i].process)
			continue;
		if (count < room)
			pids[count] = mp_process_pid(pool->workers[i].process);
		count++;
	}
	return count;
}

/* ---- The calls ---- */

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
	struct source s = {
		.task = task, .items = args, .item_size = size, .count = 1, .chunksize = 1};
	return call_back(run(pool, &s, false), callback, error_callback, closure);
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
	struct source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize};
	return call_back(run(pool, &s, false), callback, error_callback, closure);
}

static struct mp_result *wait_for_all(struct mp_result *r)
{
	while (r && mp_result_wait(r, -1) < 0)
		;
	return r;
}

struct mp_result *mp_pool_map(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize)
{
	return wait_for_all(mp_pool_map_async(
		pool, task, items, item_size, count, chunksize, NULL, NULL, NULL));
}

struct mp_result *mp_pool_imap(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize)
{
	struct source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize ? chunksize : 1};
	return run(pool, &s, false);
}

struct mp_result *mp_pool_imap_unordered(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize)
{
	struct source s = {.task = task,
		.items = items,
		.item_size = item_size,
		.count = count,
		.chunksize = chunksize ? chunksize : 1};
	return run(pool, &s, true);
}

struct mp_result *mp_pool_starmap(struct mp_pool *pool, mp_task task,
	const struct mp_bytes *arguments, size_t arity, size_t count, size_t chunksize)
{
	struct source s = {.task = task,
		.arguments = arguments,
		.arity = arity,
		.count = count,
		.chunksize = chunksize};
	return wait_for_all(run(pool, &s, false));
}

/* ---- The end ---- */

void mp_pool_close(struct mp_pool *pool)
{
	if (pool->state == RUNNING)
		pool->state = CLOSED;
}

static void end_workers(struct mp_pool *pool)
{
	for (size_t i = 0; i < pool->size; i++) {
		struct mp_process *p = pool->workers[i].process;
		if (!p)
			continue;
		while (mp_process_join(p, -1) < 0 && errno == EINTR)
			;
		mp_process_close(p);
		pool->workers[i].process = NULL;
	}
}

void mp_pool_terminate(struct mp_pool *pool)
{
	if (pool->state == TERMINATED)
		return;
	pool->state = TERMINATED;
	for (size_t i = 0; pool->workers && i < pool->size; i++)
		if (pool->workers[i].process)
			mp_process_kill(pool->workers[i].process);
	if (pool->answers)
		take_answers(pool);
	fail_all(pool, ECANCELED);
}

int mp_pool_join(struct mp_pool *pool)
{
	if (pool->state == RUNNING) {
		errno = EINVAL;
		return -1;
	}
	while (pool->chunks_under_way > 0)
		mp_pool_progress(pool, -1);
	if (pool->state == CLOSED) {
		static const struct mp_pool_chunk stop;
		for (size_t i = 0; i < pool->size; i++)
			mp_queue_put(pool->work, &stop, sizeof stop);
	}
	if (pool->workers)
		end_workers(pool);
	return 0;
}

void mp_pool_free(struct mp_pool *pool)
{
	if (!pool)
		return;
	mp_pool_terminate(pool);
	mp_pool_join(pool);
	mp_queue_close(pool->work);
	mp_queue_close(pool->answers);
	if (pool->marks.at)
		mp_shared_drop(&pool->marks);
	if (pool->epoll >= 0)
		close(pool->epoll);
	buffer_free(&pool->message);
	free(pool->workers);
	free(pool->places);
	free(pool->birth);
	free(pool->shares);
	free(pool);
}

void mp_pool_leave(struct mp_pool **pool)
{
	mp_pool_free(*pool);
	*pool = NULL;
}
