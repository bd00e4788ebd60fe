/*
 * mp_tasks - tasks that several tests of a pool give it
 *
 * Runs in:  the test program, workers of a pool
 * Owns:     nothing
 * Errors:   as of any task
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_TASKS_H
#define MP_TASKS_H

#include "mp_check.h"

static inline int mp_tasks_square(const void *args, size_t size, struct mp_reply *reply)
{
	long n = *(const long *)args, result = n * n;
	return size == sizeof n ? mp_reply(reply, &result, sizeof result) : EINVAL;
}

static inline int mp_tasks_nothing(const void *args, size_t size, struct mp_reply *reply)
{
	(void)args, (void)size, (void)reply;
	return 0;
}

static inline long *mp_tasks_numbers(size_t count)
{
	long *n = malloc(count * sizeof *n);
	for (size_t i = 0; i < count; i++)
		n[i] = (long)i;
	return n;
}

static inline void mp_tasks_count_call(struct mp_result *r, void *closure)
{
	ck_assert(mp_result_ready(r));
	++*(int *)closure;
}

#endif
