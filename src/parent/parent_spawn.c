/*
 * parent_spawn - births
 *
 * Runs in:  the parent
 * Owns:     the record of each worker it returns, until parent_life buries it
 * Errors:   NULL and a line in the log; what was half made is undone
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_keeper.h"

#include "os/os_clock.h"
#include "parent/parent_bear.h"
#include "parent/parent_lab.h"
#include "parent/parent_starter.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The descriptors a child keeps; everything else is closed in it. */
struct kept {
	size_t count, room;
	int *fds;
};

static void keep(struct kept *kept, int fd)
{
	ASSERT(kept->count < kept->room);
	kept->fds[kept->count++] = fd;
}

static void keep_common(struct kept *kept, const struct parent *p)
{
	keep(kept, p->board_fd);
	keep(kept, p->diary_fd);
	keep(kept, p->crowd_fd);
	keep(kept, parent_lab_fd(p));
	keep(kept, p->config->error_log_fd);
	keep(kept, p->sandbox.ruleset);
	keep(kept, parent_starter_socket(p));
	/* Who does not have the parent's memory opens what is served anew. */
	if (p->config->start_method == CONFIG_START_FORK)
		for (size_t i = 0; i < p->config->fd_count; i++)
			keep(kept, p->config->fds[i]);
	for (size_t i = 0; i < p->config->log_count; i++)
		keep(kept, p->config->logs[i]->fd);
	for (size_t i = 1; i < p->config->error_log_count; i++)
		keep(kept, p->config->error_logs[i]->sink.fd);
}

static size_t kept_room(const struct parent *p)
{
	return 11 + p->config->fd_count + p->config->log_count + p->config->error_log_count +
	       p->listeners.count;
}

int parent_spawn_room(const struct parent *p)
{
	for (uint32_t row = 0; row < p->config->max_request_workers; row++)
		if (!p->rows[row])
			return (int)row;
	return -1;
}

/* What a worker that leaves is still busy with must not cost the pool a place. */
void parent_spawn_make_way(struct parent_worker *w)
{
	struct parent *p = w->parent;
	if (w->old)
		return;
	for (uint32_t row = p->config->server_limit; row < p->board->slots; row++)
		if (!p->rows[row]) {
			parent_status_move(w, row);
			w->old = true;
			return;
		}
	log_warn("too many workers still drain: worker %d ends now",
		(int)mp_process_pid(w->process));
	w->old = true;
	parent_life_event(w, PARENT_END);
}

static void report_failure(struct parent *p, const char *what)
{
	int why = errno;
	parent_policy_refused(&p->policy, os_clock_ms());
	p->board->totals.refused_births++;
	parent_chronicle(p, WIRE_EVENT_NO_BIRTH, why, 0);
	static struct log_throttle throttle;
	errno = why;
	if (log_once_a_second(&throttle))
		log_error("cannot start a worker: %s: %m; trying again in a second", what);
}

/* The diary nobody writes, beginning with the one of the row's number: the usual case. */
static uint32_t free_page(const struct parent *p, uint32_t row)
{
	uint32_t page = row;
	while (p->pages[page] && (page = (page + 1) % p->board->slots) != row)
		;
	return page;
}

static struct parent_worker *new_record(struct parent *p, uint32_t row)
{
	struct parent_worker *w = calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->parent = p;
	list_init(&w->passed);
	w->row = w->slot = row;
	w->generation = p->generation;
	w->born_ms = os_clock_ms();
	w->born_us = os_clock_us();
	w->why = WIRE_REASONS;
	w->room = p->config->worker_connections;
	w->page = free_page(p, row); /* there are as many as rows, so one is free */
	wire_diary_clear(p->diaries, w->page);
	return w;
}

/* What a worker of any kind inherits. */
static struct wire_heritage heritage_of(const struct parent_worker *w)
{
	const struct parent *p = w->parent;
	struct wire_heritage heritage = parent_bear_heritage(p);
	heritage.slot = w->slot;
	heritage.generation = w->generation;
	heritage.diary_fd = p->diary_fd;
	heritage.page = w->page;
	heritage.crowd = p->crowd;
	heritage.crowd_fd = p->crowd_fd;
	heritage.ask_fd = parent_lab_fd(p);
	heritage.starter = parent_starter_socket(p);
	return heritage;
}

