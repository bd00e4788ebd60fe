/*
 * config_if - <If>, <ElseIf> and <Else>
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config. Which of them hold for a request is config_match's to find out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_IF_H
#define CONFIG_IF_H

#include "config/config_reader.h"

bool config_if(struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_if_else_if(struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_if_else(struct config_reader *reader, const struct config_line *line, bool *enter);

#endif
