/*
 * support_status - what the server says of itself: server-status?auto
 *
 * Runs in:  black-box tests
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_STATUS_H
#define SUPPORT_STATUS_H

#include <stddef.h>

struct support_status {
	unsigned busy, idle, graceful, processes, connections, generation;
	unsigned long accesses, kbytes;
	char board[4096];
	char text[16384];
};

void support_status_read(struct support_status *st, unsigned port);

/* How many slots show one of these letters. */
size_t support_status_count(const struct support_status *st, const char *letters);

/* The value of a field as text, NULL: it is not there; a static text. */
const char *support_status_field(const struct support_status *st, const char *name);

#endif
