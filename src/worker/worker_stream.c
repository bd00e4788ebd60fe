/*
 * worker_stream - answers that come out of a pipe
 *
 * Runs in:  worker, whatever drives it
 * Owns:     nothing; the pipe belongs to the response
 * Errors:   an answer that cannot be brought to its end ends the connection, so that the client
 *           sees that it is not whole
 *
 * What is in the pipe is sent at once, and no more is read from it than the client takes. An answer
 * whose length was not told goes out in chunks (RFC 9112 7.1), or to the end of the connection. One
 * that is put into a coding on its way is flushed whenever the pipe is empty.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "http/http_coder.h"

#include <errno.h>
#include <unistd.h>

enum {
	CHUNK_HEAD = 6,               /* "ffff\r\n" */
	CHUNK_MOST = 0xffff,          /* the largest chunk such a head can begin */
	STREAM_TURN = 4 * CHUNK_MOST, /* then it is the others' turn */
};

static bool is_chunked(const struct worker_exchange *x)
{
	return http_response_chunked(&x->response, &x->request);
}

/* Does the client get what comes out of the pipe? */
static bool is_wanted(const struct worker_exchange *x)
{
	return http_response_has_body(&x->response, &x->request);
}

/* "1a\r\n" into the CHUNK_HEAD bytes before `content`; its size. */
static size_t write_head(char *content, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *at = content;
	*--at = '\n';
	*--at = '\r';
	do
		*--at = digits[size % 16];
	while (size /= 16);
	return (size_t)(content - at);
}

/* `size` bytes that stand CHUNK_HEAD bytes behind the end of the output. */
static void add_chunk(struct worker *w, size_t size)
{
	char *to = w->out.data + w->out.size, *content = to + CHUNK_HEAD;
	size_t head = write_head(content, size);
	memmove(to, content - head, head + size);
	memcpy(to + head + size, "\r\n", 2);
	buffer_grew(&w->out, head + size + 2);
}

/* The length that was promised, as far as it is not used up; *size becomes what may be sent. */
static void keep_promise(struct worker_exchange *x, size_t *size)
{
	if (!x->response.length_known)
		return;
	if (*size > x->pipe_left) {
		*size = (size_t)x->pipe_left;
		x->too_long = true;
	}
	x->pipe_left -= *size;
}

/* What is read next goes behind the output, and leaves room for its frame. */
static ssize_t read_pipe(struct worker *w, struct worker_exchange *x)
{
	char *to = buffer_reserve(&w->out, CHUNK_HEAD + CHUNK_MOST + 2);
	if (!to) {
		errno = ENOMEM;
		return -1;
	}
	return read(x->response.fd, to + CHUNK_HEAD, CHUNK_MOST);
}

/* Bytes that stand anywhere but behind the output. */
static void add_text(struct worker *w, struct worker_exchange *x, struct text content)
{
	x->body_size += content.size;
	if (is_chunked(x))
		buffer_printf(&w->out, "%zx\r\n", content.size);
	buffer_text(&w->out, content);
	if (is_chunked(x))
		buffer_text(&w->out, TEXT("\r\n"));
}

/* What the response's coding makes of it. */
static void add_coded(
	struct worker *w, struct worker_exchange *x, struct text content, enum http_coder_step step)
{
	struct buffer *coded = &w->coded;
	buffer_clear(coded);
	if (!http_coder_put(x->response.coder, content, step, coded))
		w->out.failed = true;
	else if (coded->size)
		add_text(w, x, buffer_view(coded));
}

static void add(struct worker *w, struct worker_exchange *x, size_t size)
{
	keep_promise(x, &size);
	if (!size || !is_wanted(x))
		return;
	if (x->response.coder) {
		const char *content = w->out.data + w->out.size + CHUNK_HEAD;
		add_coded(w, x, text_from(content, size), HTTP_CODER_MORE);
		return;
	}
	x->body_size += size;
	if (is_chunked(x)) {
		add_chunk(w, size);
		return;
	}
	char *to = w->out.data + w->out.size;
	memmove(to, to + CHUNK_HEAD, size);
	buffer_grew(&w->out, size);
}

