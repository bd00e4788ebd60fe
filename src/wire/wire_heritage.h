/*
 * wire_heritage - everything a child gets from its parent
 *
 * Runs in:  the parent fills it for each birth; the child reads it
 * Owns:     nothing; a forked child sees the parent's own memory as it was at its birth
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_HERITAGE_H
#define WIRE_HERITAGE_H

#include "config/config.h"
#include "mp/mp.h"
#include "os/os_mutex.h"
#include "os/os_process.h"
#include "wire/wire_scoreboard.h"

struct wire_heritage {
	struct config *config;
	const struct os_identity *identity; /* whom it becomes */
	uint32_t slot;
	uint32_t generation;
	struct wire_scoreboard *scoreboard;
	int scoreboard_fd;

	/* a pool worker */
	struct mp_pipe *pipe; /* reports up, commands down */
	const int *listeners; /* what it accepts from; none in model dispatch */
	size_t listener_count;
	struct os_mutex *accept_mutex; /* NULL: none */

	/* a one-shot child of model fork */
	struct mp_queue *queue; /* its one report */
	int connection;         /* what it serves; -1 in a pool worker */
	struct os_address from; /* the client of that connection */

	bool single; /* -X: no parent at all, this process serves alone */
};

#endif
