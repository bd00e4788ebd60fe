/*
 * handler_rewrite - RewriteRule: the request is for another path
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   the status a rule says; 500 for what cannot be decided
 *
 * Rules of a host see the whole path before anything is known of files; rules of a directory see
 * the path below it, when the file is known, and a new path starts from the first phase. In both,
 * the result is a path of the site, which aliases and sections are then applied to (what Apache
 * calls PT), or the absolute name of a file below what the configuration serves.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "rewrite"
#include "handler/handler_rewrite.h"

#include "base/log.h"
#include "handler/handler_world.h"
#include "http/http_uri.h"

#include <stdlib.h>

enum { ROUNDS_MOST = 32 /* of the flag N */, TEXT_MOST = 256 * 1024 };

/* --- putting texts together --- */

/* The flags B, B=, BNE and BCTLS. */
static bool is_escaped(const struct config_rewrite_rule *rule, unsigned char c)
{
	bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		     c == '_';
	if (rule->flags & CONFIG_REWRITE_ESCAPE_CONTROLS && (c <= ' ' || c == 0x7f))
		return true;
	if (!(rule->flags & CONFIG_REWRITE_ESCAPE_GROUPS))
		return false;
	if (rule->escape_not && strchr(rule->escape_not, c))
		return false;
	return rule->escape ? strchr(rule->escape, c) != NULL : !plain;
}

static void put_escaped(struct buffer *to, struct text t, const struct config_rewrite_rule *rule)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < t.size; i++) {
		unsigned char c = (unsigned char)t.at[i];
		char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
		if (!is_escaped(rule, c))
			buffer_append(to, t.at + i, 1);
		else if (c == ' ' && !(rule->flags & CONFIG_REWRITE_SPACE_ENCODED))
			buffer_append(to, "+", 1);
		else
			buffer_append(to, escape, 3);
	}
}

static bool put(struct handler_rewriting *rw, const struct config_rewrite_text *text,
	const struct config_rewrite_rule *escape, struct buffer *to)
{
	buffer_clear(to);
	rw->call->personal |= text->depends_on_request;
	for (size_t i = 0; i < text->count; i++) {
		const struct config_rewrite_piece *p = &text->pieces[i];
		struct text piece = p->literal;
		const char *why;
		bool group = p->kind == CONFIG_REWRITE_RULE_GROUP ||
			     p->kind == CONFIG_REWRITE_COND_GROUP;
		if (p->kind == CONFIG_REWRITE_RULE_GROUP)
			piece = regex_group(&rw->rule_groups, p->group);
		else if (p->kind == CONFIG_REWRITE_COND_GROUP)
			piece = regex_group(&rw->cond_groups, p->group);
		else if (p->kind == CONFIG_REWRITE_VARIABLE &&
			 handler_world_text(rw->call, p->variable, NULL, &piece, &why) < 0)
			return false;
		if (p->kind == CONFIG_REWRITE_MAP) {
			if (!handler_rewrite_map(rw, p->map, to))
				return false;
			continue;
		}
		if (group && escape)
			put_escaped(to, piece, escape);
		else
			buffer_text(to, piece);
	}
	if (to->size > TEXT_MOST) /* with the flag N it may double in each round */
		log_error("a RewriteRule makes a text of more than %d bytes", TEXT_MOST);
	buffer_append(to, "", 1);
	if (to->failed || to->size > TEXT_MOST + 1)
		return false;
	to->size--;
	return true;
}

bool handler_rewrite_put(struct handler_rewriting *rw, const struct config_rewrite_text *text,
	const struct config_rewrite_rule *escape, struct buffer *to)
{
	size_t said = rw->call->response->fields.size;
	bool good = put(rw, text, escape, to);
	if (!rw->deciding) /* what is only passed on to a program is no reason for Vary */
		rw->call->response->fields.size = said;
	return good;
}

/* --- conditions --- */

static int compare(const struct config_rewrite_condition *c, struct text subject)
{
	struct text with = text_of(c->with);
	size_t size = subject.size < with.size ? subject.size : with.size;
	int order = !size       ? 0
		    : c->nocase ? strncasecmp(subject.at, with.at, size)
				: memcmp(subject.at, with.at, size);
	return order ? order : (subject.size > with.size) - (subject.size < with.size);
}

