/*
 * wire_latency - how long requests took, as a histogram
 *
 * Runs in:  workers count, the parent adds up, anybody reads
 * Owns:     nothing
 * Errors:   none
 *
 * The bounds stand in a 1-2-3-5 series from 10 us to 100 s, so every decade has four buckets; the
 * last bucket has what took longer. Histograms with the same bounds can be added.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_LATENCY_H
#define WIRE_LATENCY_H

#include <stdint.h>

enum { WIRE_BUCKETS = 30 };

struct wire_latency {
	uint64_t bucket[WIRE_BUCKETS]; /* each for itself, not cumulative */
};

/* The bucket a duration in microseconds belongs to: the first whose bound is not below it. */
unsigned wire_latency_bucket(uint64_t us);

/* The upper bound of a bucket in microseconds; UINT64_MAX for the last, which has none. */
uint64_t wire_latency_bound(unsigned bucket);

/* to += what */
void wire_latency_add(struct wire_latency *to, const struct wire_latency *what);

uint64_t wire_latency_count(const struct wire_latency *latency);

/* The duration in microseconds below which `share` (0 to 1) of all lie, interpolated inside its
 * bucket; 0 where there are none. */
uint64_t wire_latency_quantile(const struct wire_latency *latency, double share);

#endif
