/*
 * config_reach - may a link lead there?
 *
 * Runs in:  workers
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_REACH_H
#define CONFIG_REACH_H

#include "config/config.h"

/* Is `real`, an absolute path without links, in the DocumentRoot or in a directory that a
 * <Directory> of the host names? Of several the deepest counts, and one that says Require all
 * denied does not open it. <Directory />, patterns and the Match forms name no place. */
bool config_reach_allows(const struct config_host *host, const char *real);

#endif
