/*
 * mp_pipe_ends - a pipe for a test, and data for it
 *
 * Runs in:  tests of pipes
 * Owns:     the ends, while a test has them open
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_PIPE_ENDS_H
#define MP_PIPE_ENDS_H

#include "mp/mp_pipe.h"
#include "mp_check.h"

static struct mp_pipe *ends[2];

static inline void open_pipe(bool duplex)
{
	ck_assert_int_eq(mp_pipe_new(ends, duplex), 0);
}

static inline void close_pipe(void)
{
	mp_pipe_close(ends[0]);
	mp_pipe_close(ends[1]);
}

static inline char *pattern(size_t size)
{
	char *data = malloc(size + 1);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 131 + (i >> 9));
	return data;
}

#endif
