/*
 * handler_log - what the error log says of a request that is refused
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 *
 * A phase or a handler that knows the reason says it, with log_error() and the like of base/log.h:
 * the worker sees to it that the line is about the request. For all others there is this.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_LOG_H
#define HANDLER_LOG_H

#include "handler/handler.h"

/* Why the answer will have this status, unless a line about the request has said so already. The
 * levels are Apache's: error for what is forbidden or broken, info for what is not there. */
void handler_log_refusal(const struct handler_call *call, int status);

/* What a file could not be opened for (errno), where that is no matter of this file: descriptors,
 * memory, the disk. Once a second, and that counts for 503 in handler_log_refusal too. */
void handler_log_scarcity(const char *file);

#endif
