/*
 * handler_status_stream - the stream of ?events as a worker sends it beside its other connections
 *
 * Runs in:  workers that hold many connections
 * Owns:     see handler_status_stream.h
 * Errors:   500: out of memory or descriptors
 *
 * The scoreboard is looked at four times a second, whatever the number of viewers, and only while
 * there are any; what changed is drawn once for all of them. A viewer that is slow misses events
 * and gets the whole again. A worker that is to leave ends its streams: EventSource asks again, and
 * another worker answers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_stream.h"

#include "handler/handler_status_events.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_rights.h"

#include <errno.h>
#include <unistd.h>

enum {
	IDLE_MS = 15000,
	OUT = 0,               /* of later.fds: the viewer's pipe takes more */
	PIPE_SIZE = 64 * 1024, /* bytes; more waits in the stream */
};

/* What all viewers of this process share. */
static struct {
	unsigned viewers;
	uint64_t turn;   /* of the clock: the look was taken in it */
	uint64_t number; /* of the event; a look without news has none */
	struct handler_status_view *view;
	bool leaves;         /* the worker, as the view has it */
	struct buffer event; /* what turned the view before into this one */
} seen;

struct stream {
	int fd;               /* what is written there goes to the viewer */
	uint64_t number;      /* of the event it has */
	uint64_t spoke_ms;    /* something was written */
	struct buffer unsent; /* what its pipe did not take */
};

static struct handler_status_view *look(const struct handler_call *call)
{
	return handler_status_view_take(
		call->config, call->scoreboard, call->request->authority, os_clock_now());
}

static uint64_t turn_of(uint64_t now_ms)
{
	return now_ms / HANDLER_STATUS_EVENTS_MS;
}

/* Has the parent told this worker to leave? Its row says so. */
static bool leaves(const struct handler_status_view *v)
{
	int32_t self = (int32_t)getpid();
	for (uint32_t i = 0; i < v->rows; i++)
		if (v->row[i].pid == self)
			return v->row[i].state == WIRE_STATE_GRACEFUL ||
			       v->row[i].state == WIRE_STATE_IDLE_STOP;
	return true;
}

/* false: out of memory; the next turn may be luckier. */
static bool look_again(const struct handler_call *call, uint64_t now_ms)
{
	if (seen.view && seen.turn == turn_of(now_ms))
		return true;
	struct handler_status_view *fresh = look(call);
	if (!fresh)
		return false;
	buffer_clear(&seen.event);
	if (!seen.view || handler_status_events_delta(seen.view, fresh, &seen.event))
		seen.number++;
	handler_status_view_free(seen.view);
	seen.view = fresh;
	seen.leaves = leaves(fresh);
	seen.turn = turn_of(now_ms);
	return !seen.event.failed;
}

/* false: nobody is at the other end. */
static bool flush(struct stream *s)
{
	while (s->unsent.size) {
		ssize_t n = write(s->fd, s->unsent.data, s->unsent.size);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		buffer_consume(&s->unsent, n > 0 ? (size_t)n : 0);
	}
	buffer_free(&s->unsent);
	return true;
}

/* What it has not seen yet. */
static void tell(struct stream *s, uint64_t now_ms)
{
	if (s->unsent.size)
		return;
	if (s->number + 1 == seen.number && seen.event.size)
		buffer_text(&s->unsent, buffer_view(&seen.event));
	else if (s->number != seen.number)
		handler_status_events_first(seen.view, HANDLER_STATUS_EVENTS_AGAIN_MS, &s->unsent);
	else if (now_ms - s->spoke_ms >= IDLE_MS)
		handler_status_events_idle(&s->unsent);
	s->number = seen.number;
	if (s->unsent.size)
		s->spoke_ms = now_ms;
}

static int go_on(struct handler_call *call)
{
	struct stream *s = call->later.own;
	uint64_t now_ms = os_clock_ms();
	if (look_again(call, now_ms)) {
		if (seen.leaves) {
			call->later.over = true;
			return 0;
		}
		tell(s, now_ms);
	}
	if (s->unsent.failed || !flush(s))
		return 500;
	call->later.fds[OUT].fd = s->unsent.size ? s->fd : -1;
	call->later.deadline_ms = (turn_of(now_ms) + 1) * HANDLER_STATUS_EVENTS_MS;
	return 0;
}

static void end(struct handler_call *call)
{
	struct stream *s = call->later.own;
	close(s->fd);
	buffer_free(&s->unsent);
	if (--seen.viewers)
		return;
	handler_status_view_free(seen.view);
	buffer_free(&seen.event);
	seen.view = NULL;
}

bool handler_status_stream_may(const struct handler_call *call)
{
	return call->config->process_model == CONFIG_PREFORK &&
	       call->config->worker_connections > 1 && seen.viewers < HANDLER_STATUS_STREAMS &&
	       call->request->method == HTTP_METHOD_GET;
}

int handler_status_stream(struct handler_call *call)
{
	int ends[2];
	struct http_response *r = call->response;
	struct stream *s = arena_take(call->arena, sizeof *s);
	if (!s || os_file_pipe(ends, PIPE_SIZE) < 0)
		return 500;
	if (os_file_nonblocking(ends[0], true) < 0) {
		os_rights_close(ends, 2);
		return 500;
	}
	*s = (struct stream){.fd = ends[1], .number = UINT64_MAX - 1, .unsent = BUFFER_INIT};
	seen.viewers++;
	call->endless = true;
	call->later = (struct handler_later){.go_on = go_on,
		.end = end,
		.own = s,
		.fds = {{s->fd, POLLOUT, 0}, {-1, 0, 0}, {-1, 0, 0}}};
	r->kind = HTTP_BODY_PIPE;
	r->fd = ends[0];
	r->keep_alive = false;
	http_response_field(r, TEXT("X-Accel-Buffering"), TEXT("no"));
	return 0;
}
