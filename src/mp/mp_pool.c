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

/* Answers are taken from the queue in batches of so many bytes. */
enum { INBOX = 65536 };

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
	if (sentinel < 0 && (errno == ENOSYS || errno == EPERM)) {
		pool->blind = true;
	} else if (sentinel < 0 || epoll_ctl(pool->epoll, EPOLL_CTL_ADD, sentinel, &wanted) < 0) {
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
		memcpy(birth->initializer_name, name, strlen(name) + 1);
	}
	return 0;
}

static int build(struct mp_pool *pool, const struct mp_pool_options *o)
{
	struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
	int reader;
	if (!(pool->workers = calloc(pool->size, sizeof *pool->workers)) ||
		!(pool->inbox = malloc(INBOX)) ||
		mp_shared_create(&pool->marks, MP_SHARED_POOL,
			pool->size * sizeof(struct mp_pool_mark)) < 0 ||
		!(pool->work = mp_queue_new(0)) || !(pool->answers = mp_queue_new(0)) ||
		(pool->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
		(reader = mp_queue_reader_fileno(pool->answers)) < 0 ||
		epoll_ctl(pool->epoll, EPOLL_CTL_ADD, reader, &wanted) < 0 ||
		!(pool->share_count = share_all(pool, o)) || describe_birth(pool, o) < 0)
		return -1;
	mp_queue_expect(pool->answers, MP_QUEUE_NEVER);
	pool->alert = mp_queue_alertness();
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

/* ---- Answers in ---- */

static void take_answer(
	struct mp_pool *pool, const char *message, size_t size, char *message_of_its_own)
{
	struct mp_pool_answer head = {0};
	if (size >= sizeof head)
		memcpy(&head, message, sizeof head);
	struct mp_pool_under_way *at = mp_pool_send_find(pool, head.id);
	if (!at) {
		free(message_of_its_own);
		return;
	}
	struct mp_result *r = at->result;
	size_t part = at->part;
	mp_pool_send_release(pool, at);
	pool->early_deaths = 0;
	if (!mp_result_answer(r, part, &head, message + sizeof head, size - sizeof head,
		    message_of_its_own != NULL)) {
		free(message_of_its_own);
		mp_result_fail(r, part, 1, EBADMSG);
	}
	mp_result_settle(r);
}

/* The next answer of the inbox. A callback may come here again: it goes on where this one is. */
static void take_next(struct mp_pool *pool)
{
	uint64_t size;
	const char *at = pool->inbox + pool->inbox_at;
	memcpy(&size, at, sizeof size);
	pool->inbox_at += sizeof size + ((size + 7) & ~(uint64_t)7);
	take_answer(pool, at + sizeof size, size, NULL);
}

static bool take_answers(struct mp_pool *pool)
{
	bool any = false;
	for (;; any = true) {
		while (pool->inbox_at < pool->inbox_end) {
			take_next(pool);
			any = true;
		}
		void *message;
		ssize_t size = mp_queue_get_some(
			pool->answers, pool->inbox, INBOX, pool->polled ? 1 : MP_QUEUE_NEVER);
		pool->inbox_at = 0;
		pool->inbox_end = size > 0 ? (size_t)size : 0;
		if (size > 0)
			continue;
		if (size == 0 || errno != EMSGSIZE ||
			(size = mp_queue_get_nowait(pool->answers, &message)) < 0)
			return any;
		take_answer(pool, message, (size_t)size, message);
	}
}

static void fail_chunk(struct mp_pool *pool, struct mp_pool_under_way *at, int error)
{
	struct mp_result *r = at->result;
	size_t part = at->part;
	mp_pool_send_release(pool, at);
	mp_result_fail(r, part, 1, error);
	mp_result_settle(r);
}

/* Everything under way fails. */
static void fail_all(struct mp_pool *pool, int error)
{
	struct mp_pool_waiting *w;
	while ((w = pool->first_waiting)) {
		pool->first_waiting = w->next;
		free(w);
	}
	pool->last_waiting = &pool->first_waiting;
	for (struct mp_result *r = pool->fed; r; r = r->next_fed) {
		size_t first = r->sent;
		r->sent = r->part_count;
		mp_result_fail(r, first, r->part_count - first, error);
	}
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
static bool bury(struct mp_pool *pool, size_t slot)
{
	struct mp_process *p = pool->workers[slot].process;
	if (!p || mp_process_is_alive(p))
		return false;
	/* What it answered before it died counts. */
	take_answers(pool);
	if (pool->workers[slot].process != p)
		return true; /* a callback came here first */
	struct mp_pool_mark *mark = mark_of(pool, slot);
	uint64_t id = __atomic_load_n(&mark->id, __ATOMIC_ACQUIRE), taken = mark->taken;
	pool->workers[slot].process = NULL;
	mp_process_close(p);
	mp_queue_rouse(pool->work);
	if (taken == 0 && id == 0 && ++pool->early_deaths > 2 * pool->size + 8)
		pool->broken = true;
	struct mp_pool_under_way *at = mp_pool_send_find(pool, id);
	if (at)
		fail_chunk(pool, at, EOWNERDEAD);
	return true;
}

static void go_on(struct mp_pool *pool)
{
	mp_pool_send_waiting(pool);
	if (pool->fed)
		mp_pool_send_more(pool);
}

/* How many answers are worth waking up for. */
static uint64_t enough_for(const struct mp_pool *pool, const struct mp_result *whole)
{
	if (!whole || whole->sent - whole->back != pool->chunks_under_way)
		return 1;
	/* While the second half of what is under way is done, there is time to send more. */
	if (whole->sent < whole->part_count)
		return pool->chunks_under_way / 2 + 1;
	return pool->chunks_under_way ? pool->chunks_under_way : 1;
}

/* Waits for the descriptor; -1: EINTR. */
static int sleep_until(struct mp_pool *pool, uint64_t enough, int64_t deadline)
{
	/* Where work waits for room, or a worker could not be started, look again soon. */
	bool soon = pool->first_waiting != NULL || pool->blind;
	for (size_t i = 0; i < pool->size; i++)
		soon |= !pool->workers[i].process;
	if (!mp_queue_expect(pool->answers, enough))
		return 0;
	return mp_clock_poll(pool->epoll, POLLIN, soon ? mp_deadline_slice(deadline, 5) : deadline);
}

/* Answers, and the dead. */
static bool take_in(struct mp_pool *pool)
{
	struct epoll_event events[32];
	int n = epoll_wait(pool->epoll, events, 32, 0);
	bool any = take_answers(pool);
	for (int i = 0; i < n; i++)
		if (events[i].data.u64 != UINT64_MAX)
			any |= bury(pool, (size_t)events[i].data.u64);
	for (size_t i = 0; pool->blind && i < pool->size; i++)
		any |= bury(pool, i);
	if (pool->state != MP_POOL_TERMINATED)
		replace_workers(pool);
	go_on(pool);
	if (pool->broken)
		fail_all(pool, ECHILD);
	return any;
}

int mp_pool_wait(struct mp_pool *pool, const struct mp_result *whole, int64_t deadline)
{
	if (!pool)
		return 1;
	/* Workers are looked after when there is nothing else to do, and now and then. */
	bool look = deadline == 0 || ++pool->turns % 64 == 0;
	if (look && take_in(pool))
		return 1;
	if (!look && take_answers(pool)) {
		go_on(pool);
		return 1;
	}
	if (deadline == 0)
		return 0;
	uint64_t enough = enough_for(pool, whole);
	if (pool->chunks_under_way > 0 && mp_queue_look(pool->answers, enough, pool->alert)) {
		take_answers(pool);
		go_on(pool);
		return 1;
	}
	if (sleep_until(pool, enough, deadline) < 0)
		return -1;
	return take_in(pool) ? 1 : 0;
}

int mp_pool_progress(struct mp_pool *pool, double timeout)
{
	return mp_pool_wait(pool, NULL, mp_clock_deadline(timeout));
}

int mp_pool_fileno(struct mp_pool *pool)
{
	if (!pool->polled)
		mp_queue_expect(pool->answers, 1);
	pool->polled = true;
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

/* ---- The end ---- */

void mp_pool_close(struct mp_pool *pool)
{
	if (pool->state == MP_POOL_RUNNING)
		pool->state = MP_POOL_CLOSED;
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
	if (pool->state == MP_POOL_TERMINATED)
		return;
	pool->state = MP_POOL_TERMINATED;
	for (size_t i = 0; pool->workers && i < pool->size; i++)
		if (pool->workers[i].process)
			mp_process_kill(pool->workers[i].process);
	if (pool->answers)
		take_answers(pool);
	fail_all(pool, ECANCELED);
}

int mp_pool_join(struct mp_pool *pool)
{
	if (pool->state == MP_POOL_RUNNING) {
		errno = EINVAL;
		return -1;
	}
	while (pool->chunks_under_way > 0 || mp_pool_send_has_more(pool))
		mp_pool_progress(pool, -1);
	if (pool->state == MP_POOL_CLOSED) {
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
	free(pool->inbox);
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
