/*
 * openat2 - a syscall(2) in front of the library's, by which openat2(2) can fail
 *
 * Runs in:  a test program, or a server that this was loaded into
 * Owns:     nothing
 * Errors:   those the test wants
 *
 * openat2 has no function of its own that a test could define.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENAT2_H
#define OPENAT2_H

#include <dlfcn.h>
#include <errno.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Defined by the test: why this call fails; 0: it does not. */
static int openat2_fails(const char *path, const struct open_how *how);

long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long arg[6];
	int why = 0;
	va_list args;
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_openat2)
		why = openat2_fails((const char *)arg[1], (const struct open_how *)arg[2]);
	if (!why)
		return real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	errno = why;
	return -1;
}

#endif
