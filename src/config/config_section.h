/*
 * config_section - <Directory>, <Files>, <Location>, <If> and their Match forms
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config. What becomes of them when a request comes: config_match.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_SECTION_H
#define CONFIG_SECTION_H

#include "config/config_reader.h"

/* The openings of sections; *enter is always true. */
bool config_section_directory(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_section_directory_match(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_section_files(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_section_files_match(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_section_location(
	struct config_reader *reader, const struct config_line *line, bool *enter);
bool config_section_location_match(
	struct config_reader *reader, const struct config_line *line, bool *enter);

/* The end of any of them. */
void config_section_end(struct config_reader *reader);

/* Opens a section that nothing but `kind` is known of; NULL: it may not stand here, or there is no
 * memory. For whoever has sections of other forms (<If>, an .htaccess). */
struct config_section *config_section_open(struct config_reader *reader,
	const struct config_line *line, enum config_section_kind kind);

/* "Directory" */
const char *config_section_kind(enum config_section_kind kind);

#endif
