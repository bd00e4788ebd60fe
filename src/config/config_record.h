/*
 * config_record - what a configuration said, as bytes another process can say again
 *
 * Runs in:  the parent records while it reads; a child that was executed anew replays
 * Owns:     nothing; the bytes belong to the config
 * Errors:   false with a message in the reader
 *
 * Private to src/config. Every directive that took effect is kept with its arguments as they were
 * understood, and every end of a section; what only steered the reading (Include, Define, IfModule)
 * is not. So a worker born by spawn has the configuration its parent read, whatever has become of
 * the files since.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_RECORD_H
#define CONFIG_RECORD_H

#include "config/config_reader.h"

/* Appends a line that took effect. */
bool config_record_line(struct config_reader *reader, const struct config_line *line);

/* Appends the end of a section. */
bool config_record_close(struct config_reader *reader, const struct config_directive *section);

/* Says again what was recorded. */
bool config_record_replay(struct config_reader *reader, struct text record);

#endif
