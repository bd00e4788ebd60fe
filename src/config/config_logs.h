/*
 * config_logs - the directives of the access logs
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_LOGS_H
#define CONFIG_LOGS_H

#include "config/config_reader.h"

/* LogFormat, CustomLog, GlobalLog, TransferLog, BufferedLogs */
bool config_logs_format(struct config_reader *reader, const struct config_line *line);
bool config_logs_custom(struct config_reader *reader, const struct config_line *line);
bool config_logs_global(struct config_reader *reader, const struct config_line *line);
bool config_logs_transfer(struct config_reader *reader, const struct config_line *line);
bool config_logs_buffered(struct config_reader *reader, const struct config_line *line);

/* The formats that are there before any is said: common, combined. */
bool config_logs_predefine(struct config_reader *reader);

/* Gives every log its format and every host its logs, now that all are known. */
bool config_logs_resolve(struct config_reader *reader);

#endif
