/*
 * mp_event - a flag that processes wait for
 *
 * Runs in:  every process
 * Owns:     the shared memory of each event, until mp_event_close
 * Errors:   -1 or NULL with errno; see mp.h
 *
 * One word: the lowest bit is the flag, the rest counts how often it was set. So who waits learns
 * that it was set even if it was cleared again at once. There is nothing a death could leave
 * behind.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include "mp/mp_clock.h"
#include "mp/mp_futex.h"
#include "mp/mp_shared.h"

#include <limits.h>
#include <stdlib.h>

struct mp_event {
	struct mp_shared memory;
	uint32_t *word;
};

enum { SET = 1, ONCE_MORE = 2 };

struct mp_event *mp_event_new(void)
{
	struct mp_event *event = malloc(sizeof *event);
	if (!event || mp_shared_create(&event->memory, MP_SHARED_EVENT, sizeof *event->word) < 0) {
		free(event);
		return NULL;
	}
	event->word = event->memory.at;
	return event;
}

struct mp_event *mp_event_from_fd(int fd)
{
	struct mp_event *event = malloc(sizeof *event);
	if (!event ||
		mp_shared_attach(&event->memory, MP_SHARED_EVENT, sizeof *event->word, fd) < 0) {
		free(event);
		return NULL;
	}
	event->word = event->memory.at;
	return event;
}

int mp_event_fileno(const struct mp_event *event)
{
	return event->memory.fd;
}

struct mp_share mp_event_share(const struct mp_event *event)
{
	return mp_shared_share(&event->memory, MP_SHARED_EVENT);
}

struct mp_event *mp_event_from_share(const struct mp_share *share)
{
	int fd = mp_shared_arrived(share, MP_SHARED_EVENT);
	return fd < 0 ? NULL : mp_event_from_fd(fd);
}

bool mp_event_is_set(const struct mp_event *event)
{
	return mp_futex_load(event->word) & SET;
}

void mp_event_set(struct mp_event *event)
{
	uint32_t word = mp_futex_load(event->word);
	do
		if (word & SET)
			return;
	while (!__atomic_compare_exchange_n(event->word, &word, (word + ONCE_MORE) | SET, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	mp_futex_wake(event->word, INT_MAX);
}

void mp_event_clear(struct mp_event *event)
{
	__atomic_fetch_and(event->word, ~(uint32_t)SET, __ATOMIC_ACQ_REL);
}

int mp_event_wait(struct mp_event *event, double timeout)
{
	int64_t deadline = mp_clock_deadline(timeout);
	uint32_t before = mp_futex_load(event->word);
	if (before & SET)
		return 0;
	while (mp_futex_load(event->word) == before) {
		if (mp_futex_late(deadline, timeout))
			return -1;
		if (mp_futex_wait(event->word, before, deadline) < 0 && errno == EINTR)
			return -1;
	}
	return 0;
}

void mp_event_close(struct mp_event *event)
{
	if (!event)
		return;
	mp_shared_drop(&event->memory);
	free(event);
}
