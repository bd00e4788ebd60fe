/*
 * os_proc - what the kernel says of another process
 *
 * Runs in:  the parent, the status process, preforkctl
 * Owns:     nothing
 * Errors:   0: there is no such process, or nobody may look
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_PROC_H
#define OS_PROC_H

#include <sys/types.h>

/* The state of a process as proc_pid_stat(5) has it: R runs, S sleeps, D waits for a device, T was
 * stopped by a signal, t by a debugger, Z has ended; ... */
char os_proc_state(pid_t pid);

#endif
