/*
 * worker_classic - the driver of a worker with one connection: blocking calls
 *
 * Runs in:  worker of a classic pool (WorkerConnections 1); one-shot child of model fork
 * Owns:     its one connection
 * Errors:   out of descriptors: rests a moment and tries again
 *
 * The classic prefork server: wait for a connection, serve it to its end, wait for the next. The
 * sockets carry their timeouts with them (inherited from the listener), so a read or a write that
 * takes too long comes back by itself and the patience of worker_conn decides.
 *
 * The wait is an epoll of its own: EPOLLEXCLUSIVE makes the kernel wake one of the waiting workers
 * and not all, and the command pipe is watched with the same call.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_keep.h"

#include "base/apart.h"
#include "os/os_mutex.h"
#include "os/os_socket.h"
#include "wire/wire_command.h"
#include "wire/wire_confine.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t doorbell;

static void on_doorbell(int number)
{
	(void)number;
	doorbell = 1;
}

/* While there is something to report, or will be, a timer interrupts the wait for the client ten
 * times a second; its handler need do nothing. */
static bool ticking;

static void on_tick(int number)
{
	(void)number;
}

static void tick(bool on)
{
	struct timeval every = {0, on ? WORKER_REPORT_MS * 1000 : 0};
	if (on != ticking)
		setitimer(ITIMER_REAL, &(struct itimerval){every, every}, NULL);
	ticking = on;
}

static struct {
	int epoll;
	int fd; /* the connection that came, or -1 */
	struct os_address from;
	size_t next;  /* the listener to look at first, so that none starves */
	bool resumed; /* it came from the keeper, and this is the rest of it */
	bool reported_idle;
} wait_for;
static struct worker_kept kept APART; /* what came from the keeper */

static void take(struct worker *w, int fd, const struct os_address *from)
{
	(void)w;
	wait_for.fd = fd;
	wait_for.from = *from;
}

static int watch(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	return epoll_ctl(wait_for.epoll, EPOLL_CTL_ADD, fd, &event);
}

static int prepare(struct worker *w)
{
	const struct wire_heritage *h = w->heritage;
	struct sigaction action = {.sa_handler = on_doorbell}; /* no SA_RESTART: recv(2) returns */
	sigaction(WIRE_DOORBELL, &action, NULL);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_tick}, NULL);
	/* A worker that blocks on a client hears of its parent's death too, and lets go of the
	 * listeners: a new server is on the same port at once. */
	prctl(PR_SET_PDEATHSIG, WIRE_DOORBELL);
	w->never_blocks = w->config->write_limit.first_ms > 0;
	wait_for.fd = -1;
	wait_for.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (wait_for.epoll < 0)
		return -1;
	for (size_t i = 0; i < h->listener_count; i++)
		if (watch(h->listeners[i], EPOLLIN | EPOLLEXCLUSIVE) < 0)
			return -1;
	if (h->pipe && watch(mp_pipe_fileno(h->pipe), EPOLLIN) < 0)
		return -1;
	if (h->keeper > 0 && watch(h->keeper, EPOLLIN | EPOLLEXCLUSIVE) < 0)
		return -1;
	return h->accept_mutex ? os_mutex_child(h->accept_mutex) : 0;
}

static void rest_a_moment(const char *what, const char *then)
{
	static struct log_throttle throttle;
	if (log_once_a_second(&throttle))
		log_error("cannot %s: %m%s", what, then);
	nanosleep(&(struct timespec){0, 100 * 1000 * 1000}, NULL);
}

/* What a wait returned. The kernel may have no memory for one, and trying again at once would help
 * nobody. */
static int waited(int ready)
{
	if (ready < 0 && errno != EINTR)
		rest_a_moment("wait for a client", "");
	return ready;
}

/* What the keeper has for a worker. */
static bool try_keeper(struct worker *w)
{
	wait_for.resumed = worker_keep_take(w, &kept);
	if (wait_for.resumed)
		wait_for.fd = kept.fd;
	return wait_for.resumed;
}

