/*
 * handler_env - a request's variables: for logs, conditions and programs
 *
 * Runs in:  worker
 * Owns:     nothing; names and values live in the request's arena or longer
 * Errors:   false: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_ENV_H
#define HANDLER_ENV_H

#include "base/arena.h"

struct handler_variable {
	const char *name, *value;
};

struct handler_env {
	size_t count;
	struct handler_variable *all; /* in the order in which they were first set */
};

/* NULL: it is not set. Names are compared as they are. */
const char *handler_env_get(const struct handler_env *env, const char *name);

/* Neither is copied. */
bool handler_env_set(
	struct handler_env *env, struct arena *arena, const char *name, const char *value);

/* The request goes on for another path inside: what was set is to be found under REDIRECT_NAME from
 * here on, and REDIRECT_STATUS and REDIRECT_URL say why and from where. 0, or 500. */
int handler_env_redirect(struct handler_env *env, struct arena *arena, int status, const char *url);

void handler_env_unset(struct handler_env *env, const char *name);

#endif
