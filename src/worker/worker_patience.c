/*
 * worker_patience - how long a connection may take for what it is at
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 *
 * A connection on which nothing moves is found by the driver, which keeps one list a stage, the
 * least lately active first. One on which a byte moves now and then is found by the byte: it is
 * then that the whole time is looked at (RequestReadTimeout).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

enum { LINGER_MS = 2000 /* as Apache's SECONDS_TO_LINGER for a single wait */ };

enum worker_stage worker_conn_stage(const struct worker_conn *c)
{
	const struct worker_exchange *x = c->exchange;
	if (c->lingers)
		return WORKER_STAGE_LINGER;
	if (c->out.size || (x && c->place != WORKER_READ))
		return WORKER_STAGE_ANSWER;
	if (x && x->reading_body)
		return x->draining ? WORKER_STAGE_ANSWER : WORKER_STAGE_BODY;
	return x || !c->served ? WORKER_STAGE_HEAD : WORKER_STAGE_IDLE;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return b && b < a ? b : a;
}

uint64_t worker_conn_patience(const struct worker *w, const struct worker_conn *c)
{
	switch (worker_conn_stage(c)) {
	case WORKER_STAGE_LINGER:
		return LINGER_MS;
	case WORKER_STAGE_IDLE:
		return c->host->keep_alive_timeout_ms;
	case WORKER_STAGE_HEAD:
		return least(c->host->timeout_ms, w->config->host.read_head.first_ms);
	case WORKER_STAGE_BODY:
		return least(c->host->timeout_ms, c->host->read_body.first_ms);
	default:
		return c->place == WORKER_SEND
			       ? least(c->host->timeout_ms, w->config->write_limit.first_ms)
			       : c->host->timeout_ms;
	}
}

/* In milliseconds; 0: for ever. */
static uint64_t allowed_ms(const struct config_read_timeout *limit, uint64_t bytes)
{
	uint64_t allowed = limit->first_ms;
	if (allowed && limit->rate)
		allowed += bytes / limit->rate * 1000;
	return allowed ? least(allowed, limit->most_ms) : 0;
}

static bool is_over(const struct config_read_timeout *limit, uint64_t taken_ms, uint64_t bytes)
{
	uint64_t allowed = allowed_ms(limit, bytes);
	return allowed && taken_ms > allowed;
}

/* Of an answer, as far as the kernel took it. */
static uint64_t sent(const struct worker *w, const struct worker_conn *c)
{
	const struct worker_exchange *x = c->exchange;
	uint64_t all = x->head_size + x->body_size, left = x->file_left + c->out.size + w->out.size;
	return all > left ? all - left : 0;
}

bool worker_conn_reads_too_slowly(const struct worker *w, const struct worker_conn *c)
{
	return is_over(&w->config->write_limit, w->now_ms - c->exchange->sending_ms, sent(w, c));
}

uint64_t worker_conn_due_ms(const struct worker *w, const struct worker_conn *c)
{
	uint64_t due = c->since_ms + worker_conn_patience(w, c);
	const struct worker_exchange *x = c->exchange;
	if (worker_conn_stage(c) != WORKER_STAGE_HEAD || !x)
		return due;
	uint64_t allowed = allowed_ms(&w->config->host.read_head, c->in.size);
	return allowed ? least(due, x->begun_ms + allowed + 1) : due;
}

bool worker_conn_too_slow(const struct worker *w, const struct worker_conn *c)
{
	const struct worker_exchange *x = c->exchange;
	uint64_t taken = w->now_ms - x->begun_ms;
	if (x->reading_body)
		return is_over(&c->host->read_body, taken, x->body_skipped);
	return is_over(&w->config->host.read_head, taken, w->input->size - x->start);
}
