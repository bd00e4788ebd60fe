/*
 * os_crash - last words of a process that crashes
 *
 * Runs in:  workers, the starter
 * Owns:     an alternate signal stack, to the end of the process
 * Errors:   none: a process that cannot speak dies in silence
 *
 * A handler of the signals a fault raises (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS,
 * SIGTRAP) writes what the process was doing and a backtrace, then lets the signal do what it does.
 * Everything in it is safe in a signal handler (signal-safety(7)); should it hang all the same, an
 * alarm ends the process.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_CRASH_H
#define OS_CRASH_H

/* From now on last words go to `fd` (-1: standard error). `doing` is called in the handler for a
 * few words about what the process was at, NULL for nothing to say; it may only read memory. */
void os_crash_catch(int fd, const char *(*doing)(void));

#endif
