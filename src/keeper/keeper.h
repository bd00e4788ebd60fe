/*
 * keeper - what the files of this folder share
 *
 * Runs in:  the keeper
 * Owns:     the connections that wait for their clients
 * Errors:   a connection's failure ends that connection
 *
 *   keeper_main   birth, the loop, what the parent is told
 *   keeper_hold   the connections it holds: a table by descriptor
 *
 * In a classic pool a connection occupies a process. While its client says nothing, or has said
 * half a request, or has heard all and only has to close, that is a waste: so the worker hands the
 * connection over to this one process, which watches thousands of them and gives each back to the
 * pool when there is something to do. It reads no request; what it holds of one it got from a
 * worker.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#define LOG_AREA "keeper"
#include "base/assert.h"
#include "base/list.h"
#include "base/log.h"
#include "wire/wire_crowd.h"
#include "wire/wire_kept.h"
#include "wire/wire_keeping.h"

struct keeper_held {
	struct list link; /* in keeper.waiting, or alone */
	struct wire_kept kept;
	char *bytes; /* of a request that has begun; or NULL */
	int fd;
};

struct keeper {
	int epoll;
	int pair; /* the way from and to the workers */
	uint64_t now_ms;
	bool taking;               /* what comes through the pair */
	struct keeper_held **held; /* by descriptor */
	size_t room;
	uint32_t most;       /* connections it may hold */
	struct list waiting; /* they spoke, but no worker takes them: the first first */
	uint64_t soonest_ms; /* nobody is due before */
	struct wire_keeping told;
	struct wire_crowd *crowd; /* NULL: nobody is counted */
	uint32_t page;            /* of it */
};

/* All that waits in the pair, up to a turn's share. -1: nobody will ever send any more. */
int keeper_hold_take(struct keeper *k);
/* The last time: what stands in the pair was given to this keeper already. */
void keeper_hold_no_more(struct keeper *k);
/* Something happened to this connection. */
void keeper_hold_event(struct keeper *k, int fd);
/* The pair may have room again. */
void keeper_hold_pass(struct keeper *k);
/* Those whose time is over. */
void keeper_hold_expire(struct keeper *k);
/* Passes on who has spoken and closes everybody else. */
void keeper_hold_end(struct keeper *k);
/* Milliseconds until somebody is due; -1: nobody. */
int keeper_hold_due(const struct keeper *k);

#endif
