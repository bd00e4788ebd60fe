/*
 * preforkctl_table - the workers as a table
 *
 * Runs in:  preforkctl
 * Owns:     see each function
 * Errors:   false for what is no such table
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREFORKCTL_TABLE_H
#define PREFORKCTL_TABLE_H

#include "base/buffer.h"

#include <stdint.h>

/* One line of the control socket's "workers". The texts are views of what it said. */
struct preforkctl_worker {
	unsigned slot, pid, generation;
	char state;
	unsigned connections, idle;
	uint64_t requests, bytes, memory;
	uint64_t age;     /* seconds */
	double cpu, last; /* seconds */
	unsigned silent;  /* seconds */
	bool held;
	struct text client, host, request;

	/* since the look before, by preforkctl_table_compare */
	double request_rate, cpu_share;
};

struct preforkctl_table {
	size_t count;
	struct preforkctl_worker *workers;
};

/* Reads the answer; columns are found by their names, so new ones do no harm. Free it with
 * preforkctl_table_free. false: it is no such table, or there is no memory. */
bool preforkctl_table_read(struct preforkctl_table *table, struct text answer);
void preforkctl_table_free(struct preforkctl_table *table);

/* Fills in the rates of those that were there `seconds` ago. */
void preforkctl_table_compare(
	struct preforkctl_table *table, const struct preforkctl_table *before, double seconds);

/* Sorted by one of PREFORKCTL_SORTS; the largest first, or, for slot and pid, the smallest. */
#define PREFORKCTL_SORTS "spnrcma" /* slot, pid, connections, requests/s, cpu, memory, age */
void preforkctl_table_sort(struct preforkctl_table *table, char by, bool reverse);

/* Short forms that fit a column. */
void preforkctl_table_age(uint64_t seconds, char *to, size_t room);
void preforkctl_table_size(uint64_t bytes, char *to, size_t room);
void preforkctl_table_span(double seconds, char *to, size_t room);

/* The table for people: a line of titles, then one a worker, each at most `width` wide (0: as long
 * as it is). */
void preforkctl_table_write(
	const struct preforkctl_table *table, unsigned width, struct buffer *to);

#endif
