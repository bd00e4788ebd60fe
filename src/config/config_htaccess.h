/*
 * config_htaccess - settings in the directories themselves
 *
 * Runs in:  workers
 * Owns:     what it read, in the configuration's memory
 * Errors:   an HTTP status, with a message
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_HTACCESS_H
#define CONFIG_HTACCESS_H

#include "config/config.h"

/* What the AccessFileName of a directory says, as a section; NULL in *section where there is none.
 * `dir` has no slash at its end. A file that is as it was is not read again. 0; 403: it may not be
 * read; 500: it is wrong, or holds what is not granted. */
int config_htaccess(struct config_host *host, struct text dir, struct config_grant grant,
	struct buffer *error, const struct config_section **section);

/* May there be one at all? */
bool config_htaccess_is_granted(struct config_grant grant);

/* AccessFileName, AllowOverride, AllowOverrideList */
struct config_reader;
struct config_line;
bool config_htaccess_names(struct config_reader *reader, const struct config_line *line);
bool config_htaccess_override_list(struct config_reader *reader, const struct config_line *line);
bool config_htaccess_override(struct config_reader *reader, const struct config_line *line);

#endif
