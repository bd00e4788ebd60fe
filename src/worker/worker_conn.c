/*
 * worker_conn - one connection: the table of steps
 *
 * Runs in:  worker, whatever drives it
 * Owns:     the connection's buffers and the exchange it holds while a request is unfinished
 * Errors:   what a client does wrong is answered and logged as its request; what cannot be answered
 *           ends the connection
 *
 * Each step does one thing and names the place to go on: the next step, or a wait. A wait gives
 * the worker's buffers back, so an idle connection holds none. Answers gather in the worker's
 * output while the client's bytes hold further requests, and leave in one send.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "handler/handler_name.h"
#include "os/os_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_MORE = 8 * 1024 /* bytes one recv(2) may add to an unfinished request */ };

static const char too_slow[] = "the request took too long to arrive";

/* ---- read ---- */

static char *room_to_read(struct worker *w, struct worker_conn *c, size_t *room)
{
	if (!c->in.size) {
		buffer_clear(&w->in);
		w->input = &w->in;
		w->at = 0;
		*room = WORKER_IN;
		return buffer_reserve(&w->in, WORKER_IN);
	}
	w->input = &c->in;
	w->at = c->at;
	*room = IN_MORE;
	return buffer_reserve(&c->in, IN_MORE);
}

/* There will be no more of a request that has begun; who sent that much of it is answered. */
static enum worker_place refuse_rest(struct worker_conn *c, int status, const char *why)
{
	struct worker_exchange *x = c->exchange;
	if (!x || (!x->reading_body && !http_request_begun(&x->request)))
		return WORKER_CLOSE;
	if (x->draining) { /* the answer is out */
		x->keep = false;
		return WORKER_LOG;
	}
	if (!x->reading_body)
		x->started_us = os_clock_us();
	x->request.why = why;
	x->refused = status;
	c->unread = true;
	return WORKER_ROUTE;
}

static enum worker_place step_read(struct worker *w, struct worker_conn *c)
{
	size_t room;
	char *to = room_to_read(w, c, &room);
	if (!to)
		return WORKER_CLOSE;
	ssize_t n = recv(c->fd, to, room, w->polls ? MSG_DONTWAIT : 0);
	worker_look_at_clock(w);
	if (n == 0)
		return refuse_rest(c, 400, "the connection ended in the middle of the request");
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? WORKER_WAIT_READ : WORKER_CLOSE;
	buffer_grew(w->input, (size_t)n);
	c->since_ms = w->now_ms;
	return c->exchange && c->exchange->reading_body ? WORKER_BODY : WORKER_PARSE;
}

/* ---- parse ---- */

static enum worker_place refuse(struct worker_conn *c, int status)
{
	c->exchange->refused = status;
	c->unread = true;
	return WORKER_ROUTE;
}

static enum worker_place step_parse(struct worker *w, struct worker_conn *c)
{
	if (!c->exchange) {
		if (w->at == w->input->size)
			return WORKER_REST;
		c->exchange = worker_lend_exchange(w);
		if (!c->exchange)
			return WORKER_CLOSE;
		c->exchange->start = w->at;
		c->exchange->begun_ms = w->now_ms;
	}
	struct worker_exchange *x = c->exchange;
	int status = http_request_read(
		&x->request, w->input->data + x->start, w->input->size - x->start, &w->limits);
	if (status == HTTP_MORE) {
		w->at = w->input->size;
		return worker_conn_too_slow(w, c) ? refuse_rest(c, 408, too_slow) : WORKER_REST;
	}
	x->started_us = os_clock_us();
	if (status) {
		w->at = w->input->size;
		return refuse(c, status);
	}
	w->at = x->start + x->request.head_size;
	return WORKER_ROUTE;
}

/* ---- body ---- */