static bool is_so(
	const struct handler_call *call, const struct config_rewrite_condition *c, const char *path)
{
	struct stat st;
	(void)call;
	if (!*path || (c->test == CONFIG_REWRITE_IS_LINK ? lstat(path, &st) : stat(path, &st)) < 0)
		return false;
	switch (c->test) {
	case CONFIG_REWRITE_IS_FILE:
		return S_ISREG(st.st_mode);
	case CONFIG_REWRITE_IS_DIRECTORY:
		return S_ISDIR(st.st_mode);
	case CONFIG_REWRITE_IS_LINK:
		return S_ISLNK(st.st_mode);
	case CONFIG_REWRITE_HAS_SIZE:
		return S_ISREG(st.st_mode) && st.st_size > 0;
	default:
		return S_ISREG(st.st_mode) && st.st_mode & 0111;
	}
}

static bool order_holds(enum config_rewrite_test test, long long order)
{
	switch (test) {
	case CONFIG_REWRITE_LESS:
	case CONFIG_REWRITE_INT_LESS:
		return order < 0;
	case CONFIG_REWRITE_LESS_OR_EQUAL:
	case CONFIG_REWRITE_INT_LESS_OR_EQUAL:
		return order <= 0;
	case CONFIG_REWRITE_GREATER:
	case CONFIG_REWRITE_INT_GREATER:
		return order > 0;
	case CONFIG_REWRITE_GREATER_OR_EQUAL:
	case CONFIG_REWRITE_INT_GREATER_OR_EQUAL:
		return order >= 0;
	case CONFIG_REWRITE_INT_UNEQUAL:
		return order != 0;
	default:
		return order == 0;
	}
}

/* 1, 0, or -1: who knows. */
static int test(struct handler_rewriting *rw, const struct config_rewrite_condition *c)
{
	const char *why;
	if (c->test == CONFIG_REWRITE_EXPRESSION)
		return handler_world_holds(rw->call, c->expression, &rw->cond_groups, &why);
	if (!handler_rewrite_put(rw, &c->subject, NULL, &rw->subject))
		return -1;
	if (c->test >= CONFIG_REWRITE_FILE_ALLOWED)
		return handler_lookup(
			rw->call, c->test == CONFIG_REWRITE_URL_ALLOWED, buffer_view(&rw->subject));
	if (c->test >= CONFIG_REWRITE_IS_FILE) {
		rw->saw_files = true;
		return is_so(rw->call, c, rw->subject.data);
	}
	if (c->test >= CONFIG_REWRITE_INT_LESS) {
		long long a = strtoll(rw->subject.data, NULL, 10), b = strtoll(c->with, NULL, 10);
		return order_holds(c->test, (a > b) - (a < b));
	}
	if (c->test != CONFIG_REWRITE_REGEX)
		return order_holds(c->test, compare(c, buffer_view(&rw->subject)));
	/* Its groups are looked at later: the subject has to live as long. */
	char *kept = arena_text(rw->call->arena, buffer_view(&rw->subject));
	struct regex_groups groups;
	int matches = kept ? regex_match(c->regex, text_from(kept, rw->subject.size), &groups) : -1;
	if (matches > 0 && !c->negated)
		rw->cond_groups = groups;
	return matches;
}

/* All of the conditions, and of those joined by OR any. */
static int all_hold(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	struct buffer *fields = &rw->call->response->fields;
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct config_rewrite_condition *c = &rule->conditions[i];
		size_t said = fields->size;
		int holds = test(rw, c);
		if (holds < 0)
			return -1;
		holds ^= c->negated;
		if (rw->traced >= 4)
			handler_rewrite_trace_condition(rw, c, holds);
		if (!holds || c->no_vary)
			fields->size = said;
		if (holds) /* the rest of its alternatives does not matter */
			while (c->or_next && i + 1 < rule->condition_count)
				c = &rule->conditions[++i];
		else if (!c->or_next || i + 1 == rule->condition_count)
			return 0;
	}
	return 1;
}

/* As in Apache, the fields that conditions look at stand in Vary where the rule holds. */
static int conditions_hold(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	struct buffer *fields = &rw->call->response->fields;
	size_t said = fields->size;
	rw->cond_groups = (struct regex_groups){.count = 0};
	rw->deciding = true;
	int hold = all_hold(rw, rule);
	rw->deciding = false;
	if (hold <= 0)
		fields->size = said;
	return hold;
}

/* --- what a rule does --- */

static int set_environment(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	struct handler_call *call = rw->call;
	for (size_t i = 0; i < rule->env_count; i++) {
		const struct config_rewrite_env *e = &rule->env[i];
		if (e->unset) {
			handler_env_unset(&call->env, e->name);
			handler_rewrite_trace(rw, 5, "unsetting env variable '%s'", e->name);
			continue;
		}
		if (!handler_rewrite_put(rw, &e->value, NULL, &rw->subject))
			return 500;
		const char *value = arena_text(call->arena, buffer_view(&rw->subject));
		if (!value || !handler_env_set(&call->env, call->arena, e->name, value))
			return 500;
		handler_rewrite_trace(rw, 5, "setting env variable '%s' to '%s'", e->name, value);
	}
	call->personal |= rule->env_count > 0; /* logs and headers may show it */
	return 0;
}

