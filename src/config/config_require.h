/*
 * config_require - Require, its groups, and <Limit>
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_REQUIRE_H
#define CONFIG_REQUIRE_H

#include "config/config_reader.h"

/* Require: one word, the rest of the line as it was written (CONFIG_RAW). */
bool config_require(struct config_reader *reader, const struct config_line *line);

/* <RequireAll>, <RequireAny>, <RequireNone> */
bool config_require_all(struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_require_any(struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_require_none(struct config_reader *reader, const struct config_line *line, bool *enter);
void config_require_end(struct config_reader *reader);

/* <Limit>, <LimitExcept> */
bool config_require_limit(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_require_limit_except(
	struct config_reader *reader, const struct config_line *line, bool *enter);
void config_require_limit_end(struct config_reader *reader);

/* The innermost of these sections that is being read, "<Limit>"; NULL: none. */
const char *config_require_inside(const struct config_reader *reader);

#endif
