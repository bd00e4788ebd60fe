/*
 * parent_bear - a child of any role, by the start method of the configuration
 *
 * Runs in:  the parent
 * Owns:     nothing; the process belongs to the caller
 * Errors:   NULL with errno
 *
 * Workers, the keeper, the starter and the process of StatusListen differ in what they inherit and
 * in who looks after them; they are born in the same way.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_bear.h"

#include <errno.h>

struct wire_heritage parent_bear_heritage(const struct parent *p)
{
	return (struct wire_heritage){.magic = WIRE_HERITAGE_DIRECT,
		.config = p->config,
		.identity = &p->identity,
		.sandbox = &p->sandbox,
		.generation = p->generation,
		.scoreboard = p->board,
		.scoreboard_fd = p->board_fd,
		.connection = -1};
}

/* A forked child gets the struct itself, any other its bytes. */
static struct mp_process *new_process(const char *role, const struct wire_heritage *heritage,
	const struct mp_process_options *options)
{
	struct buffer bytes = BUFFER_INIT;
	struct mp_process *process = NULL;
	if (heritage->config->start_method == CONFIG_START_FORK)
		return mp_process_new_named(role, heritage, sizeof *heritage, options);
	if (wire_heritage_pack(heritage, &bytes))
		process = mp_process_new_named(role, bytes.data, bytes.size, options);
	buffer_free(&bytes);
	return process;
}

struct mp_process *parent_bear(
	const char *role, const struct wire_heritage *heritage, struct mp_process_options options)
{
	static const char *const methods[] = {[CONFIG_START_FORK] = "fork",
		[CONFIG_START_SPAWN] = "spawn",
		[CONFIG_START_FORKSERVER] = "forkserver"};
	int fds[options.fd_count + 1];
	size_t count = 0;
	for (size_t i = 0; i < options.fd_count; i++)
		if (options.fds[i] >= 0)
			fds[count++] = options.fds[i];
	options.fds = fds;
	options.fd_count = count;
	options.context = mp_get_context(methods[heritage->config->start_method]);
	options.name = role;
	struct mp_process *process = new_process(role, heritage, &options);
	if (process && mp_process_start(process) < 0) {
		int why = errno;
		mp_process_close(process);
		errno = why;
		return NULL;
	}
	return process;
}

double parent_bear_again(unsigned failed, unsigned most_ms)
{
	unsigned wait = failed ? PARENT_BEAR_WAIT_MS : 0;
	for (unsigned i = 1; i < failed && wait < most_ms; i++)
		wait *= 2;
	return (wait < most_ms ? wait : most_ms) / 1000.0;
}