/* The pipe has ended, or all that was promised came out of it. What is cut has no proper end. */
static void end_pipe(struct worker *w, struct worker_exchange *x)
{
	x->pipe_over = x->pipe_ended = true;
	x->cut |= is_wanted(x) && x->response.length_known && x->pipe_left > 0;
	if (!is_wanted(x) || x->cut)
		return;
	if (x->response.coder)
		add_coded(w, x, TEXT(""), HTTP_CODER_END);
	if (is_chunked(x))
		buffer_text(&w->out, TEXT("0\r\n\r\n"));
}

static void add_first(struct worker *w, struct worker_exchange *x, struct text first)
{
	if (x->response.coder)
		add_coded(w, x, first, HTTP_CODER_MORE);
	else
		add_text(w, x, first);
}

void worker_stream_begin(struct worker *w, struct worker_exchange *x)
{
	struct text first = buffer_view(&x->response.bytes);
	x->pipe_left = x->response.length;
	x->body_size = 0;
	keep_promise(x, &first.size);
	if (is_wanted(x) && first.size)
		add_first(w, x, first);
	if (x->response.fd < 0)
		end_pipe(w, x);
}

/* false: the client is gone, or memory was short, and what it would get has a hole. */
static bool push(struct worker *w, struct worker_conn *c)
{
	if (w->out.failed)
		return false;
	return (!w->out.size && !c->out.size) || worker_send_out(w, c, false) == 0 ||
	       errno == EAGAIN;
}

/* Nothing more comes out of the pipe; but who made the answer may have died in the middle of it. */
static void see_end(struct worker *w, struct worker_exchange *x)
{
	const struct handler_later *later = &x->call.later;
	bool asks = !x->cut && !x->response.length_known && later->whole;
	enum handler_whole whole = asks ? later->whole(&x->call) : HANDLER_ALL;
	x->pipe_ended = true;
	if (whole == HANDLER_UNTOLD)
		return;
	x->cut |= whole == HANDLER_PART;
	end_pipe(w, x);
}

/* From the pipe to the client, as far as both go along. false: as push. */
static bool pump(struct worker *w, struct worker_conn *c, struct worker_exchange *x)
{
	size_t moved = 0;
	if (x->pipe_ended && !x->pipe_over)
		see_end(w, x);
	while (!x->pipe_ended && !c->out.size && moved < STREAM_TURN) {
		ssize_t n = read_pipe(w, x);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (x->response.coder && is_wanted(x)) /* nobody waits for what is there */
				add_coded(w, x, TEXT(""), HTTP_CODER_FLUSH);
			break;
		}
		c->since_ms = w->now_ms;
		if (n <= 0) {
			x->cut |= n < 0;
			see_end(w, x);
		} else {
			add(w, x, (size_t)n);
			moved += (size_t)n;
		}
		if (!push(w, c))
			return false;
	}
	return push(w, c);
}

/* The handler has more to do than its answer: it feeds a program, or listens to what that says
 * beside. false: it gives up. */
static bool tend(struct worker *w, struct worker_conn *c, struct worker_exchange *x)
{
	struct handler_call *call = &x->call;
	unsigned own = c->ready >> WORKER_FD_HANDLER;
	bool due = call->later.deadline_ms && call->later.deadline_ms <= w->now_ms;
	bool body = x->handed_on && call->takes_body && w->input->size > w->at && x->body_left;
	if (!call->later.go_on || (!own && !due && !body && !call->later.late))
		return !call->later.late;
	worker_later_offer(w, x);
	int said = call->later.go_on(call);
	worker_later_taken(w, x);
	x->pipe_ended |= call->later.over;
	return said == 0 || said == HANDLER_LATER;
}

static enum worker_place finish(struct worker_conn *c, struct worker_exchange *x)
{
	if (x->cut)
		x->keep = false;
	c->brisk = false;
	return worker_conn_answered(c);
}

enum worker_place worker_stream_step(struct worker *w, struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	bool waited = c->place == WORKER_STREAM;
	bool there = !waited || worker_later_look(w, c);
	c->brisk = true;
	if (there && waited && !tend(w, c, x)) {
		x->pipe_over = x->pipe_ended = x->cut = true;
		x->keep = false;
	} else if (!there || !pump(w, c, x)) {
		c->broken = true;
	}
	if (w->out.failed)
		c->broken = true;
	if (c->broken || (x->pipe_over && !c->out.size && !w->out.size)) {
		c->place = WORKER_SEND;
		return finish(c, x);
	}
	return worker_later_wait(w, c, WORKER_STREAM);
}
