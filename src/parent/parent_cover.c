/*
 * parent_cover - the queues of slots that have no worker
 *
 * Runs in:  the parent, once a second
 * Owns:     nothing
 * Errors:   none; what fails is tried again at the next look
 *
 * Where each slot has listeners of its own (parent_listen), the kernel goes on putting connections
 * into the queue of a slot whose worker died. Usually the next one is born at once. When births
 * have to wait, because the system refuses them or newborns crash, somebody else gets those
 * listeners too, so that nobody waits who could be served. It gives them back when
 * the slot has a worker of its own again; until then two watch one queue, which harms nobody.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "wire/wire_command.h"

/* Who watches the queues of a slot: a worker born for it, or one that covers it. */
static bool is_watched(const struct parent *p, uint32_t slot)
{
	LIST_EACH(member, &p->workers) {
		const struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->life <= PARENT_SERVING &&
			(w->slot == slot || mp_process_pid(w->process) == p->covers[slot]))
			return true;
	}
	return false;
}

static struct parent_worker *least_busy(const struct parent *p)
{
	struct parent_worker *best = NULL;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->life == PARENT_SERVING && w->pipe && !w->old &&
			(!best || w->open < best->open))
			best = w;
	}
	return best;
}

static bool give(struct parent_worker *w, int fd)
{
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_LISTENER};
	return mp_pipe_send_fds(w->pipe, &command, sizeof command, &fd, 1, 0) == 0;
}

/* The slot has a worker of its own again. */
static void relieve(struct parent *p, uint32_t slot)
{
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_NO_LISTENERS};
	pid_t pid = p->covers[slot];
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->pipe && mp_process_pid(w->process) == pid &&
			mp_pipe_send_bytes_timeout(w->pipe, &command, sizeof command, 0) < 0)
			return;
	}
	/* It gave back all it had; what another slot needs is covered at the next look. */
	for (uint32_t i = 0; i < p->board->slots; i++)
		if (p->covers[i] == pid)
			p->covers[i] = 0;
}

static bool has_own(const struct parent *p, uint32_t slot)
{
	const struct parent_worker *w = p->rows[slot];
	return w && w->slot == slot && w->life == PARENT_SERVING;
}

static void cover(struct parent *p, uint32_t slot)
{
	int fds[p->listeners.count + 1];
	size_t count = parent_listen_share(&p->listeners, slot, fds);
	struct parent_worker *w = least_busy(p);
	for (size_t i = 0; w && i < count; i++)
		if (!give(w, fds[i]))
			return;
	if (!w)
		return;
	p->covers[slot] = mp_process_pid(w->process);
	log_notice("slot %u has no worker: worker %d in slot %u serves its queue too", slot,
		(int)mp_process_pid(w->process), w->slot);
}

void parent_cover(struct parent *p)
{
	if (!p->listeners.by_slot || !parent_bears(p))
		return;
	for (uint32_t slot = 0; slot < p->listeners.slots; slot++)
		if (!is_watched(p, slot))
			cover(p, slot);
		else if (p->covers[slot] && has_own(p, slot))
			relieve(p, slot);
}
