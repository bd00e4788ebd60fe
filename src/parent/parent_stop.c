/*
 * parent_stop - how a worker is made to end
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   none
 *
 * The escalation is data: what is sent, and how long after the first word. Signals are never
 * waited for in place; a timer looks again.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"

struct parent_escalation {
	size_t count;
	struct {
		unsigned after_ms;
		int signal;
		const char *words;
	} step[3];
};

static const struct parent_escalation asked = {
	3, {
		   {0, SIGTERM, NULL},
		   {1500, SIGTERM, NULL},
		   {3000, SIGKILL, "does not end when asked: killed"},
	   }};

/* SIGABRT has it write down where it hangs (os_crash). One that was stopped, or that blocks in the
 * kernel, cannot. */
static const struct parent_escalation hanging = {
	2, {
		   {0, SIGABRT, "hangs: aborted"},
		   {2000, SIGKILL, "does not end when aborted: killed"},
	   }};

enum { LOOK_AGAIN_MS = 250 };

static void take_step(struct parent_worker *w)
{
	int signal = w->ending->step[w->ending_step].signal;
	const char *words = w->ending->step[w->ending_step].words;
	if (words)
		log_warn("worker %d in slot %u %s%s", (int)mp_process_pid(w->process), w->slot,
			words, parent_death_last(w));
	if (signal == SIGKILL && w->ending == &asked)
		w->why = WIRE_REASON_STUBBORN;
	mp_process_signal(w->process, signal);
	w->ending_step++;
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct parent *p = timer->data;
	uint64_t now = os_clock_ms();
	bool more = false;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (!w->ending_ms || w->ending_step == w->ending->count)
			continue;
		more = true;
		if (now - w->ending_ms >= w->ending->step[w->ending_step].after_ms)
			take_step(w);
	}
	if (!more)
		ev_timer_stop(loop, timer);
}

void parent_stop_timer(struct parent *p)
{
	ev_timer_init(&p->escalate, on_timer, 0, LOOK_AGAIN_MS / 1000.0);
	p->escalate.data = p;
}

static void begin(struct parent_worker *w, const struct parent_escalation *how)
{
	if (w->ending_ms)
		return;
	w->ending_ms = os_clock_ms();
	w->ending = how;
	take_step(w);
	ev_timer_again(w->parent->loop, &w->parent->escalate);
}

void parent_stop_worker(struct parent_worker *w)
{
	if (!w->ending_ms)
		w->why = WIRE_REASON_STOPPED;
	begin(w, &asked);
}

void parent_stop_hanging(struct parent_worker *w)
{
	if (!w->ending_ms)
		w->why = WIRE_REASON_STUCK;
	begin(w, &hanging);
}
