/*
 * wire_command - what the parent tells a worker
 *
 * Runs in:  the parent sends, pool workers obey
 * Owns:     nothing
 * Errors:   a worker drops what it does not know
 *
 * Commands travel down the worker's own pipe; a connection's descriptor rides along with
 * WIRE_CONNECTION (ProcessModel dispatch), and the parent keeps its own copy until a report counts
 * the connection among those taken, or among those missed. A classic worker that blocks in recv(2)
 * is woken by WIRE_DOORBELL, which carries nothing: the command is in the pipe. It is a signal that
 * does nothing to a process without a handler for it: a worker that is just being born, or that
 * never blocks, or a child for one request.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include "os/os_address.h"

#include <signal.h>
#include <stdint.h>

enum wire_verb {
	WIRE_DRAIN,        /* take nothing new, finish what is there, exit */
	WIRE_CONNECTION,   /* serve the descriptor that came along */
	WIRE_LISTENER,     /* accept from the descriptor that came along too (event workers) */
	WIRE_NO_LISTENERS, /* no longer: close all that came so */
	WIRE_HANG, /* the lab's: stand still for ever, so that one can see what becomes of it */
};

enum { WIRE_COMMAND_MAGIC = 0x70664331, WIRE_DOORBELL = SIGURG };

struct wire_command {
	uint32_t magic;
	uint32_t verb;          /* enum wire_verb */
	uint32_t reason;        /* enum wire_state to show while draining: GRACEFUL or IDLE_STOP */
	uint32_t unused;        /* zero */
	struct os_address from; /* of WIRE_CONNECTION: the client */
};

#endif
