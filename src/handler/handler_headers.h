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

/* The response is complete but for this. */
bool handler_headers_finish(struct handler_call *call);

/* Fields as a list that rows of Header change. */
struct handler_fields {
	struct arena *arena;
	size_t count;
	struct handler_field {
		struct text name, value;
	} * all;
};
bool handler_fields_change(struct handler_call *call, struct handler_fields *fields,
	const struct config_header_row *row);

/* Expires and max-age, as dir->expires says. */
bool handler_expires(struct handler_call *call);

#endif
