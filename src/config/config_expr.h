/*
 * config_expr - Apache's expressions, read
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing; an expression belongs to its arena
 * Errors:   NULL and a message with the column
 *
 * What <If>, Require expr, Header expr= and others take
 * (https://httpd.apache.org/docs/2.4/expr.html). handler/handler_expr.h finds out what one comes
 * to.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CONFIG_EXPR_H
#define CONFIG_CONFIG_EXPR_H

#include "base/regex.h"
#include "os/os_network.h"

enum config_expr_variable {
#define EXPR_VARIABLE(name, depends) CONFIG_EXPR_##name,
#include "config/expr_variables.def"
#undef EXPR_VARIABLE
	CONFIG_EXPR_VARIABLES
};

enum config_expr_function {
#define EXPR_FUNCTION(symbol, name, depends, restricted) CONFIG_EXPR_FUNCTION_##symbol,
#include "config/expr_functions.def"
#undef EXPR_FUNCTION
	CONFIG_EXPR_FUNCTIONS
};

enum config_expr_test {
#define EXPR_UNARY(symbol, letter, depends, restricted) CONFIG_EXPR_TEST_##symbol,
#define EXPR_BINARY(symbol, name) CONFIG_EXPR_TEST_##symbol,
#include "config/expr_tests.def"
#undef EXPR_UNARY
#undef EXPR_BINARY
	CONFIG_EXPR_TESTS
};

enum config_expr_comparison {
	CONFIG_EXPR_EQUAL,
	CONFIG_EXPR_UNEQUAL,
	CONFIG_EXPR_LESS,
	CONFIG_EXPR_LESS_OR_EQUAL,
	CONFIG_EXPR_GREATER,
	CONFIG_EXPR_GREATER_OR_EQUAL
};

enum config_expr_kind {
	/* conditions */
	CONFIG_EXPR_TRUE,
	CONFIG_EXPR_FALSE,
	CONFIG_EXPR_NOT, /* one condition */
	CONFIG_EXPR_AND, /* two or more */
	CONFIG_EXPR_OR,
	CONFIG_EXPR_STRINGS,  /* two words, `what` is an enum config_expr_comparison */
	CONFIG_EXPR_INTEGERS, /* the same */
	CONFIG_EXPR_MATCHES,  /* one word and `regex` */
	CONFIG_EXPR_IN,       /* a word, and one or more it may be */
	CONFIG_EXPR_TEST, /* one or two words, `what` is an enum config_expr_test; `network` with
			     CLIENT_IN and IPMATCH */
	/* words */
	CONFIG_EXPR_LITERAL,  /* `literal` */
	CONFIG_EXPR_GROUP,    /* `what` is its number, 0 to 9 */
	CONFIG_EXPR_VARIABLE, /* `what` is an enum config_expr_variable */
	CONFIG_EXPR_FUNCTION, /* one word, `what` is an enum config_expr_function */
	CONFIG_EXPR_CONCAT    /* two words or more */
};

struct config_expr_node {
	enum config_expr_kind kind;
	unsigned what;
	struct text literal; /* has a NUL behind it, and none inside */
	const struct regex *regex;
	const struct os_network *network;
	struct config_expr_node *first; /* of the conditions or words it is made of */
	struct config_expr_node *next;  /* in the list it is itself part of */
};

/* What the value may depend on besides the host and the path: a set. Without any, it is the same
 * for every request of that path. Groups ($1) that an expression takes from outside are not
 * counted. */
enum config_expr_depends {
	CONFIG_EXPR_ON_NOTHING = 0,
	CONFIG_EXPR_ON_REQUEST =
		1 << 0, /* fields, method, query, protocol, client, user, variables */
	CONFIG_EXPR_ON_ANSWER = 1 << 1, /* fields, type and status of the response */
	CONFIG_EXPR_ON_TIME = 1 << 2,
	CONFIG_EXPR_ON_FILES = 1 << 3 /* what is in the file system now */
};

struct config_expr {
	const char *source;
	bool is_text;     /* a word to be put together, not a condition to be met */
	unsigned depends; /* enum config_expr_depends */
	const struct config_expr_node *root;
};

enum config_expr_flag {
	CONFIG_EXPR_TEXT = 1 << 0,      /* text with %{...} and $0 in it; else a condition */
	CONFIG_EXPR_RESTRICTED = 1 << 1 /* from .htaccess: nothing that looks at any file */
};

/* How deep parentheses and functions may stand in each other: an evaluation needs no more than some
 * calls for each. */
enum { CONFIG_EXPR_DEPTH = 64 };

/* NULL: `error` gets "column 7: what is wrong". */
const struct config_expr *config_expr_parse(
	struct arena *memory, const char *source, unsigned flags, struct buffer *error);

/* "REMOTE_ADDR", "tolower": for messages. */
const char *config_expr_variable_name(enum config_expr_variable variable);
const char *config_expr_function_name(enum config_expr_function function);

#endif
