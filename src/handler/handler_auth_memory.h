/*
 * handler_auth_memory - passwords that were found right a moment ago
 *
 * Runs in:  worker
 * Owns:     a small table, and the key to it
 * Errors:   none; what is not remembered is checked again
 *
 * A bcrypt hash takes some 50 ms to check, and Basic sends the password with every request.
 * Checking each of them would make a page with twenty pictures take a second of a worker's time.
 *
 * Why this does not weaken the passwords: only what was found right is remembered, so guessing
 * costs as much as before. What is remembered is neither password nor hash but a digest of user,
 * password and hash under a key that this worker drew at random and that never leaves its memory;
 * whoever reads that memory sees the passwords themselves in the requests that come in. A changed
 * or removed line of the file has another hash or none, so it is never met again. An entry counts
 * for a minute from the check on, not from its last use. That a password is answered for sooner the
 * second time tells nobody more than the answer does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_AUTH_MEMORY_H
#define HANDLER_AUTH_MEMORY_H

#include "base/text.h"

#include <stdint.h>

enum { HANDLER_AUTH_MEMORY_MS = 60 * 1000 };

/* Was this password found right for this hash within the last minute? now_ms is os_clock_ms(). */
bool handler_auth_memory_knows(
	struct text user, struct text password, const char *hash, uint64_t now_ms);

/* It was found right now. */
void handler_auth_memory_keep(
	struct text user, struct text password, const char *hash, uint64_t now_ms);

#endif
