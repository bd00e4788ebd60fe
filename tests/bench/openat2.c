/*
 * openat2 - the call of that name for a server under valgrind, which does not know it
 *
 * Runs in:  the server whose instructions are counted, by LD_PRELOAD
 * Owns:     nothing
 * Errors:   those of openat
 *
 * The rules of how a path is resolved are lost, which does not matter where the paths are ours.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	long arg[6], result;
	va_list args;
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_openat2) {
		const struct open_how *how = (const void *)arg[2];
		return openat(
			(int)arg[0], (const char *)arg[1], (int)how->flags, (mode_t)how->mode);
	}
	register long fourth __asm__("r10") = arg[3], fifth __asm__("r8") = arg[4];
	register long sixth __asm__("r9") = arg[5];
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(fourth),
			 "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
}
