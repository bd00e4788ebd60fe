/*
 * told - the page by which a test tells its library, in the server, what to do
 *
 * Runs in:  the server under test, by LD_PRELOAD
 * Owns:     a mapping that lasts as long as the process, shared with the test (preloaded.py)
 * Errors:   NULL: nobody has anything to tell
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOLD_H
#define TOLD_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the file that the variable names. */
static inline void *told_page(const char *variable, size_t size)
{
	const char *name = getenv(variable);
	int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return NULL;
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

#endif
