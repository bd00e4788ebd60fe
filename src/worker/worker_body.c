/*
 * worker_body - the bodies of requests that nobody reads
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   the status a broken body is answered with
 *
 * A body is read past before the answer is made, so that its framing is known to be sound and the
 * next request is found behind it. A body over a bound is not worth it: the connection is closed
 * after the answer instead.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

enum { SKIP_MOST = 256 * 1024 };

void worker_body_begin(struct worker *w, struct worker_exchange *x)
{
	int64_t most = x->call.dir->limit_request_body;
	x->body_left = x->request.content_length;
	x->body_skipped = 0;
	http_chunked_init(&x->chunked, &w->limits, most > 0 ? (uint64_t)most : 0);
}

static uint64_t most(const struct worker_exchange *x)
{
	return x->call.wants_body ? HANDLER_BODY_MOST : SKIP_MOST;
}

/* Is it worth waiting for the rest? */
bool worker_body_fits(const struct worker_exchange *x)
{
	return x->body_skipped <= most(x) && x->body_left <= most(x) - x->body_skipped;
}

struct text worker_body_kept(const struct worker *w, const struct worker_exchange *x)
{
	size_t from = x->start + x->request.head_size;
	if (!x->call.wants_body || !worker_body_fits(x))
		return (struct text){NULL, 0};
	return text_from(w->input->data + from, w->at - from);
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

/* Not a byte further than over the bound, so that where the reads were cut makes no difference. */
static int skip_chunks(struct worker *w, struct worker_exchange *x)
{
	int status = HTTP_MORE;
	while (status == HTTP_MORE && w->at < w->input->size && worker_body_fits(x)) {
		size_t used, have = w->input->size - w->at;
		uint64_t wanted = most(x) + 1 - x->body_skipped;
		struct text content;
		status = http_chunked_read(&x->chunked, w->input->data + w->at,
			have < wanted ? have : (size_t)wanted, &used, &content);
		w->at += used;
		x->body_skipped += used;
	}
	return status;
}

int worker_body_skip(struct worker *w, struct worker_exchange *x)
{
	return x->request.body == HTTP_FRAMING_CHUNKED ? skip_chunks(w, x) : skip_length(w, x);
}
