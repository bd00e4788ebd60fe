/*
 * worker_waits - what a connection waits for beside its client, in the loop of worker_event
 *
 * Runs in:  worker of a pool with WorkerConnections above 1
 * Owns:     the watchers, kept for whoever needs them next
 * Errors:   false: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <stdlib.h>

struct worker_waits {
	struct worker_waits *next; /* while it is free */
	struct worker_conn *conn;
	void (*run)(struct worker *w, struct worker_conn *c);
	const struct worker_exchange *of; /* whose handler it is, and ... */
	unsigned ended;                   /* ... how many it had before */
	ev_io io[WORKER_FDS];             /* that of the client is the connection's own */
	ev_timer timer; /* for what comes before the loop looks at all connections */
};

enum { LOOK_MS = 1000 /* so often it does that */ };

static struct worker_waits *free_waits;

static void on_ready(struct ev_loop *loop, ev_io *io, int events)
{
	struct worker_waits *all = io->data;
	struct worker_conn *c = all->conn;
	int i = (int)(io - all->io);
	(void)loop;
	c->ready = 1u << i;
	if (i >= WORKER_FD_HANDLER)
		c->exchange->call.later.fds[i - WORKER_FD_HANDLER].revents =
			(short)(((events & EV_READ) ? POLLIN : 0) |
				((events & EV_WRITE) ? POLLOUT : 0));
	all->run(c->worker, c);
}

static void on_due(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct worker_waits *all = timer->data;
	struct worker_conn *c = all->conn;
	(void)events;
	ev_timer_stop(loop, timer);
	worker_look_at_clock(c->worker);
	c->ready = 0;
	all->run(c->worker, c);
}

static struct worker_waits *take(struct worker_conn *c)
{
	struct worker_waits *all = free_waits;
	if (all)
		free_waits = all->next;
	else if (!(all = malloc(sizeof *all)))
		return NULL;
	all->conn = c;
	all->of = NULL;
	for (int i = 0; i < WORKER_FDS; i++) {
		ev_io_init(&all->io[i], on_ready, -1, 0);
		all->io[i].data = all;
	}
	ev_timer_init(&all->timer, on_due, 0, 0);
	all->timer.data = all;
	return all;
}

static void stop_all(struct worker *w, struct worker_waits *all)
{
	for (int i = 0; i < WORKER_FDS; i++)
		ev_io_stop(w->loop, &all->io[i]);
}

void worker_waits_end(struct worker *w, struct worker_conn *c)
{
	struct worker_waits *all = c->waits;
	if (!all)
		return;
	stop_all(w, all);
	ev_timer_stop(w->loop, &all->timer);
	all->next = free_waits;
	free_waits = all;
	c->waits = NULL;
}

/* Another handler may have descriptors of the same numbers, which the kernel has not been told of.
 */
static void forget_ended(struct worker *w, struct worker_waits *all, const struct worker_conn *c)
{
	if (all->of == c->exchange && all->ended == c->exchange->call.ended)
		return;
	stop_all(w, all);
	all->of = c->exchange;
	all->ended = c->exchange->call.ended;
}

static void watch(struct worker *w, ev_io *io, const struct pollfd *p)
{
	int wanted = p->fd < 0 ? 0
			       : ((p->events & POLLIN) ? EV_READ : 0) |
					 ((p->events & POLLOUT) ? EV_WRITE : 0);
	bool same = io->fd == p->fd && (io->events & (EV_READ | EV_WRITE)) == wanted;
	if (ev_is_active(io) && same)
		return;
	ev_io_stop(w->loop, io);
	if (!wanted)
		return;
	ev_io_set(io, p->fd, wanted);
	ev_io_start(w->loop, io);
}

bool worker_waits_for_all(struct worker *w, struct worker_conn *c,
	void (*run)(struct worker *w, struct worker_conn *c))
{
	struct pollfd fds[WORKER_FDS];
	if (!c->waits && !(c->waits = take(c)))
		return false;
	struct worker_waits *all = c->waits;
	all->run = run;
	forget_ended(w, all, c);
	worker_later_fds(c, fds);
	watch(w, &c->io, &fds[WORKER_FD_CLIENT]);
	for (int i = WORKER_FD_CLIENT + 1; i < WORKER_FDS; i++)
		watch(w, &all->io[i], &fds[i]);
	ev_timer_stop(w->loop, &all->timer);
	int due = worker_later_due_ms(w, c);
	if (due < 0 || due >= LOOK_MS)
		return true;
	ev_timer_set(&all->timer, due / 1000.0 + 0.001, 0);
	ev_timer_start(w->loop, &all->timer);
	return true;
}

/* Each has a time of its own. One that is run goes to the end of the list, or leaves it. */
void worker_waits_look(struct worker *w)
{
	struct list due;
	list_init(&due);
	LIST_EACH(member, &w->waiting) {
		struct worker_conn *c = LIST_ENTRY(member, struct worker_conn, link);
		if (worker_later_due_ms(w, c) != 0)
			continue;
		list_remove(member);
		list_append(&due, member);
	}
	while (!list_empty(&due)) {
		struct worker_conn *c = LIST_ENTRY(due.next, struct worker_conn, link);
		c->ready = 0;
		c->waits->run(w, c);
	}
}
