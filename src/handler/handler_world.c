/*
 * handler_world - what an expression may ask about a request
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   -1, and the reason in the log
 *
 * -U, -A and -F, which ask whether another request would be let through, are never true: nothing
 * here is asked twice.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "handler/handler_world.h"

#include "base/log.h"

#include <grp.h>
#include <pwd.h>

static struct text nothing(void)
{
	return (struct text){NULL, 0};
}

static struct text copy(struct handler_call *call, const char *text)
{
	return text_of(text ? arena_text(call->arena, text_of(text)) : NULL);
}

static struct text number(struct handler_call *call, unsigned long n)
{
	return text_of(arena_printf(call->arena, "%lu", n));
}

/* --- fields --- */

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
	if (text_equal_nocase(name, TEXT("Host")))
		return;
	while (lines.size) {
		struct text value = text_split(&lines, '\n'), key = text_split(&value, ':');
		if (value.size && value.at[value.size - 1] == '\r')
			value.size--;
		if (text_equal_nocase(key, TEXT("Vary")) && has_word(value, name))
			return;
	}
	http_response_field(call->response, TEXT("Vary"), name);
}

/* All lines of a field as one, with commas between (RFC 9110 5.2). */
static struct text field(struct handler_call *call, struct text name, bool tell)
{
	const struct http_field *first = http_request_find(call->request, name, NULL), *f = first;
	if (tell)
		vary(call, name);
	if (!first)
		return nothing();
	struct text all = first->value;
	while ((f = http_request_find(call->request, name, f)))
		all = text_of(arena_printf(
			call->arena, "%.*s, %.*s", TEXT_ARGS(all), TEXT_ARGS(f->value)));
	return all;
}

/* A field of the answer, as far as it has been put together. */
static struct text answer_field(struct handler_call *call, struct text name)
{
	struct text lines = buffer_view(&call->response->fields);
	if (text_equal_nocase(name, TEXT("Content-Type")))
		return call->response->type;
	while (lines.size) {
		struct text value = text_split(&lines, '\n'), key = text_split(&value, ':');
		if (value.size && value.at[value.size - 1] == '\r')
			value.size--;
		if (value.at && text_equal_nocase(key, name))
			return text_trim(value);
	}
	return nothing();
}

/* --- variables --- */

static struct text address(struct handler_call *call, const struct os_address *of)
{
	char text[OS_ADDRESS_TEXT];
	return of && of->size ? copy(call, os_address_host(of, text)) : nothing();
}

/* The host and the port of what the client asked for, "[::1]:80". */
static struct text asked_host(struct text authority, struct text *port)
{
	size_t i = authority.size;
	while (i > 0 && authority.at[i - 1] != ':' && authority.at[i - 1] != ']')
		i--;
	*port = nothing();
	if (i == 0 || authority.at[i - 1] != ':')
		return authority;
	*port = text_from(authority.at + i, authority.size - i);
	return text_from(authority.at, i - 1);
}

static struct text server_name(struct handler_call *call)
{
	struct text port, host = asked_host(call->request->authority, &port);
	return host.size ? host : text_of(call->host->server_name);
}

static struct text server_port(struct handler_call *call)
{
	struct text port;
	asked_host(call->request->authority, &port);
	if (port.size)
		return port;
	const struct os_address *local = handler_local(call);
	unsigned known = call->host->server_port ? call->host->server_port
			 : local->size           ? os_address_port(local)
						 : 80;
	return number(call, known);
}

static struct text path_info(const struct handler_call *call)
{
	size_t from = call->path_info < call->path.size ? call->path_info : call->path.size;
	return call->file.size ? text_from(call->path.data + from, call->path.size - from)
			       : nothing();
}

static struct text last_modified(struct handler_call *call)
{
	char text[32];
	struct tm tm;
	if (!call->st.st_mode || !gmtime_r(&call->st.st_mtim.tv_sec, &tm) ||
		!strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm))
		return nothing();
	return copy(call, text);
}

