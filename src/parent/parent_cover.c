/*
 * parent_cover - the queues of slots that have no worker, or one that stands still
 *
 * Runs in:  the parent, once a second
 * Owns:     nothing
 * Errors:   none; what fails is tried again at the next look
 *
 * Where each slot has listeners of its own (parent_listen), the kernel goes on putting connections
 * into the queue of a slot whose worker died. Usually the next one is born at once. When births
 * have to wait, because the system refuses them or newborns crash, somebody else gets those
 * listeners too, so that nobody waits who could be served. The same goes for the queue of a worker
 * that has not moved for seconds (its diary has no new beat) while connections wait in it: the
 * watchdog gives it much longer before it ends it. They are given back when the slot has a worker
 * of its own again, or its worker has moved for a while; until then two watch one queue, which
 * harms nobody.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "wire/wire_command.h"

enum {
	STILL_S = 3,          /* a loop that waits for nothing else has a beat a second */
	TRUST_MS = 10 * 1000, /* one that stood still is helped so long after it moved again */
	REST_MS = 1000,       /* one that had no descriptor for a listener gets none for so long */
};

static bool stands_still(const struct parent_worker *w)
{
	return w->silent_s >= STILL_S;
}

/* Who watches the queues of a slot: a worker born for it, though it may stand still as long as
 * nobody waits, or one that covers it. */
static bool is_watched(const struct parent *p, uint32_t slot)
{
	LIST_EACH(member, &p->workers) {
		const struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		bool idle = p->board->slot[w->row].queue == 0, own = w->slot == slot;
		if (w->life <= PARENT_SERVING &&
			(own || mp_process_pid(w->process) == p->covers[slot]) &&
			(!stands_still(w) || (own && idle)))
			return true;
	}
	return false;
}

static struct parent_worker *least_busy(const struct parent *p)
{
	uint64_t now = os_clock_ms();
	struct parent_worker *best = NULL;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->life == PARENT_SERVING && w->pipe && !w->old && !stands_still(w) &&
			now >= w->rest_ms && (!best || w->open < best->open))
			best = w;
	}
	return best;
}

static bool give(struct parent_worker *w, int fd)
{
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_LISTENER};
	return mp_pipe_send_fds(w->pipe, &command, sizeof command, &fd, 1, 0) == 0;
}

/* It covers nobody any more; false: it could not be told. */
static bool relieve(struct parent *p, pid_t pid)
{
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_NO_LISTENERS};
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->pipe && mp_process_pid(w->process) == pid &&
			mp_pipe_send_bytes_timeout(w->pipe, &command, sizeof command, 0) < 0)
			return false;
	}
	/* It gave back all it had; what another slot needs is covered at the next look. */
	for (uint32_t i = 0; i < p->board->slots; i++)
		if (p->covers[i] == pid)
			p->covers[i] = 0;
	return true;
}

bool parent_cover_missed(struct parent_worker *w)
{
	w->rest_ms = os_clock_ms() + REST_MS;
	return relieve(w->parent, mp_process_pid(w->process));
}

static struct parent_worker *own_of(const struct parent *p, uint32_t slot)
{
	struct parent_worker *w = p->rows[slot];
	return w && w->slot == slot && w->life == PARENT_SERVING ? w : NULL;
}

static void say(const struct parent_worker *w, const struct parent_worker *own, uint32_t slot)
{
	int pid = (int)mp_process_pid(w->process);
	if (own)
		log_warn("worker %d in slot %u has not moved for %u seconds, and connections wait: "
			 "worker %d in slot %u serves its queue too",
			(int)mp_process_pid(own->process), slot, own->silent_s, pid, w->slot);
	else
		log_notice("slot %u has no worker: worker %d in slot %u serves its queue too", slot,
			pid, w->slot);
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
	say(w, own_of(p, slot), slot);
}

static bool is_well(const struct parent_worker *own, uint64_t now)
{
	return own && (!own->stood_ms || now - own->stood_ms >= TRUST_MS);
}

void parent_cover(struct parent *p)
{
	uint64_t now = os_clock_ms();
	if (!p->listeners.by_slot || !parent_bears(p))
		return;
	for (uint32_t slot = 0; slot < p->listeners.slots; slot++) {
		struct parent_worker *own = own_of(p, slot);
		if (own && stands_still(own))
			own->stood_ms = now;
		if (!is_watched(p, slot))
			cover(p, slot);
		else if (p->covers[slot] && is_well(own, now))
			(void)relieve(p, p->covers[slot]); /* its own is there again */
	}
}
