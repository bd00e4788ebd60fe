/*
 * worker_respond - the head of an answer, and the body where it goes out with it
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   an answer whose file changed under it is not begun: the connection ends
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "os/os_file.h"

enum { READ_WHOLE = 16 * 1024 /* a file up to this size is read and sent with its head */ };

static bool wants_to_keep(
	const struct worker *w, const struct worker_conn *c, const struct worker_exchange *x)
{
	const struct config_host *host = c->host;
	return !x->refused && !c->unread && host->keep_alive && !w->draining && !w->oneshot &&
	       (!host->max_keep_alive_requests || c->served + 1 < host->max_keep_alive_requests);
}

static void write_cached(struct worker *w, struct worker_exchange *x)
{
	const struct worker_cached *e = x->cached;
	struct text end = http_response_end(x->keep, x->request.minor);
	bool body = x->request.method != HTTP_METHOD_HEAD;
	size_t size = e->head.size + end.size + (body ? e->body.size : 0);
	char *to = buffer_reserve(&w->out, size);
	handler_setenv_of(&x->call, e->dir); /* for the log */
	if (!to)
		return;
	to = mempcpy(to, e->head.at, e->head.size);
	to = mempcpy(to, end.at, end.size);
	if (body)
		memcpy(to, e->body.at, e->body.size);
	buffer_grew(&w->out, size);
	x->head_size = e->head.size + end.size;
	x->body_size = body ? e->body.size : 0;
}

/* A file that became shorter after its length was told cannot be sent any more. */
static bool read_file(struct worker *w, const struct http_response *r)
{
	char *to = buffer_reserve(&w->out, r->length);
	if (!to || os_file_read(r->fd, to, r->length, (off_t)r->offset) != (ssize_t)r->length)
		return false;
	buffer_grew(&w->out, r->length);
	return true;
}

/* A small body of several parts goes out with its head. */
static bool write_parts(struct worker *w, struct worker_exchange *x)
{
	bool small = x->response.length <= READ_WHOLE;
	x->in_parts = worker_send_part(w, x);
	while (small && x->in_parts) {
		struct http_response piece = {
			.fd = x->response.fd, .offset = x->response.offset, .length = x->file_left};
		if (piece.length && !read_file(w, &piece))
			return false;
		x->file_left = 0;
		x->in_parts = worker_send_part(w, x);
	}
	return true;
}

static bool write_body(struct worker *w, struct worker_exchange *x)
{
	struct http_response *r = &x->response;
	x->body_size = http_response_length(r);
	if (r->kind == HTTP_BODY_BYTES)
		buffer_text(&w->out, r->view.size ? r->view : buffer_view(&r->bytes));
	else if (r->kind == HTTP_BODY_FILE && r->length <= READ_WHOLE)
		return read_file(w, r);
	else if (r->kind == HTTP_BODY_FILE)
		x->file_left = r->length;
	else if (r->kind == HTTP_BODY_PARTS)
		return write_parts(w, x);
	else if (r->kind == HTTP_BODY_PIPE)
		worker_stream_begin(w, x);
	return true;
}

static bool write_made(struct worker *w, struct worker_exchange *x)
{
	size_t before = w->out.size;
	x->response.keep_alive &= x->keep;
	x->keep = http_response_keeps(&x->response, &x->request);
	if (!x->response.raw)
		http_response_head(
			&x->response, &x->request, w->date, w->server, &w->out, NULL, NULL);
	x->head_size = w->out.size - before;
	/* What comes out of a pipe is taken from it also when nobody gets it. */
	bool body = http_response_has_body(&x->response, &x->request);
	if ((!body && x->response.kind != HTTP_BODY_PIPE) || write_body(w, x))
		return true;
	w->out.size = before;
	return false;
}

/* The handler has said its last word without its body, and the rest of that is not worth reading,
 * or may never come. */
static bool leaves_body(const struct worker *w, const struct worker_exchange *x)
{
	if (!x->handed_on || !x->body_left || x->call.later.go_on)
		return false;
	bool asked = x->request.expect_continue && !x->continued && w->at == w->input->size;
	return asked || !worker_body_fits(x);
}

enum worker_place worker_respond_step(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	if (leaves_body(w, x))
		c->unread = true;
	x->keep = wants_to_keep(w, c, x) && x->request.keep_alive;
	x->sending_ms = w->now_ms;
	if (c->host->track_first_byte)
		x->answered_us = os_clock_us();
	if (x->cached)
		write_cached(w, x);
	else if (!write_made(w, x))
		c->broken = true;
	if (w->out.failed) {
		buffer_clear(&w->out);
		c->broken = true;
	}
	return WORKER_SEND;
}
