/*
 * handler_status_json - the status as JSON
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * www/manual/status.html documents every member; tests/http/status_forms.sh holds it against
 * what is written. Names stay; what is added is a new name. The parts are also those of the events.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_JSON_H
#define HANDLER_STATUS_JSON_H

#include "base/json.h"
#include "handler/handler_status_view.h"

/* The whole: one object, without a line break. */
void handler_status_json(const struct handler_status_view *view, struct buffer *to);

/* The member "server", into the open object. */
void handler_status_json_server(const struct handler_status_view *view, struct json *j);

/* The members that change all the time, into the open object: now, totals, pool, listen_queue,
 * latency. */
void handler_status_json_sums(const struct handler_status_view *view, struct json *j);

/* One member of workers, deaths, samples and log each. `n` is the index in the view. */
void handler_status_json_worker(const struct handler_status_view *view, uint32_t n, struct json *j);
void handler_status_json_death(const struct handler_status_view *view, uint32_t n, struct json *j);
void handler_status_json_event(const struct handler_status_view *view, uint32_t n, struct json *j);
void handler_status_json_sample(const struct handler_status_view *view, uint32_t n, struct json *j);

#endif
