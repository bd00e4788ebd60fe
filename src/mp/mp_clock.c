/*
 * mp_clock - timeouts in seconds become points in time
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"

#include <poll.h>
#include <stddef.h>

/* Longer than this is for ever: it keeps the sums below inside a time_t. */
#define LONGEST 1e9

double mp_clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double mp_clock_deadline(double timeout)
{
	if (timeout < 0 || timeout > LONGEST)
		return MP_CLOCK_NEVER;
	return timeout == 0 ? 0 : mp_clock_now() + timeout;
}

struct timespec *mp_clock_left(double deadline, struct timespec *left)
{
	if (deadline < 0)
		return NULL;
	double seconds = deadline == 0 ? 0 : deadline - mp_clock_now();
	if (seconds < 0)
		seconds = 0;
	left->tv_sec = (time_t)seconds;
	left->tv_nsec = (long)((seconds - (double)left->tv_sec) * 1e9);
	return left;
}

int mp_clock_poll(int fd, short events, double deadline)
{
	struct pollfd wanted = {.fd = fd, .events = events};
	struct timespec left;
	int n = ppoll(&wanted, 1, mp_clock_left(deadline, &left), NULL);
	return n > 0 ? 1 : n;
}
