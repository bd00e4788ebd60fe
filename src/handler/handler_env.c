/*
 * handler_env - a request's variables: for logs, conditions and programs
 *
 * Runs in:  worker
 * Owns:     nothing; names and values live in the request's arena or longer
 * Errors:   false: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_env.h"

#include <strings.h>

/* As in Apache, SetEnv proto and %{ENV:PROTO} mean the same one. */
static struct handler_variable *find(const struct handler_env *env, const char *name)
{
	for (size_t i = 0; i < env->count; i++)
		if (strcasecmp(env->all[i].name, name) == 0)
			return &env->all[i];
	return NULL;
}

const char *handler_env_get(const struct handler_env *env, const char *name)
{
	const struct handler_variable *v = find(env, name);
	return v ? v->value : NULL;
}

bool handler_env_set(
	struct handler_env *env, struct arena *arena, const char *name, const char *value)
{
	struct handler_variable *v = find(env, name);
	if (v) {
		v->value = value;
		return true;
	}
	v = arena_more(arena, env->all, env->count, sizeof *v);
	if (!v)
		return false;
	env->all = v;
	env->all[env->count++] = (struct handler_variable){name, value};
	return true;
}

int handler_env_redirect(struct handler_env *env, struct arena *arena, int status, const char *url)
{
	bool good = true;
	if (!find(env, "SCRIPT_NAME")) { /* as in Apache, only a program knew where it came from */
		handler_env_unset(env, "REDIRECT_URL");
		handler_env_unset(env, "REDIRECT_QUERY_STRING");
	}
	for (size_t i = 0; good && i < env->count; i++) {
		const char *name = arena_printf(arena, "REDIRECT_%s", env->all[i].name);
		good = name != NULL;
		env->all[i].name = name;
	}
	const char *number = arena_printf(arena, "%d", status);
	const char *from = arena_text(arena, text_of(url));
	good = good && number && from && handler_env_set(env, arena, "REDIRECT_STATUS", number) &&
	       handler_env_set(env, arena, "REDIRECT_URL", from);
	if (!good)
		env->count = 0; /* no name may be missing */
	return good ? 0 : 500;
}

void handler_env_unset(struct handler_env *env, const char *name)
{
	struct handler_variable *v = find(env, name);
	if (!v)
		return;
	size_t behind = env->count - (size_t)(v - env->all) - 1;
	memmove(v, v + 1, behind * sizeof *v);
	env->count--;
}
