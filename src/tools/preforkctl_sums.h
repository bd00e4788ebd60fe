/*
 * preforkctl_sums - numbers out of the metrics, and what they did since the last look
 *
 * Runs in:  preforkctl
 * Owns:     nothing
 * Errors:   what is not there is 0
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREFORKCTL_SUMS_H
#define PREFORKCTL_SUMS_H

#include "base/text.h"

enum { PREFORKCTL_BUCKETS = 64 };

struct preforkctl_sums {
	double requests, bytes, connections_taken, cpu, deaths; /* counters */
	double busy, idle, places, held;
	double active, kept; /* connections */
	double queue, queue_limit;
	double uptime, generation;
	unsigned buckets;                 /* of the histogram of durations: */
	double bound[PREFORKCTL_BUCKETS]; /* seconds; the last is infinite */
	double below[PREFORKCTL_BUCKETS]; /* requests that took no longer */
};

/* Reads the answer to "status metrics" (OpenMetrics text). */
void preforkctl_sums_read(struct preforkctl_sums *sums, struct text metrics);

/* Of the requests between the two looks, the duration (in seconds) that `share` of them stayed
 * within; negative: there were none. */
double preforkctl_sums_quantile(
	const struct preforkctl_sums *before, const struct preforkctl_sums *after, double share);

#endif
