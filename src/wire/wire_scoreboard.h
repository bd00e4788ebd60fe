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

#include "wire/wire_chronicle.h"
#include "wire/wire_latency.h"
#include "wire/wire_report.h"

#include <stdatomic.h>

enum wire_reason {
#define WIRE_DEATH(symbol, name, words, failure) WIRE_REASON_##symbol,
#include "wire/deaths.def"
#undef WIRE_DEATH
	WIRE_REASONS
};

enum wire_role {
#define WIRE_ROLE(symbol, name) WIRE_ROLE_##symbol,
#include "wire/roles.def"
#undef WIRE_ROLE
	WIRE_ROLES
};

enum {
	WIRE_SANDBOX_WORDS = 256,
	WIRE_DEATHS = 64,   /* the last ones are remembered */
	WIRE_SAMPLES = 300, /* one a second: the last five minutes */
	WIRE_LAB_TOKEN = 40
};

struct wire_slot {
	atomic_uint sequence;
	uint32_t reports; /* that came from it */
	uint32_t state;   /* enum wire_state */
	int32_t pid;      /* 0: nobody */
	uint32_t generation;
	uint32_t open; /* connections it holds */
	uint32_t idle; /* of these, kept between two requests; the others are active */
	uint32_t last_us;
	uint32_t queue;    /* connections that wait in listeners that are this slot's alone */
	uint32_t silent_s; /* seconds since anything moved in it; see parent_watchdog */
	uint32_t pss_kib;  /* its share of memory, smaps_rollup(5): looked at now and then */
	uint32_t unused;
	uint64_t memory; /* bytes resident and not shared (statm), looked at once in a while; 0: not
			    yet */
	int64_t born;    /* seconds of the calendar */
	int64_t born_ms; /* the same moment by os_clock_ms, for its age */
	int64_t reported;            /* when its last report came, seconds of the calendar */
	struct wire_counts counts;   /* with its CPU time, user_us and system_us */
	struct wire_latency latency; /* of its requests */
	uint64_t slot_requests;      /* answered in this slot by its processes that are gone */
	uint64_t slot_bytes;
	char client[WIRE_CLIENT]; /* of the last request, these three */
	char request[WIRE_REQUEST];
	char host[WIRE_HOST];
};

/* How one child ended. */
struct wire_death {
	int64_t when; /* seconds of the calendar */
	uint64_t age_ms;
	uint32_t reason; /* enum wire_reason */
	uint32_t role;   /* enum wire_role: only of a worker mean slot and state anything */
	int32_t pid;
	uint32_t slot, generation;
	int32_t signal;    /* that ended it; 0: none did */
	int32_t exit_code; /* where none did */
	uint32_t state;    /* enum wire_state: by its last report */
	uint32_t open;     /* connections that ended with it, by its last word */
	uint32_t busy; /* whether it was in the middle of the request below; 0: that one was done */
	uint32_t silent_ms;   /* how long nothing had moved in it */
	uint64_t most_memory; /* bytes resident at its most (getrusage(2)) */
	uint64_t faults, major_faults;
	uint64_t switches, forced_switches; /* of the processor: waiting for something; made to */
	struct wire_counts counts; /* CPU times are those of the kernel, to its last breath */
	char client[WIRE_CLIENT];
	char request[WIRE_REQUEST];
	char host[WIRE_HOST];
};

/* What one second was like. */
struct wire_sample {
	int64_t when;         /* seconds of the calendar, at its end */
	uint32_t requests;    /* answered in it */
	uint32_t connections; /* taken in it */
	uint64_t bytes;       /* of bodies sent in it */
	uint32_t busy;        /* workers with something to lose, at its end */
	uint32_t idle;        /* workers that wait */
	uint32_t spare;       /* workers with room for one more connection, as the policy counts */
	uint32_t open;        /* connections held */
	uint32_t queue;       /* connections that wait in the kernel's queues */
	uint32_t births;      /* in it */
	uint32_t deaths;
	uint32_t crashes; /* of these, failures */
	uint32_t cpu_ms;  /* of all workers: user and system */
	uint32_t p50_us;  /* of the requests answered in it, these three; 0: there were none */
	uint32_t p90_us;
	uint32_t p99_us;
};

