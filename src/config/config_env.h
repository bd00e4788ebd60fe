/*
 * config_env - variables of a request: SetEnvIf, SetEnv and their like
 *
 * Runs in:  the parent while it reads a configuration; workers look, and read .htaccess
 * Owns:     nothing; all lives in the configuration's memory
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_ENV_H
#define CONFIG_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config_line;
struct config_reader;

/* What a SetEnvIf looks at. */
enum config_env_attribute {
	CONFIG_ENV_REMOTE_HOST,
	CONFIG_ENV_REMOTE_ADDR,
	CONFIG_ENV_SERVER_ADDR,
	CONFIG_ENV_REQUEST_METHOD,
	CONFIG_ENV_REQUEST_PROTOCOL,
	CONFIG_ENV_REQUEST_URI,
	CONFIG_ENV_FIELD,  /* a field of the request by its name, else a variable set before */
	CONFIG_ENV_FIELDS, /* the last field whose name matches a pattern */
	CONFIG_ENV_EXPR    /* a condition */
};

/* One variable a row sets or takes away. */
struct config_env_change {
	const char *name;
	const char *value; /* with $1 in it; NULL: the variable is taken away */
};

/* One SetEnvIf, SetEnvIfExpr or BrowserMatch. */
struct config_env_condition {
	enum config_env_attribute attribute;
	const char *name;               /* FIELD */
	const struct regex *names;      /* FIELDS */
	const struct regex *regex;      /* all but EXPR */
	const struct config_expr *expr; /* EXPR */
	size_t change_count;
	const struct config_env_change *changes;
	bool in_section; /* looked at when the settings of the request are known, not before */
};

struct config_env {
	size_t condition_count; /* outer ones first */
	const struct config_env_condition *conditions;
	size_t in_section_count; /* how many of them are in sections */
	size_t set_count;        /* SetEnv, PassEnv, UnsetEnv: a name stands here once */
	const struct config_env_change *sets;
};

void config_env_silent(struct config_env *env);
bool config_env_lay_over(
	struct arena *memory, struct config_env *under, const struct config_env *inner);

/* The directives. */
bool config_env_set_if(struct config_reader *reader, const struct config_line *line);
bool config_env_set_if_no_case(struct config_reader *reader, const struct config_line *line);
bool config_env_set_if_expr(struct config_reader *reader, const struct config_line *line);
bool config_env_browser(struct config_reader *reader, const struct config_line *line);
bool config_env_browser_no_case(struct config_reader *reader, const struct config_line *line);
bool config_env_set(struct config_reader *reader, const struct config_line *line);
bool config_env_unset(struct config_reader *reader, const struct config_line *line);
bool config_env_pass(struct config_reader *reader, const struct config_line *line);

#endif
