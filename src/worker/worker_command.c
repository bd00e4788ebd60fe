/*
 * worker_command - commands from the parent
 *
 * Runs in:  worker of a pool
 * Owns:     a descriptor that came along, until `take` has it
 * Errors:   what is no command is dropped, with its descriptor; one that there is no room for is
 *           the parent's again
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "wire/wire_command.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static void drain(struct worker *w, uint32_t reason)
{
	w->draining = true;
	w->farewell = reason == WIRE_STATE_IDLE_STOP ? WIRE_STATE_IDLE_STOP : WIRE_STATE_GRACEFUL;
}

/* It answers nobody and writes nothing into its diary; signals end it. */
static void hang(void)
{
	for (volatile bool on = true; on;)
		poll(NULL, 0, 1000);
}

static void obey(struct worker *w, const struct wire_command *command, int fd,
	void (*take)(struct worker *w, int fd, const struct os_address *from))
{
	if (command->verb == WIRE_DRAIN)
		drain(w, command->reason);
	if (command->verb == WIRE_HANG && w->config->lab_controls)
		hang();
	if (command->verb == WIRE_NO_LISTENERS)
		worker_event_give_back();
	if (command->verb == WIRE_CONNECTION && fd >= 0)
		take(w, fd, &command->from);
	else if (command->verb == WIRE_LISTENER && fd >= 0)
		worker_event_listen(w, fd);
	else if (fd >= 0)
		close(fd);
}

/* It is larger than any command, and would stay the next message for ever. */
static void drop_message(struct mp_pipe *pipe)
{
	void *message;
	if (mp_pipe_recv_bytes_timeout(pipe, &message, 0) >= 0)
		free(message);
}

/* A descriptor found no room here. The parent has the connection still, and by a report that comes
 * before any other it knows which one it was; of a listener any report that comes will do. */
static void miss(struct worker *w)
{
	static struct log_throttle throttle;
	bool connection = w->config->process_model == CONFIG_DISPATCH;
	w->missed++;
	if (log_once_a_second(&throttle))
		log_error("cannot take a %s that was passed on: %m",
			connection ? "connection" : "listener");
	if (worker_report(w, w->said) || !connection)
		return;
	w->missed--; /* it is lost, and counts as taken and ended */
	w->counts.connections++;
	w->counts.closed++;
}

void worker_command_read(
	struct worker *w, void (*take)(struct worker *w, int fd, const struct os_address *from))
{
	while (w->heritage->pipe && !w->orphan) {
		struct wire_command command;
		int fd = -1;
		size_t count = 1;
		ssize_t n = mp_pipe_recv_fds(
			w->heritage->pipe, &command, sizeof command, &fd, &count, 0);
		if (n < 0 && errno == EMSGSIZE) {
			drop_message(w->heritage->pipe);
			continue;
		}
		if (n < 0) {
			if (errno == EMFILE)
				miss(w);
			if (errno == EPIPE)
				w->orphan = w->draining = true;
			return;
		}
		if (n == sizeof command && command.magic == WIRE_COMMAND_MAGIC)
			obey(w, &command, count ? fd : -1, take);
		else if (count)
			close(fd);
		if (!w->loop)
			return; /* a classic worker takes one at a time */
	}
}
