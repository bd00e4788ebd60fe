/*
 * handler_rewrite_trace - the steps of rewriting in the error log (LogLevel rewrite:trace3)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 *
 * The texts are those of Apache's mod_rewrite, since people know them and search for them:
 *   CLIENT - USER [SERVER/sid#LINE][rid#ID/initial/redir#1] [perdir /dir/] applying pattern ...
 * LINE is that of the <VirtualHost>, ID the %L of the request in both logs. Of paths with /dir/ in
 * front of them, which are Apache's, only the log speaks: here rules change paths of the site.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "rewrite"
#include "handler/handler_rewrite.h"

#include "base/log.h"
#include "os/os_address.h"

#include <stdarg.h>
#include <stdio.h>

void handler_rewrite_trace_begin(struct handler_rewriting *rw)
{
	enum log_severity most = log_most(LOG_AREA);
	rw->traced = most > LOG_DEBUG ? most - LOG_DEBUG : 0;
	rw->call->personal |= rw->traced > 0;
}

/* "initial/redir#1": the request, or one that is only looked at, after so many redirects inside. */
static const char *kind(const struct handler_call *call, char *to, size_t room)
{
	bool below = call->is_lookup || call->turn == HANDLER_TURN_BELOW;
	const char *what = below ? "subreq" : "initial";
	if (call->redirects && !below)
		snprintf(to, room, "%s/redir#%u", what, call->redirects);
	else
		snprintf(to, room, "%s", what);
	return to;
}

void handler_rewrite_say(
	const struct handler_rewriting *rw, unsigned level, const char *format, ...)
{
	const struct handler_call *call = rw->call;
	char message[4096], client[OS_ADDRESS_TEXT] = "-", turn[32], id[64], host[256];
	struct text of = text_from(id, log_field('L', NULL, id, sizeof id));
	struct text server = text_from(host, log_field('V', NULL, host, sizeof host));
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	if (call->client)
		os_address_host(call->client, client);
	log_at((enum log_severity)(LOG_DEBUG + level),
		"%s - %s [%.*s/sid#%u][rid#%.*s/%s] %s%s%s%s", client,
		call->user ? call->user : "-", TEXT_ARGS(server), call->host->line, TEXT_ARGS(of),
		kind(call, turn, sizeof turn), rw->directory ? "[perdir " : "",
		rw->directory ? rw->directory : "", rw->directory ? "/] " : "", message);
}

void handler_rewrite_trace_apply(const struct handler_rewriting *rw,
	const struct config_rewrite_rule *rule, struct text path)
{
	struct text file = handler_rewrite_filename(rw);
	if (rw->directory && rw->info.size)
		handler_rewrite_trace(rw, 3, "add path info postfix: %.*s -> %.*s%.*s",
			TEXT_ARGS(file), TEXT_ARGS(file), TEXT_ARGS(rw->info));
	if (rw->directory && (rw->below || !rw->changed))
		handler_rewrite_trace(rw, 3, "strip per-dir prefix: %s/%.*s -> %.*s", rw->directory,
			TEXT_ARGS(path), TEXT_ARGS(path));
	handler_rewrite_trace(
		rw, 3, "applying pattern '%s' to uri '%.*s'", rule->pattern, TEXT_ARGS(path));
}

void handler_rewrite_trace_condition(const struct handler_rewriting *rw,
	const struct config_rewrite_condition *condition, bool holds)
{
	bool expression = condition->test == CONFIG_REWRITE_EXPRESSION;
	struct text input = expression ? TEXT("expr") : buffer_view(&rw->subject);
	handler_rewrite_trace(rw, 4, "RewriteCond: input='%.*s' pattern='%s'%s => %s",
		TEXT_ARGS(input), condition->pattern, condition->nocase ? " [NC]" : "",
		holds ? "matched" : "not-matched");
}

/* `made`: the new path, below the directory of the rules or not; `brought`: a query in it. */
void handler_rewrite_trace_substitute(const struct handler_rewriting *rw,
	const struct config_rewrite_rule *rule, struct text made, struct text brought, bool below)
{
	const struct text query = rw->call->query, seen = handler_rewrite_seen(rw);
	bool asks = rule->has_query || brought.at;
	struct text own = rule->has_query ? buffer_view(&rw->subject) : asks ? brought : TEXT("");
	handler_rewrite_trace(rw, 2, "rewrite '%.*s' -> '%.*s%s%.*s'", TEXT_ARGS(seen),
		TEXT_ARGS(made), asks ? "?" : "", TEXT_ARGS(own));
	if (rule->flags & CONFIG_REWRITE_QUERY_DISCARD)
		handler_rewrite_trace(rw, 2, "discarding query string%s",
			asks ? "" : ", no parse from substitution");
	if (asks)
		handler_rewrite_trace(rw, 3, "split uri=%.*s?%.*s -> uri=%.*s, args=%.*s",
			TEXT_ARGS(made), TEXT_ARGS(own), TEXT_ARGS(made),
			TEXT_ARGS(query.size ? query : TEXT("<none>")));
	if (below && rw->directory)
		handler_rewrite_trace(rw, 3, "add per-dir prefix: %.*s -> %s/%.*s", TEXT_ARGS(made),
			rw->directory, TEXT_ARGS(made));
}

/* What the flags of the rule make of its result. */
void handler_rewrite_trace_act(
	const struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	struct text path = buffer_view(&rw->path);
	if (rule->type)
		handler_rewrite_trace(
			rw, 2, "remember %.*s to have MIME-type '%s'", TEXT_ARGS(path), rule->type);
	if (rule->handler)
		handler_rewrite_trace(rw, 2, "remember %.*s to have Content-handler '%s'",
			TEXT_ARGS(path), rule->handler);
	if (rule->status >= 300 && rule->status < 400 && rule->status != 304)
		handler_rewrite_trace(
			rw, 2, "explicitly forcing redirect with %.*s", TEXT_ARGS(path));
	else if (rule->status)
		handler_rewrite_trace(
			rw, 2, "forcing responsecode %d for %.*s", rule->status, TEXT_ARGS(path));
	if (rule->flags & CONFIG_REWRITE_END)
		handler_rewrite_trace(
			rw, 8, "Rule has END flag, no further rewriting for this request");
}
