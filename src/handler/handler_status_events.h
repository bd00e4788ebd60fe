/*
 * handler_status_events - the status as a stream of server-sent events
 *
 * Runs in:  the status process, workers
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * "snapshot" is the whole status as "?json" has it; "delta" is what changed since the event before
 * it. A reader that applies each delta to what it has holds the same as a new snapshot would say:
 *
 *   now, totals, pool, listen_queue, latency   replace what was there
 *   server     replaces it, where it changed
 *   workers    each replaces the worker of its slot
 *   emptied    slots that have no worker any more
 *   deaths     the new ones, the latest first: they go before those that were there (64 at most)
 *   samples    the new ones, the earliest first: they go behind (300 at most)
 *   log        likewise (256 at most)
 *
 * (HTML Living Standard, 9.2: server-sent events.)
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_EVENTS_H
#define HANDLER_STATUS_EVENTS_H

#include "handler/handler_status_view.h"

enum {
	HANDLER_STATUS_EVENTS_MS = 250,       /* at most so often */
	HANDLER_STATUS_EVENTS_AGAIN_MS = 250, /* a reader that lost the stream asks again then */
	HANDLER_STATUS_EVENTS_NEXT_MS =
		1000 /* the same, where a stream is no more than its first event */
};

/* The first event: everything. A reader whose stream has ended asks again after again_ms. */
void handler_status_events_first(
	const struct handler_status_view *view, unsigned again_ms, struct buffer *to);

/* What turns `before` into `after`. false: nothing but the time changed, and nothing was written.
 */
bool handler_status_events_delta(const struct handler_status_view *before,
	const struct handler_status_view *after, struct buffer *to);

/* A comment, so that neither side takes the other for gone. */
void handler_status_events_idle(struct buffer *to);

#endif
