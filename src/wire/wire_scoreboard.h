/*
 * wire_scoreboard - what the parent knows of every slot, for all to see
 *
 * Runs in:  the parent writes; workers hold the same pages read-only
 * Owns:     one shared mapping (memfd), until the process ends
 * Errors:   wire_scoreboard_new returns NULL with errno; readers cannot fail
 *
 * Only the parent writes, and only from reports: so any worker can draw the status page without
 * asking anybody. Each slot carries a sequence number that is odd while the parent changes it; a
 * reader copies the slot and tries again when the number moved (a seqlock).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SCOREBOARD_H
#define WIRE_SCOREBOARD_H

#include "wire/wire_report.h"

#include <stdatomic.h>

struct wire_slot {
	atomic_uint sequence;
	uint32_t state; /* enum wire_state */
	int32_t pid;    /* 0: nobody */
	uint32_t generation;
	uint32_t open;
	uint32_t last_us;
	int64_t born;     /* seconds of the calendar */
	int64_t reported; /* when its last report came, seconds of the calendar */
	struct wire_counts counts;
	uint64_t slot_requests; /* answered in this slot by its processes that are gone */
	uint64_t slot_bytes;
	char client[WIRE_CLIENT];
	char request[WIRE_REQUEST];
	char host[WIRE_HOST];
};

/* How the children of one second ended, and the server as a whole. */
struct wire_totals {
	struct wire_counts gone; /* of every process that ended */
	uint64_t births;
	uint64_t deaths;         /* ended, for whatever reason */
	uint64_t crashes;        /* of these by a signal nobody sent on purpose, or sick */
	uint64_t refused_births; /* fork(2) failed */
};

struct wire_scoreboard {
	uint32_t slots; /* rows below: ServerLimit and room for draining workers */
	uint32_t limit; /* MaxRequestWorkers: rows a status page counts as places */
	uint32_t used;  /* highest row ever taken, plus one */
	uint32_t generation;
	uint32_t process_model; /* enum config_process_model */
	uint32_t worker_connections;
	int32_t parent; /* pid */
	uint32_t unused;
	int64_t started;   /* seconds of the calendar */
	int64_t restarted; /* the last (re)start that read the configuration */
	uint32_t min_spare, max_spare;
	atomic_uint totals_sequence;
	struct wire_totals totals;
	struct wire_slot slot[];
};

/* A zeroed board of that many rows, mapped for writing. Its descriptor stays open in *fd (CLOEXEC)
 * for wire_scoreboard_seal in children. */
struct wire_scoreboard *wire_scoreboard_new(uint32_t slots, int *fd);

/* The same board in a process that was executed anew, read-only. NULL with errno. */
struct wire_scoreboard *wire_scoreboard_open(int fd);

/* In a forked child: makes the board read-only for good, at the same address; the kernel refuses to
 * make it writable again (F_SEAL_FUTURE_WRITE, fcntl(2)). */
int wire_scoreboard_seal(struct wire_scoreboard *board, int fd);

/* The parent's pen: everything between begin and end is seen at once or not at all. */
void wire_scoreboard_begin(atomic_uint *sequence);
void wire_scoreboard_end(atomic_uint *sequence);

/* A consistent copy of one row; of the totals. A row whose writer died in the middle is copied as
 * it is after some tries, so nobody hangs. */
void wire_scoreboard_read(const struct wire_scoreboard *board, uint32_t slot, struct wire_slot *to);
void wire_scoreboard_totals(const struct wire_scoreboard *board, struct wire_totals *to);

/* to += what */
void wire_counts_add(struct wire_counts *to, const struct wire_counts *what);

#endif