static struct text owner(struct handler_call *call, bool group)
{
	const struct passwd *user = NULL;
	const struct group *its = NULL;
	if (!call->st.st_mode)
		return nothing();
	if (group)
		its = getgrgid(call->st.st_gid);
	else
		user = getpwuid(call->st.st_uid);
	return copy(call, its ? its->gr_name : user ? user->pw_name : NULL);
}

static struct text handler_name(const struct handler_call *call)
{
	return text_of(call->handler ? call->handler : call->dir ? call->dir->handler : NULL);
}

/* Of the file that was found, and of the server. */
static struct text variable_of_site(
	struct handler_call *call, enum config_expr_variable which)
{
	switch (which) {
	case CONFIG_EXPR_REQUEST_URI:
	case CONFIG_EXPR_DOCUMENT_URI:
		return buffer_view(&call->path);
	case CONFIG_EXPR_REQUEST_FILENAME:
	case CONFIG_EXPR_SCRIPT_FILENAME:
		return call->file.size ? buffer_view(&call->file) : buffer_view(&call->path);
	case CONFIG_EXPR_PATH_INFO:
		return path_info(call);
	case CONFIG_EXPR_LAST_MODIFIED:
		return last_modified(call);
	case CONFIG_EXPR_SCRIPT_USER:
		return owner(call, false);
	case CONFIG_EXPR_SCRIPT_GROUP:
		return owner(call, true);
	case CONFIG_EXPR_DOCUMENT_ROOT:
		return text_of(call->host->document_root);
	case CONFIG_EXPR_CONTEXT_DOCUMENT_ROOT:
		return call->file.size ? text_from(call->file.data, call->root.size)
				       : text_of(call->host->document_root);
	case CONFIG_EXPR_SERVER_ADMIN:
		return text_of(call->host->server_admin);
	case CONFIG_EXPR_SERVER_SOFTWARE:
		return text_of(config_server_name(call->config->server_tokens));
	case CONFIG_EXPR_API_VERSION:
		return TEXT("20120211");
	case CONFIG_EXPR_HANDLER:
		return handler_name(call);
	case CONFIG_EXPR_CONTENT_TYPE:
		return call->response->type;
	case CONFIG_EXPR_REQUEST_STATUS:
		return number(call, (unsigned long)call->response->status);
	default:
		return nothing();
	}
}

static struct text variable_of_client(
	struct handler_call *call, enum config_expr_variable which)
{
	const struct http_request *rq = call->request;
	switch (which) {
	case CONFIG_EXPR_REQUEST_METHOD:
		return rq->method_name;
	case CONFIG_EXPR_REQUEST_SCHEME:
		return TEXT("http");
	case CONFIG_EXPR_QUERY_STRING:
		return call->query;
	case CONFIG_EXPR_THE_REQUEST:
		return rq->line;
	case CONFIG_EXPR_IS_SUBREQ:
		return TEXT("false");
	case CONFIG_EXPR_REMOTE_ADDR:
	case CONFIG_EXPR_REMOTE_HOST: /* the names of clients are not looked up for it */
	case CONFIG_EXPR_CONN_REMOTE_ADDR:
		return address(call, call->client);
	case CONFIG_EXPR_REMOTE_PORT:
		return call->client ? number(call, os_address_port(call->client)) : nothing();
	case CONFIG_EXPR_REMOTE_USER:
		return text_of(call->user);
	case CONFIG_EXPR_AUTH_TYPE:
		return text_of(call->auth_type);
	case CONFIG_EXPR_SERVER_NAME:
		return server_name(call);
	case CONFIG_EXPR_SERVER_PORT:
		return server_port(call);
	case CONFIG_EXPR_SERVER_PROTOCOL:
		return rq->minor ? TEXT("HTTP/1.1") : TEXT("HTTP/1.0");
	case CONFIG_EXPR_SERVER_PROTOCOL_VERSION:
		return rq->minor ? TEXT("1001") : TEXT("1000");
	case CONFIG_EXPR_SERVER_PROTOCOL_VERSION_MAJOR:
		return TEXT("1");
	case CONFIG_EXPR_SERVER_PROTOCOL_VERSION_MINOR:
		return rq->minor ? TEXT("1") : TEXT("0");
	case CONFIG_EXPR_HTTPS:
	case CONFIG_EXPR_HTTP2:
		return TEXT("off");
	case CONFIG_EXPR_IPV6:
		return call->client && call->client->of.any.sa_family == AF_INET6 &&
				       !IN6_IS_ADDR_V4MAPPED(&call->client->of.v6.sin6_addr)
			       ? TEXT("on")
			       : TEXT("off");
	default:
		return variable_of_site(call, which);
	}
}

