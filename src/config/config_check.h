/*
 * config_check - what can be judged only when all has been read
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/config_reader.h"

/* Fills in every default, puts numbers that depend on each other in order, finds files and users,
 * and merges the sections. After it the config is ready. */
bool config_check_complete(struct config_reader *reader);

/* Whether the directories of all logs are there. For who opens them alone. */
bool config_check_logs(struct config_reader *reader);

#endif
