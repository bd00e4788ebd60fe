/*
 * os_capability - what root may do, taken apart and given up (capabilities(7))
 *
 * Runs in:  the parent at its start, its children at their birth
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * A set is a mask with the bit 1 << CAP_... for each capability (linux/capability.h).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_CAPABILITY_H
#define OS_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/* What this process has, and what it and its programs could ever get. */
int os_capability_permitted(uint64_t *set);
uint64_t os_capability_bounding(void);

/* Gives up everything but `set`, for good: permitted, effective, inheritable, ambient, and, where
 * it may (CAP_SETPCAP), the bounding set. */
int os_capability_keep(uint64_t set);

/* The two parts of giving up all: first, while it still may, what is left in the bounding set
 * (`bounding`, by os_capability_bounding); then the rest. A process that may not change its
 * bounding set keeps it: without privileges to gain it means nothing. */
int os_capability_unbound(uint64_t bounding);
int os_capability_drop(void);

#endif
