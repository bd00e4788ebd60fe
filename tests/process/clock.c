/*
 * clock - a calendar that the test sets
 *
 * Runs in:  the server under test, by LD_PRELOAD
 * Owns:     a mapping of the file that CLOCK_FILE names, shared with the test
 * Errors:   none: without the file the calendar is the kernel's
 *
 * The file holds by how many seconds the calendar is off, now. Clocks that count from the start of
 * the machine stay as they are, and so do the times of files, which the kernel gives.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "told.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
	atomic_llong offset; /* as clock_steps.py writes it */
	atomic_llong asked;  /* how often somebody looked at the calendar */
} * told;

__attribute__((constructor)) static void open_file(void)
{
	told = told_page("CLOCK_FILE", sizeof *told);
}

static time_t offset(void)
{
	if (!told)
		return 0;
	atomic_fetch_add(&told->asked, 1);
	return (time_t)atomic_load(&told->offset);
}

static int of_calendar(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
	static int (*real)(clockid_t, struct timespec *);
	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, to);
	if (result == 0 && of_calendar(clock))
		to->tv_sec += offset();
	return result;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
	struct timespec now;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	to->tv_sec = now.tv_sec;
	to->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *to)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}

/* libev asks the kernel itself. */
long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list list;
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number == SYS_clock_gettime && result == 0 && of_calendar((clockid_t)a[0]))
		((struct timespec *)(uintptr_t)a[1])->tv_sec += offset();
	return result;
}
