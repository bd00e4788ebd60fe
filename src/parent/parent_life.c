/*
 * parent_life - what each event means in each state of a worker's life
 *
 * Runs in:  the parent
 * Owns:     the records of workers: it frees what parent_spawn made
 * Errors:   none; a command that cannot be sent turns into a harder one
 *
 *                READY      RETIRE     LEAVE      END        HANG       EOF
 *   STARTING     serve      retire     leave      end        abort      kill
 *   SERVING      -          retire     leave      end        abort      kill
 *   LEAVING      -          -          remind     end        abort      kill
 *   ENDING       -          -          -          -          -          kill
 *
 * Whatever the state, a process that was collected is buried.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "parent/parent_loggers.h"
#include "parent/parent_control.h"
#include "parent/parent_keeper.h"
#include "parent/parent_lab.h"
#include "parent/parent_starter.h"
#include "wire/wire_command.h"

#include <errno.h>
#include <stdlib.h>

/* A worker of this generation is ready, so one of the generation before may go: the one whose
 * listeners it took over, and with the last of the new the rest of the old. */
static void relieve_old(struct parent *p, const struct parent_worker *fresh)
{
	p->ready++;
	bool all = p->ready >= p->config->start_servers;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->generation != p->generation && (all || w->slot == fresh->slot))
			parent_life_event(w, PARENT_LEAVE);
	}
	if (all)
		parent_heir_serves(p);
}

static void serve(struct parent_worker *w)
{
	w->life = PARENT_SERVING;
	parent_chronicle_of(w, WIRE_EVENT_READY, (int64_t)(os_clock_us() - w->born_us), 0);
	parent_watchdog_newborn(w);
	if (w->generation == w->parent->generation)
		relieve_old(w->parent, w);
	parent_dispatch_room(w->parent);
}

/* Births where a worker is missing now, not at the next tick. */
static void replace(struct parent *p)
{
	struct parent_policy_view view;
	if (!parent_bears(p))
		return;
	for (parent_view(p, &view); parent_policy_replace(&p->policy, &view, os_clock_ms());
		parent_view(p, &view))
		if (!parent_spawn_worker(p))
			break;
}

/* Its successor takes over its place and its listeners at once; it finishes what it has. */
static void retire(struct parent_worker *w)
{
	w->life = PARENT_LEAVING;
	w->why = WIRE_REASON_RECYCLED;
	parent_status_mark(w, WIRE_STATE_GRACEFUL);
	parent_spawn_make_way(w);
	replace(w->parent);
}

static void end(struct parent_worker *w)
{
	w->life = PARENT_ENDING;
	parent_stop_worker(w);
}

static void hang(struct parent_worker *w)
{
	w->life = PARENT_ENDING;
	parent_stop_hanging(w);
}

/* Before its first report a worker may not have hung the bell yet, and the signal would end it; it
 * will read its pipe by itself. A one-shot child has none. */
static void remind(struct parent_worker *w)
{
	if (w->pipe && w->spoke)
		mp_process_signal(w->process, WIRE_DOORBELL);
}

static void leave(struct parent_worker *w)
{
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC,
		.verb = WIRE_DRAIN,
		.reason = w->farewell ? w->farewell : WIRE_STATE_GRACEFUL};
	w->life = PARENT_LEAVING;
	parent_status_mark(w, (enum wire_state)command.reason);
	parent_chronicle_of(w, WIRE_EVENT_LEAVE, command.reason, 0);
	if (!w->pipe)
		return; /* a one-shot child leaves anyway */
	if (mp_pipe_send_bytes_timeout(w->pipe, &command, sizeof command, 0) < 0 &&
		errno != EPIPE) {
		end(w); /* it does not read its commands any more */
		return;
	}
	remind(w);
}

/* Nobody is at the other end. If the process still lives it is of no use, and if it is on its way
 * out a signal changes nothing. */
static void cut_off(struct parent_worker *w)
{
	if (!w->pipe)
		return;
	mp_process_signal(w->process, SIGKILL); /* before it notices */
	ev_io_stop(w->parent->loop, &w->reports);
	mp_pipe_close(w->pipe);
	w->pipe = NULL;
	w->life = PARENT_ENDING;
}

static void (*const table[PARENT_LIVES][PARENT_EVENTS])(struct parent_worker *) = {
	[PARENT_STARTING] = {serve, retire, leave, end, hang, cut_off},
	[PARENT_SERVING] = {NULL, retire, leave, end, hang, cut_off},
	[PARENT_LEAVING] = {NULL, NULL, remind, end, hang, cut_off},
	[PARENT_ENDING] = {NULL, NULL, NULL, NULL, NULL, cut_off},
};

void parent_life_event(struct parent_worker *w, enum parent_event event)
{
	if (table[w->life][event])
		table[w->life][event](w);
}

/* Where the parent hands connections out it counts them too: a worker that counted for itself would
 * leave behind what is still in its pipe. */
void parent_life_recycle(struct parent_worker *w, enum wire_reason why)
{
	w->why = why;
	parent_spawn_make_way(w);
	parent_life_event(w, PARENT_LEAVE);
	replace(w->parent);
}

/* Room for one more connection, or about to have it. */
bool parent_life_is_spare(const struct parent_worker *w)
{
	if (w->old || w->life > PARENT_SERVING)
		return false;
	return w->life == PARENT_STARTING || w->open < w->parent->config->worker_connections;
}

static void throttle(struct parent_worker *w, bool failed)
{
	struct parent *p = w->parent;
	uint64_t now = os_clock_ms();
	unsigned wait = parent_policy_death(&p->policy, now - w->born_ms, failed, now);
	if (wait)
		log_warn("%u workers in a row died young; the next is started in %u ms",
			p->policy.young_dead, wait);
}

/* The kernel may have woken just this one for a connection, and wakes nobody else for it: those who
 * wait have to look for themselves. */
static void wake_others(const struct parent *p)
{
	if (p->config->process_model != CONFIG_PREFORK || p->config->worker_connections > 1)
		return;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->life == PARENT_SERVING)
			remind(w);
	}
}

static void bury(struct parent_worker *w)
{
	struct parent *p = w->parent;
	int code = 0;
	mp_process_exitcode(w->process, &code);
	/* Its last words may still be on their way. */
	if (p->queue)
		parent_status_queue(p);
	if (w->pipe)
		parent_status_reports(w);
	if (w->pipe)
		cut_off(w);
	parent_dispatch_bury(w);
	throttle(w, parent_death(w, code));
	list_remove(&w->link);
	p->rows[w->row] = NULL;
	p->pages[w->page] = NULL;
	wire_crowd_clear(p->crowd, w->page);
	mp_process_close(w->process);
	free(w);
	if (code < 0)
		wake_others(p);
}

static void on_gone(struct mp_process *process, void *closure)
{
	if (parent_upgrade_gone(closure, process) || parent_control_gone(closure, process) ||
		parent_keeper_gone(closure, process) || parent_starter_gone(closure, process) ||
		parent_lab_gone(closure, process))
		return;
	if (mp_process_closure(process))
		bury(mp_process_closure(process));
	else
		mp_process_close(process); /* a successor that nobody wants any more */
}

static void on_stranger(pid_t pid, int status, void *closure)
{
	(void)status;
	(void)closure;
	log_debug("collected process %d, which was not ours", (int)pid);
}

void parent_life_reap(struct parent *p)
{
	mp_reap(on_gone, on_stranger, p);
	parent_loggers_look(p);
	replace(p);
	parent_dispatch_room(p);
	parent_check_end(p);
}
