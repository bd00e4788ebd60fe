/*
 * support_guard - cleans up behind a test that fails
 *
 * Runs in:  a child of the test, in a session of its own
 * Owns:     nothing; it removes what the test left: the server's processes and its directory
 * Errors:   none
 *
 * A failed assertion ends the test on the spot, and Check kills the test's process group, which a
 * daemon has left. So each server has a guard that notices the end of the test by a pipe. It also
 * prints what the server logged, which is the first thing to look at.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include "support/support_server.h"

void support_guard_start(struct support_server *s);

/* All is well: the directory is removed, and the guard goes. */
void support_guard_end(struct support_server *s);

#endif
