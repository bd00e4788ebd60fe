/*
 * worker_event - the driver of a worker with many connections: a loop on libev
 *
 * Runs in:  worker of a pool with WorkerConnections above 1
 * Owns:     its connections and their watchers
 * Errors:   out of descriptors or memory: what is there goes on, accepting rests a moment
 *
 * Connections stand in lists ordered by their last activity, so one timer a second finds those
 * whose time is up at the front, and no timer is ever moved for a request.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_keep.h"

#include "base/apart.h"
#include "os/os_socket.h"
#include "wire/wire_confine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_BATCH = 64, SPARE_CONNS = 64 };

static struct {
	ev_io *listeners;
	size_t listener_count;
	struct list lent;        /* listeners of slots that need help */
	const struct list *idle; /* connections */
	bool listening;
	bool ended; /* it was told to end at once */
	ev_io commands;
	ev_async end; /* SIGTERM came */
	struct ev_loop *loop;
	ev_timer second;
	ev_timer report;
	ev_timer rest;    /* after accept(2) failed */
	ev_prepare turn;  /* before the loop sleeps */
	struct list free; /* records of connections that ended */
	unsigned free_count;
} driver;

/* A listener that came later than the worker was born. */
struct lent {
	struct list link; /* in driver.lent */
	ev_io io;
};

static void listen_at(struct worker *w, ev_io *io, bool on)
{
	if (on)
		ev_io_start(w->loop, io);
	else
		ev_io_stop(w->loop, io);
}

static void listen_to(struct worker *w, bool on)
{
	if (on == driver.listening)
		return;
	driver.listening = on;
	for (size_t i = 0; i < driver.listener_count; i++)
		listen_at(w, &driver.listeners[i], on);
	LIST_EACH(member, &driver.lent)
		listen_at(w, &LIST_ENTRY(member, struct lent, link)->io, on);
}

void worker_event_give_back(void)
{
	if (!driver.loop)
		return;
	LIST_EACH(member, &driver.lent) {
		struct lent *lent = LIST_ENTRY(member, struct lent, link);
		list_remove(member);
		ev_io_stop(driver.loop, &lent->io);
		close(lent->io.fd);
		free(lent);
	}
}

static enum wire_state state_of(const struct worker *w)
{
	if (w->open == 0)
		return WIRE_STATE_READY;
	bool answers = !list_empty(&w->waiting);
	for (size_t i = 0; i < WORKER_STAGES; i++)
		answers |= i != WORKER_STAGE_IDLE && i != WORKER_STAGE_HEAD &&
			   !list_empty(&w->stages[i]);
	return answers                                     ? WIRE_STATE_WRITING
	       : list_empty(&w->stages[WORKER_STAGE_HEAD]) ? WIRE_STATE_KEEPALIVE
							   : WIRE_STATE_READING;
}

/* After anything that may have changed how many connections there are. */
static void look_around(struct worker *w)
{
	listen_to(w, worker_may_take(w) && !ev_is_active(&driver.rest));
	if (w->draining) {
		driver.listener_count = 0;
		worker_event_give_back();
		worker_let_go(w);
	}
	if (w->draining && w->open == 0 && handler_busy(w->now_ms) != HANDLER_PROGRAMS)
		ev_break(w->loop, EVBREAK_ALL);
}

static struct worker_conn *new_record(void)
{
	if (list_empty(&driver.free))
		return malloc(sizeof(struct worker_conn));
	struct worker_conn *c = LIST_ENTRY(driver.free.next, struct worker_conn, link);
	list_remove(&c->link);
	driver.free_count--;
	return c;
}

static void free_record(struct worker_conn *c)
{
	if (driver.free_count == SPARE_CONNS) {
		free(c);
		return;
	}
	list_append(&driver.free, &c->link);
	driver.free_count++;
}

static void end_connection(struct worker *w, struct worker_conn *c)
{
	bool was_full = !worker_may_take(w);
	worker_waits_end(w, c);
	ev_io_stop(w->loop, &c->io);
	worker_conn_close(w, c);
	free_record(c);
	if (was_full)
		look_around(w);
}

