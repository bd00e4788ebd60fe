/*
 * config_condition - what is read only where something holds: <IfModule>, <IfDefine> and others
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CONDITION_H
#define CONFIG_CONDITION_H

#include "config/config_reader.h"

/* Is the job of this module of Apache's ("rewrite") built in? */
bool config_condition_has(struct text module);

/* The openings of sections: *enter says whether what stands inside is read. */
bool config_condition_module(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_condition_define(
	struct config_reader *reader, const struct config_line *line, bool *enter);

bool config_condition_file(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_condition_directive(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_condition_section(
	struct config_reader *reader, const struct config_line *line, bool *enter);

/* The Apache whose language is read, for <IfVersion>. */
#define CONFIG_CONDITION_APACHE                                                                    \
	{                                                                                          \
		2, 4, 66                                                                           \
	}
bool config_condition_version(
	struct config_reader *reader, const struct config_line *line, bool *enter);

/* Error and Warning: what somebody wants to be told where a condition holds. */
bool config_condition_error(struct config_reader *reader, const struct config_line *line);
bool config_condition_warning(struct config_reader *reader, const struct config_line *line);

bool config_condition_load_module(struct config_reader *reader, const struct config_line *line);

#endif
