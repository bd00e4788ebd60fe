/*
 * starter_env - may a program have this variable?
 *
 * Runs in:  the starter
 * Owns:     nothing; the names live in the configuration's memory
 * Errors:   NULL: no memory
 *
 * A variable of CGI may have any value: clients choose them. One of the configuration may have the
 * values that the configuration gives it; where it takes them from the request, any, but for names
 * that make a program run something else. So nobody can say LD_PRELOAD who could not write the
 * configuration.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "config/config_env.h"
#include "config/config_rewrite.h"
#include "handler/handler_cgi_env.h"

#include <stdlib.h>
#include <string.h>

struct name {
	const char *name;
	const char *value; /* NULL: any */
};

struct starter_names {
	const struct name *all;
	size_t count;
	bool any; /* an .htaccess may name others */
};

/* ---- what the configuration says ---- */

struct gathering {
	struct arena *memory;
	struct name *all;
	size_t count;
	bool any, failed;
};

static void add(struct gathering *g, const char *name, const char *value)
{
	struct name *all = arena_more(g->memory, g->all, g->count, sizeof *all);
	g->failed |= !all;
	if (!all)
		return;
	all[g->count++] = (struct name){name, value};
	g->all = all;
}

static void add_change(struct gathering *g, const struct config_env_change *c)
{
	if (c->value) /* as handler_setenv, which fills them in from the request */
		add(g, c->name, strpbrk(c->value, "$\\&") ? NULL : c->value);
}

static void add_dir(struct gathering *g, const struct config_dir *dir)
{
	const struct config_env *env = &dir->env;
	const struct config_allowed *allowed = dir->grant.allowed;
	for (size_t i = 0; i < env->condition_count; i++)
		for (size_t k = 0; k < env->conditions[i].change_count; k++)
			add_change(g, &env->conditions[i].changes[k]);
	for (size_t i = 0; i < env->set_count; i++)
		if (env->sets[i].value)
			add(g, env->sets[i].name, env->sets[i].value);
	for (size_t i = 0; i < dir->rewrite.rule_count; i++)
		for (size_t k = 0; k < dir->rewrite.rules[i].env_count; k++)
			add(g, dir->rewrite.rules[i].env[k].name, NULL);
	g->any |= dir->grant.listed || (allowed && allowed->groups & CONFIG_OVERRIDE_FILEINFO);
}

static void add_sections(struct gathering *g, const struct config_sections *sections)
{
	for (size_t i = 0; i < sections->count; i++) {
		add_dir(g, &sections->all[i]->dir);
		add_sections(g, &sections->all[i]->inner);
	}
}

static void add_host(struct gathering *g, const struct config_host *host)
{
	add_dir(g, &host->dir);
	add_sections(g, &host->sections);
}

/* Hosts say again what the main server says. */
static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	if (order || x->value == y->value)
		return order;
	return !x->value ? -1 : !y->value ? 1 : strcmp(x->value, y->value);
}

const struct starter_names *starter_env_names(const struct config *config, struct arena *memory)
{
	struct gathering g = {.memory = memory};
	struct starter_names *names = arena_take(memory, sizeof *names);
	add_host(&g, &config->host);
	for (size_t i = 0; i < config->host_count; i++)
		add_host(&g, config->hosts[i]);
	if (!names || g.failed)
		return NULL;
	size_t count = 0;
	if (g.count)
		qsort(g.all, g.count, sizeof *g.all, by_name);
	for (size_t i = 0; i < g.count; i++)
		if (i == 0 || by_name(&g.all[count - 1], &g.all[i]) != 0)
			g.all[count++] = g.all[i];
	*names = (struct starter_names){.all = g.all, .count = count, .any = g.any};
	return names;
}

/* ---- one variable ---- */

static bool starts(struct text name, const char *with)
{
	return text_starts(name, text_of(with));
}

static bool is_own(struct text name)
{
	static const struct text own[] = {
#define NAME(name) TEXT(#name),
#include "starter/names.def"
#undef NAME
	};
	if (starts(name, "HTTP_"))
		return !text_equal(name, TEXT("HTTP_PROXY"));
	if (starts(name, "REDIRECT_"))
		return true;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (text_equal(name, own[i]))
			return true;
	return false;
}

/* Names by which the C library, a shell or an interpreter is told what to load. */
static bool is_dangerous(struct text name)
{
	static const char *const beginnings[] = {"LD_", "BASH_", "DYLD_", "GCONV_", "GLIBC_",
		"JAVA_", "LUA_", "MALLOC_", "NODE_", "PERL", "PHP", "PYTHON", "RUBY", "GIT_CONFIG",
		"GIT_SSH", "GIT_EXEC", "GIT_PROXY", "GIT_EXTERNAL"};
	static const char *const whole[] = {"BASHOPTS", "CDPATH", "CLASSPATH", "ENV", "GETCONF_DIR",
		"HOME", "HTTP_PROXY", "IFS", "LOCPATH", "NLSPATH", "PATH", "PS4", "RES_OPTIONS",
		"HOSTALIASES", "SHELLOPTS", "TCLLIBPATH", "TMPDIR", "TZDIR"};
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (starts(name, beginnings[i]))
			return true;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (text_equal(name, text_of(whole[i])))
			return true;
	return false;
}

/* Names are made fit for a shell before they get here (handler_cgi_env). */
static bool is_same(const char *said, struct text name)
{
	size_t i = 0;
	for (; i < name.size && said[i]; i++) {
		char c = said[i];
		bool fit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
			   (i && c >= '0' && c <= '9');
		if ((fit ? c : '_') != name.at[i])
			return false;
	}
	return i == name.size && !said[i];
}

static bool gives(const struct name *all, size_t count, struct text name, const char *value)
{
	for (size_t i = 0; i < count; i++)
		if (is_same(all[i].name, name) &&
			(all[i].value ? strcmp(all[i].value, value) == 0 : !is_dangerous(name)))
			return true;
	return false;
}

/* What stands in an .htaccess on the way to the program is the configuration's word, too. */
static bool gives_here(const struct config_dir *dir, struct text name, const char *value)
{
	for (size_t i = 0; i < dir->env.set_count; i++)
		if (dir->env.sets[i].value && is_same(dir->env.sets[i].name, name) &&
			strcmp(dir->env.sets[i].value, value) == 0)
			return true;
	return false;
}

static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.size; i++) {
		char c = name.at[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
			    (i && c >= '0' && c <= '9')))
			return false;
	}
	return name.size > 0;
}

bool starter_env_allows(
	const struct starter_names *names, const struct config_dir *dir, const char *variable)
{
	size_t size = strcspn(variable, "=");
	struct text name = text_from(variable, size);
	const char *value = variable + size + 1, *path = getenv("PATH");
	if (!variable[size] || !is_name(name))
		return false;
	if (is_own(name))
		return true;
	if (text_equal(name, TEXT("PATH")) && strcmp(value, path ? path : HANDLER_CGI_PATH) == 0)
		return true;
	return gives(names->all, names->count, name, value) || gives_here(dir, name, value) ||
	       (names->any && !is_dangerous(name));
}
