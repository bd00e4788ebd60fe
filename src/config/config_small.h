/*
 * config_small - settings of a part of the site that are one word each
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess, and to
 * look Owns:     nothing Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_SMALL_H
#define CONFIG_SMALL_H

#include <stdbool.h>

struct arena;
struct config_line;
struct config_reader;

enum config_signature { CONFIG_SIGNATURE_OFF, CONFIG_SIGNATURE_ON, CONFIG_SIGNATURE_EMAIL };
enum config_etag {
	CONFIG_ETAG_INODE = 1 << 0,
	CONFIG_ETAG_TIME = 1 << 1,
	CONFIG_ETAG_SIZE = 1 << 2,
	CONFIG_ETAG_NONE = 1 << 3
};

struct config_small {
	int signature;              /* ServerSignature: enum config_signature; -1: not said here */
	int canonical_name;         /* UseCanonicalName: 1 On or DNS, 0 Off; -1: not said here */
	unsigned etag;              /* FileETag: a set of enum config_etag; 0: not said here */
	const char *fallback;       /* FallbackResource; "": disabled; NULL: not said here */
	const char *index_redirect; /* DirectoryIndexRedirect: NULL: not said here */
	int index_status;           /* 0: off */
};

void config_small_silent(struct config_small *small);
bool config_small_lay_over(
	struct arena *memory, struct config_small *under, const struct config_small *inner);

/* The directives. */
bool config_small_signature(struct config_reader *reader, const struct config_line *line);
bool config_small_canonical_name(struct config_reader *reader, const struct config_line *line);
bool config_small_etag(struct config_reader *reader, const struct config_line *line);
bool config_small_fallback(struct config_reader *reader, const struct config_line *line);
bool config_small_index_redirect(struct config_reader *reader, const struct config_line *line);

#endif
