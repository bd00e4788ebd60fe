/*
 * parent_starter - the process that starts programs (CGI) for the workers
 *
 * Runs in:  the parent
 * Owns:     see parent_starter.h
 * Errors:   see parent_starter.h
 *
 * A starter lives as long as somebody holds the other end of its pair, or a program of it runs; so
 * nobody has to tell it anything. What the parent closes at the end of a generation are its own two
 * ends, by which it could have borne another starter or another worker for it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_starter.h"

#include "config/config_cgi.h"
#include "os/os_clock.h"
#include "parent/parent_bear.h"
#include "parent/parent_sandbox.h"
#include "parent/parent_vigil.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MOST_MS = 5000, END_S = 1 };

struct starter {
	struct list link; /* in parent_starting.starters */
	struct mp_process *process;
	uint64_t born_ms;
	void *diary; /* one page */
	struct parent_vigil vigil;
	unsigned beat, programs; /* of its diary, at the last look */
};

struct parent_starting {
	int pair[2]; /* [0] is the starter's; -1: this generation has none */
	struct list starters;
	struct starter *present; /* of this generation; NULL: it is to be born */
	struct wire_sandbox sandbox;
	unsigned failed; /* times in a row that it died young or was not born */
	ev_timer again;  /* when the next one is born */
};

/* ---- the scoreboard ---- */

static void show(const struct parent *p)
{
	const struct starter *present = p->starting->present;
	uint32_t programs = 0;
	LIST_EACH(member, &p->starting->starters)
		programs += LIST_ENTRY(member, struct starter, link)->programs;
	p->board->programs = programs;
	p->board->starter = present ? (int32_t)mp_process_pid(present->process) : 0;
	p->board->starter_silent_s = present ? present->vigil.silent_s : 0;
}

/* ---- birth ---- */

static struct mp_process *bear(const struct parent *p, int diary_fd)
{
	struct parent_starting *own = p->starting;
	int kept[] = {own->pair[0], p->board_fd, diary_fd, p->config->error_log_fd};
	struct wire_heritage heritage = parent_bear_heritage(p);
	heritage.sandbox = &own->sandbox;
	heritage.listeners = &own->pair[0];
	heritage.listener_count = 1;
	heritage.diary_fd = diary_fd;
	return parent_bear("starter", &heritage,
		(struct mp_process_options){
			.closure = own, .fds = kept, .fd_count = COUNT_OF(kept)});
}

static void try_again(struct parent *p)
{
	struct parent_starting *own = p->starting;
	if (!p->loop) /* -X */
		return;
	ev_timer_stop(p->loop, &own->again);
	ev_timer_set(&own->again, parent_bear_again(own->failed, WAIT_MOST_MS), 0);
	ev_timer_start(p->loop, &own->again);
}

static void forget(struct starter *s)
{
	if (s)
		wire_diary_free(s->diary, 1);
	free(s);
}

static void start(struct parent *p)
{
	struct parent_starting *own = p->starting;
	struct starter *s = calloc(1, sizeof *s);
	int diary_fd = -1;
	if (s && (s->diary = wire_diary_new(1, &diary_fd)))
		s->process = bear(p, diary_fd);
	if (!s || !s->process)
		log_error("cannot start the process that starts programs: %m");
	if (diary_fd >= 0)
		close(diary_fd);
	if (!s || !s->process) {
		forget(s);
		own->failed++;
		try_again(p);
		return;
	}
	s->born_ms = os_clock_ms();
	list_append(&own->starters, &s->link);
	own->present = s;
	show(p);
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct parent *p = timer->data;
	ev_timer_stop(loop, timer);
	if (p->stop != PARENT_STOPPING && p->starting->pair[0] >= 0 && !p->starting->present)
		start(p);
}

/* ---- generations ---- */

static void close_pair(struct parent_starting *own)
{
	for (int i = 0; i < 2; i++) {
		if (own->pair[i] >= 0)
			close(own->pair[i]);
		own->pair[i] = -1;
	}
	own->present = NULL;
}

static struct parent_starting *make(struct parent *p)
{
	struct parent_starting *own = calloc(1, sizeof *own);
	if (!own)
		return NULL;
	own->pair[0] = own->pair[1] = -1;
	own->sandbox = WIRE_SANDBOX_NONE;
	list_init(&own->starters);
	ev_timer_init(&own->again, on_again, 0, 0);
	own->again.data = p;
	return own;
}

