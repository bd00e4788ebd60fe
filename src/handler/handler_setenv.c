/*
 * handler_setenv - the variables of a request: SetEnvIf, SetEnv and their like
 *
 * Runs in:  worker
 * Owns:     nothing; names and values live in the configuration or in the request's arena
 * Errors:   500 where a pattern or a condition cannot be decided, or there is no memory: a variable
 *           that was not set might have been the one that refuses
 *
 * A variable alone makes no answer personal; who decides by one does (Require env). A few the
 * server looks at itself, here and in handler_coding.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_world.h"

#include "base/assert.h"
#include "handler/handler_name.h"

/* --- what a row looks at --- */

static struct text host_of(const struct os_address *address, struct arena *memory)
{
	char text[OS_ADDRESS_TEXT];
	if (!address || !address->size)
		return TEXT("");
	return text_of(arena_text(memory, text_of(os_address_host(address, text))));
}

/* The last field whose name matches. false: who knows. */
static bool matching_field(struct handler_call *call, const struct regex *names, struct text *value)
{
	const struct http_request *rq = call->request;
	for (unsigned i = rq->field_count; i > 0; i--) {
		int matches = regex_match(names, rq->fields[i - 1].name, NULL);
		if (matches < 0)
			return false;
		if (matches) {
			*value = handler_world_field(call, rq->fields[i - 1].name);
			return true;
		}
	}
	return true;
}

static struct text field_or_variable(struct handler_call *call, const char *name)
{
	struct text value = handler_world_field(call, text_of(name));
	return value.at ? value : text_of(handler_env_get(&call->env, name));
}

/* What is not there is empty, so that ^$ finds it. false: who knows. */
static bool look_at(
	struct handler_call *call, const struct config_env_condition *row, struct text *value)
{
	*value = TEXT("");
	switch (row->attribute) {
	case CONFIG_ENV_REMOTE_HOST:
		if (handler_name_known(call)) {
			*value = text_of(handler_name_known(call));
			break;
		} /* fall through */
	case CONFIG_ENV_REMOTE_ADDR:
		*value = host_of(call->client, call->arena);
		break;
	case CONFIG_ENV_SERVER_ADDR:
		*value = host_of(handler_local(call), call->arena);
		break;
	case CONFIG_ENV_REQUEST_METHOD:
		*value = call->request->method_name;
		break;
	case CONFIG_ENV_REQUEST_PROTOCOL:
		*value = call->request->minor ? TEXT("HTTP/1.1") : TEXT("HTTP/1.0");
		break;
	case CONFIG_ENV_REQUEST_URI:
		if (!call->path.size && handler_decode(call) != 0)
			buffer_clear(&call->path); /* it will be refused */
		*value = buffer_view(&call->path);
		break;
	case CONFIG_ENV_FIELDS:
		return matching_field(call, row->names, value);
	case CONFIG_ENV_FIELD:
	default:
		*value = field_or_variable(call, row->name);
		break;
	}
	if (!value->at)
		*value = TEXT("");
	return true;
}

/* --- what it does --- */

static bool change(struct handler_call *call, const struct config_env_change *to,
	const struct regex_groups *groups)
{
	struct buffer value = BUFFER_INIT;
	if (!to->value) {
		handler_env_unset(&call->env, to->name);
		return true;
	}
	if (!strpbrk(to->value, "$\\&"))
		return handler_env_set(&call->env, call->arena, to->name, to->value);
	regex_expand(&value, text_of(to->value), groups, NULL);
	const char *copy =
		value.failed ? NULL
			     : arena_text(call->arena, value.size ? buffer_view(&value) : TEXT(""));
	buffer_free(&value);
	return copy && handler_env_set(&call->env, call->arena, to->name, copy);
}

