/*
 * wire_report - what a worker tells its parent
 *
 * Runs in:  workers fill it, the parent reads it
 * Owns:     nothing
 * Errors:   a report that fails wire_report_valid is dropped by the parent, with the worker
 *
 * One fixed-size, zeroed struct, one message. Counters are totals since the worker's birth, so a
 * report that is lost or merged with the next costs nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_REPORT_H
#define WIRE_REPORT_H

#include "os/os_address.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum wire_state {
#define WIRE_STATE(symbol, letter, words, busy) WIRE_STATE_##symbol,
#include "wire/states.def"
#undef WIRE_STATE
	WIRE_STATES
};

enum wire_exit {
#define WIRE_EXIT(symbol, code, words) WIRE_EXIT_##symbol = (code),
#include "wire/exits.def"
#undef WIRE_EXIT
};

enum { WIRE_REPORT_MAGIC = 0x70665231, WIRE_CLIENT = 48, WIRE_REQUEST = 64, WIRE_HOST = 32 };

/* What a worker did since it was born. */
struct wire_counts {
	uint64_t connections; /* taken */
	uint64_t closed;      /* of these, ended */
	uint64_t requests;    /* answered */
	uint64_t bytes;       /* of bodies sent */
	uint64_t took_us;     /* all requests together */
	uint64_t user_us;     /* CPU time in user mode */
	uint64_t system_us;   /* and in the kernel */
};

struct wire_report {
	uint32_t magic;
	uint32_t slot;
	int32_t pid;
	uint32_t generation;
	uint32_t state;    /* enum wire_state */
	uint32_t open;     /* connections it holds now */
	uint32_t last_us;  /* how long the last request took */
	uint32_t detailed; /* whether the names below are filled (ExtendedStatus) */
	uint32_t idle;     /* of its connections, those kept between two requests */
	uint32_t missed; /* connections, or listeners, passed to it that it had no descriptor for */
	struct wire_counts counts;
	char client[WIRE_CLIENT]; /* NUL-terminated, like the next two: cut where too long */
	char request[WIRE_REQUEST];
	char host[WIRE_HOST];
};

/* Whether what arrived is a report of slot, pid and generation, with values that make sense: it
 * crossed from a process that may have been taken over. */
bool wire_report_valid(const void *bytes, size_t size, uint32_t slots);

/* The letter and the words of a state; '?' for none of them. */
char wire_state_letter(uint32_t state);
const char *wire_state_words(uint32_t state);
bool wire_state_busy(uint32_t state);

/* The words of an exit code, NULL for one that no worker uses. */
const char *wire_exit_words(int code);

#endif
