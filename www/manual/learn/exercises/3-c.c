/* 3-c - a pool that heals */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

enum { SLOTS = 4 };

static pid_t slots[SLOTS];

static pid_t start_worker(void)
{
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

/* Waits until a worker has ended, and puts a new one into its slot; the others stay as they are.
 * Returns the slot. */
static int tend(void)
{
	/* gap */
	for (int i = 0; i < SLOTS; i++)
		slots[i] = start_worker();
	return 0;
	/* end of gap */
}

int main(void)
{
	static const int victims[] = {2, 0, 3, 3, 1};
	for (int i = 0; i < SLOTS; i++)
		slots[i] = start_worker();
	for (size_t i = 0; i < sizeof victims / sizeof *victims; i++) {
		pid_t before[SLOTS];
		for (int j = 0; j < SLOTS; j++)
			before[j] = slots[j];
		kill(slots[victims[i]], SIGKILL);
		int slot = tend();
		check(slot == victims[i], "slot %d died, tend() returned %d", victims[i], slot);
		for (int j = 0; j < SLOTS; j++)
			check((slots[j] == before[j]) == (j != victims[i]),
				"slot %d died, and slot %d has %s process", victims[i], j,
				slots[j] == before[j] ? "the same" : "another");
		check(kill(slots[slot], 0) == 0, "nobody is in slot %d", slot);
	}
	for (int i = 0; i < SLOTS; i++)
		kill(slots[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return solved();
}
