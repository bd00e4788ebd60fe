/*
 * handler_status_trace - what the parent did, as a file for trace viewers
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * The JSON object format of the Trace Event Format (Chrome's tracing, Perfetto): a track for each
 * slot with its processes as spans from birth to death, and the parent's own events beside them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_TRACE_H
#define HANDLER_STATUS_TRACE_H

#include "handler/handler_status_view.h"

void handler_status_trace(const struct handler_status_view *view, struct buffer *to);

#endif
