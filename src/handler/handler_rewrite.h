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
	unsigned traced;       /* 1 to 8: LogLevel rewrite:trace1 to trace8; 0: less */
	const char *directory; /* of the rules, for the log; NULL: they are a host's */
	const char *strip;     /* what the rules do not see of the beginning of the path */
	const char *prefix;    /* what goes before a result that does not begin with a slash */
	struct text info;      /* of a directory's rules: what follows the file in the path */
	struct buffer path;    /* as the rules changed it, NUL behind it */
	bool changed;
	bool below;        /* the last result began without a slash */
	int redirect;      /* the status of one, should the path be a URL in the end; 0: 302 */
	size_t qualified;  /* bytes of that URL that were put before a path of this host */
	bool verbatim;     /* NE: the rule that made it wants nothing escaped */
	struct text query; /* before any rule */
	bool saw_files;    /* a condition looked at the file system */
	bool deciding;     /* conditions are looked at: the fields they ask for belong into Vary */
	struct buffer subject;
	struct regex_groups rule_groups, cond_groups;
};

/* 0: path (and the call's query) are what the rules made of them; else the status to answer with.
 */
int handler_rewrite_run(struct handler_rewriting *rw, const struct config_rewrite *rewrite);

/* Length of "http://host" or "mailto:" at the beginning; 0: it is no URL. */
size_t handler_rewrite_url(struct text t);

/* Takes the first bytes of the path away: where that is all, the root is left. */
void handler_rewrite_cut(struct handler_rewriting *rw, size_t size);

/* What the rules see of the path: as in Apache, what followed the file follows each result of a
 * directory's rules, until a rule drops it (DPI). */
struct text handler_rewrite_seen(const struct handler_rewriting *rw);

/* REQUEST_FILENAME, as far as the rules have come: the result of the last one. */
struct text handler_rewrite_filename(const struct handler_rewriting *rw);

/* The text, put together, in place of what `to` held; of groups what the rule's flags want is
 * escaped, NULL: nothing. */
bool handler_rewrite_put(struct handler_rewriting *rw, const struct config_rewrite_text *text,
	const struct config_rewrite_rule *escape, struct buffer *to);

/* A group brought something into the query without the flag B that programs would read as something
 * else, or as more than one. */
bool handler_rewrite_breaks(struct text query);

/* handler_rewrite_trace.c: a step, in Apache's words, for the log of who looks for a mistake in the
 * rules. `level`: of trace1 to trace8. */
void handler_rewrite_say(const struct handler_rewriting *rw, unsigned level, const char *format,
	...) __attribute__((format(printf, 3, 4)));
#define handler_rewrite_trace(rw, level, ...)                                                      \
	((rw)->traced >= (level) ? handler_rewrite_say((rw), (level), __VA_ARGS__) : (void)0)

/* How far the steps of this one are told. An answer out of the cache would take no step. */
void handler_rewrite_trace_begin(struct handler_rewriting *rw);

/* The steps that have more to tell than one line of code can say. */
void handler_rewrite_trace_apply(const struct handler_rewriting *rw,
	const struct config_rewrite_rule *rule, struct text path);
void handler_rewrite_trace_substitute(const struct handler_rewriting *rw,
	const struct config_rewrite_rule *rule, struct text made, struct text brought, bool below);
void handler_rewrite_trace_act(
	const struct handler_rewriting *rw, const struct config_rewrite_rule *rule);
void handler_rewrite_trace_condition(const struct handler_rewriting *rw,
	const struct config_rewrite_condition *condition, bool holds);

/* handler_rewrite_map.c: appends what the map makes of the key. */
bool handler_rewrite_map(struct handler_rewriting *rw, const struct config_rewrite_map_call *wanted,
	struct buffer *to);

/* handler_rewrite_cookie.c: sets the cookies of the rule. */
bool handler_rewrite_cookies(struct handler_rewriting *rw, const struct config_rewrite_rule *rule);

#endif
