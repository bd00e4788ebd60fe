/*
 * support_status - what the server says of itself: server-status?auto
 *
 * Runs in:  black-box tests
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_status.h"

#include "support/support_client.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *support_status_field(const struct support_status *st, const char *name)
{
	static char value[4096];
	size_t size = strlen(name);
	for (const char *line = st->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, size) != 0 || strncmp(line + size, ": ", 2) != 0)
			continue;
		snprintf(value, sizeof value, "%.*s", (int)strcspn(line + size + 2, "\n"),
			line + size + 2);
		return value;
	}
	return NULL;
}

static unsigned long number(const struct support_status *st, const char *name)
{
	char *end;
	const char *value = support_status_field(st, name);
	ck_assert_msg(value != NULL, "the status has no %s:\n%s", name, st->text);
	unsigned long n = strtoul(value, &end, 10);
	ck_assert_msg(end > value && !*end, "%s is no number: \"%s\"", name, value);
	return n;
}

void support_status_read(struct support_status *st, unsigned port)
{
	struct support_conn c;
	support_get(&c, port, "/server-status?auto");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_uint_lt(c.reply.body_size, sizeof st->text);
	strcpy(st->text, c.reply.body);
	support_conn_close(&c);
	st->busy = (unsigned)number(st, "BusyWorkers");
	st->idle = (unsigned)number(st, "IdleWorkers");
	st->graceful = (unsigned)number(st, "GracefulWorkers");
	st->processes = (unsigned)number(st, "Processes");
	st->connections = (unsigned)number(st, "ConnsTotal");
	st->generation = (unsigned)number(st, "ParentServerMPMGeneration");
	st->accesses = number(st, "Total Accesses");
	st->kbytes = number(st, "Total kBytes");
	const char *board = support_status_field(st, "Scoreboard");
	ck_assert_ptr_nonnull(board);
	strcpy(st->board, board);
}

size_t support_status_count(const struct support_status *st, const char *letters)
{
	size_t count = 0;
	for (const char *at = st->board; *at; at++)
		count += strchr(letters, *at) != NULL;
	return count;
}
