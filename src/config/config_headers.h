/*
 * config_headers - Header, RequestHeader, and Expires
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess, and to
 * look Owns:     nothing Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_HEADERS_H
#define CONFIG_HEADERS_H

#include "base/text.h"

struct arena;
struct config_expr;
struct config_line;
struct config_reader;
struct regex;

enum config_header_action {
	CONFIG_HEADER_SET,
	CONFIG_HEADER_SET_IF_EMPTY,
	CONFIG_HEADER_APPEND, /* to the value that is there, behind a comma */
	CONFIG_HEADER_MERGE,  /* the same, unless it is in the list already */
	CONFIG_HEADER_ADD,    /* a line of its own */
	CONFIG_HEADER_UNSET,
	CONFIG_HEADER_EDIT,     /* the first match in each value */
	CONFIG_HEADER_EDIT_ALL, /* every match */
	CONFIG_HEADER_ECHO      /* fields of the request, by a pattern for their names */
};

/* A piece of a value: bytes, or what a letter stands for. */
struct config_header_piece {
	char letter; /* '\0': literal; t D l i b e */
	struct text literal;
	const char *name; /* of %{NAME}e */
};

struct config_header_row {
	enum config_header_action action;
	const char *name;
	bool always; /* also on errors */
	bool early;  /* RequestHeader: before anything looks at the request */
	size_t piece_count;
	const struct config_header_piece *pieces;
	const struct config_expr *value;     /* expr=...: in place of the pieces */
	const struct regex *regex;           /* EDIT, ECHO */
	const char *env;                     /* env=NAME: only if it is set... */
	bool env_unset;                      /* ... or is not: env=!NAME */
	const struct config_expr *condition; /* expr=... as the condition */
	bool personal;                       /* what comes out depends on more than the path */
};

struct config_headers {
	size_t row_count, request_count; /* outer ones first */
	const struct config_header_row *rows;
	const struct config_header_row *request;
};

/* One period of Expires. */
struct config_period {
	enum config_period_from {
		CONFIG_PERIOD_NONE,
		CONFIG_PERIOD_ACCESS,
		CONFIG_PERIOD_MODIFIED
	} from;
	long long seconds;
};
struct config_expires {
	int active; /* 0, 1; -1: not said here */
	struct config_period other;
	size_t type_count;
	const struct config_expires_type {
		const char *type; /* or "text/" and an asterisk */
		struct config_period period;
	} * types; /* inner ones first */
};

void config_headers_silent(struct config_headers *headers);
bool config_headers_lay_over(
	struct arena *memory, struct config_headers *under, const struct config_headers *inner);
void config_expires_silent(struct config_expires *expires);
bool config_expires_lay_over(
	struct arena *memory, struct config_expires *under, const struct config_expires *inner);

/* The directives. */
bool config_headers_header(struct config_reader *reader, const struct config_line *line);
bool config_headers_request(struct config_reader *reader, const struct config_line *line);
bool config_expires_active(struct config_reader *reader, const struct config_line *line);
bool config_expires_default(struct config_reader *reader, const struct config_line *line);
bool config_expires_by_type(struct config_reader *reader, const struct config_line *line);

#endif
