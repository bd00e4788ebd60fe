/*
 * wire_diary - the page a worker writes as it goes
 *
 * Runs in:  the parent makes the pages and reads them; each worker writes its own, and the starter
 * Owns:     the parent: a memory file and its mapping; a worker: the mapping of its page
 * Errors:   NULL or -1 with errno; a worker without a page goes on without
 *
 * Reports tell what a worker has done; this tells what it is at, at no more cost than a few stores:
 * whether anything moves in it, which request it is at this moment, how long its requests took.
 * So the parent knows it also of a worker that was killed or that hangs. A worker maps the one
 * page that is its own and closes the file: it can neither see nor touch those of the others. The
 * starter has a file of one page for itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DIARY_H
#define WIRE_DIARY_H

#include "os/os_address.h"
#include "wire/wire_latency.h"
#include "wire/wire_report.h"

#include <stdatomic.h>

struct wire_diary {
	atomic_uint beat;     /* another number whenever the worker got anywhere */
	atomic_uint waits;    /* 1: it stands in a line where nothing moves for long by right */
	atomic_uint busy;     /* 1: the request below is open; 0: none is, and that was the last */
	atomic_uint programs; /* a starter: how many of those it started run */
	struct wire_latency latency;
	struct os_address from; /* who asked for */
	char request[WIRE_REQUEST];
	char host[WIRE_HOST];
};

enum { WIRE_DIARY_SMALLEST = 4096 }; /* bytes of the smallest page there is */

/* Pages for so many workers, zeroed, and the descriptor to hand on (CLOEXEC). A forked child does
 * not inherit the mapping. NULL with errno. */
void *wire_diary_new(uint32_t pages, int *fd);

/* Parent: they are not looked at any more. NULL is ignored. */
void wire_diary_free(void *pages, uint32_t count);

/* Parent: page number `page`, emptied for the next worker; a copy of it that is safe to use. What
 * it says is the word of a process that may have been taken over. */
void wire_diary_clear(void *pages, uint32_t page);
void wire_diary_read(const void *pages, uint32_t page, struct wire_diary *to);

/* Worker: its own page, writable, to the end of the process. NULL with errno. */
struct wire_diary *wire_diary_open(int fd, uint32_t page);

/* Worker, all of these harmless on NULL: something moved; this is the request now (cut where too
 * long); it is done, and took so long. */
static inline void wire_diary_beat(struct wire_diary *d)
{
	if (d)
		atomic_store_explicit(&d->beat,
			atomic_load_explicit(&d->beat, memory_order_relaxed) + 1,
			memory_order_relaxed);
}

void wire_diary_begin(
	struct wire_diary *d, const struct os_address *from, struct text request, struct text host);

static inline void wire_diary_pause(struct wire_diary *d)
{
	if (d)
		atomic_store_explicit(&d->busy, 0, memory_order_relaxed);
}

static inline void wire_diary_took(struct wire_diary *d, uint64_t us)
{
	if (d)
		d->latency.bucket[wire_latency_bucket(us)]++;
}

static inline void wire_diary_programs(struct wire_diary *d, unsigned count)
{
	if (d)
		atomic_store_explicit(&d->programs, count, memory_order_relaxed);
}

/* Worker, in its last words (os_crash): what it is at, or was; only memory is read. */
const char *wire_diary_words(const struct wire_diary *d);

static inline void wire_diary_waits(struct wire_diary *d, bool on)
{
	if (d)
		atomic_store_explicit(&d->waits, on, memory_order_relaxed);
}

#endif
