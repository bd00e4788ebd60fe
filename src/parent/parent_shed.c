/*
 * parent_shed - a saturated server says so
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   none
 *
 * A client that finds no worker waits in the kernel's queue, which is the best place for a short
 * wait. But when the queue is more than half full and does not move, whoever comes next would soon
 * hear nothing at all: so those who have waited longest are told to come again, and the newer half
 * stays. It needs nobody but the parent, which has the listeners and never reads a request.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_socket.h"
#include "wire/wire_refusal.h"

enum {
	LOOKS = 2,  /* so many in a row must find it so */
	WAIT_S = 5, /* at the present pace it would take so long to get through the queue */
	MOST = 1024 /* in one turn */
};

static bool is_stuck(const struct parent *p)
{
	const struct wire_scoreboard *b = p->board;
	uint64_t last = b->sample_count;
	if (!last || p->stop != PARENT_RUNNING || p->resting)
		return false;
	uint64_t taken = b->samples[(last - 1) % WIRE_SAMPLES].connections;
	return b->queue > b->queue_limit / 2 && taken * WAIT_S < b->queue;
}

static unsigned shed(const struct parent *p, int listener)
{
	int queue = os_socket_queue(listener), keep = (int)(p->config->listen_backlog / 2);
	unsigned count = 0;
	struct os_address from;
	for (; queue > keep && count < MOST; queue--, count++) {
		int fd = os_socket_accept(listener, &from, 0);
		if (fd < 0)
			break;
		wire_refusal(fd, "The server is busy.");
	}
	return count;
}

void parent_shed(struct parent *p)
{
	unsigned count = 0;
	p->stuck_looks = is_stuck(p) ? p->stuck_looks + 1 : 0;
	if (p->stuck_looks < LOOKS)
		return;
	for (size_t i = 0; i < p->listeners.count; i++)
		count += shed(p, p->listeners.list[i].fd);
	p->board->totals.turned_away += count;
	if (count)
		log_warn("every worker is busy and the queue does not move: %u clients were told "
			 "to come again (503)",
			count);
}
