/*
 * handler_world - what expressions see of a request
 *
 * Runs in:  worker
 * Owns:     nothing; texts live in the request or in its arena
 * Errors:   -1, and a static string says why: who asks has to take the safe way
 *
 * SCRIPT_USER and SCRIPT_GROUP are empty: which name a number has is the name service's to say, and
 * a confined worker cannot ask it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "handler/handler_world.h"
#include "handler/handler_name.h"

#include "base/log.h"
#include "handler/handler_expr.h"
#include "handler/handler_rewrite.h"
#include "http/http_uri.h"

/* --- fields --- */

struct text handler_world_field(struct handler_call *call, struct text name)
{
	const struct http_field *first = http_request_find(call->request, name, NULL), *f = first;
	struct text all = first ? first->value : (struct text){NULL, 0};
	while (first && (f = http_request_find(call->request, name, f)))
		all = text_of(arena_printf(
			call->arena, "%.*s, %.*s", TEXT_ARGS(all), TEXT_ARGS(f->value)));
	return all;
}

static bool has_word(struct text list, struct text word)
{
	while (list.at)
		if (text_equal_nocase(text_trim(text_split(&list, ',')), word))
			return true;
	return false;
}

/* The answer depends on the field: caches on the way have to know (RFC 9110 12.5.5). */
static void vary(struct handler_call *call, struct text name)
{
	struct text lines = buffer_view(&call->response->fields);
	while (lines.size) {
		struct text value = text_split(&lines, '\n'), key = text_split(&value, ':');
		value = text_split(&value, '\r');
		if (text_equal_nocase(key, TEXT("Vary")) && has_word(value, name))
			return;
	}
	http_response_field(call->response, TEXT("Vary"), name);
}

static struct text field(struct handler_call *call, const char *name)
{
	vary(call, text_of(name));
	return handler_world_field(call, text_of(name));
}

/* --- variables --- */

static struct text printed(char *text)
{
	return text ? text_of(text) : (struct text){NULL, 0};
}

static struct text or_nothing(const char *text)
{
	return text ? text_of(text) : (struct text){NULL, 0};
}

static struct text address(const struct os_address *a, bool port, struct arena *memory)
{
	char text[OS_ADDRESS_TEXT];
	if (!a || !a->size)
		return (struct text){NULL, 0};
	if (port)
		return printed(arena_printf(memory, "%u", os_address_port(a)));
	return printed(arena_text(memory, text_of(os_address_host(a, text))));
}

struct text handler_world_host(const struct handler_call *call)
{
	bool canonical = call->dir && call->dir->small.canonical_name > 0;
	return canonical && call->host->server_name ? (struct text){NULL, 0}
						    : call->request->authority;
}

/* What the client called the host, else what it is called. */
static struct text server_name(const struct handler_call *call, struct arena *memory)
{
	struct text host = handler_world_host(call);
	char *room = host.size ? arena_take(memory, host.size) : NULL;
	if (room)
		host = http_uri_host(host, room, host.size, NULL);
	return room ? host : or_nothing(call->host->server_name);
}

static struct text server_port(struct handler_call *call, struct arena *memory)
{
	struct text host = handler_world_host(call);
	for (size_t i = host.size; i > 0 && host.at[i - 1] != ']'; i--)
		if (host.at[i - 1] == ':' && i < host.size)
			return printed(arena_text(memory, text_from(host.at + i, host.size - i)));
	struct text port = {NULL, 0};
	if (call->dir && call->dir->small.physical_port > 0)
		port = address(handler_local(call), true, memory);
	if (!port.at && call->host->server_port)
		port = printed(arena_printf(memory, "%u", call->host->server_port));
	return port.at ? port : TEXT("80");
}

static struct text of_request(
	struct handler_call *call, enum config_expr_variable which, struct arena *memory)
{
	const struct http_request *r = call->request;
	switch (which) {
	case CONFIG_EXPR_HTTP_ACCEPT:
		return field(call, "Accept");
	case CONFIG_EXPR_HTTP_COOKIE:
		return field(call, "Cookie");
	case CONFIG_EXPR_HTTP_FORWARDED:
		return field(call, "Forwarded");
	case CONFIG_EXPR_HTTP_HOST:
		return r->authority;
	case CONFIG_EXPR_HTTP_PROXY_CONNECTION:
		return field(call, "Proxy-Connection");
	case CONFIG_EXPR_HTTP_REFERER:
		return field(call, "Referer");
	case CONFIG_EXPR_HTTP_USER_AGENT:
		return field(call, "User-Agent");
	case CONFIG_EXPR_REQUEST_METHOD:
		return r->method_name;
	case CONFIG_EXPR_REQUEST_SCHEME:
		return TEXT("http");
	case CONFIG_EXPR_THE_REQUEST:
		return r->line;
	case CONFIG_EXPR_QUERY_STRING:
		return call->query;
	case CONFIG_EXPR_SERVER_PROTOCOL:
		return printed(arena_printf(memory, "HTTP/1.%u", r->minor));
	case CONFIG_EXPR_SERVER_PROTOCOL_VERSION:
		return printed(arena_printf(memory, "%u", 1000 + r->minor));
	case CONFIG_EXPR_SERVER_PROTOCOL_VERSION_MAJOR:
		return TEXT("1");
	case CONFIG_EXPR_SERVER_PROTOCOL_VERSION_MINOR:
		return printed(arena_printf(memory, "%u", r->minor));
	case CONFIG_EXPR_IS_SUBREQ:
		return TEXT("false");
	case CONFIG_EXPR_HTTPS:
	case CONFIG_EXPR_HTTP2:
		return TEXT("off");
	default:
		return (struct text){NULL, 0};
	}
}

