/*
 * config_log - LogFormat, compiled
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   NULL with a reason
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_LOG_H
#define CONFIG_LOG_H

#include "config/config.h"
#include "base/arena.h"

/* The steps of a format in Apache's language. NULL: `why` says what is wrong (it is left empty
 * where memory ran out). `name` may be NULL. */
const struct config_log_format *config_log_compile(
	struct arena *memory, const char *name, const char *source, struct buffer *why);

#endif