/* false: it cannot be decided, or there is no memory. */
static bool apply(struct handler_call *call, const struct config_env_condition *row)
{
	struct regex_groups groups = {.count = 0};
	struct text value;
	bool personal = call->personal;
	int holds;
	if (row->attribute == CONFIG_ENV_EXPR)
		holds = handler_world_decides(call, row->expr, &groups);
	else
		holds = look_at(call, row, &value) ? regex_match(row->regex, value, &groups) : -1;
	call->personal = personal; /* what is made of the variable may be */
	if (holds < 0)
		return false;
	for (size_t i = 0; holds && i < row->change_count; i++)
		if (!change(call, &row->changes[i], &groups))
			return false;
	return true;
}

static bool apply_all(struct handler_call *call, const struct config_env *env, bool in_section)
{
	for (size_t i = 0; i < env->condition_count; i++)
		if (env->conditions[i].in_section == in_section &&
			!apply(call, &env->conditions[i]))
			return false;
	return true;
}

/* --- the variables the server looks at --- */

/* false: an answer made for others does not suit this client. */
static bool is_ordinary(struct handler_call *call)
{
	static const char *const closing[] = {"nokeepalive", "downgrade-1.0", "force-response-1.0"};
	static const char *const plain[] = {
		"no-gzip", "no-brotli", "gzip-only-text/html", "prefer-language"};
	bool ordinary = true;
	if (!call->env.count)
		return true;
	for (size_t i = 0; i < COUNT_OF(closing); i++)
		if (handler_env_get(&call->env, closing[i])) {
			call->response->keep_alive = false;
			ordinary = false;
		}
	for (size_t i = 0; i < COUNT_OF(plain); i++)
		ordinary &= !handler_env_get(&call->env, plain[i]);
	return ordinary;
}

/* --- the phases --- */

/* An index, a fallback and a variant are other paths, but as in Apache no other requests. */
static bool is_request(const struct handler_call *call)
{
	return call->turn == HANDLER_TURN_REQUEST || call->is_lookup;
}

int handler_setenv_first(struct handler_call *call)
{
	if (!call->env_begun && is_request(call) && !apply_all(call, &call->host->dir.env, false))
		return 500;
	call->env_begun = false; /* another path, another look */
	call->personal |= !is_ordinary(call);
	return 0;
}

/* What a row in a section sets is set for ready-made answers too, but they are found by the path
 * alone, before sections are. */
int handler_setenv_here(struct handler_call *call)
{
	const struct config_env *env = &call->dir->env;
	if (!env->in_section_count)
		return 0;
	call->personal = true;
	if (!is_request(call))
		return 0;
	if (!apply_all(call, env, true))
		return 500;
	is_ordinary(call); /* the connection may have to be closed */
	return 0;
}

static bool set_all(struct handler_call *call, const struct config_env *env)
{
	bool good = true;
	for (size_t i = 0; good && i < env->set_count; i++) {
		const struct config_env_change *set = &env->sets[i];
		if (set->value && !handler_env_get(&call->env, set->name))
			good = handler_env_set(&call->env, call->arena, set->name, set->value);
	}
	return good;
}

int handler_setenv(struct handler_call *call)
{
	if (!set_all(call, &call->dir->env))
		return 500;
	call->personal |= !is_ordinary(call);
	return 0;
}

/* --- of ready-made answers --- */

/* Expressions see the path and the query, which nobody has looked at yet. */
static bool has_expression(const struct config_env *env)
{
	for (size_t i = 0; i < env->condition_count; i++)
		if (env->conditions[i].attribute == CONFIG_ENV_EXPR)
			return true;
	return false;
}

bool handler_setenv_ready(struct handler_call *call)
{
	if (!call->host->dir.env.condition_count)
		return true;
	if (has_expression(&call->host->dir.env))
		return false;
	if (!apply_all(call, &call->host->dir.env, false)) {
		call->env.count = 0;
		return false;
	}
	call->env_begun = true;
	return is_ordinary(call);
}

void handler_setenv_of(struct handler_call *call, const struct config_dir *dir)
{
	set_all(call, &dir->env);
}
