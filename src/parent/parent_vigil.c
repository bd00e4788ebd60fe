/*
 * parent_vigil - a helper, the keeper or the starter, that stands still
 *
 * Runs in:  the parent, once a second
 * Owns:     nothing
 * Errors:   none
 *
 * As with workers (parent_watchdog, parent_stop), what counts is how many looks found that nothing
 * moved, not the clock: when the whole machine, or this process, stood still, nobody is to blame.
 * And what is done about it is data.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_vigil.h"

#include "parent/parent.h"

#include <signal.h>

/* A helper moves once a second at the least, and so often it is looked at: of two looks, one may
 * find nothing. */
enum { LEAST_S = 4 };

/* When: so many quarters of the time, and so many seconds. One that was stopped, or that blocks in
 * the kernel, cannot die of SIGABRT. */
static const struct {
	unsigned quarters, more_s;
	int signal; /* 0: none */
	const char *words;
} steps[] = {
	{3, 0, 0, "has not moved for"},
	{4, 0, SIGABRT, "hangs and is aborted after"},
	{4, 2, SIGKILL, "does not end when aborted and is killed after"},
};

bool parent_vigil_look(struct parent_vigil *vigil, struct mp_process *process, bool moved,
	unsigned most_s, const char *who, const char *at)
{
	unsigned limit = most_s < LEAST_S ? LEAST_S : most_s;
	int pid = (int)mp_process_pid(process);
	if (moved && vigil->step)
		log_notice("the %s, process %d, moves again", who, pid);
	if (moved)
		*vigil = (struct parent_vigil){0};
	else
		vigil->silent_s++;
	if (!most_s || vigil->step == COUNT_OF(steps) ||
		vigil->silent_s <
			limit * steps[vigil->step].quarters / 4 + steps[vigil->step].more_s)
		return false;
	int signal = steps[vigil->step].signal;
	log_warn("the %s, process %d, %s %u seconds%s", who, pid, steps[vigil->step].words,
		vigil->silent_s, at);
	if (signal)
		mp_process_signal(process, signal);
	return ++vigil->step == COUNT_OF(steps);
}

enum wire_reason parent_vigil_reason(const struct parent_vigil *vigil)
{
	return vigil->step && steps[vigil->step - 1].signal ? WIRE_REASON_STUCK : WIRE_REASONS;
}
