/*
 * config_media - what the name of a file says of its content
 *
 * Runs in:  worker
 * Owns:     nothing; every string belongs to the configuration
 * Errors:   none; what no extension says is NULL or none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_MEDIA_H
#define CONFIG_MEDIA_H

#include "config/config.h"

enum { CONFIG_MEDIA_MOST = 4 }; /* languages and codings of one name; further ones do not count */

struct config_media {
	const char *type;    /* media type, perhaps with parameters */
	const char *charset; /* AddCharset */
	size_t language_count, coding_count;
	const char *languages[CONFIG_MEDIA_MOST]; /* AddLanguage, else DefaultLanguage */
	const char *codings[CONFIG_MEDIA_MOST];   /* AddEncoding, the first applied first */
	const char *handler;                      /* AddHandler */
	unsigned filters;                         /* AddOutputFilter: enum config_filter_bit */
	size_t known_from; /* bytes of the name (without directories) behind which every extension
			      is known */
};

/* Looks at all extensions of a file name, which may have directories before it. Of several types or
 * charsets the last one counts. An extension that AddEncoding, AddLanguage or AddCharset names is
 * not looked up in TypesConfig. */
void config_media_of(const struct config *config, const struct config_dir *dir, struct text name,
	struct config_media *media);

/* The charset to send with the type: AddCharset, else AddDefaultCharset where the type is text/html
 * or text/plain; NULL: none, or the type has one. */
const char *config_media_charset(const struct config_dir *dir, const struct config_media *media);

/* The filters for a type (size 0: unknown), a set of enum config_filter_bit: those of
 * SetOutputFilter and of AddOutputFilterByType; what AddOutputFilter says is in the struct. */
unsigned config_media_filters(const struct config_dir *dir, struct text type);

/* The first extension that AddEncoding gives this coding, without its dot; NULL: none. */
const char *config_media_suffix(const struct config_dir *dir, struct text coding);

#endif
