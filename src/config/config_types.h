/*
 * config_types - media types by extension
 *
 * Runs in:  the parent fills a table; workers look into it
 * Owns:     nothing; the table lives in a config's memory
 * Errors:   NULL or -1 with errno
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_TYPES_H
#define CONFIG_TYPES_H

#include "base/arena.h"

struct config_types;

/* A table with the built-in types of config/types.def. NULL: out of memory. */
struct config_types *config_types_new(struct arena *memory);

/* Says what an extension (any case, without its dot) means; the last word counts. Neither text
 * needs to outlive the call. -1: ENOMEM. */
int config_types_set(struct config_types *types, struct text extension, struct text type);

/* Reads a file in the form of mime.types: a type and its extensions on each line, # begins a
 * comment. -1 with errno. */
int config_types_read(struct config_types *types, const char *path);

/* NULL: unknown. */
const char *config_types_find(const struct config_types *types, struct text extension);

#endif