/* The keeper counts as one more listener. */
static bool try_accept(struct worker *w)
{
	const struct wire_heritage *h = w->heritage;
	for (size_t i = 0; i <= h->listener_count; i++) {
		size_t at = (wait_for.next + i) % (h->listener_count + 1);
		if (at == h->listener_count) {
			if (!try_keeper(w))
				continue;
		} else {
			wait_for.fd = os_socket_accept(h->listeners[at], &wait_for.from,
				w->never_blocks ? SOCK_NONBLOCK : 0);
		}
		if (wait_for.fd >= 0) {
			wait_for.next = at + 1;
			return true;
		}
		if (errno != EAGAIN && errno != EINTR)
			rest_a_moment("accept connections", "; they wait in the queue");
	}
	return false;
}

static void wait_in_epoll(void)
{
	struct epoll_event event;
	/* EINTR, and the end of the time: the caller looks around. */
	int most = handler_busy(os_clock_ms()) ? 1000 : -1;
	(void)waited(epoll_wait(wait_for.epoll, &event, 1, most));
}

/* One at a time stands at the listeners, as Apache's accept mutex has it. */
static void wait_in_turn(struct worker *w)
{
	struct os_mutex *mutex = w->heritage->accept_mutex;
	if (!mutex) {
		wait_in_epoll();
		return;
	}
	wire_diary_waits(w->diary, true);
	if (os_mutex_lock(mutex) == 0) {
		if (!try_accept(w)) {
			wait_in_epoll();
			try_accept(w);
		}
		os_mutex_unlock(mutex);
	}
	wire_diary_waits(w->diary, false);
}

/* The next connection into wait_for, or false when the worker is to end. */
static bool next_connection(struct worker *w)
{
	/* One may have come down the pipe while the last was being served. */
	while (!w->draining && wait_for.fd < 0) {
		doorbell = 0;
		wire_diary_beat(w->diary);
		worker_command_read(w, take);
		if (wait_for.fd >= 0)
			break;
		/* The kernel may have woken this one for a connection at the same moment, and wakes
		 * nobody else for it: it is the last one to take. */
		if (w->draining)
			return !w->heritage->accept_mutex && try_accept(w);
		if (!w->heritage->accept_mutex && try_accept(w))
			return true;
		if (!wait_for.reported_idle || w->changed) {
			worker_look_at_clock(w);
			worker_report(w, WIRE_STATE_READY);
			wait_for.reported_idle = true;
		}
		wait_in_turn(w);
	}
	/* A keeper that ended has left to the workers what had been said by then. */
	return wait_for.fd >= 0 || try_keeper(w);
}

static void look_at_doorbell(struct worker *w)
{
	/* What waits already is served before anything else is read. */
	if (!doorbell || w->heritage->queue || wait_for.fd >= 0)
		return;
	doorbell = 0;
	worker_command_read(w, take);
	if (w->draining)
		worker_let_go(w);
}

static enum wire_state state_of(const struct worker_conn *c)
{
	switch (worker_conn_stage(c)) {
	case WORKER_STAGE_IDLE:
		return WIRE_STATE_KEEPALIVE;
	case WORKER_STAGE_HEAD:
		return WIRE_STATE_READING;
	default:
		return WIRE_STATE_WRITING;
	}
}

static void report_soon(struct worker *w, struct worker_conn *c)
{
	w->idle_open = c->rests = c->served && !c->exchange;
	enum wire_state state = state_of(c);
	w->changed |= state != w->said; /* a head is whole, and its answer takes long */
	worker_report_maybe(w, state);
	/* What follows a head that is read may be a long write, which would not be told of. */
	tick(w->changed || state == WIRE_STATE_READING);
}

/* Waits for all that the connection waits for; a signal ends the wait too. */
static enum worker_place wait_and_run(struct worker *w, struct worker_conn *c)
{
	struct pollfd fds[WORKER_FDS];
	worker_later_fds(c, fds);
	int ready = waited(poll(fds, WORKER_FDS, worker_later_due_ms(w, c)));
	c->ready = 0;
	for (int i = 0; i < WORKER_FDS && ready > 0; i++)
		if (fds[i].fd >= 0 && fds[i].revents)
			c->ready |= 1u << i;
	for (int i = 0; i < HANDLER_LATER_FDS; i++)
		c->exchange->call.later.fds[i].revents =
			(short)(ready > 0 ? fds[WORKER_FD_HANDLER + i].revents : 0);
	worker_look_at_clock(w);
	if (!c->ready && worker_later_due_ms(w, c) != 0)
		return WORKER_WAIT_HANDLER;
	return worker_conn_run(w, c);
}

