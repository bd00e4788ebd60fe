/*
 * mp_clock - timeouts in seconds, and one descriptor to wait for
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_CLOCK_H
#define MP_CLOCK_H

#include "mp/mp_deadline.h"

/* The deadline of a timeout in seconds: MP_DEADLINE_NEVER for a negative one, a moment long past
 * for 0 (which needs no clock). */
int64_t mp_clock_deadline(double timeout);

/* poll(2) for one descriptor: 1 when any of `events` or a hang-up is there, 0 at the deadline, -1
 * with errno (EINTR). */
int mp_clock_poll(int fd, short events, int64_t deadline);

#endif
