/*
 * config_section - <Location>, <IfModule>, <IfDefine> and LoadModule
 *
 * Runs in:  the parent while it reads a configuration; config_dir_for in workers
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_SECTION_H
#define CONFIG_SECTION_H

#include "config/config_reader.h"

/* The openings of sections: *enter says whether what stands inside is read. */
bool config_section_location(
	struct config_reader *reader, const struct config_line *line, bool *enter);
void config_section_location_end(struct config_reader *reader);
bool config_section_if_module(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_section_if_define(
	struct config_reader *reader, const struct config_line *line, bool *enter);

bool config_section_load_module(struct config_reader *reader, const struct config_line *line);

/* Settings that say nothing. */
struct config_dir config_section_silent(void);

/* Lays every <Location> over what is under it, once, when all have been read. */
bool config_section_merge(struct config_reader *reader);

#endif
