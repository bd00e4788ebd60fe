/*
 * os_proc - what the kernel says of another process
 *
 * Runs in:  the parent, workers, the status process
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

/* Its proportional share of memory in KiB (Pss of smaps_rollup, proc_pid_smaps(5)): a page that n
 * processes have counts a part in n. */
unsigned os_proc_pss(pid_t pid);

#endif
