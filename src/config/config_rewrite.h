/*
 * config_rewrite - RewriteEngine, RewriteBase, RewriteCond, RewriteRule and RewriteMap
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_REWRITE_H
#define CONFIG_REWRITE_H

#include "base/text.h"

struct arena;
struct config_expr;
struct config_line;
struct config_reader;
struct regex;

/* A piece of a text that is put together for each request. */
struct config_rewrite_piece {
	enum config_rewrite_piece_kind {
		CONFIG_REWRITE_LITERAL,
		CONFIG_REWRITE_RULE_GROUP, /* $1: of the rule's pattern */
		CONFIG_REWRITE_COND_GROUP, /* %1: of the last condition that held */
		CONFIG_REWRITE_VARIABLE,   /* %{NAME} */
		CONFIG_REWRITE_MAP         /* ${map:key|default} */
	} kind;
	struct text literal;
	unsigned group;
	const struct config_expr *variable;
	const struct config_rewrite_map_call *map;
};
struct config_rewrite_text {
	size_t count;
	const struct config_rewrite_piece *pieces;
	bool depends_on_request; /* on more than host and path */
};

struct config_rewrite_map_call {
	const char *name;
	struct config_rewrite_text key, fallback;
};

/* A RewriteMap, by its name. */
struct config_rewrite_map {
	const char *name;
	enum config_rewrite_map_kind {
		CONFIG_REWRITE_MAP_UPPER,
		CONFIG_REWRITE_MAP_LOWER,
		CONFIG_REWRITE_MAP_ESCAPE,
		CONFIG_REWRITE_MAP_UNESCAPE,
		CONFIG_REWRITE_MAP_TEXT,  /* lines of a key and its value */
		CONFIG_REWRITE_MAP_RANDOM /* the same, and one of "a|b|c" */
	} kind;
	const char *path;                      /* of a file, absolute */
	const struct config_rewrite_map *next; /* said before it; a later one of a name counts */
};

enum config_rewrite_test {
	CONFIG_REWRITE_REGEX,
	CONFIG_REWRITE_LESS, /* strings: < <= = >= > */
	CONFIG_REWRITE_LESS_OR_EQUAL,
	CONFIG_REWRITE_EQUAL,
	CONFIG_REWRITE_GREATER_OR_EQUAL,
	CONFIG_REWRITE_GREATER,
	CONFIG_REWRITE_INT_LESS, /* numbers: -lt -le -eq -ne -ge -gt */
	CONFIG_REWRITE_INT_LESS_OR_EQUAL,
	CONFIG_REWRITE_INT_EQUAL,
	CONFIG_REWRITE_INT_UNEQUAL,
	CONFIG_REWRITE_INT_GREATER_OR_EQUAL,
	CONFIG_REWRITE_INT_GREATER,
	CONFIG_REWRITE_IS_FILE, /* -f -d -l (-h -L) -s -x */
	CONFIG_REWRITE_IS_DIRECTORY,
	CONFIG_REWRITE_IS_LINK,
	CONFIG_REWRITE_HAS_SIZE,
	CONFIG_REWRITE_IS_EXECUTABLE,
	CONFIG_REWRITE_FILE_ALLOWED, /* -F -U: this client might have it */
	CONFIG_REWRITE_URL_ALLOWED,
	CONFIG_REWRITE_EXPRESSION /* the test string is "expr" */
};

struct config_rewrite_condition {
	struct config_rewrite_text subject;
	const char *pattern; /* as written, for the log */
	enum config_rewrite_test test;
	bool negated, nocase, or_next, no_vary;
	const struct regex *regex;
	const struct config_expr *expression;
	const char *with; /* what it is compared with */
};

