/*
 * handler_auth_file - files of users and groups, read and kept
 *
 * Runs in:  worker
 * Owns:     what it read of the files used lately, until they change
 * Errors:   NULL with errno: the file cannot be read, or is too large
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_AUTH_FILE_H
#define HANDLER_AUTH_FILE_H

#include <stdbool.h>

struct handler_auth_file;

/* The file as it is now: one that has not changed since it was read is not read again. Good until
 * the next call. Lines are "name:value"; empty ones and those that begin with # do not count. */
const struct handler_auth_file *handler_auth_file(const char *path);

/* The same of a file of a RewriteMap: lines are "name value", and what follows does not count. */
const struct handler_auth_file *handler_auth_file_words(const char *path);

/* The word behind the name in such a file; NULL: none. */
const char *handler_auth_file_word(const struct handler_auth_file *file, const char *name);

/* What stands behind the name up to the next colon, on the first line that has it; NULL: none. */
const char *handler_auth_file_value(const struct handler_auth_file *file, const char *name);

/* Is `word` one of those behind the name, on any line that has it? */
bool handler_auth_file_has(
	const struct handler_auth_file *file, const char *name, const char *word);

#endif
