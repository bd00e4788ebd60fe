/*
 * config_accepted - what Apache can be told and preforkd need not be
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_ACCEPTED_H
#define CONFIG_ACCEPTED_H

#include "config/config_directive.h"

/* A row of directives_accepted.def: checks its syntax, and warns of words that ask for what is not
 * done. */
bool config_accepted(struct config_reader *reader, const struct config_line *line);

/* Mutex: all that it may say has no effect, and what it may not say is refused. */
bool config_accepted_mutex(struct config_reader *reader, const struct config_line *line);

#endif
