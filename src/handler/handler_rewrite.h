/*
 * handler_rewrite - RewriteRule: the request is for another path
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   an HTTP status
 *
 * handler_rewrite.c applies rules to a path; handler_rewrite_phase.c knows which rules to which
 * path, and what becomes of the result.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_REWRITE_H
#define HANDLER_REWRITE_H

#include "base/regex.h"
#include "handler/handler.h"

struct handler_rewriting {
	struct handler_call *call;
	const char *strip;  /* what the rules do not see of the beginning of the path */
	const char *prefix; /* what goes before a result that does not begin with a slash */
	struct buffer path; /* as the rules changed it, NUL behind it */
	bool changed;
	bool saw_files; /* a condition looked at the file system */
	bool deciding;  /* conditions are looked at: the fields they ask for belong into Vary */
	struct buffer subject;
	struct regex_groups rule_groups, cond_groups;
};

/* 0: path (and the call's query) are what the rules made of them; else the status to answer with.
 */
int handler_rewrite_run(struct handler_rewriting *rw, const struct config_rewrite *rewrite);

/* The text, put together, in place of what `to` held; of groups what the rule's flags want is
 * escaped, NULL: nothing. */
bool handler_rewrite_put(struct handler_rewriting *rw, const struct config_rewrite_text *text,
	const struct config_rewrite_rule *escape, struct buffer *to);

/* A group brought something into the query without the flag B that programs would read as something
 * else, or as more than one. */
bool handler_rewrite_breaks(struct text query);

/* handler_rewrite_map.c: appends what the map makes of the key. */
bool handler_rewrite_map(struct handler_rewriting *rw, const struct config_rewrite_map_call *wanted,
	struct buffer *to);

/* handler_rewrite_cookie.c: sets the cookies of the rule. */
bool handler_rewrite_cookies(struct handler_rewriting *rw, const struct config_rewrite_rule *rule);

#endif
