/*
 * config_content - directives about the content of files: languages, charsets, codings, filters
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config. One function a directive, named in directives.def.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CONTENT_H
#define CONFIG_CONTENT_H

#include "config/config_reader.h"

/* The options of a list with commas; false: one is none. */
bool config_content_option_list(struct text words, unsigned *bits);

bool config_content_options(struct config_reader *reader, const struct config_line *line);
bool config_content_add_encoding(struct config_reader *reader, const struct config_line *line);
bool config_content_add_language(struct config_reader *reader, const struct config_line *line);
bool config_content_add_charset(struct config_reader *reader, const struct config_line *line);
bool config_content_add_handler(struct config_reader *reader, const struct config_line *line);
bool config_content_remove_encoding(struct config_reader *reader, const struct config_line *line);
bool config_content_remove_language(struct config_reader *reader, const struct config_line *line);
bool config_content_remove_charset(struct config_reader *reader, const struct config_line *line);
bool config_content_remove_handler(struct config_reader *reader, const struct config_line *line);
bool config_content_default_language(struct config_reader *reader, const struct config_line *line);
bool config_content_default_charset(struct config_reader *reader, const struct config_line *line);
bool config_content_language_priority(struct config_reader *reader, const struct config_line *line);
bool config_content_force_language(struct config_reader *reader, const struct config_line *line);
bool config_content_filter_by_type(struct config_reader *reader, const struct config_line *line);
bool config_content_set_filter(struct config_reader *reader, const struct config_line *line);
bool config_content_add_filter(struct config_reader *reader, const struct config_line *line);
bool config_content_remove_filter(struct config_reader *reader, const struct config_line *line);

/* Settings that say nothing of content; those of the server itself, where they have a default. */
void config_content_silent(struct config_dir *dir);
void config_content_initial(struct config_dir *dir);

/* Lays what `inner` says over *dir. false: out of memory. */
bool config_content_lay_over(
	struct arena *memory, struct config_dir *dir, const struct config_dir *inner);

#endif
