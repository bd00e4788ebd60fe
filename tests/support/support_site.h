/*
 * support_site - a directory to serve, with files whose every byte is known
 *
 * Runs in:  black-box tests
 * Owns:     the directory, until support_site_remove
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_SITE_H
#define SUPPORT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* When the files say they were changed: long ago, so that they are kept in the server's cache. */
#define SUPPORT_SITE_TIME 1600000000
#define SUPPORT_SITE_DATE "Sun, 13 Sep 2020 12:26:40 GMT"

/* Makes <root>/htdocs with index.html ("front page\n"), hello.txt ("hello, world\n") and, under
 * /f/, a file of each of some sizes around the server's edges, named after its size. */
void support_site_make(const char *root);
void support_site_remove(const char *root);

/* Writes a file below htdocs, with directories above it as needed; the time is that above. */
void support_site_write(const char *root, const char *path, const void *bytes, size_t size);

/* The same with the bytes of the pattern `seed`. Files under /f/ have their size as their seed. */
void support_site_pattern(const char *root, const char *path, size_t size, unsigned seed);

/* The full name of a file below htdocs; a static text. */
const char *support_site_path(const char *root, const char *path);

void support_site_fill(void *to, size_t size, size_t offset, unsigned seed);

/* Are these the bytes of the pattern from `offset` on? */
bool support_site_is(const void *bytes, size_t size, size_t offset, unsigned seed);

#endif
