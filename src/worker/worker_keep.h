/*
 * worker_keep - connections that go to the keeper, and come back
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   see each function
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_KEEP_H
#define WORKER_KEEP_H

#include "wire/wire_kept.h"
#include "worker/worker.h"

struct worker_kept {
	struct wire_kept kept;
	char bytes[WIRE_KEPT_BYTES]; /* of a request that has begun */
	int fd;
	struct os_address from;
};

/* Could the keeper hold a connection that waits for its client? */
bool worker_keep_suits(const struct worker *w, const struct worker_conn *c);

/* Gives it to the keeper: true, and the caller's copy is to be closed; false: it cannot take it
 * now. */
bool worker_keep_give(struct worker *w, struct worker_conn *c);

/* The next connection the keeper has for a worker; false with errno: none (EAGAIN), or never again.
 * Never waits. */
bool worker_keep_take(const struct worker *w, struct worker_kept *to);

/* Such a connection goes on where it was. */
void worker_keep_resume(struct worker *w, struct worker_conn *c, const struct worker_kept *from);

#endif
