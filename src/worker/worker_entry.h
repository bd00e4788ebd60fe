/*
 * worker_entry - the ways a worker is born
 *
 * Runs in:  main registers these as targets of processes
 * Owns:     nothing
 * Errors:   the return value is the exit code, see wire/exits.def
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_ENTRY_H
#define WORKER_ENTRY_H

#include <stddef.h>

/* A worker of a pool; the arguments are what wire_heritage_open takes. */
int worker_main(void *args, size_t size);

/* A child for one request (ProcessModel fork). */
int worker_oneshot(void *args, size_t size);

#endif
