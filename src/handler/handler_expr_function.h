/*
 * handler_expr_function - the functions and tests of expressions that need no request
 *
 * Runs in:  worker
 * Owns:     nothing; a descriptor while it reads a file
 * Errors:   -1 and the reason
 *
 * Private to handler_expr.c.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_HANDLER_EXPR_FUNCTION_H
#define HANDLER_HANDLER_EXPR_FUNCTION_H

#include "base/buffer.h"
#include "config/config_expr.h"

/* Appends what the function makes of its argument. 0, or -1 and *why. */
int handler_expr_function(enum config_expr_function which, struct text argument,
	struct buffer *result, const char **why);

/* -d, -e, -f, -s, -L, -h and -x; a path with a NUL in it is no file's. */
bool handler_expr_function_file(enum config_expr_test which, struct text path);

#endif
