/*
 * starter_site - what the tests of the starter share: a server with programs, and who starts them
 *
 * Runs in:  test programs
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_STARTER_SITE_H
#define TESTS_STARTER_SITE_H

#include "base/assert.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define STARTER_PLAIN "Content-Type: text/plain\\n\\n"

static inline void starter_start(
	struct support_server *s, enum support_model model, const char *more)
{
	char lines[512];
	snprintf(lines, sizeof lines, "ScriptAlias /cgi-bin/ cgi-bin/\nSetEnv SAID here\n%s", more);
	support_server_prepare(s, model, lines);
	ck_assert_int_eq(mkdir(support_server_path(s, "cgi-bin"), 0755), 0);
	support_server_script(
		s, "cgi-bin/hello", "printf '" STARTER_PLAIN "%s' \"$SAID$LD_PRELOAD$ANY $*\"");
	support_server_script(s, "cgi-bin/parent", "printf '" STARTER_PLAIN "%s' $PPID");
	support_server_script(
		s, "cgi-bin/slow", "printf '" STARTER_PLAIN "begun\\n'; read x; printf end");
	support_server_script(s, "other", "printf '" STARTER_PLAIN "wrong'");
	support_server_launch(s);
}

static inline void starter_expect(
	const struct support_server *s, const char *path, const char *body)
{
	struct support_conn c;
	support_get(&c, s->port, path);
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_str_eq(c.reply.body, body);
	support_conn_close(&c);
}

/* The process whose child a program is. */
static inline pid_t starter_of(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/cgi-bin/parent");
	pid_t pid = c.reply.status == 200 ? (pid_t)atol(c.reply.body) : 0;
	support_conn_close(&c);
	return pid;
}

static inline bool is_child(const struct support_server *s, pid_t pid)
{
	pid_t all[SUPPORT_WORKERS];
	size_t count = support_children(s->pid, all, COUNT_OF(all));
	for (size_t i = 0; i < count; i++)
		if (all[i] == pid)
			return true;
	return false;
}

static inline long starter_number(const struct support_server *s, const char *field)
{
	struct support_status st;
	support_status_read(&st, s->port);
	const char *value = support_status_field(&st, field);
	return value ? atol(value) : -1;
}

#endif
