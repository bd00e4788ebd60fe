/*
 * mp_programs - what the tests of programs that are started share: how one is written, and what it
 * prints
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_PROGRAMS_H
#define MP_PROGRAMS_H

#include "mp_children.h"

#include <fcntl.h>
#include <limits.h>

/* This program, by a path that holds in every directory. */
static char programs_self[PATH_MAX];

#define ARGV(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define SH(script) ARGV("sh", "-c", script)
#define OPTIONS(...)                                                                               \
	&(const struct mp_subprocess_options)                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* What a program prints on stdout. */
static inline struct mp_subprocess_result programs_output(
	const char *const *argv, const struct mp_subprocess_options *options)
{
	struct mp_subprocess_result result;
	int done = mp_subprocess_check_output(argv, options, NULL, 0, 30, &result);
	ck_assert_msg(done == 0, "%s: %s", argv[0], strerror(errno));
	return result;
}

static inline void programs_print(
	const char *const *argv, const struct mp_subprocess_options *options, const char *expected)
{
	struct mp_subprocess_result result = programs_output(argv, options);
	ck_assert_str_eq(result.out, expected);
	ck_assert_uint_eq(result.out_size, strlen(expected));
	mp_subprocess_result_free(&result);
}

static inline bool programs_find_self(const char *name)
{
	return realpath(name, programs_self) != NULL;
}

#endif
