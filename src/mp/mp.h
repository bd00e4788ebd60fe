/*
 * mp - processes, pipes, queues, pools, locks and subprocesses, as Python's multiprocessing has them
 *
 * Runs in:  every process
 * Owns:     see each function; every type is opaque and is made and freed by functions named here
 * Errors:   -1 or NULL with errno; the library never logs and never ends the process by itself
 *
 * The library starts no thread and is not for use by several threads at once.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_MP_H
#define MP_MP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* ---- Processes ---- */

/* ---- Pipes ---- */

/* ---- Queues ---- */

/* ---- Pools ---- */

/* ---- Synchronisation ---- */

/* ---- Subprocess ---- */

#endif
