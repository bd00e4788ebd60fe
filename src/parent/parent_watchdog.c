/*
 * parent_watchdog - workers that hang, and workers that grow
 *
 * Runs in:  the parent, once a second
 * Owns:     nothing
 * Errors:   what cannot be read of /proc is not judged
 *
 * A worker writes another beat into its diary whenever it gets anywhere, and at least once a second
 * where it is a loop; one that blocks is woken by the doorbell first. What counts is how many looks
 * found no new beat, not the clock: when the whole machine, or this process, stood still for a
 * while, nobody is to blame.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_proc.h"
#include "wire/wire_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
	LEAST_S = 2,
	ASK_S = 2,  /* before it is told, at 3, that nothing moves in it (panels.js) */
	LOOKS = 32, /* at the memory of so many workers a second */
	WEIGHTS = 4 /* and at the shares of so many: the kernel walks through their pages for it */
};

/* Half of the time over: it is asked. Three quarters: people are told. All: it has to go. */
static void judge(struct parent_worker *w, unsigned limit)
{
	if (w->silent_s >= limit) {
		parent_life_event(w, PARENT_HANG);
		return;
	}
	if (w->silent_s * 2 >= limit)
		mp_process_signal(w->process, WIRE_DOORBELL);
	if (w->silent_s * 4 >= limit * 3 && !w->warned) {
		w->warned = true;
		log_warn("worker %d in slot %u has not moved for %u seconds%s",
			(int)mp_process_pid(w->process), w->slot, w->silent_s,
			parent_death_last(w));
	}
}

static void look_at(struct parent_worker *w)
{
	unsigned limit = w->parent->config->worker_timeout;
	struct wire_diary d;
	wire_diary_read(w->parent->diaries, w->page, &d);
	if (d.beat != w->beat || d.waits) {
		if (w->warned)
			log_notice("worker %d in slot %u moves again",
				(int)mp_process_pid(w->process), w->slot);
		w->beat = d.beat;
		w->silent_s = 0;
		w->warned = false;
	} else {
		w->silent_s++;
		/* Who blocks in a wait for clients is well: it says so when it is asked. */
		if (w->silent_s == ASK_S)
			mp_process_signal(w->process, WIRE_DOORBELL);
	}
	w->parent->board->slot[w->row].silent_s = w->silent_s;
	if (limit && w->life != PARENT_ENDING)
		judge(w, limit < LEAST_S ? LEAST_S : limit);
}

/* Bytes resident and not shared with other processes' files (proc_pid_statm(5)); 0: unknown. */
static uint64_t memory_of(pid_t pid)
{
	char path[32], line[128];
	unsigned long long resident, shared;
	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, line, sizeof line - 1);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	if (sscanf(line, "%*u %llu %llu", &resident, &shared) != 2 || shared > resident)
		return 0;
	return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What it has now is no growth. */
void parent_watchdog_newborn(struct parent_worker *w)
{
	if (w->parent->config->max_worker_memory)
		w->memory_first = memory_of(mp_process_pid(w->process));
}

/* true: it is too large and was sent to leave. */
static bool weigh(struct parent_worker *w)
{
	uint64_t limit = w->parent->config->max_worker_memory;
	uint64_t memory = memory_of(mp_process_pid(w->process));
	w->parent->board->slot[w->row].memory = memory;
	if (!limit || memory <= limit || w->old || w->life != PARENT_SERVING)
		return false;
	if (w->memory_first > limit) {
		static uint32_t next; /* generation that has not been told of */
		if (w->generation >= next)
			log_warn("MaxWorkerMemory is less than a worker has from the start "
				 "(%llu KiB), so nobody is replaced for it",
				(unsigned long long)w->memory_first / 1024);
		next = w->generation + 1;
		return false;
	}
	log_notice("worker %d in slot %u has grown to %llu KiB: it is replaced",
		(int)mp_process_pid(w->process), w->slot, (unsigned long long)memory / 1024);
	parent_life_recycle(w, WIRE_REASON_MEMORY);
	return true;
}

/* Some of them in turn, and one replacement a second: a whole pool that has grown together is not
 * to be born anew together. */
static void weigh_some(struct parent *p)
{
	uint32_t used = p->board->used;
	bool replaced = false;
	for (uint32_t i = 0, looks = 0; i < used && looks < LOOKS && !replaced; i++) {
		p->looked = (p->looked + 1) % used;
		struct parent_worker *w = p->rows[p->looked];
		if (!w || w->life == PARENT_STARTING)
			continue;
		looks++;
		replaced = weigh(w);
	}
}

/* The share of memory of some of them in turn: what several share counts a part for each. */
static void share_some(struct parent *p)
{
	uint32_t used = p->board->used;
	for (uint32_t i = 0, looks = 0; i < used && looks < WEIGHTS; i++) {
		p->weighed = (p->weighed + 1) % used;
		const struct parent_worker *w = p->rows[p->weighed];
		if (!w || w->life == PARENT_STARTING)
			continue;
		looks++;
		p->board->slot[w->row].pss_kib = os_proc_pss(mp_process_pid(w->process));
	}
}

void parent_watchdog(struct parent *p)
{
	for (struct list *at = p->workers.next, *next; at != &p->workers; at = next) {
		next = at->next;
		look_at(LIST_ENTRY(at, struct parent_worker, link));
	}
	if (p->stop == PARENT_RUNNING && p->config->process_model != CONFIG_FORK)
		weigh_some(p);
	if (p->config->process_model != CONFIG_FORK)
		share_some(p);
}
