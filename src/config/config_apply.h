/*
 * config_apply - the argument forms that many directives share
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader that names what was expected
 *
 * Private to src/config. Each function is a form of directives.def: it reads the line's arguments
 * within the limits of its row and stores what they say at the row's offset.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_APPLY_H
#define CONFIG_APPLY_H

#include "config/config_reader.h"

bool config_apply_number(struct config_reader *reader, const struct config_line *line);
/* Seconds, or milliseconds with "ms" behind; the limits are seconds, the field milliseconds. */
bool config_apply_milliseconds(struct config_reader *reader, const struct config_line *line);
/* Bytes, or with K, M or G behind 1024 times as many each; the field is a size_t. */
bool config_apply_size(struct config_reader *reader, const struct config_line *line);
bool config_apply_flag(struct config_reader *reader, const struct config_line *line);
bool config_apply_choice(struct config_reader *reader, const struct config_line *line);
bool config_apply_string(struct config_reader *reader, const struct config_line *line);

#endif
