/*
 * support_suite - the main program of a black-box test
 *
 * Runs in:  black-box tests
 * Owns:     nothing
 * Errors:   the exit status
 *
 * A test that is run `times` times gets 0, 1, ... in _i: a model, or the number of a case. With
 * TEST_FEW in the environment each runs once only, the next one with the next number.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include "support/support_run.h"

#include <check.h>
#include <stdlib.h>

struct support_test {
	const TTest *test;
	int times;
};

enum { SUPPORT_SUITE_TIMEOUT = 300 }; /* seconds; a server that hangs is noticed long before */

static inline int support_suite_run(
	const char *name, const struct support_test *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, SUPPORT_SUITE_TIMEOUT);
	for (size_t i = 0; i < count; i++) {
		int first = 0, end = tests[i].times;
		if (getenv("TEST_FEW")) {
			first = (int)i % end;
			end = first + 1;
		}
		tcase_add_loop_test(tcase, tests[i].test, first, end);
	}
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}

/* SUPPORT_SUITE_MAIN("name", {test, times}, ...) */
#define SUPPORT_SUITE_MAIN(name, ...)                                                              \
	int main(void)                                                                             \
	{                                                                                          \
		const struct support_test tests[] = {__VA_ARGS__};                                 \
		return support_suite_run((name), tests, sizeof tests / sizeof *tests);             \
	}

#endif
