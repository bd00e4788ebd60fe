/*
 * handler_cgi_process - programs whose answers are out
 *
 * Runs in:  worker
 * Owns:     the programs left to it, until they have ended
 * Errors:   none; a program that will not end is killed
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_cgi_process.h"

#include "base/list.h"
#include "os/os_clock.h"

#include <stdlib.h>

enum {
	ALONE_MS = 5000, /* a program may go on for so long when its answer is out */
	TERM_MS = 3000,  /* and for so long when it was told to end, as in Apache */
	PATIENCE_MS = 200
};

struct leaving {
	struct list link; /* the oldest first */
	struct mp_subprocess *program;
	uint64_t since_ms; /* of this stage */
	enum { ALONE, TOLD } stage;
};

static struct list all = {&all, &all};

static void tell(struct leaving *l, uint64_t now_ms)
{
	mp_subprocess_terminate(l->program);
	l->stage = TOLD;
	l->since_ms = now_ms;
}

static void forget(struct leaving *l)
{
	list_remove(&l->link);
	mp_subprocess_close(l->program); /* kills it where it still runs */
	free(l);
}

void handler_cgi_process_leave(struct mp_subprocess *program, bool unwanted, uint64_t now_ms)
{
	mp_subprocess_close_pipes(program);
	struct leaving *l = mp_subprocess_poll(program) ? NULL : malloc(sizeof *l);
	if (!l) {
		mp_subprocess_close(program);
		return;
	}
	*l = (struct leaving){.program = program, .since_ms = now_ms, .stage = ALONE};
	list_append(&all, &l->link);
	if (unwanted)
		tell(l, now_ms);
}

void handler_cgi_process_collect(void)
{
	LIST_EACH(member, &all) {
		struct leaving *l = LIST_ENTRY(member, struct leaving, link);
		if (!mp_subprocess_poll(l->program))
			return;
		forget(l);
	}
}

bool handler_cgi_process_look(uint64_t now_ms)
{
	LIST_EACH(member, &all) {
		struct leaving *l = LIST_ENTRY(member, struct leaving, link);
		uint64_t age = now_ms - l->since_ms;
		if (mp_subprocess_poll(l->program) || (l->stage == TOLD && age >= TERM_MS))
			forget(l);
		else if (l->stage == ALONE && age >= ALONE_MS)
			tell(l, now_ms);
	}
	return !list_empty(&all);
}

void handler_cgi_process_end_all(void)
{
	while (handler_cgi_process_look(os_clock_ms())) {
		struct leaving *l = LIST_ENTRY(all.next, struct leaving, link);
		if (mp_subprocess_wait(l->program, PATIENCE_MS / 1000.0) == 0)
			forget(l);
	}
}
