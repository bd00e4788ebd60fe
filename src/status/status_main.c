/*
 * status_main - birth, the loop, taking connections
 *
 * Runs in:  the status process
 * Owns:     struct status
 * Errors:   the exit status; the parent starts another
 *
 * It leaves in good order: asked to (SIGTERM), or when its parent is gone.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include "os/os_clock.h"
#include "os/os_process.h"
#include "os/os_socket.h"
#include "status/status_entry.h"
#include "wire/wire_ask.h"
#include "wire/wire_confine.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct ev_loop *signalled; /* the handler's way to the loop */
static ev_async asked;

static void on_signal(int number)
{
	(void)number;
	ev_async_send(signalled, &asked); /* may be called here, says ev(3) */
}

/* First those go who have asked for nothing since, then everybody. */
static void on_end(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct status *s = timer->data;
	if (s->hurries) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	s->hurries = true;
	ev_timer_set(timer, STATUS_HURRY_MS / 1000.0, 0);
	ev_timer_start(loop, timer);
	status_conn_leave(s);
}

/* Who has asked gets its answer, from this process: the next one knows nothing of it. And whoever
 * is about to ask on a connection that it keeps. */
static void leave(struct status *s)
{
	if (s->leaving)
		return;
	s->leaving = true;
	ev_io_stop(s->loop, &s->listener);
	ev_timer_set(&s->end, STATUS_LEAVE_MS / 1000.0, 0);
	ev_timer_start(s->loop, &s->end);
	status_conn_leave(s);
}

static void on_asked(struct ev_loop *loop, ev_async *watch, int events)
{
	(void)loop;
	(void)events;
	leave(watch->data);
}

static void on_parent(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)events;
	ev_io_stop(loop, watch);
	leave(watch->data);
}

static void on_listener(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)events;
	struct status *s = watch->data;
	struct os_address from;
	if (s->count >= STATUS_CONNECTIONS) {
		ev_io_stop(loop, watch); /* until one of them ends */
		return;
	}
	int fd = os_socket_accept(watch->fd, &from, SOCK_NONBLOCK);
	if (fd >= 0) {
		status_conn_open(s, fd, &from);
	} else if (errno != EAGAIN && errno != EINTR) {
		static struct log_throttle throttle;
		if (log_once_a_second(&throttle))
			log_error("cannot accept connections: %m");
		ev_io_stop(loop, watch); /* until the next sweep */
	}
}

static void on_sweep(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct status *s = timer->data;
	status_conn_sweep(s, os_clock_ms());
	if (s->count < STATUS_CONNECTIONS && !ev_is_active(&s->listener))
		ev_io_start(loop, &s->listener);
}

static void hear_signals(struct status *s)
{
	signalled = s->loop;
	ev_async_init(&asked, on_asked);
	asked.data = s;
	ev_async_start(s->loop, &asked);
	ev_timer_init(&s->end, on_end, 0, 0);
	s->end.data = s;
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal, .sa_flags = SA_RESTART},
		NULL);
}

/* Becoming another user takes back the word that its parent's end is its own (prctl(2)). */
static void end_with_parent(struct status *s)
{
	struct mp_process *parent = mp_parent_process();
	int gone = parent ? mp_process_sentinel(parent) : -1;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (gone < 0)
		return;
	ev_io_init(&s->parent, on_parent, gone, EV_READ);
	s->parent.data = s;
	ev_io_start(s->loop, &s->parent);
}

static int prepare(struct status *s)
{
	const struct wire_heritage *h = s->heritage;
	list_init(&s->conns);
	list_init(&s->viewers);
	http_response_init(&s->response);
	signal(SIGPIPE, SIG_IGN);
	os_process_name("preforkd-status");
	s->board = h->scoreboard;
	wire_ask_open(h->ask_fd > 0 ? h->ask_fd : -1);
	if (wire_scoreboard_seal(h->scoreboard, h->scoreboard_fd) < 0)
		return WIRE_EXIT_SICK;
	if (wire_confine_become(h->identity, h->sandbox) < 0)
		return WIRE_EXIT_FATAL;
	s->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (!s->loop)
		return WIRE_EXIT_SICK;
	hear_signals(s);
	end_with_parent(s);
	status_stream_init(s);
	ev_io_init(&s->listener, on_listener, h->listeners[0], EV_READ);
	s->listener.data = s;
	ev_io_start(s->loop, &s->listener);
	ev_timer_init(&s->sweep, on_sweep, 1, 1);
	s->sweep.data = s;
	ev_timer_start(s->loop, &s->sweep);
	return wire_confine_enter(h->sandbox) < 0 ? WIRE_EXIT_SICK : 0;
}

int status_main(void *args, size_t size)
{
	static struct status s; /* to the end of the process, which gives all of it back */
	struct buffer why = BUFFER_INIT;
	s.heritage = wire_heritage_open(args, size, &why);
	if (!s.heritage || s.heritage->listener_count != 1) {
		log_crit("cannot start: %.*s", TEXT_ARGS(buffer_view(&why)));
		return WIRE_EXIT_FATAL;
	}
	int code = prepare(&s);
	if (code) {
		log_crit("cannot start: %m");
		return code;
	}
	ev_run(s.loop, 0);
	return WIRE_EXIT_DONE;
}
