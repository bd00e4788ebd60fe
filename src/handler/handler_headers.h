/*
 * handler_headers - Header and Expires: the last word on the fields of an answer
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false: out of memory, or an expression that cannot be told
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_HEADERS_H
#define HANDLER_HEADERS_H

#include "handler/handler.h"

/* The request has these fields from now on, which live as long as it. false: out of memory. */
bool handler_headers_replace(struct handler_call *call, struct http_field *fields, size_t count);

/* The response is complete but for this. */
bool handler_headers_finish(struct handler_call *call);

/* Expires and max-age, as dir->expires says. */
bool handler_expires(struct handler_call *call);

#endif
