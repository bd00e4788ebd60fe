/*
 * parent_sample - what each second was like
 *
 * Runs in:  the parent, once a second
 * Owns:     nothing
 * Errors:   none; a queue that cannot be read counts as empty
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "os/os_socket.h"
#include "parent/parent_control.h"

#include <stdio.h>
#include <string.h>

static uint32_t least(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* A counter of a worker that lied may go back; then nothing was done. */
static uint64_t more(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static uint32_t depth(int fd)
{
	int n = os_socket_queue(fd);
	return n > 0 ? (uint32_t)n : 0;
}

/* Where each slot has listeners of its own, each has its own queue too. */
static void look_at_queues(struct parent *p)
{
	int fds[p->listeners.count + 1];
	uint32_t all = 0;
	for (size_t i = 0; i < p->listeners.count; i++)
		all += depth(p->listeners.list[i].fd);
	for (uint32_t row = 0; p->listeners.by_slot && row < p->board->used; row++) {
		const struct parent_worker *w = p->rows[row];
		uint32_t own = 0;
		size_t count = w && !w->old ? parent_listen_share(&p->listeners, w->slot, fds) : 0;
		for (size_t i = 0; all && i < count; i++)
			own += depth(fds[i]);
		p->board->slot[row].queue = own;
	}
	p->board->queue = all;
	p->board->queue_limit = least((uint64_t)p->listeners.count * p->config->listen_backlog);
}

static void look_at_births(struct parent *p)
{
	uint64_t now = os_clock_ms();
	p->board->young_dead = p->policy.young_dead;
	p->board->births_wait_ms = least(more(p->policy.patience_ms, now));
}

static uint32_t quantile(const struct wire_latency *latency, double share)
{
	return least(wire_latency_quantile(latency, share));
}

/* How long the requests took that were answered since the last look. */
static void look_at_latency(struct parent *p, struct wire_sample *s)
{
	struct wire_latency all = p->board->totals.latency, fresh;
	LIST_EACH(member, &p->workers) {
		const struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		wire_latency_add(&all, &p->board->slot[w->row].latency);
	}
	for (unsigned i = 0; i < WIRE_BUCKETS; i++)
		fresh.bucket[i] = more(all.bucket[i], p->timed.bucket[i]);
	p->timed = all;
	s->p50_us = quantile(&fresh, 0.5);
	s->p90_us = quantile(&fresh, 0.9);
	s->p99_us = quantile(&fresh, 0.99);
}

/* How it ended, in a static text. */
static const char *end_words(const struct mp_forkserver_end *end)
{
	static char text[128];
	if (end->silent)
		return "did not answer, and was killed";
	if (end->error)
		snprintf(text, sizeof text, "was ended, since a birth could not be asked for (%s)",
			strerror(end->error));
	else if (end->exitcode < 0)
		snprintf(text, sizeof text, "was killed by signal %d (%s)", -end->exitcode,
			strsignal(-end->exitcode));
	else
		snprintf(text, sizeof text, "exited with status %d", end->exitcode);
	return text;
}

/* Of those that ended, the library tells when it is asked. */
static void look_at_forkservers(struct parent *p, bool wanted)
{
	struct mp_forkserver_end end;
	if (!mp_forkserver_ended(&end))
		return;
	struct wire_death death = {.role = WIRE_ROLE_FORKSERVER,
		.reason = end.silent ? WIRE_REASON_STUCK : WIRE_REASONS,
		.age_ms = (uint64_t)(end.age * 1000),
		.generation = p->generation,
		.pid = (int32_t)end.pid};
	bool wished = end.error || (!wanted && !end.exitcode);
	parent_death_helper(p, &death, end.exitcode, wished, &end.usage);
	if (!wanted && !end.exitcode)
		return;
	if (p->board->forkserver > 0)
		log_warn("the forkserver %d %s, and %d has taken its place", (int)end.pid,
			end_words(&end), (int)p->board->forkserver);
	else
		log_warn("the forkserver %d %s", (int)end.pid, end_words(&end));
}

/* The processes that are in no slot. */
static void look_at_others(struct parent *p)
{
	bool forks = p->config->start_method == CONFIG_START_FORKSERVER;
	pid_t forkserver = 0;
	if (!forks)
		mp_forkserver_stop(); /* an earlier generation's; whom it bore lives on */
	else if (parent_bears(p) && (forkserver = mp_forkserver_ensure_running()) < 0)
		forkserver = 0;
	int32_t before = p->board->forkserver;
	p->board->forkserver = (int32_t)forkserver;
	look_at_forkservers(p, forks);
	if (forkserver > 0 && before != (int32_t)forkserver)
		parent_chronicle_helper(p, WIRE_ROLE_FORKSERVER, forkserver);
	p->board->status_process = p->control ? parent_control_status_pid(p) : 0;
}

void parent_sample(struct parent *p)
{
	struct wire_scoreboard *board = p->board;
	struct wire_counts all = board->totals.gone;
	struct wire_sample s = {.when = os_clock_now()};
	look_at_queues(p);
	look_at_births(p);
	LIST_EACH(member, &p->workers) {
		const struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		bool busy = wire_state_busy(board->slot[w->row].state);
		wire_counts_add(&all, &w->counts);
		s.busy += busy;
		s.idle += !busy;
		s.spare += parent_bears(p) && parent_life_is_spare(w);
		s.open += w->open;
	}
	look_at_latency(p, &s);
	look_at_others(p);
	s.queue = board->queue;
	s.requests = least(more(all.requests, p->counted.requests));
	s.connections = least(more(all.connections, p->counted.connections));
	s.bytes = more(all.bytes, p->counted.bytes);
	s.cpu_ms = least((more(all.user_us, p->counted.user_us) +
				 more(all.system_us, p->counted.system_us)) /
			 1000);
	s.births = least(board->totals.births - p->births_counted);
	s.deaths = least(board->totals.deaths - p->deaths_counted);
	s.crashes = least(board->totals.crashes - p->crashes_counted);
	parent_chronicle_second(p, s.births, s.deaths);
	p->counted = all;
	p->births_counted = board->totals.births;
	p->deaths_counted = board->totals.deaths;
	p->crashes_counted = board->totals.crashes;
	wire_scoreboard_sample(board, &s);
}
