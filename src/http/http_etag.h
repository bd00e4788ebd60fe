/*
 * http_etag - entity tags: made of a file's size and time, and compared (RFC 9110 8.8.3)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_ETAG_H
#define HTTP_ETAG_H

#include "base/text.h"

#include <stdint.h>
#include <time.h>

/* Room for any tag these write. */
#define HTTP_ETAG_SIZE 72

/* "1a2b-5e0f3a9c1d2e3", quotes included: the size and the microseconds of the modification time in
 * hexadecimal, as Apache's FileETag MTime Size. `suffix` (NULL: none) goes before the closing quote
 * and tells codings of one file apart ("-gzip", at most 10 bytes). With `weak`, W/ goes before all.
 * Returns the bytes written; no NUL. */
size_t http_etag_format(char to[HTTP_ETAG_SIZE], uint64_t size, struct timespec modified,
	const char *suffix, bool weak);

/* The same of other numbers, at most three, in their order. */
size_t http_etag_numbers(char to[HTTP_ETAG_SIZE], const uint64_t numbers[], size_t count,
	const char *suffix, bool weak);
uint64_t http_etag_time(struct timespec modified);

/* Will the file's next change have a modification time of its own? A file that was changed a moment
 * ago, by the granularity of the clock that writes such times, may change again and keep its time:
 * its tag is weak until then (RFC 9110 8.8.1). A time of whole seconds may come from a file system
 * that knows no others. */
bool http_etag_settled(struct timespec modified, struct timespec now);

/* Is it a well-formed entity-tag, W/"..." or "..."? */
bool http_etag_valid(struct text tag);

/* RFC 9110 8.8.3.2: both strong and the same; the same but for W/. */
bool http_etag_strong(struct text a, struct text b);
bool http_etag_weak(struct text a, struct text b);

#endif