static struct text variable(void *with, enum config_expr_variable which, struct arena *memory)
{
	static const struct {
		enum config_expr_variable which;
		struct text name;
	} fields[] = {{CONFIG_EXPR_HTTP_ACCEPT, TEXT("Accept")},
		{CONFIG_EXPR_HTTP_COOKIE, TEXT("Cookie")},
		{CONFIG_EXPR_HTTP_FORWARDED, TEXT("Forwarded")},
		{CONFIG_EXPR_HTTP_HOST, TEXT("Host")},
		{CONFIG_EXPR_HTTP_PROXY_CONNECTION, TEXT("Proxy-Connection")},
		{CONFIG_EXPR_HTTP_REFERER, TEXT("Referer")},
		{CONFIG_EXPR_HTTP_USER_AGENT, TEXT("User-Agent")}};
	(void)memory;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].which == which)
			return field(with, fields[i].name, true);
	return variable_of_client(with, which);
}

static struct text named(
	void *with, enum config_expr_function which, struct text name, struct arena *memory)
{
	struct handler_call *call = with;
	const char *key;
	(void)memory;
	switch (which) {
	case CONFIG_EXPR_FUNCTION_REQ:
	case CONFIG_EXPR_FUNCTION_HTTP:
		return field(call, name, true);
	case CONFIG_EXPR_FUNCTION_REQ_NOVARY:
		return field(call, name, false);
	case CONFIG_EXPR_FUNCTION_RESP:
		return answer_field(call, name);
	case CONFIG_EXPR_FUNCTION_REQENV:
	case CONFIG_EXPR_FUNCTION_ENV:
		key = arena_text(call->arena, name);
		return text_of(key ? handler_env_get(&call->env, key) : NULL);
	default:
		return nothing();
	}
}

static const struct os_address *client(void *with)
{
	const struct handler_call *call = with;
	return call->client && call->client->size ? call->client : NULL;
}

struct handler_expr_world handler_world(struct handler_call *call)
{
	return (struct handler_expr_world){.with = call,
		.variable = variable,
		.named = named,
		.client = client,
		.now = call->now};
}

/* --- asking --- */

static int tell(struct handler_call *call, const struct config_expr *expr, const char *why)
{
	static struct log_throttle throttle;
	if (log_once_a_second(&throttle))
		log_error("the expression %s cannot be evaluated for %s: %s", expr->source,
			call->path.size ? call->path.data : "a request", why);
	return -1;
}

int handler_world_matches(struct handler_call *call, const struct config_expr *condition,
	struct regex_groups *groups)
{
	const char *why;
	struct handler_expr_world world = handler_world(call);
	call->personal |= condition->depends != CONFIG_EXPR_ON_NOTHING;
	int holds = handler_expr_holds(condition, &world, call->arena, groups, &why);
	return holds < 0 ? tell(call, condition, why) : holds;
}

int handler_world_holds(struct handler_call *call, const struct config_expr *condition)
{
	return handler_world_matches(call, condition, NULL);
}

int handler_world_condition(void *call, const struct config_expr *condition)
{
	return handler_world_matches(call, condition, NULL);
}

int handler_world_text(struct handler_call *call, const struct config_expr *expr, struct text *text)
{
	const char *why;
	struct handler_expr_world world = handler_world(call);
	call->personal |= expr->depends != CONFIG_EXPR_ON_NOTHING;
	return handler_expr_text(expr, &world, call->arena, NULL, text, &why) < 0
		       ? tell(call, expr, why)
		       : 0;
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
