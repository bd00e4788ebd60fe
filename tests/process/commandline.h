/*
 * commandline - what the tests of the command line share: its words, and how it says no
 *
 * Runs in:  test programs
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_COMMANDLINE_H
#define TESTS_COMMANDLINE_H

#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static inline const char *commandline_show(const struct support_output *o)
{
	static char text[6000];
	snprintf(text, sizeof text, "status %d, out \"%.2000s\", err \"%.2000s\"", o->status,
		o->out, o->err);
	return text;
}

/* One line that begins with the program's name, and exit status 1. */
static inline void commandline_refused(const struct support_output *o, const char *text)
{
	ck_assert_msg(o->status == 1, "%s", commandline_show(o));
	ck_assert_msg(strstr(o->err, text) != NULL, "no \"%s\": %s", text, commandline_show(o));
	ck_assert_msg(strncmp(o->err, "preforkd: ", 10) == 0, "%s", commandline_show(o));
	const char *end = strchr(o->err, '\n');
	ck_assert_msg(end && !end[1], "not one line: %s", commandline_show(o));
	ck_assert_str_eq(o->out, "");
}

#endif
