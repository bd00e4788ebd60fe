/*
 * status_conn - one connection: request in, answer out
 *
 * Runs in:  the status process
 * Owns:     the connection's buffers
 * Errors:   whatever goes wrong closes the connection
 *
 * While an answer is on its way nothing more is read, so a client that asks and never reads costs
 * one answer and no more.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include "base/apart.h"
#include "os/os_clock.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ = 4096 };

void status_conn_close(struct status_conn *c)
{
	struct status *s = c->status;
	ev_io_stop(s->loop, &c->io);
	if (c->viewer)
		status_stream_leave(c);
	list_remove(&c->link);
	s->count--;
	close(c->io.fd);
	http_request_free(&c->request);
	buffer_free(&c->in);
	buffer_free(&c->out);
	free(c);
	if (s->leaving && s->count == 0)
		ev_break(s->loop, EVBREAK_ALL);
	else if (!s->leaving && !ev_is_active(&s->listener))
		ev_io_start(s->loop, &s->listener);
}

void status_conn_wait(struct status_conn *c)
{
	struct ev_loop *loop = c->status->loop;
	bool sending = c->out.size > c->sent;
	/* A viewer is read all the time: its end is how it is known to be gone. */
	int events = (sending ? EV_WRITE : 0) | (!sending || c->viewer ? EV_READ : 0);
	if (c->io.events == events && ev_is_active(&c->io))
		return;
	ev_io_stop(loop, &c->io);
	ev_io_set(&c->io, c->io.fd, events);
	ev_io_start(loop, &c->io);
}

/* Sends what is in out; false: the connection is gone. */
static bool flush(struct status_conn *c)
{
	while (c->sent < c->out.size) {
		ssize_t n =
			send(c->io.fd, c->out.data + c->sent, c->out.size - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		c->sent += (size_t)n;
		c->since_ms = os_clock_ms();
	}
	buffer_free(&c->out);
	c->sent = 0;
	return !c->last;
}

static void write_head(struct status_conn *c)
{
	struct status *s = c->status;
	char date[HTTP_DATE_SIZE];
	http_date_format(date, os_clock_now());
	http_response_head(&s->response, &c->request, date,
		text_of(config_server_name(s->heritage->config->server_tokens)), &c->out, NULL,
		NULL);
}

/* The body of a stream ends with its connection, as for a client of HTTP/1.0: so what is sent to
 * one viewer can be sent to all. */
static void begin_stream(struct status_conn *c)
{
	if (c->status->viewer_count >= STATUS_VIEWERS) {
		http_response_reset(&c->status->response);
		c->status->response.status = 503;
		c->status->response.keep_alive = false;
		c->last = true;
		write_head(c);
		return;
	}
	c->request.minor = 0;
	write_head(c);
	status_stream_join(c);
}

static void answer(struct status_conn *c, int refused)
{
	struct status *s = c->status;
	struct http_response *r = &s->response;
	http_response_reset(r);
	bool stream = status_answer(
		s->heritage->config, s->board, os_clock_now(), &c->request, refused, &c->from, r);
	if (s->leaving)
		r->keep_alive = false;
	if (stream) {
		begin_stream(c);
		c->last |= s->leaving;
		return;
	}
	c->last = !http_response_keeps(r, &c->request);
	write_head(c);
	if (http_response_has_body(r, &c->request) && r->kind == HTTP_BODY_BYTES)
		buffer_text(&c->out, r->view.size ? r->view : buffer_view(&r->bytes));
}

/* The first request of what came, if it is whole. */
static void answer_one(struct status_conn *c)
{
	static const struct http_limits limits = {
		.line = 2048, .fields = 64, .field_size = 4096, .secure = false};
	int status = http_request_read(&c->request, c->in.data, c->in.size, &limits);
	if (status == HTTP_MORE && c->in.size >= STATUS_HEAD)
		status = 431;
	if (status == HTTP_MORE)
		return;
	size_t used = status ? c->in.size : c->request.head_size;
	answer(c, status);
	buffer_consume(&c->in, used);
	if (!c->in.size)
		buffer_free(&c->in);
	http_request_reset(&c->request);
	c->began = c->in.size > 0;
	c->since_ms = os_clock_ms();
}

/* false: the client has ended. */
static bool receive(struct status_conn *c)
{
	static char unheard[READ] APART; /* a viewer has nothing to say that we would read */
	char *to = c->viewer ? unheard : buffer_reserve(&c->in, READ);
	ssize_t n = to ? recv(c->io.fd, to, READ, 0) : 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	if (c->viewer)
		return true;
	buffer_grew(&c->in, (size_t)n);
	if (!c->began)
		c->since_ms = os_clock_ms();
	c->began = true;
	return true;
}

/* Reads, answers and sends what can be now. */
static void go_on(struct status_conn *c, bool readable)
{
	bool here = (!readable || receive(c)) && flush(c);
	while (here && !c->viewer && !c->last && c->in.size && c->out.size == 0) {
		answer_one(c);
		if (c->out.failed)
			here = false;
		if (c->out.size == 0 || !here)
			break; /* the request is not whole yet */
		here = flush(c);
	}
	bool idle = !c->viewer && !c->began && !c->out.size;
	if (here && !(c->status->hurries && idle))
		status_conn_wait(c);
	else
		status_conn_close(c);
}

static void on_conn(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	go_on(watch->data, events & EV_READ);
}

void status_conn_open(struct status *s, int fd, const struct os_address *from)
{
	struct status_conn *c = calloc(1, sizeof *c);
	if (!c) {
		close(fd);
		return;
	}
	c->status = s;
	c->from = *from;
	c->since_ms = os_clock_ms();
	http_request_init(&c->request);
	list_append(&s->conns, &c->link);
	s->count++;
	ev_io_init(&c->io, on_conn, fd, EV_READ);
	c->io.data = c;
	ev_io_start(s->loop, &c->io);
}

static uint64_t patience(const struct status_conn *c)
{
	if (c->out.size)
		return STATUS_SEND_MS;
	return c->began ? STATUS_HEAD_MS : STATUS_KEEP_MS;
}

static void sweep_list(struct list *list, uint64_t now_ms)
{
	LIST_EACH(member, list) {
		struct status_conn *c = LIST_ENTRY(member, struct status_conn, link);
		bool waits = !c->viewer || c->out.size;
		if (waits && now_ms - c->since_ms >= patience(c))
			status_conn_close(c);
	}
}

void status_conn_sweep(struct status *s, uint64_t now_ms)
{
	sweep_list(&s->conns, now_ms);
	sweep_list(&s->viewers, now_ms);
}

/* A viewer asks the next process for its stream. */
void status_conn_leave(struct status *s)
{
	LIST_EACH(member, &s->viewers)
		status_conn_close(LIST_ENTRY(member, struct status_conn, link));
	LIST_EACH(member, &s->conns)
		go_on(LIST_ENTRY(member, struct status_conn, link), true);
	if (s->count == 0)
		ev_break(s->loop, EVBREAK_ALL);
}
