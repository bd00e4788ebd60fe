/*
 * config_status - the directives about looking at a running server
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_STATUS_H
#define CONFIG_STATUS_H

#include "config/config_reader.h"

bool config_status_listen(struct config_reader *reader, const struct config_line *line);

/* When all has been read and pid_file is complete: makes control_socket absolute, or NULL. */
bool config_status_complete(struct config_reader *reader);

#endif
