/*
 * mp_clock - timeouts in seconds, and one descriptor to wait for
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"

#include <poll.h>

/* Longer than this is for ever: it keeps the sum below inside 64 bits. */
#define LONGEST 4e9

int64_t mp_clock_deadline(double timeout)
{
	if (timeout < 0 || timeout > LONGEST)
		return MP_DEADLINE_NEVER;
	return timeout == 0 ? 0 : mp_deadline_now() + (int64_t)(timeout * 1e9);
}

int mp_clock_poll(int fd, short events, int64_t deadline)
{
	struct pollfd wanted = {.fd = fd, .events = events};
	for (;;) {
		int n = poll(&wanted, 1, deadline == 0 ? 0 : mp_deadline_left_ms(deadline));
		if (n != 0)
			return n > 0 ? 1 : -1;
		/* A wait too long for poll(2) comes in several. */
		if (deadline == 0 || mp_deadline_passed(deadline))
			return 0;
	}
}