/* The query after the rule: its own, with the old one behind it if that is wanted. `brought` is
 * what a ? in the path has behind it; at == NULL: there is none. */
static int set_query(
	struct handler_rewriting *rw, const struct config_rewrite_rule *rule, struct text brought)
{
	struct handler_call *call = rw->call;
	bool discard = rule->flags & CONFIG_REWRITE_QUERY_DISCARD;
	bool append = rule->flags & CONFIG_REWRITE_QUERY_APPEND && call->query.size;
	if (!rule->has_query && !brought.at) {
		if (discard)
			call->query = (struct text){NULL, 0};
		return 0;
	}
	if (!handler_rewrite_put(rw, &rule->query, rule, &rw->subject))
		return 500;
	call->personal = true; /* it need not be looked at, but it may be */
	struct text own = buffer_view(&rw->subject);
	if (brought.at)
		own = text_of(arena_printf(call->arena, "%.*s%s%.*s", TEXT_ARGS(brought),
			rule->has_query ? "?" : "", TEXT_ARGS(own)));
	if (!own.size && !append) {
		call->query = (struct text){NULL, 0};
		return 0;
	}
	const char *all = arena_printf(call->arena, "%.*s%s%.*s", TEXT_ARGS(own),
		own.size && append ? "&" : "", append ? (int)call->query.size : 0,
		append ? call->query.at : "");
	call->query = all ? text_of(all) : call->query;
	return all ? 0 : 500;
}

size_t handler_rewrite_url(struct text t)
{
	size_t i = 0;
	if (text_starts(t, TEXT("mailto:")))
		return sizeof "mailto:" - 1;
	while (i < t.size && ((t.at[i] | 32) >= 'a' && (t.at[i] | 32) <= 'z'))
		i++;
	if (!i || !text_starts(text_from(t.at + i, t.size - i), TEXT("://")))
		return 0;
	for (i += 3; i < t.size && t.at[i] != '/'; i++)
		;
	return i;
}

void handler_rewrite_cut(struct handler_rewriting *rw, size_t size)
{
	if (size == rw->path.size)
		rw->path.data[--size] = '/';
	rw->path.size++;
	buffer_consume(&rw->path, size);
	rw->path.size--;
}

/* A URL of the host that was asked is a path of ours. */
static bool is_own_url(const struct handler_rewriting *rw, size_t start)
{
	struct text url = text_from(rw->path.data, start), own = rw->call->request->authority;
	return own.size && text_starts(url, TEXT("http://")) &&
	       text_equal_nocase(text_from(url.at + 7, url.size - 7), own);
}

static int substitute(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	if (rule->unchanged)
		return rule->flags & CONFIG_REWRITE_QUERY_DISCARD || rule->has_query
			       ? set_query(rw, rule, (struct text){NULL, 0})
			       : 0;
	struct buffer made = BUFFER_INIT;
	int status = handler_rewrite_put(rw, &rule->path, rule, &made) ? 0 : 500;
	struct text t = buffer_view(&made), brought = {NULL, 0};
	/* The client's own ? (%3F) is to begin no query, and to end no name of a file. With the
	 * flag QSL it is part of the name, as the rule's own is. */
	if (!status && !(rule->flags & CONFIG_REWRITE_QUERY_LAST) && t.size &&
		memchr(t.at, '?', t.size)) {
		status = rule->flags & CONFIG_REWRITE_ALLOW_3F ? 0 : 403;
		if (status)
			log_error("Unsafe URL with %%3f URL rewritten without UnsafeAllow3F");
		brought = t;
		t = text_split(&brought, '?');
	}
	if (!status)
		status = set_query(rw, rule, brought);
	bool below = !handler_rewrite_url(t) && (!t.size || t.at[0] != '/');
	if (!status && rw->traced)
		handler_rewrite_trace_substitute(rw, rule, t, brought, below);
	if (!status) {
		buffer_clear(&rw->path);
		if (below)
			buffer_text(&rw->path, text_of(rw->prefix));
		buffer_text(&rw->path, t);
		buffer_append(&rw->path, "", 1);
		status = rw->path.failed ? 500 : 0;
		rw->path.size -= !status;
		rw->changed = true;
		rw->below = below;
		rw->qualified = 0;
		rw->verbatim = rule->flags & CONFIG_REWRITE_NOESCAPE;
		if (rule->flags & CONFIG_REWRITE_DISCARD_PATH_INFO)
			rw->info = TEXT("");
	}
	buffer_free(&made);
	return status;
}

