/*
 * worker_later - answers that are not there at once
 *
 * Runs in:  worker, whatever drives it
 * Owns:     nothing
 * Errors:   a client that is gone, or too slow, ends the connection, and with it what the handler
 *           does for it
 *
 * While a handler works its connection waits for several things at a time: what the handler waits
 * for, the client's next bytes, room for what is to be sent. Whatever comes first, the connection
 * is run from WORKER_LATER or WORKER_STREAM on.
 *
 * That the client has ended its side may mean that it is gone, or that it has said all and now
 * listens. It gets a moment (GONE_MS); once something was sent to it, a client that is gone
 * answers with a reset.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "handler/handler_name.h"

#include <errno.h>
#include <sys/socket.h>

enum {
	MEANWHILE_MOST = 64 * 1024, /* bytes kept of what the client sends while it waits */
	GONE_MS = 1000
};

/* ---- the body, on its way to the handler ---- */

/* A request that the server composed has no body; one whose fields it changed still has its own. */
static bool takes(const struct worker_exchange *x)
{
	return x->call.takes_body && !x->call.errand;
}

static bool is_spooled(const struct worker_exchange *x)
{
	return x->request.body == HTTP_FRAMING_CHUNKED;
}

void worker_later_offer(struct worker *w, struct worker_exchange *x)
{
	struct handler_body *in = &x->call.input;
	*in = (struct handler_body){.fd = -1};
	if (!takes(x))
		return;
	if (is_spooled(x)) {
		in->size = x->chunked.total;
		in->fd = x->spool_fd;
		if (x->spool_fd < 0)
			in->here =
				text_from(x->spool.data + x->spool_at, x->spool.size - x->spool_at);
		in->left = x->spool_fd < 0 ? in->here.size : in->size;
	} else if (x->handed_on) {
		size_t have = w->input->size - w->at;
		in->size = x->request.content_length;
		in->left = x->body_left;
		in->here = text_from(
			w->input->data + w->at, x->body_left < have ? (size_t)x->body_left : have);
	}
}

void worker_later_taken(struct worker *w, struct worker_exchange *x)
{
	struct handler_body *in = &x->call.input;
	if (!in->here.at)
		return;
	if (is_spooled(x)) {
		x->spool_at = x->spool.size - in->here.size;
	} else if (x->handed_on) {
		size_t taken = (size_t)(in->here.at - (w->input->data + w->at));
		w->at += taken;
		x->body_left -= taken;
	}
	in->here = (struct text){NULL, 0};
}

/* Bytes of the body that the handler waits for, because it has all that came. */
static bool client_owes(const struct worker_conn *c, size_t here)
{
	const struct worker_exchange *x = c->exchange;
	return takes(x) && x->handed_on && x->body_left && !here;
}

/* ---- the client ---- */

static bool may_hear(const struct worker_conn *c)
{
	return !c->client_ended && c->in.size - c->at < MEANWHILE_MOST;
}

/* More of the body, or further requests. A turn begins with all that was kept in c->in. */
static void hear(struct worker *w, struct worker_conn *c)
{
	if (!(c->ready & 1u << WORKER_FD_CLIENT) || !may_hear(c))
		return;
	bool own = c->in.size > 0;
	struct buffer *to = own ? &c->in : &w->in;
	size_t room = MEANWHILE_MOST - (c->in.size - c->at);
	if (!own)
		buffer_clear(to);
	char *at = buffer_reserve(to, room);
	w->input = to;
	w->at = own ? c->at : 0;
	ssize_t n = at ? recv(c->fd, at, room, MSG_DONTWAIT) : -1;
	if (n > 0) {
		buffer_grew(to, (size_t)n);
		c->since_ms = w->now_ms;
	} else if (n == 0) {
		c->client_ended = true;
		c->ended_ms = w->now_ms;
	} else if (!at || (errno != EAGAIN && errno != EINTR)) {
		c->broken = true;
	}
}

/* A client that has ended its side: is it still there? Behind the end recv(2) says nothing else any
 * more, not even after a reset. */
static bool is_gone(const struct worker *w, struct worker_conn *c)
{
	struct pollfd reset = {c->fd, 0, 0};
	if (!c->client_ended)
		return false;
	if (poll(&reset, 1, 0) > 0 && reset.revents & (POLLERR | POLLHUP))
		return true;
	if (w->now_ms - c->ended_ms < GONE_MS)
		return false;
	c->ended_ms = w->now_ms; /* look again in a moment */
	return !c->sent_since;
}

