/*
 * wire_chronicle - what the parent did and saw, in numbered sentences
 *
 * Runs in:  the parent writes; whoever shows the status reads
 * Owns:     nothing: it is a part of the scoreboard
 * Errors:   none
 *
 * An event is a few numbers; its sentence is made by whoever wants to read it. The same sentences
 * stand on the status page, in ?json and on the terminal of `preforkd --explain`.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_CHRONICLE_H
#define WIRE_CHRONICLE_H

#include "base/buffer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum wire_event_kind {
#define WIRE_EVENT(symbol, name) WIRE_EVENT_##symbol,
#include "wire/events.def"
#undef WIRE_EVENT
	WIRE_EVENTS
};

enum { WIRE_CHRONICLE = 256 /* events that are remembered */ };

struct wire_event {
	uint64_t number;  /* from 1 on */
	uint64_t when_us; /* of the calendar */
	uint32_t kind;    /* enum wire_event_kind */
	int32_t parent;   /* pids; of whom it tells, or 0 */
	int32_t pid;
	uint32_t slot;
	uint32_t generation;
	uint32_t requests; /* DEATH: that it had answered */
	uint32_t role;     /* enum wire_role; all but a worker are in no slot */
	uint32_t unused;
	int64_t a, b; /* see wire/events.def */
};

struct wire_chronicle {
	atomic_uint sequence;
	uint32_t unused;
	uint64_t count; /* ever: the latest is event[(count - 1) % WIRE_CHRONICLE] */
	struct wire_event event[WIRE_CHRONICLE];
};

/* The parent's: one more, numbered, in place of the oldest. */
void wire_chronicle_add(struct wire_chronicle *chronicle, struct wire_event *event);

/* Copies of what is remembered, the earliest first; *count becomes how many there ever were.
 * Returns how many are copied. */
uint32_t wire_chronicle_read(const struct wire_chronicle *chronicle,
	struct wire_event to[WIRE_CHRONICLE], uint64_t *count);

/* "birth"; "unknown" for none of them. */
const char *wire_chronicle_name(uint32_t kind);

/* "parent 812: forked 977 into slot 3 in 0.4 ms", without its number and the end of the line. */
void wire_chronicle_words(const struct wire_event *event, struct buffer *to);

/* Is it a failure that people should see? */
bool wire_chronicle_failure(const struct wire_event *event);

#endif
