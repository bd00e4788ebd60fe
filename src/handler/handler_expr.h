/*
 * handler_expr - what an expression comes to for one request
 *
 * Runs in:  worker
 * Owns:     nothing; results live in the arena, in the expression or where the world keeps them
 * Errors:   -1 and the reason, which is Apache's "evaluation failed": neither true nor false
 *
 * The expression asks for everything it wants to know through struct handler_expr_world, so that it
 * can be evaluated for a request, for a response, or for a test.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_HANDLER_EXPR_H
#define HANDLER_HANDLER_EXPR_H

#include "config/config_expr.h"

#include <time.h>

struct handler_expr_world {
	void *with; /* handed to each function */

	/* The value of a variable, at == NULL where it has none. Those of the group TIME are not
	 * asked for. */
	struct text (*variable)(void *with, enum config_expr_variable which, struct arena *memory);

	/* What a name stands for, by REQ, HTTP, REQ_NOVARY, RESP, REQENV, NOTE or ENV; at == NULL:
	 * nothing. ENV looks behind it into the server's own environment. REQ and HTTP are what the
	 * field Vary tells of. */
	struct text (*named)(void *with, enum config_expr_function which, struct text name,
		struct arena *memory);

	/* The other end, for -R; NULL: there is none. */
	const struct os_address *(*client)(void *with);

	/* -U and -A (is_url) and -F: would a request for that path be let through? NULL: never. */
	bool (*allowed)(void *with, bool is_url, struct text path);

	time_t now;
};

/* The longest text anything in an expression may become, file() included. */
enum { HANDLER_EXPR_MOST = 10 * 1024 * 1024 };

/* Does the condition hold? 1 or 0. -1: it cannot be told, and *why, a static string, says why; who
 * asks has to take the safe way. `groups`, which may be NULL, are what $0 to $9 stand for at the
 * beginning, and afterwards those of the last =~ with parentheses in it; their subject is in the
 * arena then. */
int handler_expr_holds(const struct config_expr *expr, const struct handler_expr_world *world,
	struct arena *memory, struct regex_groups *groups, const char **why);

/* Puts a text together: 0, or -1. The rest as above. */
int handler_expr_text(const struct config_expr *expr, const struct handler_expr_world *world,
	struct arena *memory, struct regex_groups *groups, struct text *text, const char **why);

#endif