/* ---- time ---- */

/* Who keeps the connection waiting: the client or the handler; and how long may it. 0: for ever. */
static unsigned patience(const struct worker_conn *c, size_t here, bool *client)
{
	*client = c->out.size || client_owes(c, here);
	return *client ? c->host->timeout_ms : c->exchange->call.later.patience_ms;
}

static int least(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int until(uint64_t now, uint64_t when)
{
	return when <= now ? 0 : when - now > INT32_MAX ? INT32_MAX : (int)(when - now);
}

int worker_later_due_ms(const struct worker *w, const struct worker_conn *c)
{
	const struct handler_later *later = &c->exchange->call.later;
	bool client;
	unsigned most = patience(c, c->in.size - c->at, &client);
	int due = most ? until(w->now_ms, c->since_ms + most) : -1;
	if (later->go_on && later->deadline_ms)
		due = least(due, until(w->now_ms, later->deadline_ms));
	if (c->client_ended)
		due = least(due, until(w->now_ms, c->ended_ms + GONE_MS));
	return due;
}

/* ---- the wait ---- */

void worker_later_fds(const struct worker_conn *c, struct pollfd fds[WORKER_FDS])
{
	const struct worker_exchange *x = c->exchange;
	const struct handler_later *later = &x->call.later;
	int events = (may_hear(c) ? POLLIN : 0) | (c->out.size ? POLLOUT : 0);
	bool pipe = c->place == WORKER_STREAM && !x->pipe_ended && !c->out.size;
	fds[WORKER_FD_CLIENT] = (struct pollfd){c->fd, (short)events, 0};
	fds[WORKER_FD_PIPE] = (struct pollfd){pipe ? x->response.fd : -1, POLLIN, 0};
	for (int i = 0; i < HANDLER_LATER_FDS; i++)
		fds[WORKER_FD_HANDLER + i] =
			later->go_on ? later->fds[i] : (struct pollfd){-1, 0, 0};
}

enum worker_place worker_later_wait(
	struct worker *w, struct worker_conn *c, enum worker_place place)
{
	c->place = place;
	c->brisk = true;
	c->ready = 0;
	if ((w->out.size || c->out.size) && worker_send_out(w, c, false) < 0 && errno != EAGAIN)
		return WORKER_CLOSE;
	return WORKER_WAIT_HANDLER;
}

bool worker_later_look(struct worker *w, struct worker_conn *c)
{
	struct handler_later *later = &c->exchange->call.later;
	bool client;
	worker_look_at_clock(w);
	if (c->ready >> WORKER_FD_HANDLER)
		c->since_ms = w->now_ms;
	hear(w, c);
	if (c->broken || is_gone(w, c))
		return false;
	size_t here = w->input->size - w->at;
	if (c->client_ended && client_owes(c, here)) /* it will never come */
		return false;
	if (c->out.size && worker_send_out(w, c, false) < 0 && errno != EAGAIN)
		return false;
	unsigned most = patience(c, here, &client);
	later->late = most && w->now_ms - c->since_ms >= most;
	return !later->late || !client;
}

/* ---- the step ---- */

/* Who sends less than was announced is told so, if it still listens. */
static enum worker_place give_up(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	if (c->broken || c->out.size || !client_owes(c, w->input->size - w->at)) {
		c->broken = true;
		return worker_conn_answered(c);
	}
	handler_end(&x->call, HANDLER_GONE);
	c->brisk = false;
	x->request.why = c->client_ended ? "the connection ended in the middle of the request"
					 : "the request took too long to arrive";
	x->refused = c->client_ended ? 400 : 408;
	c->unread = true;
	return WORKER_ROUTE;
}

/* The client's name has come, perhaps; the request is not routed before. */
enum worker_place worker_later_name(struct worker *w, struct worker_conn *c)
{
	if (!worker_later_look(w, c))
		return give_up(w, c);
	return handler_name_wait(&c->exchange->call) ? worker_later_wait(w, c, WORKER_NAME)
						     : WORKER_ROUTE;
}

enum worker_place worker_later_step(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	if (!worker_later_look(w, c))
		return give_up(w, c);
	worker_later_offer(w, x);
	int said = handler_go_on(&x->call);
	worker_later_taken(w, x);
	return worker_conn_heard(w, c, said);
}
