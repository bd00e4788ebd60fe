/*
 * config_host - <VirtualHost>, and which host a request is for
 *
 * Runs in:  the parent while it reads a configuration; workers ask which host
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_HOST_H
#define CONFIG_HOST_H

#include "config/config_reader.h"

bool config_host_open(struct config_reader *reader, const struct config_line *line, bool *enter);
void config_host_close(struct config_reader *reader);
bool config_host_alias(struct config_reader *reader, const struct config_line *line);
bool config_host_name_virtual(struct config_reader *reader, const struct config_line *line);

/* Keeps a line, or the end of a section, of the <VirtualHost> being read. */
bool config_host_defer(struct config_reader *reader, const struct config_line *line);
bool config_host_defer_close(
	struct config_reader *reader, const struct config_directive *directive);

/* The main server is complete: makes the virtual hosts, each from a copy of it, and the sets in
 * which they are looked up. */
bool config_host_complete(struct config_reader *reader);

/* Opens what the host serves. */
bool config_host_open_root(
	struct config_reader *reader, struct config_host *host, struct config_place place);

#endif