/* ---- the client is silent ---- */

enum {
	GRACE_MS = 50,      /* a client that speaks again so soon finds its worker still there */
	RETRY_MS = 250,     /* so often a keeper that could take nothing is asked again */
	DOUBT_MS = 1,       /* and so soon, even if somebody else waits */
	TURN_MS = 10,       /* who has had its turn, while others wait, makes room in any case: */
	TURN_REQUESTS = 16, /* a time, or so many requests, whichever is over first */
	HOT_REQUESTS = 4,   /* a client that asked so often in its turn goes on most likely; */
	HOT_MS = 10         /* so that nobody looks for others meanwhile */
};

/* A connection's stay with this worker. */
struct turn {
	uint64_t began_ms;
	uint32_t served; /* requests before it */
	uint32_t last;   /* and at the last wait */
	bool brief;      /* its socket blocks no longer than HOT_MS */
};

/* Does the client speak, or else somebody else want a worker? poll(2)'s number of either. */
static int listen_to(const struct worker_conn *c, bool *speaks, bool *wanted, int ms)
{
	struct pollfd fds[] = {{c->fd, POLLIN, 0}, {wanted ? wait_for.epoll : -1, POLLIN, 0}};
	int ready = waited(poll(fds, COUNT_OF(fds), ms));
	*speaks = ready > 0 && fds[0].revents;
	if (wanted)
		*wanted = ready > 0 && fds[1].revents;
	return ready;
}

/* Is it the keeper's now? */
static bool is_idle(struct worker *w, const struct worker_conn *c, const struct turn *turn)
{
	bool speaks, wanted;
	if (listen_to(c, &speaks, &wanted, w->draining ? 0 : GRACE_MS) < 0)
		return false; /* a signal */
	if (speaks && !wanted)
		return false;
	worker_look_at_clock(w);
	if (wanted && w->now_ms - turn->began_ms < TURN_MS &&
		c->served - turn->served < TURN_REQUESTS)
		return !speaks && listen_to(c, &speaks, NULL, DOUBT_MS) == 0;
	return true;
}

/* One request follows the other: then the next read may as well do the waiting, which saves a call
 * a request. */
static bool is_hot(struct worker *w, const struct worker_conn *c, struct turn *turn)
{
	uint32_t served = c->served - turn->served;
	bool hot = !w->never_blocks && c->served != turn->last && served >= HOT_REQUESTS &&
		   served % TURN_REQUESTS && !c->exchange && !w->draining;
	turn->last = c->served;
	if (hot && !turn->brief)
		turn->brief = os_socket_read_patience(c->fd, HOT_MS) == 0;
	return hot && turn->brief;
}

/* Not one of an earlier generation alone, which takes nothing any more. */
static bool has_keeper(const struct worker *w)
{
	return w->heritage->keeper > 0 && config_has_keeper(w->config);
}

/* Waits until the client speaks, or its time is over, or a signal comes. true: the keeper does that
 * from now on. */
static bool wait_for_client(struct worker *w, struct worker_conn *c, struct turn *turn)
{
	bool speaks, wanted, others = c->exchange && c->exchange->reading_body;
	w->polls = !is_hot(w, c, turn);
	if (!w->polls)
		return false;
	if (worker_keep_suits(w, c) && (c->lingers || is_idle(w, c, turn)) &&
		worker_keep_give(w, c))
		return true;
	uint64_t due = worker_conn_due_ms(w, c);
	worker_look_at_clock(w);
	int left = due > w->now_ms ? (int)(due - w->now_ms) : 0;
	if (has_keeper(w) && !others && left > RETRY_MS)
		left = RETRY_MS; /* there may be a keeper again */
	if (listen_to(c, &speaks, others ? &wanted : NULL, left) > 0 && !speaks &&
		listen_to(c, &speaks, NULL, left < DOUBT_MS ? left : DOUBT_MS) == 0 &&
		!worker_body_hurry(c))
		(void)listen_to(c, &speaks, NULL, left);
	worker_look_at_clock(w);
	return false;
}

/* Until the client has read some of its answer, or took too long. */
static void wait_for_room(struct worker *w, const struct worker_conn *c)
{
	struct pollfd fd = {c->fd, POLLOUT, 0};
	uint64_t due = c->since_ms + worker_conn_patience(w, c);
	(void)waited(poll(&fd, 1, due > w->now_ms ? (int)(due - w->now_ms) : 0));
	worker_look_at_clock(w);
}