static enum worker_place step_body(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	/* Behind the answer to a client that did not wait, the rest of the body is there. */
	bool asks = x->request.expect_continue && !x->reading_body && !x->continued && !x->draining;
	bool wanted = (x->call.wants_body || x->call.takes_body) && !x->draining;
	if (asks && (!wanted || !worker_body_fits(x)))
		return worker_body_leave(c);
	int status = worker_body_skip(w, x);
	if (status == 0) {
		x->reading_body = false;
		return x->draining ? WORKER_LOG : WORKER_ANSWER;
	}
	if (status != HTTP_MORE)
		return refuse(c, status);
	if (!worker_body_fits(x))
		return worker_body_leave(c);
	if (!x->reading_body)
		x->begun_ms = w->now_ms;
	else if (!x->draining && worker_conn_too_slow(w, c))
		return refuse_rest(c, 408, too_slow);
	if (asks && !x->body_skipped)
		buffer_string(&w->out, "HTTP/1.1 100 Continue\r\n\r\n");
	x->continued = x->reading_body = true;
	return WORKER_REST;
}

/* ---- route ---- */

/* The host the request is for, and all a handler may want to know of it. */
static void begin_call(struct worker *w, struct worker_conn *c, struct worker_exchange *x)
{
	struct handler_call *call = &x->call;
	c->host = config_host_named(c->hosts, x->request.authority);
	call->config = w->config;
	call->host = c->host;
	call->request = &x->request;
	call->response = &x->response;
	call->scoreboard = w->heritage->scoreboard;
	call->now = w->now;
	call->started_us = x->started_us;
	call->client = &c->from;
	call->socket = c->fd;
	if (c->host->remote.header && !x->refused)
		handler_remote(call);
}

void worker_conn_note(struct worker *w, const struct worker_conn *c)
{
	const struct http_request *rq = &c->exchange->request;
	w->noted = c->exchange;
	wire_diary_begin(w->diary, &c->from, rq->line, rq->authority);
}

static bool names_clients(const struct config_host *host)
{
	return host->names_clients || host->names_clients_within;
}

/* Conditions of logs look at what a ready-made answer does not tell. */
static bool may_be_ready_made(const struct worker_conn *c)
{
	return worker_cache_suits(&c->exchange->request) && !worker_log_asks(c->host) &&
	       !names_clients(c->host);
}

static enum worker_place step_route(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	worker_conn_note(w, c);
	begin_call(w, c, x);
	x->routed = true;
	x->start = w->at;
	if (x->refused) {
		handler_refuse(&x->call, x->refused);
		return WORKER_ANSWER;
	}
	if (names_clients(c->host) && handler_name_wait(&x->call))
		return worker_later_wait(w, c, WORKER_NAME);
	if (may_be_ready_made(c) && handler_setenv_ready(&x->call))
		x->cached = worker_cache_find(&w->cache, &x->request, c->host, w->now, w->date);
	if (x->cached)
		return WORKER_RESPOND;
	handler_find(&x->call);
	if (x->request.body == HTTP_FRAMING_NONE)
		return WORKER_ANSWER;
	if (x->response.status == 413)
		return worker_body_leave(c);
	worker_body_begin(w, x);
	x->handed_on = x->call.takes_body && x->request.body == HTTP_FRAMING_LENGTH;
	return x->handed_on ? WORKER_ANSWER : WORKER_BODY;
}

/* ---- answer ---- */

/* What the client sends of its body before the answer is known to be complete may be what a handler
 * waits for. */
static void ask_for_body(struct worker *w, struct worker_exchange *x)
{
	bool comes =
		x->continued || w->at < w->input->size || x->body_left < x->request.content_length;
	if (x->request.expect_continue && !comes && x->handed_on)
		buffer_string(&w->out, "HTTP/1.1 100 Continue\r\n\r\n");
	x->continued = true;
}

enum worker_place worker_conn_heard(struct worker *w, struct worker_conn *c, int said)
{
	struct worker_exchange *x = c->exchange;
	if (said == HANDLER_LATER) {
		ask_for_body(w, x);
		return worker_later_wait(w, c, WORKER_LATER);
	}
	if (!x->refused && may_be_ready_made(c) &&
		(x->call.choice.made || !http_request_has(&x->request, HTTP_RANGE)))
		x->cached = worker_cache_add(&w->cache, &x->call, w->server, w->date);
	if (x->cached) /* which has all that the response held, its file too */
		http_response_reset(&x->response);
	return WORKER_RESPOND;
}

static enum worker_place step_answer(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	if (x->request.body == HTTP_FRAMING_CHUNKED)
		x->call.body_size = x->chunked.total;
	if (!c->unread)
		x->call.body = worker_body_kept(w, x);
	worker_later_offer(w, x);
	int said = handler_answer(&x->call);
	worker_later_taken(w, x);
	return worker_conn_heard(w, c, said);
}

