/*
 * parent_vigil - a helper, the keeper or the starter, that stands still
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_VIGIL_H
#define PARENT_VIGIL_H

#include "mp/mp.h"
#include "wire/wire_scoreboard.h"

/* Zeroed at the helper's birth. */
struct parent_vigil {
	unsigned silent_s; /* looks that found nothing moved, one after the other */
	unsigned step;     /* of what is done about it */
};

/* Once a second: has it moved since the last look? One that has not for so many seconds is aborted,
 * and then killed; 0: nobody minds. `who` and `at` (", at ...", or "") are for the log. true: it
 * was killed in this moment, and nobody need wait for its end. */
bool parent_vigil_look(struct parent_vigil *vigil, struct mp_process *process, bool moved,
	unsigned most_s, const char *who, const char *at);

/* Why it ended, if it ends now: WIRE_REASON_STUCK where it was aborted, else WIRE_REASONS. */
enum wire_reason parent_vigil_reason(const struct parent_vigil *vigil);

#endif
