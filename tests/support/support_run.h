/*
 * support_run - the end of a test program: its suite is run
 *
 * Runs in:  every test program of libcheck
 * Owns:     nothing
 * Errors:   the exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_RUN_H
#define SUPPORT_RUN_H

#include <check.h>
#include <stdlib.h>

/* The exit status of the program; the suite is gone. */
static inline int support_run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
