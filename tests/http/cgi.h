/*
 * cgi - what the tests of programs share: a server with a place for them, scripts, and what they
 * tell
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 *
 * The scripts are written for sh by each test. What they tell the test, they write into files of
 * the server root.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CGI_H
#define TESTS_CGI_H

#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGI_PLAIN "Content-Type: text/plain\\n\\n"

/* With two workers, so that one that blocks is found out. */
static inline void cgi_prepare(struct support_server *s, int model, const char *more)
{
	char *all;
	ck_assert_int_gt(asprintf(&all,
				 "<Directory />\nAllowOverride None\n</Directory>\n"
				 "ScriptAlias /cgi-bin/ cgi-bin/\n%s",
				 more ? more : ""),
		0);
	support_server_prepare(s, (enum support_model)model, all);
	ck_assert_int_eq(mkdir(support_server_path(s, "cgi-bin"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(s, "told"), 0777), 0);
	ck_assert_int_eq(chmod(support_server_path(s, "told"), 0777), 0);
	free(all);
}

static inline void cgi_script(const struct support_server *s, const char *name, const char *body)
{
	char path[128];
	snprintf(path, sizeof path, "cgi-bin/%s", name);
	support_server_script(s, path, body);
}

static inline void cgi_get(
	struct support_conn *c, const struct support_server *s, const char *target)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", target);
}

/* A request on a connection of its own; the answer is in c->reply until it is closed. */
static inline void cgi_ask(
	struct support_conn *c, const struct support_server *s, const char *target, int status)
{
	cgi_get(c, s, target);
	ck_assert(support_conn_read(c, "GET"));
	ck_assert_msg(c->reply.status == status, "%s: %s", target, c->reply.line);
}

static inline bool cgi_is_told(const struct support_server *s, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "told/%s", name);
	char *text = support_read_file(support_server_path(s, path), NULL);
	bool whole = text && strchr(text, '\n');
	free(text);
	return whole;
}

/* A number that a script wrote into told/NAME. */
static inline long cgi_told(const struct support_server *s, const char *name)
{
	char path[128];
	ck_assert_msg(
		SUPPORT_UNTIL(cgi_is_told(s, name), SUPPORT_PATIENCE), "nobody tells %s", name);
	snprintf(path, sizeof path, "told/%s", name);
	char *text = support_read_file(support_server_path(s, path), NULL);
	long n = atol(text);
	free(text);
	return n;
}

/* Is this line in the text? */
static inline bool cgi_has_line(const char *text, const char *line)
{
	size_t size = strlen(line);
	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && (at[size] == '\n' || !at[size]))
			return true;
	return false;
}

/* told/go: a script that reads from it waits there. */
static inline void cgi_gate(const struct support_server *s)
{
	ck_assert_int_eq(mkfifo(support_server_path(s, "told/go"), 0666), 0);
	ck_assert_int_eq(chmod(support_server_path(s, "told/go"), 0666), 0);
}

static inline void cgi_open_gate(const struct support_server *s)
{
	int fd = open(support_server_path(s, "told/go"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	close(fd);
}

static inline bool cgi_is_gone(pid_t pid)
{
	char state = support_state(pid);
	return state == 0 || state == 'Z';
}

#endif
