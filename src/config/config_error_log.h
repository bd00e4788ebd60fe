/*
 * config_error_log - the directives of the error log
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing; the logs are opened by the parent
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_ERROR_LOG_H
#define CONFIG_ERROR_LOG_H

#include "config/config_reader.h"

/* ErrorLog, ErrorLogFormat */
bool config_error_log(struct config_reader *reader, const struct config_line *line);
bool config_error_log_format(struct config_reader *reader, const struct config_line *line);

/* The error logs of all hosts in one list, when all hosts are there. */
bool config_error_log_resolve(struct config_reader *reader);

#endif
