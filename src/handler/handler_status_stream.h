/*
 * handler_status_stream - the stream of ?events as a worker sends it beside its other connections
 *
 * Runs in:  workers that hold many connections
 * Owns:     what is drawn once for all its viewers, as long as there are any; a pipe for each of
 * them Errors:   an HTTP status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_STREAM_H
#define HANDLER_STATUS_STREAM_H

#include "handler/handler.h"

enum { HANDLER_STATUS_STREAMS = 256 /* of one worker at a time; the next gets a snapshot */ };

/* May this worker keep a connection for as long as somebody looks? One that holds no other beside
 * it may not: whoever looks would take a worker away from those who want something. */
bool handler_status_stream_may(const struct handler_call *call);

/* The answer to a GET: begins the stream. As a handler. */
int handler_status_stream(struct handler_call *call);

#endif
