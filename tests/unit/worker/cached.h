/*
 * cached - what the tests of the file cache share: requests to it, and a look into it
 *
 * Runs in:  unit tests of the worker
 * Owns:     nothing; the rig is the test's
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_WORKER_CACHED_H
#define UNIT_WORKER_CACHED_H

#include "unit/worker/rig.h"

static inline const struct worker_cached *cached_find(const struct list *used, const char *path)
{
	LIST_EACH(member, used) {
		const struct worker_cached *e = LIST_ENTRY(member, struct worker_cached, link);
		if (text_equal(e->key, text_of(path)))
			return e;
	}
	return NULL;
}

static inline const struct worker_cached *cached_entry(const char *path)
{
	return cached_find(&rig.w.cache.files.used, path);
}

static inline unsigned cached_entries(void)
{
	unsigned count = 0;
	LIST_EACH(member, &rig.w.cache.files.used)
		count++;
	return count;
}

/* The answer to GET path on a new connection, with its dates masked; for buffer_free. */
static inline struct buffer cached_get(const char *path)
{
	char ask[512];
	struct rig_client c;
	rig_connect(&c);
	snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	rig_say(&c, text_of(ask));
	struct buffer got = c.got;
	c.got = BUFFER_INIT;
	rig_hang_up(&c);
	rig_mask_dates(&got);
	return got;
}

/* The body of that answer. */
static inline void cached_get_eq(const char *path, const char *status, const char *body)
{
	struct buffer got = cached_get(path);
	char *at = memmem(got.data, got.size, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(at);
	at += 4;
	struct text is = text_from(at, got.size - (size_t)(at - got.data));
	char line[64];
	snprintf(line, sizeof line, "HTTP/1.1 %s", status);
	ck_assert_msg(text_starts(buffer_view(&got), text_of(line)), "%.40s", got.data);
	if (body)
		ck_assert_msg(text_equal(is, text_of(body)), "\"%.*s\" instead of \"%s\"",
			TEXT_ARGS(is), body);
	buffer_free(&got);
}

/* Makes every entry look as if it had been checked in an earlier second. */
static inline void cached_let_a_second_go_by(void)
{
	LIST_EACH(member, &rig.w.cache.files.used)
		LIST_ENTRY(member, struct worker_cached, link)->checked -= 2;
	LIST_EACH(member, &rig.w.cache.refusals.used)
		LIST_ENTRY(member, struct worker_cached, link)->checked -= 2;
}

#endif
