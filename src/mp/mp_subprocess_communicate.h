/*
 * mp_subprocess_communicate - what a program printed, for those who gave up on the rest
 *
 * Runs in:  the process that started the program
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SUBPROCESS_COMMUNICATE_H
#define MP_SUBPROCESS_COMMUNICATE_H

#include "mp/mp_subprocess.h"

/* Reads what is in the pipes now, without waiting; after a communicate that failed. */
void mp_subprocess_communicate_rest(struct mp_subprocess *p);

/* Hands over what was read until now. ENOMEM. */
int mp_subprocess_communicate_result(struct mp_subprocess *p, struct mp_subprocess_result *result);

#endif