static struct text of_connection(
	struct handler_call *call, enum config_expr_variable which, struct arena *memory)
{
	switch (which) {
	case CONFIG_EXPR_REMOTE_HOST:
		if (handler_name_known(call))
			return text_of(handler_name_known(call));
		return address(call->client, false, memory);
	case CONFIG_EXPR_REMOTE_ADDR:
	case CONFIG_EXPR_CONN_REMOTE_ADDR:
		return address(call->client, false, memory);
	case CONFIG_EXPR_REMOTE_PORT:
		return address(call->client, true, memory);
	case CONFIG_EXPR_REMOTE_USER:
		return or_nothing(call->user);
	case CONFIG_EXPR_AUTH_TYPE:
		return or_nothing(call->auth_type);
	case CONFIG_EXPR_IPV6:
		return call->client && call->client->of.any.sa_family == AF_INET6 &&
				       !IN6_IS_ADDR_V4MAPPED(&call->client->of.v6.sin6_addr)
			       ? TEXT("on")
			       : TEXT("off");
	case CONFIG_EXPR_SERVER_PORT:
		return server_port(call, memory);
	case CONFIG_EXPR_SERVER_NAME:
		return server_name(call, memory);
	default:
		return (struct text){NULL, 0};
	}
}

static struct text of_place(
	struct handler_call *call, enum config_expr_variable which, struct arena *memory)
{
	struct text path = buffer_view(&call->path);
	switch (which) {
	case CONFIG_EXPR_REQUEST_URI:
	case CONFIG_EXPR_DOCUMENT_URI:
		return printed(arena_text(memory, path));
	case CONFIG_EXPR_REQUEST_FILENAME:
	case CONFIG_EXPR_SCRIPT_FILENAME: /* before the file is known: the path, as in Apache */
		if (call->rewriting)
			path = handler_rewrite_filename(call->rewriting);
		else if (call->file.size)
			path = buffer_view(&call->file);
		return printed(arena_text(memory, path));
	case CONFIG_EXPR_PATH_INFO:
		if (!call->file.size || call->path_info > path.size)
			return (struct text){NULL, 0};
		return printed(arena_text(
			memory, text_from(path.at + call->path_info, path.size - call->path_info)));
	case CONFIG_EXPR_DOCUMENT_ROOT:
	case CONFIG_EXPR_CONTEXT_DOCUMENT_ROOT:
		return or_nothing(call->context_root && which != CONFIG_EXPR_DOCUMENT_ROOT
					  ? call->context_root
					  : call->host->document_root);
	case CONFIG_EXPR_CONTEXT_PREFIX:
		return or_nothing(call->context_prefix);
	case CONFIG_EXPR_SERVER_ADMIN:
		return or_nothing(call->host->server_admin);
	case CONFIG_EXPR_SERVER_SOFTWARE:
		return text_of(config_server_name(call->config->server_tokens));
	case CONFIG_EXPR_API_VERSION:
		return TEXT("20120211:131"); /* the version of Apache 2.4's module interface */
	default:
		return (struct text){NULL, 0};
	}
}

static struct text last_modified(const struct handler_call *call, struct arena *memory)
{
	char text[32];
	struct tm tm;
	if (!call->st.st_mode || !gmtime_r(&call->st.st_mtim.tv_sec, &tm) ||
		!strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm))
		return (struct text){NULL, 0};
	return printed(arena_text(memory, text_of(text)));
}

static struct text of_answer(
	struct handler_call *call, enum config_expr_variable which, struct arena *memory)
{
	switch (which) {
	case CONFIG_EXPR_CONTENT_TYPE:
		return call->response->type;
	case CONFIG_EXPR_HANDLER:
		/* Of a request that nothing was looked for, there is neither. */
		return or_nothing(call->handler || !call->dir ? call->handler : call->dir->handler);
	case CONFIG_EXPR_REQUEST_STATUS:
		return printed(arena_printf(memory, "%d", call->response->status));
	case CONFIG_EXPR_LAST_MODIFIED:
		return last_modified(call, memory);
	default:
		return (struct text){NULL, 0};
	}
}

struct text handler_world_variable(
	struct handler_call *call, enum config_expr_variable which, struct arena *memory)
{
	struct text (*const groups[])(struct handler_call *, enum config_expr_variable,
		struct arena *) = {of_request, of_connection, of_place, of_answer};
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		struct text value = groups[i](call, which, memory);
		if (value.at)
			return value;
	}
	return (struct text){NULL, 0};
}

