/*
 * parent_listen - the listening sockets
 *
 * Runs in:  the parent, which alone makes and closes them
 * Owns:     every listening descriptor
 * Errors:   -1 and a line that says which Listen, where it is written, and why
 *
 * A pool of fixed size has one listener per slot and address (SO_REUSEPORT): the kernel spreads
 * connections over them and a worker is never woken for another's. Closing one would reset what
 * waits in its queue, so none is closed before its address leaves the configuration: a worker that
 * dies leaves its queue to its successor, and a pool that shrinks shares out the queues of the
 * slots it gave up.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_LISTEN_H
#define PARENT_LISTEN_H

#include "config/config.h"

struct parent_listener {
	int fd;
	struct os_address address;
	bool alone; /* made without SO_REUSEPORT: no other can be bound beside it */
};

struct parent_listeners {
	size_t count;
	struct parent_listener *list;
	bool by_slot; /* each worker watches its share; else all watch all */
	unsigned slots;
	unsigned wait_ms; /* for orphans of a server that was killed to leave an address */
};

/* Makes the set what the configuration wants, keeping every socket of an address that stays. On
 * failure the set is as it was. */
int parent_listen_update(struct parent_listeners *set, const struct config *config);

/* The descriptors the worker of a slot watches, into `fds` (room for set->count); returns how
 * many. */
size_t parent_listen_share(const struct parent_listeners *set, uint32_t slot, int *fds);

/* Takes over a listener that somebody else made for the address: from now on it belongs to the set.
 * -1 with errno: out of memory. */
int parent_listen_adopt(struct parent_listeners *set, const struct config *config, int fd,
	const struct os_address *address);

void parent_listen_close(struct parent_listeners *set);

#endif
