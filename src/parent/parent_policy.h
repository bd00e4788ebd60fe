/*
 * parent_policy - how many workers there should be
 *
 * Runs in:  the parent
 * Owns:     nothing; pure functions over numbers, so that a table of situations tests them
 * Errors:   none
 *
 * The rule is Apache's (prefork.c, perform_idle_server_maintenance): once a second, one spare too
 * many is sent home; when spares are short, 1, 2, 4 ... 32 are born. Two things differ. A worker
 * that ended is replaced at once, not at the next tick; and workers that die young are replaced
 * ever more slowly, where Apache's parent would fork as fast as they die.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_POLICY_H
#define PARENT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* The pool as it is. Workers that leave do not count. */
struct parent_policy_view {
	unsigned workers;   /* alive, starting ones included */
	unsigned spares;    /* of these: have room for one more connection, or are starting */
	unsigned min_spare; /* the wish */
	unsigned max_spare;
	unsigned most; /* MaxRequestWorkers */
};

struct parent_policy {
	unsigned rate;        /* how many the next shortage gives birth to */
	bool said_full;       /* the pool was at its limit last time */
	unsigned young_dead;  /* workers in a row that died young */
	uint64_t patience_ms; /* births wait until this moment; 0: they do not */
	uint64_t alone_ms;    /* while nobody serves, one is born at this moment all the same */
};

/* What to do now. */
struct parent_policy_step {
	unsigned births;
	unsigned farewells;
	bool full; /* the limit was reached just now: worth one line in the log */
};

enum {
	PARENT_POLICY_RATE = 32,         /* Apache's MAX_SPAWN_RATE */
	PARENT_POLICY_YOUNG_MS = 2000,   /* dying before this age is dying young */
	PARENT_POLICY_FREE_DEATHS = 4,   /* so many in a row are replaced without a wait */
	PARENT_POLICY_WAIT_MS = 100,     /* the first wait; it doubles */
	PARENT_POLICY_WAIT_MOST = 30000, /* up to this one */
	PARENT_POLICY_ALONE_MS = 1000, /* while nobody serves, one is born so often all the same */
};

void parent_policy_init(struct parent_policy *policy);

/* Once a second. */
struct parent_policy_step parent_policy_tick(
	struct parent_policy *policy, const struct parent_policy_view *view, uint64_t now_ms);

/* Right after a worker ended: whether another takes its place now. */
bool parent_policy_replace(
	const struct parent_policy *policy, const struct parent_policy_view *view, uint64_t now_ms);

/* A worker ended: at what age, and whether by failing. Returns how many milliseconds births now
 * wait, 0: not at all. */
unsigned parent_policy_death(
	struct parent_policy *policy, uint64_t age_ms, bool failed, uint64_t now_ms);

/* fork(2) failed: births wait a second, so that a system short of processes gets some air. */
void parent_policy_refused(struct parent_policy *policy, uint64_t now_ms);

#endif
