/*
 * handler_world - what expressions see of a request
 *
 * Runs in:  worker
 * Owns:     nothing; texts live in the request or in its arena
 * Errors:   -1, and a static string says why: who asks has to take the safe way
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_WORLD_H
#define HANDLER_WORLD_H

#include "base/regex.h"
#include "config/config_expr.h"
#include "handler/handler.h"

/* As handler_expr_holds and handler_expr_text, about this request. What depends on more than its
 * host and path makes the answer a personal one. */
int handler_world_holds(struct handler_call *call, const struct config_expr *expr,
	struct regex_groups *groups, const char **why);
int handler_world_text(struct handler_call *call, const struct config_expr *expr,
	struct regex_groups *groups, struct text *text, const char **why);

/* The value of a variable, as a NUL-terminated text; at == NULL: it has none. */
struct text handler_world_variable(
	struct handler_call *call, enum config_expr_variable which, struct arena *memory);

/* Host and port as the client said them, as far as they count: with UseCanonicalName On and a
 * ServerName they do not, and the text is empty. */
struct text handler_world_host(const struct handler_call *call);

/* As the first two, for whoever needs no reason: it is written into the log.
 * handler_world_condition and handler_world_matched are what config_target.holds and .matched want.
 */
int handler_world_decides(struct handler_call *call, const struct config_expr *condition,
	struct regex_groups *groups);
int handler_world_condition(void *call, const struct config_expr *condition);
bool handler_world_matched(
	void *call, const struct regex *regex, const struct regex_groups *groups);
int handler_world_says(
	struct handler_call *call, const struct config_expr *expr, struct text *text);

/* handler_lookup.c: might this client have that URL path, or that file, too? */
bool handler_lookup(struct handler_call *call, bool is_url, struct text path);

/* The same of a name in the directory call->file, or of a URL path if it begins with a slash. What
 * lies there, open for reading (the caller closes it; -1: it is there but cannot be read), and 0;
 * or the status it is refused with. */
struct handler_found {
	int fd;
	struct stat st;
	struct config_media media;
};
int handler_lookup_name(struct handler_call *call, const char *name, struct handler_found *found);

/* The same of the URL path of an index: 0: a file is there; or the status. */
int handler_lookup_index(struct handler_call *call, const char *path);

/* Is the user a part of it? */
bool handler_world_asks_user(const struct config_expr *expr);

/* The value of a field of the request, all its lines as one with commas between (RFC 9110 5.2);
 * at == NULL: there is none. */
struct text handler_world_field(struct handler_call *call, struct text name);

#endif
