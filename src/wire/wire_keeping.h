/*
 * wire_keeping - what the keeper tells its parent
 *
 * Runs in:  the keeper fills it, the parent reads it
 * Owns:     nothing
 * Errors:   a message that fails wire_keeping_valid makes the parent end the keeper
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_KEEPING_H
#define WIRE_KEEPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WIRE_KEEPING_MAGIC = 0x70664b32, WIRE_KEEPING_MS = 1000 /* so often at the least */ };

/* Counters are totals since the keeper's birth. */
struct wire_keeping {
	uint32_t magic;
	int32_t pid;
	uint32_t held;    /* connections it watches now */
	uint32_t waiting; /* of these, with something to say, but no worker is free */
	uint64_t taken;   /* ever */
	uint64_t passed;  /* on to workers, because they spoke */
	uint64_t expired; /* closed, because they did not in time */
};

static inline bool wire_keeping_valid(const void *bytes, size_t size, int32_t pid)
{
	struct wire_keeping k;
	if (size != sizeof k)
		return false;
	memcpy(&k, bytes, sizeof k);
	return k.magic == WIRE_KEEPING_MAGIC && k.pid == pid && k.waiting <= k.held &&
	       k.held <= k.taken && k.passed <= k.taken && k.expired <= k.taken;
}

#endif
