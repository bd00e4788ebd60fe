/*
 * config_alias - Alias, ScriptAlias and Redirect, and their Match forms
 *
 * Runs in:  the parent while it reads a configuration; workers look
 * Owns:     nothing; descriptors belong to the configuration
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_ALIAS_H
#define CONFIG_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config_line;
struct config_reader;

/* One Alias: where in the file system a part of the URL space lies. */
struct config_alias_row {
	const char *from;               /* the beginning of the path; NULL: `regex` */
	const struct regex *regex;      /* the whole path; `to` may name its groups, $1 */
	const char *to;                 /* absolute; */
	const struct config_expr *expr; /* in <Location>: `to` names variables */
	bool whole;       /* in <Location>: `to` is for all of it, unless AliasPreservePath */
	bool script;      /* ScriptAlias: what lies there is run */
	const char *root; /* the directory in `to` that is there for sure, */
	int root_fd;      /* and its descriptor (O_PATH) */
};

/* One Redirect. */
struct config_redirect_row {
	const char *from;
	const struct regex *regex;
	int status;
	const char *to;                 /* a URL, or a path of this site; NULL: only the status */
	const struct config_expr *expr; /* in <Location>: `to` names variables */
	bool whole;      /* in <Location>, which says the path: nothing is appended to `to` */
	bool in_section; /* holds after the file system was looked at */
};

struct config_alias {
	size_t row_count;
	const struct config_alias_row *rows;
	int preserve_path; /* 0, 1; -1: not said here */
	size_t redirect_count;
	const struct config_redirect_row *redirects;
};

void config_alias_silent(struct config_alias *alias);
bool config_alias_lay_over(
	struct arena *memory, struct config_alias *under, const struct config_alias *inner);

/* The directives. */
bool config_alias_alias(struct config_reader *reader, const struct config_line *line);
bool config_alias_script(struct config_reader *reader, const struct config_line *line);
bool config_alias_preserve(struct config_reader *reader, const struct config_line *line);
bool config_alias_match(struct config_reader *reader, const struct config_line *line);
bool config_alias_script_match(struct config_reader *reader, const struct config_line *line);
bool config_alias_redirect(struct config_reader *reader, const struct config_line *line);
bool config_alias_redirect_match(struct config_reader *reader, const struct config_line *line);
bool config_alias_redirect_permanent(struct config_reader *reader, const struct config_line *line);
bool config_alias_redirect_temp(struct config_reader *reader, const struct config_line *line);

#endif
