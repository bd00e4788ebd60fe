/*
 * mp_semaphore - what both kinds of semaphore are made by
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   NULL with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SEMAPHORE_H
#define MP_SEMAPHORE_H

#include "mp/mp.h"

struct mp_semaphore *mp_semaphore_make(unsigned value, bool bounded);

#endif
