/*
 * parent_bear - a child of any role, by the start method of the configuration
 *
 * Runs in:  the parent
 * Owns:     nothing; the process belongs to the caller
 * Errors:   NULL with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_BEAR_H
#define PARENT_BEAR_H

#include "parent/parent.h"
#include "wire/wire_heritage.h"

enum {
	PARENT_BEAR_YOUNG_MS = 2000, /* who ends younger than this counts as a failed birth */
	PARENT_BEAR_WAIT_MS = 100
};

/* What a child of any role inherits: the configuration, whom it becomes, the scoreboard, and
 * nothing that is only for some. */
struct wire_heritage parent_bear_heritage(const struct parent *p);

/* Starts a process of that role (main.c) with the heritage; of the options its context and name are
 * filled in here, and those of its descriptors that are -1 left out. */
struct mp_process *parent_bear(
	const char *role, const struct wire_heritage *heritage, struct mp_process_options options);

/* Seconds until the next one is born, after so many failures in a row: ever more, up to that. */
double parent_bear_again(unsigned failed, unsigned most_ms);

#endif
