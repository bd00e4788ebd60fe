/*
 * mp_rlock - one at a time, and that one as often as it likes
 *
 * Runs in:  every process
 * Owns:     nothing; it is an mp_lock
 * Errors:   NULL with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_lock.h"

struct mp_lock *mp_rlock_new(void)
{
	return mp_lock_make(true);
}
