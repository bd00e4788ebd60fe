/*
 * handler_access - what the parts of access control need of each other
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   see each
 *
 * Private to src/handler.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_ACCESS_H
#define HANDLER_ACCESS_H

#include "handler/handler.h"

/* What a rule comes to. */
enum handler_access_result {
	HANDLER_ACCESS_DENIED,
	HANDLER_ACCESS_NO_USER, /* denied, but a user might be let in */
	HANDLER_ACCESS_GRANTED,
	HANDLER_ACCESS_NEUTRAL, /* says nothing: another method, or a refusal that was not due */
	HANDLER_ACCESS_ERROR    /* cannot be told */
};

/* Does the rule (or one of the group) count for the method of the request? */
bool handler_access_counts(const struct handler_call *call, const struct config_require *rule);
bool handler_access_counts_for(
	const struct handler_call *call, const struct config_methods *methods);

/* handler_require.c: what the rules come to, with call->user as far as it is known. Sets
 * call->personal where they looked at anything but themselves. */
enum handler_access_result handler_require(
	struct handler_call *call, const struct config_require *rule);

/* handler_require.c: Order, Allow and Deny. */
bool handler_require_allows(struct handler_call *call, const struct config_compat *compat);

/* handler_auth.c: finds out who the user is, into call->user. 0; 401 with WWW-Authenticate set; or
 * 500, which is in the log. */
int handler_auth(struct handler_call *call);

/* handler_auth.c: asks for a name and a password: 401, or 500. */
int handler_auth_ask(struct handler_call *call);

#endif
