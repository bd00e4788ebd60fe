/*
 * mp_register - functions that other processes can find by name
 *
 * Runs in:  every process
 * Owns:     the table; the names belong to the caller
 * Errors:   -1 or NULL with errno
 *
 * Targets of processes and tasks of pools live in one table, as functions of unknown type; who
 * takes one out knows what it put in.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_REGISTER_H
#define MP_REGISTER_H

#include "mp/mp.h"

/* EEXIST: the name is taken by another function. */
int mp_register_function(const char *name, void (*function)(void));

/* NULL with ENOENT. */
void (*mp_register_find(const char *name))(void);
const char *mp_register_name(void (*function)(void));

#endif