bool handler_rewrite_breaks(struct text query)
{
	for (size_t i = 0; i < query.size; i++)
		if ((unsigned char)query.at[i] <= ' ' || query.at[i] == 0x7f) {
			log_error("Rewritten query string contains control characters or spaces");
			return true;
		}
	return false;
}

/* The result is to be told the client. Further rules see it as a URL, with a host. */
static int lead_away(struct handler_rewriting *rw, int status)
{
	rw->redirect = status;
	if (handler_rewrite_url(buffer_view(&rw->path)))
		return 0;
	rw->qualified = sizeof "http://" - 1 + rw->call->request->authority.size;
	const char *url = arena_printf(rw->call->arena, "http://%.*s%s",
		TEXT_ARGS(rw->call->request->authority), rw->path.data);
	buffer_clear(&rw->path);
	if (url)
		buffer_append(&rw->path, url, strlen(url) + 1);
	if (!url || rw->path.failed)
		return 500;
	rw->path.size--;
	return 0;
}

/* After a rule that held: 0: the next one; HANDLER_DONE: no more rules; a status. */
static int act(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	int status = set_environment(rw, rule);
	if (!status && !handler_rewrite_cookies(rw, rule))
		status = 500;
	if (!status)
		status = substitute(rw, rule);
	if (status)
		return status;
	if (rw->traced)
		handler_rewrite_trace_act(rw, rule);
	if (rule->handler)
		rw->call->forced_handler = rule->handler;
	if (rule->type)
		rw->call->forced_type = rule->type;
	size_t start = rule->unchanged ? 0 : handler_rewrite_url(buffer_view(&rw->path));
	if (start && is_own_url(rw, start) && !rule->status) {
		handler_rewrite_cut(rw, start);
		start = 0;
	}
	bool leads = rule->status >= 300 && rule->status < 400 && rule->status != 304;
	if (rule->status && !leads)
		return rule->status;
	if (start && !rule->status)
		handler_rewrite_trace(rw, 2, "implicitly forcing redirect (rc=302 with %.*s",
			TEXT_ARGS(buffer_view(&rw->path)));
	if (leads || start)
		status = lead_away(rw, leads ? rule->status : 302);
	if (status)
		return status;
	if (rule->flags & CONFIG_REWRITE_END)
		rw->call->rewritten = true;
	bool last = rule->flags & (CONFIG_REWRITE_END | CONFIG_REWRITE_LAST);
	return last ? HANDLER_DONE : 0;
}

/* 1, 0, or -1: who knows. */
static int rule_holds(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	struct text path = handler_rewrite_seen(rw);
	char *kept = arena_text(rw->call->arena, path);
	if (!kept || !path.at)
		return -1;
	if (rw->traced)
		handler_rewrite_trace_apply(rw, rule, path);
	int matches = regex_match(rule->regex, text_from(kept, path.size), &rw->rule_groups);
	if (matches < 0 || matches == rule->negated)
		return matches < 0 ? -1 : 0;
	return conditions_hold(rw, rule);
}

static int too_many_rounds(
	const struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	log_error("RewriteRule '%s' and URI '%.*s' exceeded maximum number of rounds (%d) via the "
		  "[N] flag",
		rule->pattern, TEXT_ARGS(buffer_view(&rw->path)), ROUNDS_MOST);
	return 500;
}

/* NS, and redirects, which no client asked for: as in Apache, the index of a directory can be told
 * from one that was asked for by its name. */
static bool is_passed_over(
	const struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	return rw->call->turn == HANDLER_TURN_BELOW &&
	       rule->flags & (CONFIG_REWRITE_NOT_BELOW | CONFIG_REWRITE_REDIRECT);
}

int handler_rewrite_run(struct handler_rewriting *rw, const struct config_rewrite *rewrite)
{
	unsigned rounds = 0;
	for (size_t i = 0; i < rewrite->rule_count; i++) {
		const struct config_rewrite_rule *rule = &rewrite->rules[i];
		if (is_passed_over(rw, rule))
			continue;
		int holds = rule_holds(rw, rule);
		if (holds < 0)
			return 500;
		if (!holds) { /* a chain ends with its first rule that does not hold */
			while (rewrite->rules[i].flags & CONFIG_REWRITE_CHAIN &&
				i + 1 < rewrite->rule_count)
				i++;
			continue;
		}
		int said = act(rw, rule);
		if (said)
			return said == HANDLER_DONE ? 0 : said;
		i += rule->skip;
		if (rule->flags & CONFIG_REWRITE_NEXT) {
			if (++rounds > ROUNDS_MOST)
				return too_many_rounds(rw, rule);
			i = (size_t)-1;
		}
	}
	return 0;
}
