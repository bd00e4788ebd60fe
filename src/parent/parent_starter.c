/*
 * parent_starter - the process that starts programs (CGI) for the workers
 *
 * Runs in:  the parent
 * Owns:     see parent_starter.h
 * Errors:   see parent_starter.h
 *
 * A starter lives as long as somebody holds the other end of its pair, or a program of it runs; so
 * nobody has to tell it anything. At the end of a generation the parent closes the workers' end,
 * which it gives to no worker any more, and keeps the starter's: should that one die while workers
 * of its generation still drain, another takes its place, with the configuration of today.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_starter.h"

#include "config/config_cgi.h"
#include "os/os_clock.h"
#include "parent/parent_bear.h"
#include "parent/parent_sandbox.h"
#include "parent/parent_vigil.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MOST_MS = 5000, END_S = 1 };

struct post;

/* One process. One that blocks in the kernel may be here still when another has its post. */
struct starter {
	struct list link;  /* in parent_starting.starters */
	struct post *post; /* NULL: it is no more, or another's */
	struct mp_process *process;
	uint64_t born_ms;
	uint32_t generation; /* that it was born in */
	void *diary;         /* one page */
	struct parent_vigil vigil;
	unsigned beat, programs; /* of its diary, at the last look */
};

/* What the workers of one generation ask, whichever process answers. */
struct post {
	struct list link; /* in parent_starting.posts */
	struct parent *parent;
	int pair[2]; /* [0] is the starter's; [1], for workers to be born, -1: there are none */
	struct starter *starter; /* NULL: it is to be born */
	unsigned failed;         /* times in a row that it died young or was not born */
	ev_timer again;          /* when the next one is born */
};

struct parent_starting {
	struct list posts, starters;
	struct post *present; /* of this generation; NULL: it has none */
	struct wire_sandbox sandbox;
};

/* ---- the scoreboard ---- */

static void show(const struct parent *p)
{
	const struct post *post = p->starting->present;
	const struct starter *present = post ? post->starter : NULL;
	uint32_t programs = 0;
	LIST_EACH(member, &p->starting->starters)
		programs += LIST_ENTRY(member, struct starter, link)->programs;
	p->board->programs = programs;
	p->board->starter = present ? (int32_t)mp_process_pid(present->process) : 0;
	p->board->starter_silent_s = present ? present->vigil.silent_s : 0;
}

/* ---- birth ---- */

static struct mp_process *bear(const struct post *post, int diary_fd)
{
	const struct parent *p = post->parent;
	struct parent_starting *own = p->starting;
	int kept[] = {post->pair[0], p->board_fd, diary_fd, p->config->error_log_fd,
		own->sandbox.ruleset};
	struct wire_heritage heritage = parent_bear_heritage(p);
	heritage.sandbox = &own->sandbox;
	heritage.listeners = &post->pair[0];
	heritage.listener_count = 1;
	heritage.diary_fd = diary_fd;
	return parent_bear("starter", &heritage,
		(struct mp_process_options){
			.closure = own, .fds = kept, .fd_count = COUNT_OF(kept)});
}

static void try_again(struct post *post)
{
	struct parent *p = post->parent;
	if (!p->loop) /* -X */
		return;
	ev_timer_stop(p->loop, &post->again);
	ev_timer_set(&post->again, parent_bear_again(post->failed, WAIT_MOST_MS), 0);
	ev_timer_start(p->loop, &post->again);
}

static void forget(struct starter *s)
{
	if (s)
		wire_diary_free(s->diary, 1);
	free(s);
}

static void start(struct post *post)
{
	struct starter *s = calloc(1, sizeof *s);
	int diary_fd = -1;
	if (s && (s->diary = wire_diary_new(1, &diary_fd)))
		s->process = bear(post, diary_fd);
	if (!s || !s->process)
		log_error("cannot start the process that starts programs: %m");
	if (diary_fd >= 0)
		close(diary_fd);
	if (!s || !s->process) {
		forget(s);
		post->failed++;
		try_again(post);
		return;
	}
	s->post = post;
	s->born_ms = os_clock_ms();
	s->generation = post->parent->generation;
	list_append(&post->parent->starting->starters, &s->link);
	post->starter = s;
	parent_chronicle_helper(post->parent, WIRE_ROLE_STARTER, mp_process_pid(s->process));
	show(post->parent);
}

/* ---- posts ---- */

static void close_end(struct post *post, int i)
{
	if (post->pair[i] >= 0)
		close(post->pair[i]);
	post->pair[i] = -1;
}

/* Its starter, if there is one, ends when nobody can ask it any more. */
static void give_up(struct post *post)
{
	struct parent *p = post->parent;
	if (p->loop)
		ev_timer_stop(p->loop, &post->again);
	for (int i = 0; i < 2; i++)
		close_end(post, i);
	LIST_EACH(member, &p->starting->starters) {
		struct starter *s = LIST_ENTRY(member, struct starter, link);
		if (s->post == post)
			s->post = NULL;
	}
	if (p->starting->present == post)
		p->starting->present = NULL;
	list_remove(&post->link);
	free(post);
}

