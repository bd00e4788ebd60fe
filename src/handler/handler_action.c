/*
 * handler_action - a program of this site that answers for something else: Action and Script
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   404 for a file that is not there, 500 without memory
 *
 * As in Apache the request becomes one for the program, with the path that was asked for behind it
 * as its path info. Handlers of our own go first.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_action.h"

static bool is_same(const char *a, struct text b)
{
	return text_equal_nocase(text_of(a), b);
}

static const struct config_cgi_action *find(
	const struct config_cgi *cgi, bool method, struct text name)
{
	for (size_t i = 0; name.size && i < cgi->action_count; i++)
		if (cgi->actions[i].method == method && is_same(cgi->actions[i].name, name))
			return &cgi->actions[i];
	return NULL;
}

/* The media type without its parameters. */
static struct text type_of(const struct handler_call *call)
{
	const char *type = call->forced_type ? call->forced_type : call->media.type;
	struct text t = text_of(type);
	return type ? text_trim(text_split(&t, ';')) : (struct text){NULL, 0};
}

static const struct config_cgi_action *of_method(const struct handler_call *call)
{
	const struct http_request *rq = call->request;
	if (rq->method == HTTP_METHOD_GET && !call->query.size)
		return NULL;
	return call->turns > 2 ? NULL : find(&call->dir->cgi, true, rq->method_name);
}

static int go_to(
	struct handler_call *call, const struct config_cgi_action *action, struct text name)
{
	const char *path = arena_printf(
		call->arena, "%s%.*s", action->path, TEXT_ARGS(buffer_view(&call->path)));
	const char *handler = arena_text(call->arena, name);
	if (!path || !handler || !handler_env_set(&call->env, call->arena, "HANDLER", handler) ||
		!handler_redirected(call, 200) || handler_go_to(call, text_of(path)))
		return 500;
	call->forced_handler = call->forced_type = NULL;
	call->personal = true;
	return HANDLER_AGAIN;
}

int handler_action(struct handler_call *call, const char *wanted)
{
	const struct config_cgi *cgi = &call->dir->cgi;
	struct text name = wanted ? text_of(wanted) : type_of(call);
	if (!cgi->action_count)
		return 0;
	const struct config_cgi_action *action = find(cgi, false, name);
	if (action && !action->path)
		action = NULL;
	if (action && !action->is_virtual && !call->st.st_mode)
		return call->missing ? call->missing : 404;
	if (!action && (action = of_method(call)))
		name = call->request->method_name;
	return action ? go_to(call, action, name) : 0;
}
