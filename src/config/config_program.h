/*
 * config_program - a program that reads a log
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_PROGRAM_H
#define CONFIG_PROGRAM_H

#include "config/config_reader.h"

/* The first argument of a directive of a log: "|program args" and "||program args" become its
 * words, "|$command" those of a shell that is told the command. NULL-terminated in *program; NULL
 * there: it is no program. */
bool config_program(
	struct config_reader *reader, const struct config_line *line, const char *const **program);

#endif
