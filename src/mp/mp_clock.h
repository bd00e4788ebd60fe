/*
 * mp_clock - timeouts in seconds become points in time
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * A timeout is what callers give: seconds, negative for ever. A deadline is the moment it is over,
 * on CLOCK_MONOTONIC, so that a call that waits several times waits no longer than it was told.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_CLOCK_H
#define MP_CLOCK_H

#include <stdbool.h>
#include <time.h>

#define MP_CLOCK_NEVER (-1.0)

/* Seconds of CLOCK_MONOTONIC. */
double mp_clock_now(void);

/* The deadline of a timeout; MP_CLOCK_NEVER for a negative one. A timeout of 0 needs no clock. */
double mp_clock_deadline(double timeout);

/* What is left of it, never negative; NULL (for ever) or `left`, as ppoll(2) and futex(2) like
 * it. */
struct timespec *mp_clock_left(double deadline, struct timespec *left);

/* poll(2) for one descriptor: 1 when any of `events` or a hang-up is there, 0 at the deadline, -1
 * with errno (EINTR). */
int mp_clock_poll(int fd, short events, double deadline);

#endif
