/*
 * config_custom - the directives with a grammar of their own
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config. One function a directive, named in directives.def.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CUSTOM_H
#define CONFIG_CUSTOM_H

#include "config/config_reader.h"

/* What the words of a CHOICE may be. */
extern const struct config_choice config_custom_models[];
extern const struct config_choice config_custom_start_methods[];
extern const struct config_choice config_custom_mutexes[];
extern const struct config_choice config_custom_sandboxes[];
extern const struct config_choice config_custom_tokens[];
extern const struct config_choice config_custom_slashes[];
extern const struct config_choice config_custom_trace[];

bool config_custom_server_root(struct config_reader *reader, const struct config_line *line);
bool config_custom_listen(struct config_reader *reader, const struct config_line *line);
bool config_custom_server_name(struct config_reader *reader, const struct config_line *line);
bool config_custom_directory_index(struct config_reader *reader, const struct config_line *line);
bool config_custom_add_type(struct config_reader *reader, const struct config_line *line);
bool config_custom_read_timeout(struct config_reader *reader, const struct config_line *line);
bool config_custom_write_timeout(struct config_reader *reader, const struct config_line *line);
bool config_custom_remove_type(struct config_reader *reader, const struct config_line *line);
bool config_custom_force_type(struct config_reader *reader, const struct config_line *line);
bool config_custom_set_handler(struct config_reader *reader, const struct config_line *line);
/* When all has been read: warns of handlers that are neither built in nor an Action's. */
bool config_custom_complete(struct config_reader *reader);
bool config_custom_error_document(struct config_reader *reader, const struct config_line *line);
bool config_custom_limit_request_body(struct config_reader *reader, const struct config_line *line);
bool config_custom_recursion(struct config_reader *reader, const struct config_line *line);
bool config_custom_directory_slash(struct config_reader *reader, const struct config_line *line);
bool config_custom_max_ranges(struct config_reader *reader, const struct config_line *line);
bool config_custom_max_range_overlaps(struct config_reader *reader, const struct config_line *line);
bool config_custom_max_range_reversals(
	struct config_reader *reader, const struct config_line *line);

#endif
