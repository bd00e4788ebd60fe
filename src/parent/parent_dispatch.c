/*
 * parent_dispatch - accepting in the parent: models fork and dispatch
 *
 * Runs in:  the parent
 * Owns:     a connection from accept(2) until a child has it: a worker until its report says so
 * Errors:   out of descriptors or children: the connection waits in the kernel's queue, a line in
 *           the log once a second, and it comes back by itself
 *
 * Nothing is accepted while nobody could serve it: the kernel's queue is the better waiting room. A
 * descriptor in a worker's pipe is not yet with the worker, which may die or have no room for it.
 * So the parent's copy stays open until the worker has counted the connection, and where that never
 * comes, and nobody has touched it, another worker gets it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "os/os_socket.h"
#include "parent/parent_keeper.h"
#include "wire/wire_command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BATCH = 16,           /* accepts in one turn, so that reports and signals get theirs */
	ACCEPT_REST_MS = 1000 /* after one that failed; the tick looks again */
};

struct connection {
	struct list link; /* in parent.waiting, or parent_worker.passed */
	int fd;
	struct os_address from;
};

static struct connection *first(const struct list *list)
{
	return LIST_ENTRY(list->next, struct connection, link);
}

static void drop(struct connection *c)
{
	list_remove(&c->link);
	close(c->fd);
	free(c);
}

static void move(struct connection *c, struct list *to)
{
	list_remove(&c->link);
	list_append(to, &c->link);
}

bool parent_accepts(const struct parent *p)
{
	return p->config->process_model != CONFIG_PREFORK;
}

/* Connections a worker holds or was handed; a report that is on its way counts as not yet said. */
static uint64_t load_of(const struct parent_worker *w)
{
	return w->handed - w->counts.closed;
}

/* Workers of the generation before serve on until the first of this one is ready. */
static struct parent_worker *roomiest(const struct parent *p, bool any)
{
	struct parent_worker *best = NULL;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->life != PARENT_SERVING || (w->old && p->ready) || !w->pipe || w->deaf ||
			(w->rest_ms && os_clock_ms() < w->rest_ms) ||
			(!any && load_of(w) >= w->room))
			continue;
		if (!best || load_of(w) < load_of(best))
			best = w;
	}
	return best;
}

static bool somebody_can(const struct parent *p)
{
	if (p->stop == PARENT_STOPPING || os_clock_ms() < p->accept_rest_ms)
		return false;
	if (p->config->process_model == CONFIG_FORK)
		return os_clock_ms() >= p->policy.patience_ms && parent_spawn_room(p) >= 0;
	return roomiest(p, false) != NULL;
}

static void watch_listeners(struct parent *p, bool on)
{
	for (size_t i = 0; i < p->accept_count; i++)
		if (on)
			ev_io_start(p->loop, &p->accepts[i]);
		else
			ev_io_stop(p->loop, &p->accepts[i]);
}

/* Sends the descriptor to the worker with most room, `any`: even if that is none at present; false:
 * nobody could take it. */
static bool pass_on(struct parent *p, struct connection *c, bool any)
{
	struct wire_command command = {
		.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_CONNECTION, .from = c->from};
	for (struct parent_worker *w; (w = roomiest(p, any));) {
		if (mp_pipe_send_fds(w->pipe, &command, sizeof command, &c->fd, 1, 0) == 0) {
			move(c, &w->passed);
			if (++w->handed == p->config->max_connections_per_child)
				parent_life_recycle(w, WIRE_REASON_RECYCLED);
			return true;
		}
		if (errno == EPIPE)
			parent_life_event(w, PARENT_EOF);
		else
			w->deaf = true; /* its pipe is full: until it says something again */
	}
	return false;
}

/* Gives the first of those who wait to a child; false: none can be had, and it waits on. It was
 * accepted, so it will be served. */
static bool hand_over(struct parent *p, bool any)
{
	struct connection *c = first(&p->waiting);
	if (p->config->process_model != CONFIG_FORK)
		return pass_on(p, c, any);
	if (!parent_spawn_oneshot(p, c->fd, &c->from))
		return false;
	drop(c);
	return true;
}

/* false: out of memory. */
static bool keep(struct parent *p, int fd, const struct os_address *from)
{
	struct connection *c = malloc(sizeof *c);
	if (!c)
		return false;
	c->fd = fd;
	c->from = *from;
	list_append(&p->waiting, &c->link);
	return true;
}

static void log_accept_failure(void)
{
	static struct log_throttle throttle;
	if (log_once_a_second(&throttle))
		log_error("cannot accept connections: %m; they wait in the queue");
}