static void want(struct worker *w, struct worker_conn *c, int events)
{
	if (ev_is_active(&c->io) && (c->io.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(w->loop, &c->io);
	ev_io_set(&c->io, c->fd, events);
	ev_io_start(w->loop, &c->io);
}

static struct list *list_of(struct worker *w, const struct worker_conn *c, enum worker_place place)
{
	if (place == WORKER_WAIT_HANDLER)
		return &w->waiting;
	return &w->stages[worker_conn_stage(c)];
}

static void go_on(struct worker *w, struct worker_conn *c);

static void wait_for(struct worker *w, struct worker_conn *c, enum worker_place place)
{
	if (place == WORKER_CLOSE) {
		end_connection(w, c);
		return;
	}
	struct list *list = list_of(w, c, place);
	list_remove(&c->link);
	list_append(list, &c->link);
	w->idle_open -= c->rests;
	c->rests = list == &w->stages[WORKER_STAGE_IDLE];
	w->idle_open += c->rests;
	if (place == WORKER_WAIT_HANDLER) {
		if (!worker_waits_for_all(w, c, go_on))
			end_connection(w, c);
		return;
	}
	worker_waits_end(w, c);
	want(w, c, place == WORKER_WAIT_READ ? EV_READ : EV_WRITE);
}

static void go_on(struct worker *w, struct worker_conn *c)
{
	wait_for(w, c, worker_conn_run(w, c));
}

static void on_connection(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	struct worker_conn *c = io->data;
	c->ready = 1u << WORKER_FD_CLIENT;
	go_on(c->worker, c);
}

static void take(struct worker *w, int fd, const struct os_address *from)
{
	uint32_t place;
	if (!worker_crowd_admit(w, fd, from, &place))
		return;
	struct worker_conn *c = new_record();
	if (!c) {
		wire_crowd_leave(w->heritage->crowd, w->heritage->page, place);
		close(fd);
		worker_took(w);
		w->open--;
		w->counts.closed++;
		return;
	}
	worker_conn_open(w, c, fd, from);
	c->crowd_place = place;
	ev_io_init(&c->io, on_connection, fd, EV_READ);
	c->io.data = c;
	go_on(w, c); /* its first bytes are most likely there already */
}

/* A file that is asked for is worth more than a connection nobody uses: the one that has been idle
 * longest ends, if its client has not just said something. */
static bool give_up_one(void)
{
	char byte;
	LIST_EACH(member, driver.idle) {
		struct worker_conn *c = LIST_ENTRY(member, struct worker_conn, link);
		if (c->exchange || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
			continue; /* it is at it, or about to be */
		end_connection(c->worker, c);
		return true;
	}
	return false;
}

/* Another generation's, from the keeper: it goes on where it was. */
static void resume(struct worker *w, const struct worker_kept *kept)
{
	struct worker_conn *c = new_record();
	if (!c) {
		close(kept->fd);
		return;
	}
	worker_keep_resume(w, c, kept);
	ev_io_init(&c->io, on_connection, c->fd, EV_READ);
	c->io.data = c;
	wait_for(w, c, worker_conn_run_or_expire(w, c));
}

/* What the keepers have for a worker, up to a turn's share; false: nothing. */
static bool take_kept(struct worker *w)
{
	static struct worker_kept kept APART;
	int count = 0;
	worker_look_at_clock(w);
	while (count < ACCEPT_BATCH && w->open < w->config->worker_connections &&
		worker_keep_take(w, &kept)) {
		resume(w, &kept);
		count++;
	}
	return count > 0;
}

static void on_kept(struct ev_loop *loop, ev_io *io, int events)
{
	(void)events;
	struct worker *w = io->data;
	if (!driver.ended && !take_kept(w) && errno == EPIPE)
		ev_io_stop(loop, io); /* nobody will ever pass on any more */
	look_around(w);
}

static void rest_a_moment(struct worker *w)
{
	static struct log_throttle throttle;
	if (log_once_a_second(&throttle))
		log_error("cannot accept connections: %m; they wait in the queue");
	ev_timer_again(w->loop, &driver.rest);
	listen_to(w, false);
}

static void on_listener(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	struct worker *w = io->data;
	worker_look_at_clock(w);
	for (int i = 0; i < ACCEPT_BATCH && !driver.ended && worker_may_take(w); i++) {
		struct os_address from;
		int fd = os_socket_accept(io->fd, &from, SOCK_NONBLOCK);
		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR)
				rest_a_moment(w);
			break;
		}
		take(w, fd, &from);
	}
	look_around(w);
	if (w->open == w->config->worker_connections)
		worker_report(w, state_of(w)); /* no spare any more: an edge */
}

static void on_command(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	struct worker *w = io->data;
	if (driver.ended)
		return; /* the parent has still what it passed on */
	worker_look_at_clock(w);
	/* It was passed on before the word to go came. */
	if (driver.listening)
		take_kept(w);
	uint64_t before = w->counts.connections;
	worker_command_read(w, take);
	if (w->orphan)
		ev_io_stop(w->loop, io);
	if (w->counts.connections != before)
		worker_report(w, state_of(w)); /* until then the parent has them open too */
	look_around(w);
}

static void close_late(struct worker *w, struct list *list)
{
	while (!list_empty(list)) {
		struct worker_conn *c = LIST_ENTRY(list->next, struct worker_conn, link);
		if (w->now_ms - c->since_ms <= worker_conn_patience(w, c))
			return;
		wait_for(w, c, worker_conn_run_or_expire(w, c));
	}
}

static void on_second(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	struct worker *w = timer->data;
	worker_look_at_clock(w);
	for (size_t i = 0; i < WORKER_STAGES; i++)
		close_late(w, &w->stages[i]);
	worker_waits_look(w);
	handler_busy(w->now_ms);
	look_around(w);
	w->changed |= state_of(w) != w->said; /* a head is whole, and its answer takes long */
}

static void on_report(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct worker *w = timer->data;
	ev_timer_stop(loop, timer);
	worker_look_at_clock(w);
	if (w->changed)
		worker_report(w, state_of(w));
}

static void on_rested(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	ev_timer_stop(loop, timer);
	look_around(timer->data);
}

/* A request that is over leaves others open: the worker is at one of those. Only the first few are
 * looked at, since thousands of slow readers must not make every turn longer. */
static void note_open(struct worker *w)
{
	int looks = 16;
	struct list *all = list_empty(&w->waiting) ? &w->stages[WORKER_STAGE_ANSWER] : &w->waiting;
	if (w->noted)
		return;
	LIST_EACH(member, all) {
		const struct worker_conn *c = LIST_ENTRY(member, struct worker_conn, link);
		bool over = !c->exchange || !c->exchange->routed; /* its rest goes out */
		if (!over)
			worker_conn_note(w, c);
		if (!over || --looks == 0)
			return;
	}
}

/* The end of a turn: log lines leave in one write, and what changed is told soon. */
static void on_turn(struct ev_loop *loop, ev_prepare *prepare, int events)
{
	(void)events;
	struct worker *w = prepare->data;
	worker_log_flush(w);
	note_open(w);
	if (w->changed && !ev_is_active(&driver.report))
		ev_timer_again(loop, &driver.report);
}

/* libev knows each signal in one loop of a program only, and a forked child still remembers its
 * parent's; so the handler is our own. */
static void on_term(int number)
{
	(void)number;
	ev_async_send(driver.loop, &driver.end);
}

static void on_end(struct ev_loop *loop, ev_async *watch, int events)
{
	(void)watch;
	(void)events;
	driver.ended = true;
	ev_break(loop, EVBREAK_ALL);
}

void worker_event_listen(struct worker *w, int fd)
{
	struct lent *lent = w->loop && !w->draining ? malloc(sizeof *lent) : NULL;
	if (!lent) {
		close(fd);
		return;
	}
	list_append(&driver.lent, &lent->link);
	ev_io_init(&lent->io, on_listener, fd, EV_READ);
	lent->io.data = w;
	if (driver.listening)
		ev_io_start(w->loop, &lent->io);
}

static int watch_listeners(struct worker *w)
{
	const struct wire_heritage *h = w->heritage;
	driver.listeners = calloc(h->listener_count + 1, sizeof *driver.listeners);
	if (!driver.listeners)
		return -1;
	driver.listener_count = h->listener_count;
	for (size_t i = 0; i < h->listener_count; i++) {
		ev_io_init(&driver.listeners[i], on_listener, h->listeners[i], EV_READ);
		driver.listeners[i].data = w;
	}
	if (h->keeper > 0) {
		ev_io *io = &driver.listeners[driver.listener_count++];
		ev_io_init(io, on_kept, h->keeper, EV_READ);
		io->data = w;
	}
	listen_to(w, true);
	return 0;
}

static void start_timers(struct worker *w)
{
	ev_timer_init(&driver.second, on_second, 1, 1);
	driver.second.data = w;
	ev_timer_start(w->loop, &driver.second);
	ev_timer_init(&driver.report, on_report, 0, WORKER_REPORT_MS / 1000.0);
	driver.report.data = w;
	ev_timer_init(&driver.rest, on_rested, 0, 0.1);
	driver.rest.data = w;
	ev_prepare_init(&driver.turn, on_turn);
	driver.turn.data = w;
	ev_prepare_start(w->loop, &driver.turn);
	ev_async_init(&driver.end, on_end);
	ev_set_priority(&driver.end, EV_MAXPRI); /* who came in that turn is left to others */
	ev_async_start(w->loop, &driver.end);
	driver.loop = w->loop;
	signal(SIGTERM, on_term);
}

static int start(struct worker *w)
{
	list_init(&driver.free);
	list_init(&driver.lent);
	driver.idle = &w->stages[WORKER_STAGE_IDLE];
	handler_open_asks(give_up_one);
	w->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (!w->loop || watch_listeners(w) < 0)
		return -1;
	start_timers(w);
	if (w->heritage->pipe) {
		ev_io_init(
			&driver.commands, on_command, mp_pipe_fileno(w->heritage->pipe), EV_READ);
		driver.commands.data = w;
		ev_io_start(w->loop, &driver.commands);
	}
	return 0;
}

/* Whoever sent it knows why; a parent that did not shall hear of it. */
static void end_by_signal(void)
{
	signal(SIGTERM, SIG_DFL);
	raise(SIGTERM);
}

int worker_event_run(struct worker *w)
{
	if (start(w) < 0) {
		log_crit("cannot wait for connections: %m");
		return WIRE_EXIT_SICK;
	}
	if (wire_confine_enter(w->heritage->sandbox) < 0)
		return WIRE_EXIT_SICK;
	worker_report(w, WIRE_STATE_READY);
	/* Who goes last takes what a keeper that ended has left. */
	do
		ev_run(w->loop, 0);
	while (!driver.ended && take_kept(w));
	handler_abandon(true);
	worker_log_end(w);
	worker_look_at_clock(w);
	worker_report(w, state_of(w));
	if (driver.ended && !w->heritage->single)
		end_by_signal();
	return worker_exit_code(w);
}
