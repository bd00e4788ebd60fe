/* 6-b - patience with workers that die young */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include "parent/parent_policy.c"

/* `dead` workers in a row failed before they were two seconds old. Returns how many milliseconds
 * the next birth waits: nothing for the first four, 100 after the fifth, then twice as long each
 * time, but never more than 30000, however many there were. */
static unsigned patience(unsigned dead)
{
	/* gap */
	return dead > 4 ? 100u << (dead - 5) : 0;
	/* end of gap */
}

int main(void)
{
	struct parent_policy policy;
	parent_policy_init(&policy);
	for (unsigned dead = 1; dead <= 200; dead++) {
		unsigned theirs = parent_policy_death(&policy, 10, true, 1000),
			 ours = patience(dead);
		check(ours == theirs, "after %u deaths %u ms; the server waits %u ms", dead, ours,
			theirs);
	}
	return solved();
}
