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

static const struct {
	unsigned after_ms;
	int signal;
	const char *words;
} escalation[] = {
	{0, SIGTERM, NULL},
	{1500, SIGTERM, NULL},
	{3000, SIGKILL, "does not end when asked: killed"},
};

enum { LOOK_AGAIN_MS = 250 };

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct parent *p = timer->data;
	uint64_t now = os_clock_ms();
	bool more = false;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (!w->ending_ms || w->ending_step == COUNT_OF(escalation))
			continue;
		more = true;
		if (now - w->ending_ms < escalation[w->ending_step].after_ms)
			continue;
		if (escalation[w->ending_step].words)
			log_warn("worker %d in slot %u %s", (int)mp_process_pid(w->process),
				w->slot, escalation[w->ending_step].words);
		mp_process_signal(w->process, escalation[w->ending_step++].signal);
	}
	if (!more)
		ev_timer_stop(loop, timer);
}

void parent_stop_timer(struct parent *p)
{
	ev_timer_init(&p->escalate, on_timer, 0, LOOK_AGAIN_MS / 1000.0);
	p->escalate.data = p;
}

void parent_stop_worker(struct parent_worker *w)
{
	if (w->ending_ms)
		return;
	w->ending_ms = os_clock_ms();
	mp_process_signal(w->process, escalation[w->ending_step++].signal);
	ev_timer_again(w->parent->loop, &w->parent->escalate);
}
