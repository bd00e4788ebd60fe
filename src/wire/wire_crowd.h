/*
 * wire_crowd - how many connections each client address has, over all processes
 *
 * Runs in:  the parent makes it; workers and keepers count
 * Owns:     one shared mapping (memfd) and a record of it, until wire_crowd_close
 * Errors:   NULL with errno; counting cannot fail, and is harmless on NULL
 *
 * A table: a row for each address, found by a keyed digest (of IPv6, of its /64, which is what one
 * client has), and a column for each process, in which nobody else counts. How many connections an
 * address has is the sum of its row: no lock, no growth, and nothing that could come to differ from
 * what is there. Whatever a process was about to do when it was killed, its connections ended with
 * it, and so does its column. Two addresses in some ten thousand share a row, and nobody outside
 * can find out which.
 *
 * A connection on its way from one process to another is in a column of nobody, the way. A process
 * that is killed while it sends or takes one may leave it there; so the parent empties that column
 * whenever it sees that nothing is on the way.
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
 * (CLOEXEC). A process is known by its page, that of its diary. */
struct wire_crowd *wire_crowd_new(uint32_t pages, int *fd);
/* The same in a process that was executed anew. */
struct wire_crowd *wire_crowd_open(int fd);
void wire_crowd_close(struct wire_crowd *crowd); /* or NULL */

/* Where the connections of this client are counted; never 0. */
uint32_t wire_crowd_place(const struct wire_crowd *crowd, const struct os_address *client);

/* One more connection, of this process, or false: there are `limit` already. */
bool wire_crowd_enter(struct wire_crowd *crowd, uint32_t page, uint32_t place, uint32_t limit);
/* One less: it has ended. */
void wire_crowd_leave(struct wire_crowd *crowd, uint32_t page, uint32_t place);
/* It is about to be sent to another process; it came from one, or could not be sent. */
void wire_crowd_send(struct wire_crowd *crowd, uint32_t page, uint32_t place);
void wire_crowd_take(struct wire_crowd *crowd, uint32_t page, uint32_t place);
/* Parent: the process of this page is gone, and so are its connections. */
void wire_crowd_clear(struct wire_crowd *crowd, uint32_t page);
/* Parent: nothing is on the way from one process to another. */
void wire_crowd_settle(struct wire_crowd *crowd);

uint32_t wire_crowd_count(const struct wire_crowd *crowd, uint32_t place);
/* Whether it is to be said in this second (of the calendar) that somebody is refused: the first who
 * asks is told so. */
bool wire_crowd_say(struct wire_crowd *crowd, uint32_t place, uint32_t second);

#endif
