/*
 * parent_identity - whom the workers become, looked up in a process of its own
 *
 * Runs in:  the parent, and a child that lives only for the question
 * Owns:     nothing afterwards
 * Errors:   -1 and a line that says whose groups cannot be found, and why
 *
 * The system's databases load libraries when asked (nsswitch.conf(5)). In the parent these would
 * stay mapped, and every fork from then on would copy their mappings.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

struct question {
	const struct config *config;
	struct mp_pipe *answer;
};

static int look_up(void *args, size_t size)
{
	const struct question *q = args;
	const struct config *c = q->config;
	struct os_identity identity;
	(void)size;
	if (os_process_identity(&identity, c->user_name, c->user, c->group) < 0) {
		int why = errno;
		(void)mp_pipe_send_bytes(q->answer, &why, sizeof why);
		return EXIT_FAILURE;
	}
	return mp_pipe_send_bytes(q->answer, &identity, sizeof identity) < 0 ? EXIT_FAILURE
									     : EXIT_SUCCESS;
}

/* A directory service that does not answer must not keep the parent from its work. */
static ssize_t wait_for(struct mp_pipe *answer, struct os_identity *identity)
{
	uint64_t end = os_clock_ms() + PATIENCE_MS, now;
	ssize_t n;
	do {
		now = os_clock_ms();
		n = mp_pipe_recv_bytes_into_timeout(answer, identity, sizeof *identity,
			now < end ? (double)(end - now) / 1000.0 : 0);
	} while (n < 0 && errno == EINTR);
	return n;
}

static int ask(struct question *q, struct mp_pipe *answer, struct os_identity *identity)
{
	int fd = mp_pipe_fileno(q->answer);
	struct mp_process_options options = {
		.context = mp_get_context("fork"), .name = "identity", .fds = &fd, .fd_count = 1};
	struct mp_process *process = mp_process_new(look_up, q, sizeof *q, &options);
	if (!process || mp_process_start(process) < 0) {
		int why = errno;
		mp_process_close(process);
		errno = why;
		return -1;
	}
	mp_pipe_close(q->answer);
	q->answer = NULL;
	ssize_t n = wait_for(answer, identity);
	int why = errno;
	if (n == sizeof why)
		memcpy(&why, identity, sizeof why); /* the child's */
	if (n < 0)
		mp_process_kill(process);
	/* Signals are for the loop, later; this child must not be left to it. */
	while (mp_process_join(process, -1) < 0 && errno == EINTR)
		;
	mp_process_close(process);
	errno = why;
	return n == sizeof *identity ? 0 : -1;
}

static bool is_same(const struct config *a, const struct config *b)
{
	return a->user == b->user && a->group == b->group &&
	       text_equal(text_of(a->user_name), text_of(b->user_name));
}

int parent_identity(
	const struct config *config, struct os_identity *identity, const struct config *before)
{
	const char *name = config->user_name ? config->user_name : "-";
	struct os_identity found;
	struct mp_pipe *ends[2] = {NULL, NULL};
	/* Who is not root becomes nobody else. */
	if (geteuid() != 0) {
		*identity = (struct os_identity){.user = config->user, .group = config->group};
		return 0;
	}
	if (mp_pipe_new(ends, false) == 0) {
		struct question question = {config, ends[1]};
		int result = ask(&question, ends[0], &found), why = errno;
		mp_pipe_close(ends[0]);
		mp_pipe_close(question.answer);
		errno = why;
		if (result == 0) {
			*identity = found;
			return 0;
		}
	}
	if (before && is_same(before, config)) {
		log_warn("cannot find the groups of User %s: %m; they stay as they were", name);
		return 0;
	}
	log_crit("cannot find the groups of User %s: %m", name);
	return -1;
}
