/*
 * config_include - Include and IncludeOptional
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_INCLUDE_H
#define CONFIG_INCLUDE_H

#include "config/config_reader.h"

/* The directives. Files are read in the order of their names, bytes compared. */
bool config_include_apply(struct config_reader *reader, const struct config_line *line);
bool config_include_optional(struct config_reader *reader, const struct config_line *line);

#endif
