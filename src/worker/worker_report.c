/*
 * worker_report - reports to the parent
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   a report the pipe has no room for is dropped: the next one says more. A parent that is
 *           gone makes the worker an orphan
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

/* 0: nothing is counted or said of requests, to measure what that costs; the parent still hears of
 * the states by which it keeps the pool. Only for that: ./configure CPPFLAGS=-DWORKER_REPORTS=0 */
#ifndef WORKER_REPORTS
#define WORKER_REPORTS 1
#endif

/* The names of a request are copied once for each report: at most ten times a second, so a busy
 * worker copies next to nothing. */
void worker_report_request(
	struct worker *w, const struct worker_conn *c, const struct worker_exchange *x)
{
#if WORKER_REPORTS
	uint64_t took = os_clock_us() - x->started_us;
	w->counts.requests++;
	w->counts.bytes += x->body_size;
	if (!x->call.endless) {
		w->counts.took_us += took;
		w->last_us = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
		wire_diary_took(w->diary, took);
	}
	w->changed = true;
	if (!w->config->extended_status || w->named)
		return;
	w->named = true;
	char client[OS_ADDRESS_TEXT];
	const struct os_address *named = x->call.client;
	text_copy(w->last_client, sizeof w->last_client,
		text_of(os_address_host(named ? named : &c->from, client)));
	text_copy(w->last_request, sizeof w->last_request, x->request.line);
	text_copy(w->last_host, sizeof w->last_host, x->request.authority);
#else
	(void)w, (void)c, (void)x;
#endif
}

static void fill(const struct worker *w, enum wire_state state, struct wire_report *r)
{
	struct rusage usage;
	*r = (struct wire_report){.magic = WIRE_REPORT_MAGIC,
		.slot = w->heritage->slot,
		.pid = (int32_t)getpid(),
		.generation = w->heritage->generation,
		.state = state,
		.open = w->open,
		.idle = w->idle_open,
		.missed = w->missed,
		.last_us = w->last_us,
		.detailed = w->config->extended_status,
		.counts = w->counts};
	/* Of a child that is about to end the parent learns it with its end. */
	if (!w->oneshot && getrusage(RUSAGE_SELF, &usage) == 0) {
		r->counts.user_us = (uint64_t)usage.ru_utime.tv_sec * 1000000 +
				    (uint64_t)usage.ru_utime.tv_usec;
		r->counts.system_us = (uint64_t)usage.ru_stime.tv_sec * 1000000 +
				      (uint64_t)usage.ru_stime.tv_usec;
	}
	memcpy(r->client, w->last_client, sizeof r->client);
	memcpy(r->request, w->last_request, sizeof r->request);
	memcpy(r->host, w->last_host, sizeof r->host);
}

bool worker_report(struct worker *w, enum wire_state state)
{
	struct wire_report report;
	w->said = state;
	w->changed = w->named = false;
	w->reported_ms = w->now_ms;
	if (w->heritage->single)
		return true;
	fill(w, w->draining ? w->farewell : state, &report);
	if (w->heritage->queue)
		return mp_queue_put_nowait(w->heritage->queue, &report, sizeof report) == 0;
	if (mp_pipe_send_bytes_timeout(w->heritage->pipe, &report, sizeof report, 0) == 0)
		return true;
	if (errno == EPIPE)
		w->orphan = w->draining = true;
	return false;
}

void worker_report_maybe(struct worker *w, enum wire_state state)
{
	if (WORKER_REPORTS && w->changed && w->now_ms - w->reported_ms >= WORKER_REPORT_MS)
		worker_report(w, state);
}
