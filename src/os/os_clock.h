/*
 * os_clock - the time, cheaply
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds that never step back, for timeouts; exact to a few ms and read without a system
 * call. */
static inline uint64_t os_clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Microseconds that never step back, for measuring. */
static inline uint64_t os_clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Seconds of the calendar, for Date and logs. */
static inline time_t os_clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t.tv_sec;
}

#endif