/* ---- send ---- */

static bool more_requests_wait(const struct worker *w, const struct worker_exchange *x)
{
	return x->keep && w->at < w->input->size && w->out.size < WORKER_OUT_MOST;
}

/* Is what is about to be sent the end of the connection, too? */
static bool is_last(const struct worker_exchange *x)
{
	return !x->keep && !x->in_parts;
}

/* The pieces of a body in parts, until the kernel takes no more or it is the others' turn. */
static bool send_all(struct worker *w, struct worker_conn *c, struct worker_exchange *x)
{
	uint64_t sent = 0;
	do {
		if (w->out.failed) {
			errno = ENOMEM;
			return false;
		}
		sent += x->file_left;
		if (worker_send_out(w, c, x->file_left > 0 || is_last(x)) < 0 ||
			(x->file_left && worker_send_file(w, c, x) < 0))
			return false;
		if (x->in_parts && w->loop && sent > WORKER_FILE_TURN) {
			errno = EAGAIN;
			return false;
		}
	} while (x->in_parts && (x->in_parts = worker_send_part(w, x)));
	return true;
}

static enum worker_place step_send(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	if (!c->broken && x->response.kind == HTTP_BODY_PIPE)
		return WORKER_STREAM;
	if (c->broken || (!x->file_left && !c->out.size && more_requests_wait(w, x)))
		return worker_conn_answered(c);
	if (!send_all(w, c, x)) {
		if (errno == EAGAIN && !worker_conn_reads_too_slowly(w, c))
			return WORKER_WAIT_WRITE;
		buffer_clear(&w->out);
		c->broken = true;
	} else if (is_last(x)) {
		(void)shutdown(c->fd, SHUT_WR); /* one segment for the answer and its end */
	}
	return worker_conn_answered(c);
}

/* The answer is out. What is left of the request's body still stands before the next request. */
enum worker_place worker_conn_answered(struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	c->brisk = false;
	handler_end(&x->call, c->broken     ? HANDLER_GONE
			      : x->cut      ? HANDLER_SHORT
			      : x->too_long ? HANDLER_LONG
					    : HANDLER_WHOLE);
	if (!x->handed_on || !x->body_left || c->broken)
		return WORKER_LOG;
	if (!x->keep) {
		c->unread = true;
		return WORKER_LOG;
	}
	x->draining = true;
	return WORKER_BODY;
}

/* ---- log, report ---- */

static enum worker_place step_log(struct worker *w, struct worker_conn *c)
{
	worker_log_request(w, c, c->exchange);
	return WORKER_REPORT;
}

static enum worker_place step_report(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	worker_report_request(w, c, x);
	c->served++;
	c->close_after = !x->keep || c->broken;
	c->unread |= c->close_after && w->at < w->input->size;
	c->exchange = NULL;
	worker_return_exchange(w, x);
	return c->close_after ? WORKER_REST : WORKER_PARSE;
}

/* ---- rest: nothing more can be done with what was read ---- */

static enum worker_place step_rest(struct worker *w, struct worker_conn *c)
{
	if (c->broken)
		return WORKER_CLOSE;
	if ((w->out.size || c->out.size) && worker_send_out(w, c, false) < 0)
		return errno == EAGAIN ? WORKER_WAIT_WRITE : WORKER_CLOSE;
	if (!c->close_after) {
		c->place = WORKER_READ;
		return WORKER_WAIT_READ;
	}
	if (!c->unread)
		return WORKER_CLOSE;
	/* Closing now would reset the connection, and the reset may overtake the answer (RFC 9112
	 * 9.6). */
	c->lingers = shutdown(c->fd, SHUT_WR) == 0;
	if (!w->loop && !w->polls)
		os_socket_patience(c->fd, (unsigned)worker_conn_patience(w, c));
	return c->lingers ? WORKER_LINGER : WORKER_CLOSE;
}

static enum worker_place step_linger(struct worker *w, struct worker_conn *c)
{
	buffer_clear(&w->in);
	char *to = buffer_reserve(&w->in, WORKER_IN);
	ssize_t n = to ? recv(c->fd, to, WORKER_IN, w->polls ? MSG_DONTWAIT : 0) : 0;
	if (n > 0)
		return WORKER_WAIT_READ;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? WORKER_WAIT_READ : WORKER_CLOSE;
}