enum config_rewrite_flag {
	CONFIG_REWRITE_LAST = 1 << 0,
	CONFIG_REWRITE_END = 1 << 1,
	CONFIG_REWRITE_CHAIN = 1 << 2,
	CONFIG_REWRITE_NEXT = 1 << 3,
	CONFIG_REWRITE_NOESCAPE = 1 << 4,
	CONFIG_REWRITE_ESCAPE_GROUPS = 1 << 5, /* B */
	CONFIG_REWRITE_QUERY_APPEND = 1 << 6,
	CONFIG_REWRITE_QUERY_DISCARD = 1 << 7,
	CONFIG_REWRITE_DISCARD_PATH_INFO = 1 << 8,
	CONFIG_REWRITE_QUERY_LAST = 1 << 9,       /* the last ? begins the query, not the first */
	CONFIG_REWRITE_SPACE_ENCODED = 1 << 10,   /* BNP: B writes a space as %20, not as + */
	CONFIG_REWRITE_ESCAPE_CONTROLS = 1 << 11, /* BCTLS: and spaces, whatever B says */
	CONFIG_REWRITE_ALLOW_3F = 1 << 12,        /* a group may bring a ? into the path */
	CONFIG_REWRITE_NOT_BELOW = 1 << 13,       /* NS: not for the index of a directory */
	CONFIG_REWRITE_REDIRECT = 1 << 14         /* R, with whatever status */
};

/* E=name:value, or E=!name. */
struct config_rewrite_env {
	const char *name;
	bool unset;
	struct config_rewrite_text value;
};

struct config_rewrite_rule {
	const struct regex *regex;
	const char *pattern; /* as written but for its !, for the log */
	bool negated;
	bool unchanged; /* the substitution is "-" */
	struct config_rewrite_text path;
	bool has_query; /* the substitution says a query */
	struct config_rewrite_text query;
	unsigned flags;
	const char *escape, *escape_not; /* B=, BNE=: the bytes; NULL: all but letters and digits */
	int status;                      /* R, F, G: the answer; 0: the request goes on inside */
	unsigned skip;
	const char *handler, *type; /* H, T */
	size_t env_count;
	const struct config_rewrite_env *env;
	size_t cookie_count;
	const struct config_rewrite_text *cookies; /* CO */
	size_t condition_count;
	const struct config_rewrite_condition *conditions;
};

struct config_rewrite {
	int engine; /* 0, 1; -1: not said here */
	/* RewriteOptions Inherit: 1: the outer rules behind, 2: before, 0: neither; -1: not said */
	int inherit;
	int down;         /* InheritDown: what an inner one inherits that does not say */
	bool of_host;     /* a virtual host: rules of the main server are none of its own */
	const char *base; /* RewriteBase, with a slash at its end; NULL: not said */
	size_t rule_count;
	const struct config_rewrite_rule *rules;
	const char
		*directory; /* in a section: the path of its directory, without a slash at its end;
			       "/": of no directory; NULL: rules of a host */
	const char *location; /* in <Location>: its path, with a slash at its end; else NULL */

	/* while it is read */
	size_t pending_count;
	struct config_rewrite_condition *pending;
};

void config_rewrite_silent(struct config_rewrite *rewrite);
bool config_rewrite_lay_over(
	struct arena *memory, struct config_rewrite *under, const struct config_rewrite *inner);

/* The directives. */
bool config_rewrite_engine(struct config_reader *reader, const struct config_line *line);
bool config_rewrite_base(struct config_reader *reader, const struct config_line *line);
bool config_rewrite_options(struct config_reader *reader, const struct config_line *line);
bool config_rewrite_condition(struct config_reader *reader, const struct config_line *line);
bool config_rewrite_rule(struct config_reader *reader, const struct config_line *line);

/* RewriteMap (config_rewrite_map.c). */
bool config_rewrite_map(struct config_reader *reader, const struct config_line *line);

/* ${map:key|default} at the beginning of `t`: the bytes it takes, or -1 with a message. */
int config_rewrite_map_call(struct config_reader *reader, const struct config_line *line,
	struct text t, unsigned depth, const struct config_rewrite_map_call **to);

/* For the other files of rewriting: a text to put together; false with a message. `depth`: of the
 * maps it stands in. */
bool config_rewrite_parse_deep(struct config_reader *reader, const struct config_line *line,
	struct text source, unsigned depth, struct config_rewrite_text *to);
bool config_rewrite_parse(struct config_reader *reader, const struct config_line *line,
	struct text source, struct config_rewrite_text *to);
bool config_rewrite_flags(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_rule *rule, bool *nocase);

#endif
