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

enum config_lookups { CONFIG_LOOKUPS_OFF, CONFIG_LOOKUPS_ON, CONFIG_LOOKUPS_DOUBLE };

struct config_small {
	int lookups;        /* HostnameLookups: enum config_lookups; -1: not said here */
	int signature;      /* ServerSignature: enum config_signature; -1: not said here */
	int canonical_name; /* UseCanonicalName: 1 On or DNS, 0 Off; -1: not said here */
	int physical_port;  /* UseCanonicalPhysicalPort: 1 On, 0 Off; -1: not said here */
	unsigned etag; /* FileETag: a set of enum config_etag; 0: not said here, but perhaps ... */
	unsigned etag_add, etag_remove; /* ... what is to be added, and taken away */
	const char *fallback;           /* FallbackResource; "": disabled; NULL: not said here */
	const char *index_redirect;     /* DirectoryIndexRedirect: NULL: not said here */
	int index_status;               /* 0: off */
};

void config_small_silent(struct config_small *small);
bool config_small_lay_over(
	struct arena *memory, struct config_small *under, const struct config_small *inner);

/* What the ETag of a file is made of: a set of enum config_etag without NONE; 0: there is none. */
unsigned config_small_etag_of(const struct config_small *small);

/* The directives. */
bool config_small_lookups(struct config_reader *reader, const struct config_line *line);
bool config_small_signature(struct config_reader *reader, const struct config_line *line);
bool config_small_canonical_name(struct config_reader *reader, const struct config_line *line);
bool config_small_physical_port(struct config_reader *reader, const struct config_line *line);
bool config_small_etag(struct config_reader *reader, const struct config_line *line);
bool config_small_fallback(struct config_reader *reader, const struct config_line *line);
bool config_small_index_redirect(struct config_reader *reader, const struct config_line *line);

#endif
