/*
 * mp_lock - the lock inside a lock, for the things that are used under one
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_LOCK_H
#define MP_LOCK_H

#include "mp/mp.h"
#include "mp/mp_mutex.h"

/* A new lock of either kind. */
struct mp_lock *mp_lock_make(bool recursive);

struct mp_mutex *mp_lock_mutex(struct mp_lock *lock);
bool mp_lock_recursive(const struct mp_lock *lock);

#endif