/* ---- the table ---- */

static enum worker_place (*const steps[])(struct worker *, struct worker_conn *) = {
#define WORKER_STEP(symbol, function) [WORKER_##symbol] = function,
#include "worker/steps.def"
#undef WORKER_STEP
};

/* Before a wait: what the connection still needs of the worker's input becomes its own. */
static bool settle(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	bool kept = x && (!x->routed || x->call.wants_body);
	size_t from = kept ? x->start : w->at;
	if (w->input == &w->in) {
		if (from < w->in.size)
			buffer_append(&c->in, w->in.data + from, w->in.size - from);
	} else if (from) {
		buffer_consume(&c->in, from);
	}
	if (c->in.failed)
		return false;
	if (x)
		x->start = 0;
	c->at = w->at - from;
	if (!c->in.size)
		buffer_free(&c->in);
	return true;
}

enum worker_place worker_conn_run(struct worker *w, struct worker_conn *c)
{
	enum worker_place place = c->place;
	w->input = &c->in;
	w->at = c->at;
	worker_log_about(c);
	if (c->exchange && c->exchange->routed && c->exchange != w->noted)
		worker_conn_note(w, c);
	for (;;) {
		enum worker_place next = steps[place](w, c);
		if (next >= WORKER_STEPS) {
			bool placed = next == WORKER_WAIT_HANDLER ||
				      (place == WORKER_REST && next == WORKER_WAIT_READ);
			if (!placed)
				c->place = place;
			if (next != WORKER_CLOSE && !c->lingers && !settle(w, c))
				next = WORKER_CLOSE;
			if (next == WORKER_CLOSE) /* what it did not get is nobody else's */
				buffer_clear(&w->out);
			worker_log_about(NULL);
			return next;
		}
		place = next;
	}
}

enum worker_place worker_conn_expire(struct worker *w, struct worker_conn *c)
{
	if (c->place != WORKER_READ || c->lingers || c->out.size)
		return WORKER_CLOSE;
	enum worker_place next = refuse_rest(c, 408, too_slow);
	if (next == WORKER_CLOSE)
		return WORKER_CLOSE;
	c->place = next;
	c->since_ms = w->now_ms;
	return worker_conn_run(w, c);
}

enum worker_place worker_conn_run_or_expire(struct worker *w, struct worker_conn *c)
{
	enum worker_place place = worker_conn_run(w, c);
	bool waits = place == WORKER_WAIT_READ || place == WORKER_WAIT_WRITE;
	return waits && w->now_ms >= worker_conn_due_ms(w, c) ? worker_conn_expire(w, c) : place;
}

/* Which hosts are here may depend on the address the client connected to. */
static void find_hosts(const struct worker *w, struct worker_conn *c)
{
	struct os_address local;
	bool known = w->config->local_matters && os_socket_name(c->fd, &local) == 0;
	c->hosts = config_hosts_at(w->config, known ? &local : NULL);
	c->host = c->hosts->hosts[0];
}

void worker_conn_begin(
	struct worker *w, struct worker_conn *c, int fd, const struct os_address *from)
{
	*c = (struct worker_conn){
		.worker = w, .fd = fd, .place = WORKER_READ, .since_ms = w->now_ms, .from = *from};
	list_init(&c->link);
	find_hosts(w, c);
}

void worker_conn_open(
	struct worker *w, struct worker_conn *c, int fd, const struct os_address *from)
{
	worker_conn_begin(w, c, fd, from);
	worker_took(w);
	c->number = w->counts.connections + w->resumed;
}

void worker_conn_close(struct worker *w, struct worker_conn *c)
{
	if (c->exchange) {
		handler_end(&c->exchange->call, HANDLER_GONE);
		worker_return_exchange(w, c->exchange);
	}
	c->exchange = NULL;
	buffer_free(&c->in);
	buffer_free(&c->out);
	list_remove(&c->link);
	close(c->fd);
	wire_crowd_leave(w->heritage->crowd, w->heritage->page, c->crowd_place);
	w->open--;
	w->idle_open -= c->rests;
	w->counts.closed += !c->resumed;
	w->changed = true;
}
