/*
 * wire_sandbox - what confines a child, made by the parent and entered by the child
 *
 * Runs in:  the parent makes one for each configuration and role; its children inherit it
 * Owns:     the descriptor of the ruleset, which its maker closes
 * Errors:   none: what the kernel lacks is left out
 *
 * A plain struct: a worker that is executed anew gets its bytes and finds the ruleset under the
 * same number.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SANDBOX_H
#define WIRE_SANDBOX_H

#include "os/os_seccomp.h"

struct wire_sandbox {
	int32_t ruleset;   /* Landlock's, or -1: files are not confined */
	uint32_t filtered; /* whether there is a filter */
	uint32_t failed; /* the kernel could, but it could not be made: nobody may serve with it */
	uint32_t unused;
	uint64_t bounding; /* capabilities a worker still has to give up */
	struct os_seccomp_program filter;
};

#define WIRE_SANDBOX_NONE ((struct wire_sandbox){.ruleset = -1})

#endif