void parent_starter_update(struct parent *p)
{
	bool wanted = config_has_cgi(p->config);
	if (wanted && !p->starting)
		p->starting = make(p);
	struct parent_starting *own = p->starting;
	if (own) {
		ev_timer_stop(p->loop, &own->again);
		close_pair(own);
		own->failed = 0;
		show(p);
	}
	if (!wanted)
		return;
	if (!own || mp_subprocess_server_pair(own->pair) < 0) {
		log_error("cannot make the socket to the process that starts programs: %m; no "
			  "program will be started");
		return;
	}
	parent_sandbox_make_starter(&own->sandbox);
	start(p);
}

int parent_starter_socket(const struct parent *p)
{
	return p->starting ? p->starting->pair[1] : -1;
}

/* ---- the end ---- */

static void bury(struct starter *s)
{
	list_remove(&s->link);
	mp_process_close(s->process);
	forget(s);
}

/* It found that nobody can ask, though we could: somebody who has the workers' end, and they all
 * have the same, has shut it down. Workers to be born get another. */
static void mend_pair(struct parent_starting *own)
{
	close_pair(own);
	if (mp_subprocess_server_pair(own->pair) < 0)
		log_error("cannot make another socket to the process that starts programs: %m");
	else
		log_error("a worker has shut the socket to the process that starts programs; a "
			  "graceful restart gives all of them another");
}

bool parent_starter_gone(struct parent *p, struct mp_process *process)
{
	struct parent_starting *own = p->starting;
	struct starter *s = NULL;
	int code = 0;
	if (!own || mp_process_closure(process) != own)
		return false;
	LIST_EACH(member, &own->starters)
		if (LIST_ENTRY(member, struct starter, link)->process == process)
			s = LIST_ENTRY(member, struct starter, link);
	ASSERT(s);
	mp_process_exitcode(process, &code);
	bool present = s == own->present, young = os_clock_ms() - s->born_ms < PARENT_BEAR_YOUNG_MS;
	bury(s);
	if (present)
		own->present = NULL;
	show(p);
	if (present || code)
		log_error("the process that starts programs ended (%s %d)%s",
			code < 0 ? "signal" : "status", code < 0 ? -code : code,
			present ? "; another one takes its place" : "");
	if (!present)
		return true;
	own->failed = young ? own->failed + 1 : 0;
	if (code == 0)
		mend_pair(own);
	try_again(p);
	return true;
}

/* ---- one that stands still ---- */

/* Who waits for a program has his answer when Timeout is over: longer helps nobody. */
static unsigned patience_of(const struct config *c)
{
	unsigned timeout = (c->host.timeout_ms + 999) / 1000;
	return c->worker_timeout < timeout ? c->worker_timeout : timeout;
}

/* What it was about to start; a worker chose these words. */
static const char *last_of(struct wire_diary *d)
{
	static char text[WIRE_REQUEST + 16];
	for (char *at = d->request; *at; at++)
		if (*at < ' ' || *at >= 0x7f)
			*at = '?';
	snprintf(text, sizeof text, ", at \"%s\"", d->request);
	return d->busy ? text : "";
}

void parent_starter_tick(struct parent *p)
{
	struct parent_starting *own = p->starting;
	if (!own)
		return;
	LIST_EACH(member, &own->starters) {
		struct starter *s = LIST_ENTRY(member, struct starter, link);
		struct wire_diary d;
		wire_diary_read(s->diary, 0, &d);
		bool moved = d.beat != s->beat;
		s->beat = d.beat;
		s->programs = d.programs;
		if (!parent_vigil_look(&s->vigil, s->process, moved, patience_of(p->config),
			    "starter of programs", last_of(&d)) ||
			s != own->present)
			continue;
		own->present = NULL; /* should it block in the kernel, it may be long */
		own->failed = 0;
		try_again(p);
	}
	show(p);
}

void parent_starter_close(struct parent *p)
{
	struct parent_starting *own = p->starting;
	if (!own)
		return;
	if (p->loop)
		ev_timer_stop(p->loop, &own->again);
	close_pair(own);
	/* Their askers are gone, and so are their programs, or will be in a moment. */
	LIST_EACH(member, &own->starters) {
		struct starter *s = LIST_ENTRY(member, struct starter, link);
		if (mp_process_join(s->process, END_S) < 0) {
			mp_process_kill(s->process);
			mp_process_join(s->process, END_S);
		}
		bury(s);
	}
	free(own);
	p->starting = NULL;
}
