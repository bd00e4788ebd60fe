/*
 * load_entry - the generator of load's way in
 *
 * Runs in:  the load process of the lab, preforkctl
 * Owns:     its connections, until it returns
 * Errors:   requests that go wrong are counted
 *
 * A plain client, to have something to watch: it asks for one path over and over, with bounds on
 * everything. It is no benchmark: it takes a part of the processors it measures.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOAD_ENTRY_H
#define LOAD_ENTRY_H

#include "wire/wire_latency.h"
#include "wire/wire_load.h"

struct load_result {
	uint64_t good;   /* answers with a status below 400, whole */
	uint64_t bad;    /* other ones */
	uint64_t broken; /* connections that could not be made, or ended in the middle */
	uint64_t bytes;
	double seconds;
	struct wire_latency latency;
};

/* -1 with errno: it could not even begin. */
int load_run(const struct wire_load_options *options, struct load_result *result);

/* What the parent starts by the name "load", with a struct wire_load. Ends with its parent. */
int load_main(void *args, size_t size);

#endif
