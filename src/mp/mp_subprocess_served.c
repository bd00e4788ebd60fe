/*
 * mp_subprocess_served - a program that a server has started: what is heard of it
 *
 * Runs in:  the process that asked for the program
 * Owns:     nothing
 * Errors:   -1 with errno; a server that dies leaves a program whose return code nobody knows
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"
#include "mp/mp_subprocess.h"
#include "mp/mp_subprocess_order.h"

#include <errno.h>
#include <poll.h>

static bool take(struct mp_subprocess *p, const struct mp_subprocess_order_word *word)
{
	switch (word->kind) {
	case MP_SUBPROCESS_ORDER_STARTED:
		p->watch.pid = word->value;
		return false;
	case MP_SUBPROCESS_ORDER_FAILED:
		p->failure = word->value;
		break;
	case MP_SUBPROCESS_ORDER_ENDED:
		p->watch.over = true;
		p->watch.status = word->value;
		p->watch.usage = word->usage;
		return true;
	}
	p->watch.over = true;
	p->watch.status = -1;
	return true;
}

bool mp_subprocess_served_poll(struct mp_subprocess *p)
{
	while (!p->watch.over) {
		struct mp_subprocess_order_word word;
		int heard = mp_subprocess_order_hear(p->sentinel, &word);
		if (heard == 0)
			return false;
		if (heard < 0)
			word = (struct mp_subprocess_order_word){
				.kind = MP_SUBPROCESS_ORDER_FAILED, .value = errno};
		take(p, &word);
	}
	return true;
}

int mp_subprocess_served_start(struct mp_subprocess *p)
{
	while (!mp_subprocess_served_poll(p) && !p->watch.pid)
		if (mp_clock_poll(p->sentinel, POLLIN, MP_DEADLINE_NEVER) < 0 && errno != EINTR)
			return -1;
	if (p->watch.pid)
		return 0;
	errno = p->failure;
	return -1;
}

int mp_subprocess_served_wait(struct mp_subprocess *p, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	while (!mp_subprocess_served_poll(p)) {
		int ready = mp_clock_poll(p->sentinel, POLLIN, deadline);
		if (ready <= 0) {
			errno = ready < 0 ? errno : ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

void mp_subprocess_served_watch(struct mp_subprocess *p)
{
	if (p->watched || p->watch.over)
		return;
	p->watched = true;
	(void)mp_subprocess_served_signal(p, 0);
}

int mp_subprocess_served_signal(struct mp_subprocess *p, int signal)
{
	const struct mp_subprocess_order_word word = {
		.kind = MP_SUBPROCESS_ORDER_SIGNAL, .value = signal};
	return mp_subprocess_order_tell(p->sentinel, &word);
}
