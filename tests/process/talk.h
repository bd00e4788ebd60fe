/*
 * talk - what the tests of the control socket share: a line said, and its answer heard
 *
 * Runs in:  test programs, against a server
 * Owns:     the last answer
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "os/os_unix.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TALK_ANSWER = 256 * 1024 };

struct talk {
	int fd;
	char in[TALK_ANSWER];
	size_t size;   /* of in */
	bool good;     /* the last answer began with OK */
	char *body;    /* of the last answer, NUL behind it */
	size_t length; /* of body */
};

static struct talk talk; /* too large for a stack */

static inline int talk_connect(const struct support_server *s)
{
	int fd = os_unix_connect(support_server_path(s, "logs/pid.sock"), 5000);
	ck_assert_msg(fd >= 0, "cannot connect: %s", strerror(errno));
	return fd;
}

static inline void talk_say(int fd, const char *bytes)
{
	ck_assert_int_eq(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

/* Reads one answer; false: the connection ended before it. */
static inline bool talk_hear(struct talk *t, int fd)
{
	char *end;
	static char body[TALK_ANSWER];
	while (!(end = memchr(t->in, '\n', t->size))) {
		ssize_t n = recv(fd, t->in + t->size, sizeof t->in - t->size, 0);
		if (n <= 0)
			return false;
		t->size += (size_t)n;
	}
	unsigned long size;
	char kind[8], space;
	ck_assert_msg(sscanf(t->in, "%7[A-Z]%c%lu", kind, &space, &size) == 3 && space == ' ',
		"\"%.*s\" is no answer", (int)(end - t->in), t->in);
	t->good = strcmp(kind, "OK") == 0;
	ck_assert(t->good || strcmp(kind, "ERROR") == 0);
	size_t head = (size_t)(end - t->in) + 1;
	ck_assert_uint_lt(head + size, sizeof t->in);
	while (t->size < head + size) {
		ssize_t n = recv(fd, t->in + t->size, sizeof t->in - t->size, 0);
		ck_assert_msg(n > 0, "the answer ended early");
		t->size += (size_t)n;
	}
	memcpy(body, t->in + head, size);
	body[size] = '\0';
	t->body = body;
	t->length = size;
	t->size -= head + size;
	memmove(t->in, t->in + head + size, t->size);
	return true;
}

/* One question on a connection of its own. */
static inline const char *talk_ask(const struct support_server *s, const char *line)
{
	int fd = talk_connect(s);
	talk.size = 0;
	talk_say(fd, line);
	ck_assert_msg(talk_hear(&talk, fd), "no answer to %s", line);
	close(fd);
	return talk.body;
}

static inline bool talk_generation_is(const struct support_server *s, unsigned generation)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.generation == generation;
}

#endif
