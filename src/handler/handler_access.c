/*
 * handler_access - may this client have it?
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   403; 401 where a user might be let in; 500 where a rule cannot be decided
 *
 * The order is Apache's: Order, Allow and Deny; the rules without a user; if one would help, who
 * the user is; the rules again. What has no rules is open to all. It is asked anew whenever the
 * phases begin again for another path, so what a directory index, a variant or a rewriting leads to
 * has to be allowed itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "authz_core"
#include "handler/handler_access.h"

#include "base/log.h"

/* A line for every refusal, in Apache's words: programs that lock out who knocks too often count
 * them. */
static int forbid(struct handler_call *call)
{
	if (!call->is_lookup)
		log_error("client denied by server configuration: %s", call->file.data);
	return 403;
}

/* A user who is none of those that are let in. */
static int refuse_user(struct handler_call *call)
{
	log_error("user %s: authorization failure for \"%s\"", call->user, call->path.data);
	return call->dir->access.forbidden_on_failure > 0 ? 403 : handler_auth_ask(call);
}

static int after_user(struct handler_call *call)
{
	switch (handler_require(call, call->dir->access.require)) {
	case HANDLER_ACCESS_GRANTED:
		return 0;
	case HANDLER_ACCESS_ERROR:
		return 500;
	default:
		return refuse_user(call);
	}
}

static int check_rules(struct handler_call *call)
{
	const struct config_require *rules = call->dir->access.require;
	if (!rules || !handler_access_counts(call, rules))
		return 0;
	int status;
	switch (handler_require(call, rules)) {
	case HANDLER_ACCESS_GRANTED:
		return 0;
	case HANDLER_ACCESS_NO_USER:
		status = handler_auth(call);
		return status ? status : after_user(call);
	case HANDLER_ACCESS_ERROR:
		return 500;
	default:
		return forbid(call);
	}
}

static bool satisfy_any(const struct handler_call *call, const struct config_compat *compat)
{
	bool any = false;
	for (size_t i = 0; i < compat->satisfy_count; i++)
		if (handler_access_counts_for(call, compat->satisfies[i].methods))
			any = compat->satisfies[i].value;
	return any;
}

static int check(struct handler_call *call)
{
	const struct config_compat *compat = call->dir->access.compat;
	if (!compat)
		return check_rules(call);
	bool allowed = handler_require_allows(call, compat);
	if (satisfy_any(call, compat))
		return allowed ? 0 : check_rules(call);
	return allowed ? check_rules(call) : forbid(call);
}

/* The document of a refusal may lie where the refusal came from, as a site's own page for 401 does:
 * what the server was told to say is said, where exactly the same settings hold. */
static bool is_document_of_refusal(const struct handler_call *call)
{
	return call->error && call->refused_by == call->dir &&
	       call->turns == call->refused_in_turn + 1;
}

int handler_access(struct handler_call *call)
{
	call->user = call->auth_type = NULL;
	/* TRACE tells nothing but what was asked; TraceEnable is what it is for. */
	if (call->request->method == HTTP_METHOD_TRACE || is_document_of_refusal(call))
		return 0;
	int status = check(call);
	if (status == 401 || status == 403) {
		call->refused_by = call->dir;
		call->refused_in_turn = call->turns;
	}
	return status;
}
