/*
 * config_pool - how many processes, when not all was said
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_POOL_H
#define CONFIG_POOL_H

#include "config/config_reader.h"

/* Computes the defaults of the pool's numbers from those that were said, and brings numbers that
 * contradict each other in order, with a warning for each that was said and changed. */
bool config_pool_complete(struct config_reader *reader);

#endif
