/*
 * handler_world - what an expression may ask about a request
 *
 * Runs in:  worker
 * Owns:     nothing; texts live in the request or its arena
 * Errors:   -1: it cannot be told; the reason is in the log, and who asks takes the safe way
 *
 * Each of these makes the answer personal where the expression depends on more than the path.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_WORLD_H
#define HANDLER_WORLD_H

#include "handler/handler.h"
#include "handler/handler_expr.h"

/* For whoever evaluates expressions in a way of his own. It may be asked as long as the call
 * lives. */
struct handler_expr_world handler_world(struct handler_call *call);

/* Does the condition hold? 1, 0 or -1. */
int handler_world_holds(struct handler_call *call, const struct config_expr *condition);

/* The same; `groups` are what its last pattern matched. */
int handler_world_matches(struct handler_call *call, const struct config_expr *condition,
	struct regex_groups *groups);

/* The same, as config_target.holds wants it. */
int handler_world_condition(void *call, const struct config_expr *condition);

/* The text it comes to: 0 or -1. */
int handler_world_text(struct handler_call *call, const struct config_expr *expr, struct text *text);

/* Is the user a part of it? */
bool handler_world_asks_user(const struct config_expr *expr);

#endif
