/*
 * config_listing - a configuration as it was read, in a form that can be read again
 *
 * Runs in:  a process started from a shell, while it reads a configuration
 * Owns:     nothing
 * Errors:   none but memory, which sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_LISTING_H
#define CONFIG_LISTING_H

#include "config/config_reader.h"

/* Adds a line that took effect, behind a comment that says where it stands; the end of a section.
 */
void config_listing_line(struct config_listing *listing, const struct config_line *line);
void config_listing_close(struct config_listing *listing, const struct config_directive *section);

#endif
