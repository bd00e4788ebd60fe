/*
 * os_file_link - symbolic links that openat2(2) alone cannot judge
 *
 * Runs in:  workers
 * Owns:     nothing; descriptors belong to the caller, all are CLOEXEC
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_FILE_LINK_H
#define OS_FILE_LINK_H

#include "base/text.h"

#include <stdbool.h>

/* How a path is walked. */
struct os_file_link_way {
	int root;       /* a directory, and */
	struct text at; /* its absolute name: links that lead elsewhere are named from there */
	bool own;       /* only links whose owner owns what they lead to (else ELOOP) */
	/* May a link lead to `real`, an absolute path without links that lies elsewhere, and the
	 * path go on to it from there? NULL: no link may lead out of the root (EXDEV). */
	bool (*may_lead)(void *closure, const char *real);
	void *closure;
};

/* Opens `path`, which has no ".." in it, part by part from the root. A link is read and judged
 * through one descriptor, and what it is judged by is what is opened: nobody can put another in its
 * place between the two. */
int os_file_link_open(const struct os_file_link_way *way, const char *path, int flags);

#endif