/* How the children of one second ended, and the server as a whole. */
struct wire_totals {
	struct wire_counts gone; /* of every process that ended */
	uint64_t births;
	uint64_t deaths;         /* ended, for whatever reason */
	uint64_t crashes;        /* of these by a signal nobody sent on purpose, or sick */
	uint64_t refused_births; /* fork(2) failed */
	uint64_t deaths_by[WIRE_REASONS];
	uint64_t helper_deaths[WIRE_ROLES];  /* of those in no slot, by who it was, */
	uint64_t helper_crashes[WIRE_ROLES]; /* and of these the failures */
	uint64_t full;        /* times that a worker to spare was missing and no place was left */
	uint64_t turned_away; /* clients told to come again (503), since none was free for long */
	uint64_t restarts;    /* generations begun after the first */
	uint64_t upgrades;    /* begun, whatever came of them */
	struct wire_latency latency; /* of every process that ended */
};

struct wire_scoreboard {
	uint32_t slots; /* rows below: ServerLimit and room for draining workers */
	uint32_t limit; /* MaxRequestWorkers: rows a status page counts as places */
	uint32_t used;  /* highest row ever taken, plus one */
	uint32_t generation;
	uint32_t process_model; /* enum config_process_model */
	uint32_t worker_connections;
	int32_t parent;                                      /* pid */
	int32_t status_process, forkserver, keeper, starter; /* the other processes; 0: none */
	uint32_t programs;                                   /* that the starter started */
	int64_t started;                                     /* seconds of the calendar */
	int64_t started_ms; /* the same moment by os_clock_ms, for the uptime */
	int64_t restarted;  /* the last (re)start that read the configuration */
	uint32_t min_spare, max_spare;
	int32_t predecessor;   /* the process this one was upgraded from while it still drains; or 0
				*/
	int32_t successor;     /* the process it is being upgraded to; or 0 */
	uint32_t kept;         /* connections the keeper holds */
	uint32_t kept_waiting; /* of these, with something to say while no worker is free */
	char sandbox[WIRE_SANDBOX_WORDS]; /* what confines workers, in words */
	uint32_t queue;                   /* connections that wait in all listeners */
	uint32_t queue_limit;             /* and how many may */
	uint32_t young_dead;              /* a crash loop: workers in a row that died young */
	uint32_t births_wait_ms;          /* so births wait so long from now on; 0: they do not */
	uint32_t starter_silent_s;        /* seconds since anything moved in the starter */
	atomic_uint totals_sequence;
	struct wire_totals totals;
	atomic_uint deaths_sequence;
	uint32_t unused2;
	uint64_t death_count; /* ever: the latest is deaths[(death_count - 1) % WIRE_DEATHS] */
	struct wire_death deaths[WIRE_DEATHS];
	atomic_uint samples_sequence;
	uint32_t unused3;
	uint64_t sample_count;
	struct wire_sample samples[WIRE_SAMPLES];
	struct wire_chronicle chronicle;
	char lab_token[WIRE_LAB_TOKEN]; /* what the lab's page has to show; empty: there is no lab
					 */
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

/* The reader's glasses, for what lies between one begin and its end: look, copy, and look again
 * unless it is the same still. A writer is waited for that was interrupted in the midst; one that
 * died there, or stands still, for a tenth of a second in all, so nobody hangs: then false, and a
 * copy is what it is. Begins as {0}. */
struct wire_look {
	unsigned seen, tries;
};
bool wire_scoreboard_look(const atomic_uint *sequence, struct wire_look *look);
bool wire_scoreboard_same(const atomic_uint *sequence, const struct wire_look *look);

/* A copy of one row, and of the totals, taken so. */
void wire_scoreboard_read(const struct wire_scoreboard *board, uint32_t slot, struct wire_slot *to);
void wire_scoreboard_totals(const struct wire_scoreboard *board, struct wire_totals *to);

/* Copies of the last deaths, the latest first, into `to`; of the last seconds, the earliest first.
 * Each returns how many there are. */
uint32_t wire_scoreboard_deaths(
	const struct wire_scoreboard *board, struct wire_death to[WIRE_DEATHS]);
uint32_t wire_scoreboard_samples(
	const struct wire_scoreboard *board, struct wire_sample to[WIRE_SAMPLES]);

/* The parent's: one more of each, in place of the oldest. */
void wire_scoreboard_bury(struct wire_scoreboard *board, const struct wire_death *death);
void wire_scoreboard_sample(struct wire_scoreboard *board, const struct wire_sample *sample);

/* Of an enum wire_reason: a word for machines, words for people, and whether it is a failure. */
const char *wire_reason_name(uint32_t reason);
const char *wire_reason_words(uint32_t reason);
bool wire_reason_failure(uint32_t reason);

/* Of an enum wire_role: "keeper". */
const char *wire_role_name(uint32_t role);

/* to += what */
void wire_counts_add(struct wire_counts *to, const struct wire_counts *what);

#endif
