/*
 * config_expr_word - strings, variables and functions of an expression
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   NULL or false; the first message is in the parser's buffer
 *
 * Private to config_expr.c, which reads what is made of words.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CONFIG_EXPR_WORD_H
#define CONFIG_CONFIG_EXPR_WORD_H

#include "config/config_expr.h"

struct config_expr_parser {
	struct arena *memory;
	struct buffer *error;
	struct text source;
	size_t at;        /* the next byte */
	unsigned flags;   /* enum config_expr_flag */
	unsigned depth;   /* of what is open around it */
	unsigned depends; /* of what was read so far */
};

/* A node of that kind, which counts as depending on `depends`. */
struct config_expr_node *config_expr_word_node(
	struct config_expr_parser *p, enum config_expr_kind kind, unsigned what, unsigned depends);

/* Puts `next` behind the last of a node's parts. */
void config_expr_word_add(struct config_expr_node *to, struct config_expr_node *next);

/* A word: atoms with dots between them. */
struct config_expr_node *config_expr_word(struct config_expr_parser *p);

/* All that is left as text with variables in it. */
struct config_expr_node *config_expr_word_text(struct config_expr_parser *p);

/* One level deeper; false: too deep. Paired with p->depth-- where it is true. */
bool config_expr_word_enter(struct config_expr_parser *p);

/* The byte `ahead` of the next one; NUL behind the end. */
char config_expr_word_peek(const struct config_expr_parser *p, size_t ahead);

void config_expr_word_spaces(struct config_expr_parser *p);

/* The identifier that begins `ahead` of the next byte, or an empty text. */
struct text config_expr_word_name(const struct config_expr_parser *p, size_t ahead);

/* Notes a message about the byte at offset `at`, unless one is there already. Always false. */
bool config_expr_word_fail(struct config_expr_parser *p, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same: "WHAT is expected, not ..." whatever comes next. */
bool config_expr_word_expected(struct config_expr_parser *p, const char *what);

#endif
