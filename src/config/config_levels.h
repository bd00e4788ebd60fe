/*
 * config_levels - LogLevel, as it may differ from one part of the site to another
 *
 * Runs in:  the parent while it reads a configuration; workers look
 * Owns:     nothing; all lives in the configuration's memory
 * Errors:   false: out of memory, or with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_LEVELS_H
#define CONFIG_LEVELS_H

#include "base/log.h"

struct arena;
struct config_line;
struct config_reader;

struct config_levels {
	struct log_levels all; /* no rows: says nothing */
};

void config_levels_silent(struct config_levels *levels);

/* As in Apache: a general level inside forgets what was said of areas outside. */
bool config_levels_lay_over(
	struct arena *memory, struct config_levels *under, const struct config_levels *inner);

/* LogLevel */
bool config_levels_say(struct config_reader *reader, const struct config_line *line);

#endif
