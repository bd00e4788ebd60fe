/*
 * preforkctl_sums - numbers out of the metrics, and what they did since the last look
 *
 * Runs in:  preforkctl
 * Owns:     nothing
 * Errors:   see preforkctl_sums.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/preforkctl_sums.h"

#include "base/assert.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define FIELD(member) offsetof(struct preforkctl_sums, member)

/* Samples that add up to each number. */
static const struct {
	const char *sample;
	size_t field;
} fields[] = {
	{"preforkd_requests_total", FIELD(requests)},
	{"preforkd_response_body_bytes_total", FIELD(bytes)},
	{"preforkd_connections_accepted_total", FIELD(connections_taken)},
	{"preforkd_cpu_seconds_total{mode=\"user\"}", FIELD(cpu)},
	{"preforkd_cpu_seconds_total{mode=\"system\"}", FIELD(cpu)},
	{"preforkd_workers_busy", FIELD(busy)},
	{"preforkd_workers{state=\"ready\"}", FIELD(idle)},
	{"preforkd_workers_held", FIELD(held)},
	{"preforkd_worker_places", FIELD(places)},
	{"preforkd_connections{state=\"active\"}", FIELD(active)},
	{"preforkd_connections{state=\"idle\"}", FIELD(kept)},
	{"preforkd_listen_queue_depth", FIELD(queue)},
	{"preforkd_listen_queue_limit", FIELD(queue_limit)},
	{"preforkd_uptime_seconds", FIELD(uptime)},
	{"preforkd_generation", FIELD(generation)},
};

static double real(struct text t)
{
	char digits[40];
	snprintf(digits, sizeof digits, "%.*s", TEXT_ARGS(t));
	return strtod(digits, NULL);
}

static void take_bucket(struct preforkctl_sums *s, struct text bound, double below)
{
	if (s->buckets == PREFORKCTL_BUCKETS)
		return;
	s->bound[s->buckets] = text_equal(bound, TEXT("+Inf")) ? INFINITY : real(bound);
	s->below[s->buckets++] = below;
}

static void take_sample(struct preforkctl_sums *s, struct text name, double value)
{
	static const struct text bucket = TEXT("preforkd_request_duration_seconds_bucket{le=\"");
	static const struct text deaths = TEXT("preforkd_worker_deaths_total{");
	if (text_starts(name, bucket) && name.size >= bucket.size + 2) {
		take_bucket(
			s, text_from(name.at + bucket.size, name.size - bucket.size - 2), value);
		return;
	}
	if (text_starts(name, deaths))
		s->deaths += value;
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (text_equal(name, text_of(fields[i].sample)))
			*(double *)(void *)((char *)s + fields[i].field) += value;
}

/* Our own labels hold no blank, so the value is what stands behind the last one. */
static void take_line(struct preforkctl_sums *s, struct text line)
{
	size_t at = line.size;
	if (!line.size || line.at[0] == '#')
		return;
	while (at > 0 && line.at[at - 1] != ' ')
		at--;
	if (at > 1)
		take_sample(s, text_from(line.at, at - 1),
			real(text_from(line.at + at, line.size - at)));
}

void preforkctl_sums_read(struct preforkctl_sums *sums, struct text metrics)
{
	*sums = (struct preforkctl_sums){0};
	while (metrics.at)
		take_line(sums, text_split(&metrics, '\n'));
}

double preforkctl_sums_quantile(
	const struct preforkctl_sums *before, const struct preforkctl_sums *after, double share)
{
	unsigned last = after->buckets - 1;
	if (!after->buckets || before->buckets != after->buckets)
		return -1;
	double all = after->below[last] - before->below[last], seen = 0;
	if (all <= 0)
		return -1;
	for (unsigned i = 0; i <= last; i++) {
		double here = after->below[i] - before->below[i] - seen;
		double from = i ? after->bound[i - 1] : 0;
		if (here > 0 && seen + here >= share * all)
			return isinf(after->bound[i]) ? from
						      : from + (after->bound[i] - from) *
									(share * all - seen) / here;
		seen += here;
	}
	return -1;
}