/* May anybody ask, for what there is? Workers of an earlier generation, as long as one is left. */
static bool is_asked(const struct post *post)
{
	struct pollfd look = {.fd = post->pair[0], .events = POLLRDHUP};
	return post->pair[0] >= 0 && config_has_cgi(post->parent->config) &&
	       (poll(&look, 1, 0) <= 0 || !(look.revents & (POLLRDHUP | POLLHUP)));
}

/* Nobody can ask, though we could: somebody who has the workers' end, and they all have the same,
 * has shut it down. Workers to be born get another. */
static void mend_pair(struct post *post)
{
	for (int i = 0; i < 2; i++)
		close_end(post, i);
	if (mp_subprocess_server_pair(post->pair) < 0)
		log_error("cannot make another socket to the process that starts programs: %m");
	else
		log_error("a worker has shut the socket to the process that starts programs; a "
			  "graceful restart gives all of them another");
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct post *post = timer->data;
	ev_timer_stop(loop, timer);
	if (post->parent->stop == PARENT_STOPPING || post->starter)
		return;
	bool present = post == post->parent->starting->present;
	if (present && !is_asked(post)) /* shut meanwhile, or no descriptor was left */
		mend_pair(post);
	if (is_asked(post)) {
		start(post);
	} else if (present) {
		post->failed++;
		try_again(post);
	} else {
		give_up(post);
	}
}

static struct post *make_post(struct parent *p)
{
	struct post *post = calloc(1, sizeof *post);
	if (!post || mp_subprocess_server_pair(post->pair) < 0) {
		free(post);
		return NULL;
	}
	post->parent = p;
	ev_timer_init(&post->again, on_again, 0, 0);
	post->again.data = post;
	list_append(&p->starting->posts, &post->link);
	return post;
}

/* ---- generations ---- */

static struct parent_starting *make(void)
{
	struct parent_starting *own = calloc(1, sizeof *own);
	if (!own)
		return NULL;
	own->sandbox = WIRE_SANDBOX_NONE;
	list_init(&own->posts);
	list_init(&own->starters);
	return own;
}

void parent_starter_update(struct parent *p)
{
	bool wanted = config_has_cgi(p->config);
	if (wanted && !p->starting)
		p->starting = make();
	struct parent_starting *own = p->starting;
	if (own && own->present) /* by its own end it can still bear those who take its place */
		close_end(own->present, 1);
	if (own) {
		own->present = NULL;
		show(p);
		parent_sandbox_free(&own->sandbox);
	}
	if (!wanted)
		return;
	if (!own || !(own->present = make_post(p))) {
		log_error("cannot make the socket to the process that starts programs: %m; no "
			  "program will be started");
		return;
	}
	parent_sandbox_make_starter(&own->sandbox, p->config);
	start(own->present);
}

int parent_starter_socket(const struct parent *p)
{
	return p->starting && p->starting->present ? p->starting->present->pair[1] : -1;
}

/* ---- the end ---- */

/* What it was about to start is what it was at. */
static void record(struct parent *p, const struct starter *s, bool expected)
{
	struct wire_diary d;
	wire_diary_read(s->diary, 0, &d);
	struct wire_death death = {.role = WIRE_ROLE_STARTER,
		.reason = parent_vigil_reason(&s->vigil),
		.age_ms = os_clock_ms() - s->born_ms,
		.generation = s->generation,
		.silent_ms = s->vigil.silent_s * 1000,
		.busy = d.busy != 0};
	memcpy(death.request, d.request, sizeof death.request);
	parent_death_process(p, &death, s->process, expected);
}

static void bury(struct starter *s)
{
	list_remove(&s->link);
	mp_process_close(s->process);
	forget(s);
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
	struct post *post = s->post;
	bool current = post && post->starter == s, present = current && post == own->present;
	bool again = present || (current && code && is_asked(post));
	bool young = os_clock_ms() - s->born_ms < PARENT_BEAR_YOUNG_MS;
	record(p, s, !present && code == 0);
	bury(s);
	if (current)
		post->starter = NULL;
	show(p);
	if (present || code)
		log_error("the process that starts programs ended (%s %d)%s",
			code < 0 ? "signal" : "status", code < 0 ? -code : code,
			again ? "; another one takes its place" : "");
	if (current && !again)
		give_up(post);
	if (!again)
		return true;
	post->failed = young ? post->failed + 1 : 0;
	if (code == 0)
		mend_pair(post);
	try_again(post);
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
			!s->post || s->post->starter != s)
			continue;
		s->post->starter = NULL; /* should it block in the kernel, it may be long */
		s->post->failed = 0;
		try_again(s->post);
	}
	show(p);
}

void parent_starter_close(struct parent *p)
{
	struct parent_starting *own = p->starting;
	if (!own)
		return;
	LIST_EACH(member, &own->posts)
		give_up(LIST_ENTRY(member, struct post, link));
	/* Their askers are gone, and so are their programs, or will be in a moment. */
	LIST_EACH(member, &own->starters) {
		struct starter *s = LIST_ENTRY(member, struct starter, link);
		if (mp_process_join(s->process, END_S) < 0) {
			mp_process_kill(s->process);
			mp_process_join(s->process, END_S);
		}
		bury(s);
	}
	parent_sandbox_free(&own->sandbox);
	free(own);
	p->starting = NULL;
}
