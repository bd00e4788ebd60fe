/*
 * status_stream - the viewers of ?events
 *
 * Runs in:  the status process
 * Owns:     the view that the viewers have seen, as long as there are any
 * Errors:   a viewer that takes nothing for too long is closed
 *
 * Four times a second one look at the scoreboard is made into one event, whose bytes go to all: a
 * viewer more costs one send(2). A viewer that does not keep up misses events and later gets the
 * whole again, so none holds more memory than one event.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include "handler/handler_status_events.h"
#include "os/os_clock.h"

#include <errno.h>

static struct handler_status_view *look(const struct status *s)
{
	struct handler_status_view *view = handler_status_view_take(
		s->heritage->config, s->board, (struct text){NULL, 0}, os_clock_now());
	if (view)
		handler_status_view_probe(view);
	return view;
}

/* The bytes that the kernel does not take are kept; false: the viewer is gone. */
static bool pass_on(struct status_conn *c, struct text bytes)
{
	ssize_t n;
	do
		n = send(c->io.fd, bytes.at, bytes.size, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		return false;
	size_t sent = n > 0 ? (size_t)n : 0;
	if (sent)
		c->since_ms = os_clock_ms();
	if (sent < bytes.size) {
		if (!c->out.size)
			c->since_ms = os_clock_ms();
		buffer_append(&c->out, bytes.at + sent, bytes.size - sent);
	}
	return !c->out.failed;
}

/* `event`: what all get; empty: nothing. `whole` is drawn for the first who needs it. */
static void tell(struct status *s, struct text event, struct buffer *whole)
{
	LIST_EACH(member, &s->viewers) {
		struct status_conn *c = LIST_ENTRY(member, struct status_conn, link);
		struct text bytes = event;
		if (c->out.size) {
			c->behind |= event.size != 0;
			continue;
		}
		if (c->behind) {
			if (!whole->size)
				handler_status_events_first(
					s->view, HANDLER_STATUS_EVENTS_AGAIN_MS, whole);
			bytes = buffer_view(whole);
		}
		c->behind = false;
		if (!bytes.size)
			continue;
		if (pass_on(c, bytes))
			status_conn_wait(c);
		else
			status_conn_close(c);
	}
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	struct status *s = timer->data;
	struct buffer event = BUFFER_INIT, whole = BUFFER_INIT;
	struct handler_status_view *fresh = look(s);
	uint64_t now_ms = os_clock_ms();
	if (!fresh)
		return; /* out of memory: the next tick may be luckier */
	bool news = handler_status_events_delta(s->view, fresh, &event);
	handler_status_view_free(s->view);
	s->view = fresh;
	if (!news && now_ms - s->spoke_ms >= STATUS_IDLE_MS)
		handler_status_events_idle(&event);
	if (event.size)
		s->spoke_ms = now_ms;
	if (event.failed) /* all get the whole, as soon as there is memory for it */
		LIST_EACH(member, &s->viewers)
			LIST_ENTRY(member, struct status_conn, link)->behind = true;
	tell(s, event.failed ? (struct text){NULL, 0} : buffer_view(&event), &whole);
	buffer_free(&event);
	buffer_free(&whole);
}

void status_stream_init(struct status *s)
{
	ev_timer_init(&s->tick, on_tick, 0, HANDLER_STATUS_EVENTS_MS / 1000.0);
	s->tick.data = s;
}

void status_stream_join(struct status_conn *c)
{
	struct status *s = c->status;
	if (!s->view)
		s->view = look(s);
	if (!s->view) {
		c->last = true;
		return;
	}
	c->viewer = true;
	list_remove(&c->link);
	list_append(&s->viewers, &c->link);
	if (s->viewer_count++ == 0) {
		s->spoke_ms = os_clock_ms();
		ev_timer_again(s->loop, &s->tick);
	}
	handler_status_events_first(s->view, HANDLER_STATUS_EVENTS_AGAIN_MS, &c->out);
}

void status_stream_leave(struct status_conn *c)
{
	struct status *s = c->status;
	if (--s->viewer_count > 0)
		return;
	ev_timer_stop(s->loop, &s->tick);
	handler_status_view_free(s->view);
	s->view = NULL;
}
