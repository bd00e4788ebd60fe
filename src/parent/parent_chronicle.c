/*
 * parent_chronicle - writes down what the parent did and saw
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   none
 *
 * Where children come and go with every request, a few of each second are told of, with their end,
 * and the others counted, so that a busy server does not drown in its own story.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { ONESHOTS_TOLD = 2 /* lives a second, of children for one request */ };

/* --explain: a line on standard error, in one write. */
static void say(const struct wire_event *event)
{
	struct buffer line = BUFFER_INIT;
	buffer_printf(&line, "%llu. ", (unsigned long long)event->number);
	wire_chronicle_words(event, &line);
	buffer_string(&line, "\n");
	if (!line.failed)
		(void)!write(STDERR_FILENO, line.data, line.size);
	buffer_free(&line);
}

static void add(struct parent *p, struct wire_event *event)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	event->when_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	event->parent = (int32_t)getpid();
	wire_chronicle_add(&p->board->chronicle, event);
	if (p->source && p->source->explain) /* -X has none */
		say(event);
}

void parent_chronicle(struct parent *p, enum wire_event_kind kind, int64_t a, int64_t b)
{
	struct wire_event event = {.kind = kind, .generation = p->generation, .a = a, .b = b};
	add(p, &event);
}

void parent_chronicle_helper(struct parent *p, enum wire_role role, pid_t pid)
{
	struct wire_event event = {.kind = WIRE_EVENT_HELPER_BIRTH,
		.generation = p->generation,
		.role = role,
		.pid = (int32_t)pid};
	add(p, &event);
}

void parent_chronicle_end(struct parent *p, const struct wire_death *death)
{
	struct wire_event event = {.kind = WIRE_EVENT_HELPER_DEATH,
		.generation = death->generation,
		.role = death->role,
		.pid = death->pid,
		.a = death->reason,
		.b = death->signal ? death->signal : -death->exit_code};
	if (death->role != WIRE_ROLE_LOAD) /* the lab tells of that */
		add(p, &event);
}

void parent_chronicle_of(struct parent_worker *w, enum wire_event_kind kind, int64_t a, int64_t b)
{
	struct parent *p = w->parent;
	if (w->oneshot && kind == WIRE_EVENT_BIRTH)
		w->untold = p->told++ >= ONESHOTS_TOLD;
	if (w->untold || (w->oneshot && kind == WIRE_EVENT_LEAVE))
		return;
	struct wire_event event = {.kind = kind,
		.pid = (int32_t)mp_process_pid(w->process),
		.slot = w->slot,
		.generation = w->generation,
		.requests =
			w->counts.requests < UINT32_MAX ? (uint32_t)w->counts.requests : UINT32_MAX,
		.a = a,
		.b = b};
	add(p, &event);
}

void parent_chronicle_second(struct parent *p, uint32_t births, uint32_t deaths)
{
	if (p->told > ONESHOTS_TOLD)
		parent_chronicle(p, WIRE_EVENT_ONESHOTS, births, deaths);
	p->told = 0;
}
