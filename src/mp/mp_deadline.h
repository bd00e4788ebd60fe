/*
 * mp_deadline - until when to wait
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   none
 *
 * A deadline is a moment of CLOCK_MONOTONIC in nanoseconds, or MP_DEADLINE_NEVER. It is made once
 * from a timeout (mp_clock_deadline), so that a wait of several parts does not start over.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_DEADLINE_H
#define MP_DEADLINE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define MP_DEADLINE_NEVER INT64_MAX

static inline int64_t mp_deadline_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Negative: never. */
static inline int64_t mp_deadline_after(int timeout_ms)
{
	if (timeout_ms < 0)
		return MP_DEADLINE_NEVER;
	return mp_deadline_now() + (int64_t)timeout_ms * 1000000;
}

static inline bool mp_deadline_passed(int64_t deadline)
{
	return deadline != MP_DEADLINE_NEVER && mp_deadline_now() >= deadline;
}

/* What is left, for poll(2): -1 for ever, 0 when it has passed; rounded up, so that a poll that
 * ran out means that the deadline has passed. */
static inline int mp_deadline_left_ms(int64_t deadline)
{
	if (deadline == MP_DEADLINE_NEVER)
		return -1;
	int64_t left = deadline - mp_deadline_now();
	if (left <= 0)
		return 0;
	left = (left + 999999) / 1000000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* What is left, as a timeout in seconds. */
static inline double mp_deadline_left(int64_t deadline)
{
	if (deadline == MP_DEADLINE_NEVER)
		return -1;
	int64_t left = deadline - mp_deadline_now();
	return left > 0 ? (double)left / 1e9 : 0;
}

static inline struct timespec mp_deadline_timespec(int64_t deadline)
{
	return (struct timespec){deadline / 1000000000, deadline % 1000000000};
}

/* The nearer of a deadline and `ms` from now: for waits that look round every now and then. */
static inline int64_t mp_deadline_slice(int64_t deadline, int ms)
{
	int64_t slice = mp_deadline_after(ms);
	return slice < deadline ? slice : deadline;
}

#endif