static void on_connection(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	(void)events;
	struct parent *p = watch->data;
	for (int i = 0; i < BATCH; i++) {
		struct os_address from;
		if (!list_empty(&p->waiting) || !somebody_can(p)) {
			watch_listeners(p, false);
			return;
		}
		bool waits = p->config->worker_connections > 1 || p->config->write_limit.first_ms;
		int flags =
			waits && p->config->process_model == CONFIG_DISPATCH ? SOCK_NONBLOCK : 0;
		int fd = os_socket_accept(watch->fd, &from, flags);
		if (fd < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			log_accept_failure();
			p->accept_rest_ms = os_clock_ms() + ACCEPT_REST_MS;
			watch_listeners(p, false);
			return;
		}
		if (keep(p, fd, &from))
			hand_over(p, false);
		else
			close(fd);
	}
}

static void on_queue(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	(void)events;
	parent_status_queue(watch->data);
}

int parent_dispatch_start(struct parent *p)
{
	if (!parent_accepts(p))
		return 0;
	p->accepts = calloc(p->listeners.count, sizeof *p->accepts);
	if (!p->accepts)
		return -1;
	p->accept_count = p->listeners.count;
	for (size_t i = 0; i < p->accept_count; i++) {
		ev_io_init(&p->accepts[i], on_connection, p->listeners.list[i].fd, EV_READ);
		p->accepts[i].data = p;
	}
	if (p->config->process_model == CONFIG_FORK) {
		if (!p->queue && !(p->queue = mp_queue_new(0)))
			return -1;
		ev_io_stop(p->loop, &p->queue_watch); /* it may go on from before */
		ev_io_init(&p->queue_watch, on_queue, mp_queue_reader_fileno(p->queue), EV_READ);
		p->queue_watch.data = p;
		ev_io_start(p->loop, &p->queue_watch);
	}
	parent_dispatch_room(p);
	return 0;
}

void parent_dispatch_stop(struct parent *p)
{
	watch_listeners(p, false);
	free(p->accepts);
	p->accepts = NULL;
	p->accept_count = 0;
}

void parent_dispatch_room(struct parent *p)
{
	if ((!p->accept_count && list_empty(&p->waiting)) || !somebody_can(p))
		return;
	while (!list_empty(&p->waiting) && hand_over(p, false))
		;
	if (list_empty(&p->waiting) && p->accept_count && !ev_is_active(&p->accepts[0]))
		watch_listeners(p, true);
}

/* A worker that is to drain takes it all the same, since it stands before the word to go in its
 * pipe. One-shot children need room: parent_dispatch_room looks whenever one has ended. */
void parent_dispatch_flush(struct parent *p)
{
	while (!list_empty(&p->waiting) && p->config->process_model == CONFIG_DISPATCH &&
		hand_over(p, true))
		;
}

/* The last of the workers had no descriptor for a connection, and is gone: one more is born for it,
 * and goes with it. */
void parent_dispatch_late(struct parent *p)
{
	bool waits = !list_empty(&p->waiting), taken = false;
	if (p->stop != PARENT_STOPPING_GRACEFULLY || p->config->process_model != CONFIG_DISPATCH ||
		(!p->resting && parent_keeper_lives(p)))
		return;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		taken |= w->life <= PARENT_SERVING;
		if (w->life == PARENT_SERVING && !waits)
			parent_life_event(w, PARENT_LEAVE);
	}
	if (waits && !taken)
		parent_spawn_worker(p);
}

/* ---- what became of them ---- */

void parent_dispatch_heard(struct parent_worker *w, const struct wire_report *r)
{
	uint64_t taken = w->counts.connections;
	for (; taken < r->counts.connections && !list_empty(&w->passed); taken++)
		drop(first(&w->passed));
	/* It says each at once, so this is the next one. */
	if (r->missed != w->missed && !list_empty(&w->passed)) {
		move(first(&w->passed), &w->parent->waiting);
		w->handed--;
		w->rest_ms = os_clock_ms() + ACCEPT_REST_MS;
	} else if (r->missed != w->missed && !parent_cover_missed(w)) {
		return; /* the next report says it again */
	}
	w->missed = r->missed;
}

void parent_dispatch_bury(struct parent_worker *w)
{
	struct parent *p = w->parent;
	while (!list_empty(&w->passed))
		if (parent_bears(p) && os_socket_is_untouched(first(&w->passed)->fd))
			move(first(&w->passed), &p->waiting);
		else
			drop(first(&w->passed));
}

void parent_dispatch_close(struct parent *p)
{
	while (!list_empty(&p->waiting))
		drop(first(&p->waiting));
}
