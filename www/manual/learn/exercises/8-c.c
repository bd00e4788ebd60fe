/* 8-c - time runs out for many, and one timer finds them */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

enum { CLIENTS = 5000 };

static long active_ms[CLIENTS]; /* when each was last active, the longest ago first */
static int looked;

/* When the connection at this place was last active. */
static long last_active(int place)
{
	looked++;
	return active_ms[place];
}

/* Returns how many of the CLIENTS connections have been idle for `patience` milliseconds or more at
 * the moment `now`. The list is in order, so look at those you must and at one more. */
static int late(long now, long patience)
{
	/* gap */
	int count = 0;
	for (int i = 0; i < CLIENTS; i++)
		count += now - last_active(i) >= patience;
	return count;
	/* end of gap */
}

static void expect(long now, int expected)
{
	looked = 0;
	int got = late(now, 5000);
	check(got == expected, "at %ld ms %d are late, not %d", now, expected, got);
	check(looked <= expected + 1, "for %d that are late, %d were looked at", expected, looked);
}

int main(void)
{
	for (int i = 0; i < CLIENTS; i++)
		active_ms[i] = i * 10L;
	expect(0, 0);
	expect(4999, 0);
	expect(5000, 1);
	expect(5009, 1);
	expect(6000, 101);
	expect(1000000, CLIENTS);
	return solved();
}