/* --- for the evaluator --- */

static struct text variable(void *with, enum config_expr_variable which, struct arena *memory)
{
	return handler_world_variable(with, which, memory);
}

/* A field of the response among those a handler added. */
static struct text response_field(const struct handler_call *call, struct text name)
{
	struct text rest = buffer_view(&call->response->fields);
	while (rest.size) {
		struct text value = text_split(&rest, '\n');
		struct text n = text_split(&value, ':');
		if (value.at && text_equal_nocase(n, name))
			return text_trim(text_split(&value, '\r'));
	}
	if (text_equal_nocase(name, TEXT("Content-Type")))
		return call->response->type;
	return (struct text){NULL, 0};
}

static struct text named(
	void *with, enum config_expr_function which, struct text name, struct arena *memory)
{
	struct handler_call *call = with;
	char *copy = arena_text(memory, name);
	if (!copy)
		return (struct text){NULL, 0};
	switch (which) {
	case CONFIG_EXPR_FUNCTION_REQ:
	case CONFIG_EXPR_FUNCTION_HTTP:
		return field(call, copy);
	case CONFIG_EXPR_FUNCTION_REQ_NOVARY:
		return handler_world_field(call, name);
	case CONFIG_EXPR_FUNCTION_RESP:
		return response_field(call, name);
	case CONFIG_EXPR_FUNCTION_REQENV:
	case CONFIG_EXPR_FUNCTION_ENV:
		return or_nothing(handler_env_get(&call->env, copy));
	default:
		return (struct text){NULL, 0};
	}
}

static const struct os_address *client(void *with)
{
	const struct handler_call *call = with;
	return call->client;
}

static bool allowed(void *with, bool is_url, struct text path)
{
	return handler_lookup(with, is_url, path);
}

static struct handler_expr_world world_of(struct handler_call *call, const struct config_expr *expr)
{
	call->personal |= (expr->depends & ~CONFIG_EXPR_ON_FILES) != CONFIG_EXPR_ON_NOTHING;
	return (struct handler_expr_world){.with = call,
		.variable = variable,
		.named = named,
		.client = client,
		.allowed = allowed,
		.now = call->now};
}

int handler_world_holds(struct handler_call *call, const struct config_expr *expr,
	struct regex_groups *groups, const char **why)
{
	struct handler_expr_world world = world_of(call, expr);
	return handler_expr_holds(expr, &world, call->arena, groups, why);
}

int handler_world_text(struct handler_call *call, const struct config_expr *expr,
	struct regex_groups *groups, struct text *text, const char **why)
{
	struct handler_expr_world world = world_of(call, expr);
	return handler_expr_text(expr, &world, call->arena, groups, text, why);
}

/* --- for whoever needs no reason --- */

static int tell(struct handler_call *call, const struct config_expr *expr, const char *why)
{
	static struct log_throttle throttle;
	if (log_once_a_second(&throttle))
		log_error("the expression %s cannot be evaluated for %s: %s", expr->source,
			call->path.size ? call->path.data : "a request", why);
	return -1;
}

int handler_world_decides(
	struct handler_call *call, const struct config_expr *condition, struct regex_groups *groups)
{
	const char *why;
	/* What lies in the file system now is no part of the path either. */
	call->personal |= condition->depends != CONFIG_EXPR_ON_NOTHING;
	int holds = handler_world_holds(call, condition, groups, &why);
	return holds < 0 ? tell(call, condition, why) : holds;
}

int handler_world_condition(void *call, const struct config_expr *condition)
{
	return handler_world_decides(call, condition, NULL);
}

bool handler_world_matched(
	void *closure, const struct regex *regex, const struct regex_groups *groups)
{
	struct handler_call *call = closure;
	const char *name;
	unsigned group;
	for (unsigned i = 0; regex_name(regex, i, &name, &group); i++) {
		char *variable = arena_printf(call->arena, "MATCH_%s", name);
		const char *value = arena_text(call->arena, regex_group(groups, group));
		for (char *c = variable; c && *c; c++)
			if (*c >= 'a' && *c <= 'z')
				*c &= ~0x20;
		if (!variable || !value ||
			!handler_env_set(&call->env, call->arena, variable, value))
			return false;
	}
	return true;
}

int handler_world_says(struct handler_call *call, const struct config_expr *expr, struct text *text)
{
	const char *why;
	call->personal |= expr->depends != CONFIG_EXPR_ON_NOTHING;
	int said = handler_world_text(call, expr, NULL, text, &why);
	return said < 0 ? tell(call, expr, why) : 0;
}

/* An expression is no deeper than CONFIG_EXPR_DEPTH. */
static bool asks(const struct config_expr_node *node)
{
	for (; node; node = node->next) {
		if (node->kind == CONFIG_EXPR_VARIABLE && node->what == CONFIG_EXPR_REMOTE_USER)
			return true;
		if (asks(node->first))
			return true;
	}
	return false;
}

bool handler_world_asks_user(const struct config_expr *expr)
{
	return asks(expr->root);
}