/* Starts `target` with the heritage; the process belongs to the record. */
static int start(struct parent_worker *w, const char *target, const struct wire_heritage *heritage,
	const struct kept *kept)
{
	struct mp_share queue;
	struct mp_process_options options = {
		.closure = w, .fds = kept->fds, .fd_count = kept->count};
	if (heritage->queue) {
		queue = mp_queue_share(heritage->queue);
		options.shares = &queue;
		options.share_count = 1;
	}
	w->process = parent_bear(target, heritage, options);
	return w->process ? 0 : -1;
}

static void adopt(struct parent_worker *w)
{
	struct parent *p = w->parent;
	p->rows[w->row] = w;
	p->pages[w->page] = w;
	list_append(&p->workers, &w->link);
	parent_status_born(w);
	parent_chronicle_of(w, WIRE_EVENT_BIRTH, (int64_t)(os_clock_us() - w->born_us), 0);
}

static void on_reports(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	(void)events;
	parent_status_reports(watch->data);
}

static int start_with_pipe(struct parent_worker *w)
{
	struct parent *p = w->parent;
	struct mp_pipe *ends[2];
	size_t room = kept_room(p);
	int fds[room], listeners[p->listeners.count + 1];
	struct kept kept = {0, room, fds};
	if (mp_pipe_new(ends, true) < 0)
		return -1;
	struct wire_heritage heritage = heritage_of(w);
	heritage.pipe = ends[1];
	heritage.listeners = listeners;
	heritage.accept_mutex = p->accept_mutex;
	heritage.keeper = parent_keeper_socket(p);
	if (p->config->process_model == CONFIG_PREFORK)
		heritage.listener_count = parent_listen_share(&p->listeners, w->slot, listeners);
	keep_common(&kept, p);
	keep(&kept, mp_pipe_fileno(ends[1]));
	keep(&kept, heritage.keeper);
	for (size_t i = 0; i < heritage.listener_count; i++)
		keep(&kept, listeners[i]);
	if (p->accept_mutex)
		keep(&kept, os_mutex_fileno(p->accept_mutex));
	int result = start(w, "worker", &heritage, &kept);
	int why = errno;
	mp_pipe_close(ends[1]);
	if (result < 0) {
		mp_pipe_close(ends[0]);
		errno = why;
		return -1;
	}
	w->pipe = ends[0];
	ev_io_init(&w->reports, on_reports, mp_pipe_fileno(w->pipe), EV_READ);
	w->reports.data = w;
	ev_io_start(p->loop, &w->reports);
	return 0;
}

struct parent_worker *parent_spawn_worker(struct parent *p)
{
	int row = parent_spawn_room(p);
	if (row < 0)
		return NULL;
	struct parent_worker *w = new_record(p, (uint32_t)row);
	if (!w || start_with_pipe(w) < 0) {
		report_failure(p, "fork");
		free(w);
		return NULL;
	}
	adopt(w);
	return w;
}

struct parent_worker *parent_spawn_oneshot(
	struct parent *p, int connection, const struct os_address *from)
{
	int row = parent_spawn_room(p);
	struct parent_worker *w = row < 0 ? NULL : new_record(p, (uint32_t)row);
	if (!w)
		return NULL;
	size_t room = kept_room(p);
	int fds[room];
	struct kept kept = {0, room, fds};
	struct wire_heritage heritage = heritage_of(w);
	heritage.queue = p->queue;
	heritage.connection = connection;
	heritage.from = *from;
	keep_common(&kept, p);
	keep(&kept, connection);
	w->life = PARENT_SERVING;
	w->oneshot = true;
	if (start(w, "oneshot", &heritage, &kept) < 0) {
		report_failure(p, "fork");
		free(w);
		return NULL;
	}
	adopt(w);
	return w;
}
