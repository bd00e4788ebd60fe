/*
 * wire_latency - how long requests took, as a histogram
 *
 * Runs in:  workers count, the parent adds up, anybody reads
 * Owns:     nothing; see wire_latency.h
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_latency.h"

#define DECADE(unit) 1 * (unit), 2 * (unit), 3 * (unit), 5 * (unit)

static const uint64_t bounds[WIRE_BUCKETS] = {DECADE(10ull), DECADE(100ull), DECADE(1000ull),
	DECADE(10000ull), DECADE(100000ull), DECADE(1000000ull), DECADE(10000000ull), 100000000ull,
	UINT64_MAX};

unsigned wire_latency_bucket(uint64_t us)
{
	unsigned low = 0, high = WIRE_BUCKETS - 1;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (us <= bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t wire_latency_bound(unsigned bucket)
{
	return bucket < WIRE_BUCKETS ? bounds[bucket] : UINT64_MAX;
}

void wire_latency_add(struct wire_latency *to, const struct wire_latency *what)
{
	for (unsigned i = 0; i < WIRE_BUCKETS; i++)
		to->bucket[i] += what->bucket[i];
}

uint64_t wire_latency_count(const struct wire_latency *latency)
{
	uint64_t count = 0;
	for (unsigned i = 0; i < WIRE_BUCKETS; i++)
		count += latency->bucket[i];
	return count;
}

/* What took longer than the last bound is said to have taken just that. */
static uint64_t inside(unsigned bucket, double share)
{
	uint64_t from = bucket ? bounds[bucket - 1] : 0;
	if (bucket == WIRE_BUCKETS - 1)
		return from;
	return from + (uint64_t)((double)(bounds[bucket] - from) * share);
}

uint64_t wire_latency_quantile(const struct wire_latency *latency, double share)
{
	double wanted = share * (double)wire_latency_count(latency), seen = 0;
	for (unsigned i = 0; i < WIRE_BUCKETS; i++) {
		double here = (double)latency->bucket[i];
		if (here > 0 && seen + here >= wanted)
			return inside(i, wanted > seen ? (wanted - seen) / here : 0);
		seen += here;
	}
	return 0;
}
