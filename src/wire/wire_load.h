/*
 * wire_load - what the parent tells the process that makes load for the lab
 *
 * Runs in:  the parent fills it, the load process reads it
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_LOAD_H
#define WIRE_LOAD_H

#include "os/os_address.h"
#include "os/os_process.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	WIRE_LOAD_CLIENTS = 1024,   /* at most, of preforkctl */
	WIRE_LOAD_LAB_CLIENTS = 64, /* of the lab */
	WIRE_LOAD_LAB_SECONDS = 20,
	WIRE_LOAD_PATH = 256
};

struct wire_load_options {
	struct os_address to;
	uint32_t clients;
	uint32_t seconds;  /* it ends after so long; 0: when all requests are done */
	uint64_t requests; /* in all; 0: no bound */
	bool slow;         /* clients that send a byte of a head a second, and never its end */
	bool fresh;        /* a connection for each request */
	char path[WIRE_LOAD_PATH];
	char host[OS_ADDRESS_TEXT];
};

/* The arguments of that process. */
struct wire_load {
	struct os_identity identity; /* whom it becomes */
	struct wire_load_options options;
};

#endif
