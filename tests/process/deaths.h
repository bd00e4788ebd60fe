/*
 * deaths - what the tests of deaths share: the record of one, in what the status says
 *
 * Runs in:  test programs, against a server
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEATHS_H
#define TESTS_DEATHS_H

#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static inline char *deaths_status(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/server-status?json");
	char *text = strdup(c.reply.body);
	support_conn_close(&c);
	return text;
}

/* The record of one death, cut out of the JSON; a static text, "" for none. */
static inline const char *deaths_of(const struct support_server *s, pid_t pid)
{
	static char record[2048];
	char mark[32];
	char *text = deaths_status(s), *deaths = strstr(text, "\"deaths\":[");
	*record = '\0';
	snprintf(mark, sizeof mark, "\"pid\":%d,", (int)pid);
	for (char *at = deaths; at && (at = strchr(at, '{')); at++) {
		size_t size = strcspn(at, "}");
		if (size < sizeof record && memmem(at, size, mark, strlen(mark))) {
			snprintf(record, sizeof record, "%.*s", (int)size, at);
			break;
		}
	}
	free(text);
	return record;
}

static inline bool deaths_hold(const struct support_server *s, pid_t pid, const char *words)
{
	return strstr(deaths_of(s, pid), words) != NULL;
}

static inline void deaths_expect(const struct support_server *s, pid_t pid, const char *words)
{
	ck_assert_msg(SUPPORT_UNTIL(deaths_hold(s, pid, words), SUPPORT_PATIENCE),
		"%s is not in the record of %d: %s", words, (int)pid, deaths_of(s, pid));
}

#endif
