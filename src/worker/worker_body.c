/*
 * worker_body - the bodies of requests: read past, or kept for whoever wants them
 *
 * Runs in:  worker
 * Owns:     the spool of an exchange, until worker_body_end
 * Errors:   the status a broken body is answered with
 *
 * A body that nobody wants is read past before the answer is made, so that its framing is known to
 * be sound and the next request is found behind it. A body over a bound is not worth it: the
 * connection is closed after the answer instead. A body in chunks that a handler takes is spooled
 * first: programs are told the length of what they get (RFC 3875 4.1.2).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "os/os_file.h"

#include <unistd.h>

enum {
	SKIP_MOST = 256 * 1024,
	SPOOL_MOST = 64 * 1024 /* a longer body goes into a file */
};

void worker_body_begin(struct worker *w, struct worker_exchange *x)
{
	int64_t most = x->call.dir->limit_request_body;
	x->body_left = x->request.content_length;
	x->body_skipped = 0;
	http_chunked_init(&x->chunked, &w->limits, most > 0 ? (uint64_t)most : 0);
	x->chunked.trailer = &x->trailer;
}

static bool is_spooled(const struct worker_exchange *x)
{
	return x->call.takes_body && !x->draining && x->request.body == HTTP_FRAMING_CHUNKED;
}

static uint64_t most(const struct worker_exchange *x)
{
	if (is_spooled(x)) /* http_chunked knows how much is too much */
		return UINT64_MAX;
	return x->call.wants_body ? HANDLER_BODY_MOST : SKIP_MOST;
}

/* Is it worth waiting for the rest? */
bool worker_body_fits(const struct worker_exchange *x)
{
	return x->body_skipped <= most(x) && x->body_left <= most(x) - x->body_skipped;
}

struct text worker_body_kept(const struct worker *w, const struct worker_exchange *x)
{
	if (!x->call.wants_body || !worker_body_fits(x))
		return (struct text){NULL, 0};
	return text_from(w->input->data + x->start, w->at - x->start);
}

static int skip_length(struct worker *w, struct worker_exchange *x)
{
	size_t have = w->input->size - w->at;
	size_t take = x->body_left < have ? (size_t)x->body_left : have;
	w->at += take;
	x->body_left -= take;
	x->body_skipped += take;
	return x->body_left ? HTTP_MORE : 0;
}

/* Where the disk may not be written to, memory has to do. */
static int open_spool(void)
{
	int fd = os_file_temporary();
	return fd >= 0 ? fd : os_file_memory("preforkd-body", 0);
}

/* 0, or a status. */
static int spool(struct worker_exchange *x, struct text content)
{
	if (x->spool_fd < 0 && x->spool.size + content.size <= SPOOL_MOST) {
		buffer_text(&x->spool, content);
		return x->spool.failed ? 503 : 0;
	}
	if (x->spool_fd < 0) {
		x->spool_fd = open_spool();
		if (x->spool_fd < 0 || os_file_write(x->spool_fd, x->spool.data, x->spool.size) < 0)
			return 503;
		buffer_free(&x->spool);
	}
	return os_file_write(x->spool_fd, content.at, content.size) < 0 ? 503 : 0;
}

void worker_body_end(struct worker_exchange *x)
{
	buffer_free(&x->spool);
	buffer_free(&x->trailer);
	if (x->spool_fd >= 0)
		close(x->spool_fd);
	x->spool_fd = -1;
}

/* Not a byte further than over the bound, so that where the reads were cut makes no difference. */
static int skip_chunks(struct worker *w, struct worker_exchange *x)
{
	int status = HTTP_MORE;
	while (status == HTTP_MORE && w->at < w->input->size && worker_body_fits(x)) {
		size_t used, have = w->input->size - w->at;
		uint64_t wanted = most(x) - x->body_skipped;
		wanted += wanted < UINT64_MAX;
		struct text content;
		status = http_chunked_read(&x->chunked, w->input->data + w->at,
			have < wanted ? have : (size_t)wanted, &used, &content);
		w->at += used;
		x->body_skipped += used;
		if (content.size && is_spooled(x) && spool(x, content)) {
			x->request.why = "there is no room for the body";
			return 503;
		}
	}
	return status;
}

int worker_body_skip(struct worker *w, struct worker_exchange *x)
{
	return x->request.body == HTTP_FRAMING_CHUNKED ? skip_chunks(w, x) : skip_length(w, x);
}

/* Nobody wants the body, or not all of it: the answer says so by closing (RFC 9110 10.1.1). */
enum worker_place worker_body_leave(struct worker_conn *c)
{
	struct worker_exchange *x = c->exchange;
	x->reading_body = false;
	c->unread = true;
	x->keep &= !x->draining;
	return x->draining ? WORKER_LOG : WORKER_ANSWER;
}

bool worker_body_hurry(struct worker_conn *c)
{
	const struct worker_exchange *x = c->exchange;
	if (c->place != WORKER_READ || !x || !x->reading_body ||
		((x->call.wants_body || x->call.takes_body) && !x->draining))
		return false;
	c->place = worker_body_leave(c);
	return true;
}
