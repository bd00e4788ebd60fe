/*
 * wire_crowd - how many connections each client address has, over all processes
 *
 * Runs in:  the parent makes it; workers and keepers count
 * Owns:     one shared mapping (memfd), until the process ends
 * Errors:   NULL with errno; counting cannot fail, and is harmless on NULL
 *
 * A table of counters, found by a keyed digest of the address (of IPv6, of its /64, which is what
 * one client has): no lock, no growth, nothing to clean up. Two addresses in some ten thousand
 * share a counter, and nobody outside can find out which. Beside the sums each process has counters
 * of its own, so that the parent can give back what a process had that was killed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_CROWD_H
#define WIRE_CROWD_H

#include "os/os_address.h"

#include <stdbool.h>
#include <stdint.h>

struct wire_crowd;

enum {
	WIRE_CROWD_PLACES = 16384, /* place 0 is nobody's: a connection that is not counted */
	WIRE_CROWD_KEEPERS = 8     /* pages for keepers, behind those of the diaries' numbers */
};

/* Room for so many processes, the keepers not counted among them; its descriptor stays open in *fd
 * (CLOEXEC). */
struct wire_crowd *wire_crowd_new(uint32_t pages, int *fd);
/* The same in a process that was executed anew. */
struct wire_crowd *wire_crowd_open(int fd);

/* Where the connections of this client are counted; never 0. */
uint32_t wire_crowd_place(const struct wire_crowd *crowd, const struct os_address *client);

/* One more connection, of this process, or false: there are `limit` already. */
bool wire_crowd_enter(struct wire_crowd *crowd, uint32_t page, uint32_t place, uint32_t limit);
/* One less. */
void wire_crowd_leave(struct wire_crowd *crowd, uint32_t page, uint32_t place);
/* It is on its way to another process; it has come from one. The sum stays. */
void wire_crowd_hand(struct wire_crowd *crowd, uint32_t page, uint32_t place);
void wire_crowd_take(struct wire_crowd *crowd, uint32_t page, uint32_t place);
/* Parent: the process of this page is gone, and so are its connections. */
void wire_crowd_clear(struct wire_crowd *crowd, uint32_t page);

uint32_t wire_crowd_count(const struct wire_crowd *crowd, uint32_t place);
/* Whether it is to be said in this second (of the calendar) that somebody is refused: the first who
 * asks is told so. */
bool wire_crowd_say(struct wire_crowd *crowd, uint32_t place, uint32_t second);

#endif
