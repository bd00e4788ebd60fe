/*
 * mp_bounded_semaphore - so many at a time, and never more
 *
 * Runs in:  every process
 * Owns:     nothing; it is an mp_semaphore
 * Errors:   NULL with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_semaphore.h"

struct mp_semaphore *mp_bounded_semaphore_new(unsigned value)
{
	return mp_semaphore_make(value, true);
}