/* false: nobody is served. */
static bool open_connection(
	struct worker *w, struct worker_conn *c, int fd, const struct os_address *from)
{
	uint32_t place;
	if (wait_for.resumed) {
		wait_for.resumed = false;
		worker_keep_resume(w, c, &kept);
		return true;
	}
	if (!worker_crowd_admit(w, fd, from, &place))
		return false;
	worker_conn_open(w, c, fd, from);
	c->crowd_place = place;
	return true;
}

/* Its time is over; but a client that waits for nothing may have spoken since it was last heard. A
 * read must not wait once more for that. */
static enum worker_place run_or_expire(struct worker *w, struct worker_conn *c)
{
	bool polls = w->polls;
	if (c->place != WORKER_READ || c->out.size)
		return worker_conn_expire(w, c);
	w->polls = true;
	enum worker_place place = worker_conn_run_or_expire(w, c);
	w->polls = polls;
	return place;
}

static void serve(struct worker *w, int fd, const struct os_address *from)
{
	struct worker_conn c;
	worker_look_at_clock(w);
	if (!open_connection(w, &c, fd, from))
		return;
	struct turn turn = {w->now_ms, c.served, c.served, false};
	w->polls = (has_keeper(w) || w->never_blocks) && !w->oneshot;
	/* Of a connection that was passed to it the parent has a copy, until it hears of it. */
	bool passed = w->config->process_model == CONFIG_DISPATCH;
	if ((wait_for.reported_idle || passed) && !w->oneshot) {
		worker_report(w, WIRE_STATE_READING);
		wait_for.reported_idle = false;
	}
	enum worker_place place = WORKER_READ;
	for (bool late = false;;) {
		place = place == WORKER_WAIT_HANDLER ? wait_and_run(w, &c)
			: late                       ? run_or_expire(w, &c)
						     : worker_conn_run(w, &c);
		worker_log_flush(w);
		if (place == WORKER_CLOSE)
			break;
		worker_look_at_clock(w);
		look_at_doorbell(w);
		late = w->now_ms - c.since_ms >= worker_conn_patience(w, &c);
		if (!w->oneshot)
			report_soon(w, &c);
		if (w->never_blocks && place == WORKER_WAIT_WRITE && !late) {
			wait_for_room(w, &c);
			late = w->now_ms - c.since_ms >= worker_conn_patience(w, &c);
		}
		if ((has_keeper(w) || w->never_blocks) && place == WORKER_WAIT_READ && !late) {
			if (wait_for_client(w, &c, &turn))
				break; /* it goes on there */
			late = w->now_ms >= worker_conn_due_ms(w, &c);
		}
	}
	tick(false);
	worker_conn_close(w, &c);
}

/* Programs that have answered end in a time of their own, and nobody is to blame for it. */
static void wait_for_programs(struct worker *w)
{
	wire_diary_waits(w->diary, true);
	handler_abandon(false);
	wire_diary_waits(w->diary, false);
}

int worker_classic_run(struct worker *w)
{
	if (prepare(w) < 0) {
		log_crit("cannot wait for connections: %m");
		return WIRE_EXIT_SICK;
	}
	if (wire_confine_enter(w->heritage->sandbox) < 0)
		return WIRE_EXIT_SICK;
	while (next_connection(w)) {
		int fd = wait_for.fd;
		wait_for.fd = -1;
		serve(w, fd, &wait_for.from);
	}
	wait_for_programs(w);
	worker_log_end(w);
	worker_look_at_clock(w);
	worker_report(w, WIRE_STATE_GRACEFUL);
	return worker_exit_code(w);
}

int worker_classic_oneshot(struct worker *w, int fd, const struct os_address *from)
{
	/* Whoever asks whether it still moves wakes it from a long wait for its client. */
	sigaction(WIRE_DOORBELL, &(struct sigaction){.sa_handler = on_doorbell}, NULL);
	if (wire_confine_enter(w->heritage->sandbox) < 0)
		return WIRE_EXIT_SICK;
	serve(w, fd, from);
	wait_for_programs(w);
	worker_log_end(w);
	worker_report(w, WIRE_STATE_READY);
	return worker_exit_code(w);
}
