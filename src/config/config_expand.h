/*
 * config_expand - words of a line, and what ${NAME} in them stands for
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false or NULL with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include "config/config_reader.h"

/* Cuts `from` into words as Apache does: separated by spaces and tabs unless they stand in single
 * or double quotes; within quotes \\ and the quote behind a backslash are taken literally, outside
 * them \\ is. ${NAME} is replaced in each word afterwards, so a value is never cut. The words go
 * into line->words and line->count; line->place must be set. */
bool config_expand_words(struct config_reader *reader, struct config_line *line, struct text from);

/* The same without variables: for a directive that got its line raw (CONFIG_RAW), where they have
 * been replaced. */
bool config_expand_split(struct config_reader *reader, struct config_line *line, struct text from);

bool config_expand_defined(const struct config_reader *reader, struct text name);
bool config_expand_set(struct config_reader *reader, const char *name, const char *value);

/* Define, UnDefine */
bool config_expand_define(struct config_reader *reader, const struct config_line *line);
bool config_expand_undefine(struct config_reader *reader, const struct config_line *line);

#endif
