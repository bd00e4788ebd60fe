/*
 * handler_status - the forms of the status and how each is asked for
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 *   handler_status          the handlers, and which form is wanted
 *   handler_status_view     all that is shown, looked at once
 *   handler_status_page     for people: HTML
 *   handler_status_auto     for what reads Apache's status
 *   handler_status_json     for programs
 *   handler_status_metrics  for Prometheus and its kin: OpenMetrics
 *   handler_status_trace    what the parent did, for trace viewers
 *   handler_status_text     for a terminal, and the workers as a table for programs
 *   handler_status_events   what changed from one view to the next
 *
 * All of them are functions from a view to bytes: the same view makes the same bytes anywhere.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_H
#define HANDLER_STATUS_H

#include "handler/handler_status_view.h"

enum handler_status_form {
	HANDLER_STATUS_PAGE,
	HANDLER_STATUS_AUTO,
	HANDLER_STATUS_JSON,
	HANDLER_STATUS_METRICS,
	HANDLER_STATUS_TEXT,
	HANDLER_STATUS_WORKERS,
	HANDLER_STATUS_TRACE,
	HANDLER_STATUS_EVENTS, /* a stream: handler_status_draw draws its first event */
	HANDLER_STATUS_FORMS
};

/* What the query of a URL asks for: "auto", "json", "trace", "events", with "&" and more behind it;
 * anything else is the page, and *refresh what "refresh=N" says, else 0. */
enum handler_status_form handler_status_wanted(struct text query, unsigned *refresh);

/* The media type of a form. */
struct text handler_status_type(enum handler_status_form form);

void handler_status_draw(const struct handler_status_view *view, enum handler_status_form form,
	unsigned refresh, struct buffer *to);

#endif
