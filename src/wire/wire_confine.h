/*
 * wire_confine - a child locks itself in
 *
 * Runs in:  workers, the keeper, the starter and the status process, at their birth
 * Owns:     nothing
 * Errors:   -1 with errno and a line in the log: who cannot be confined must not serve
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_CONFINE_H
#define WIRE_CONFINE_H

#include "os/os_process.h"
#include "wire/wire_sandbox.h"

/* Becomes whom the parent said, without a single capability and without a way to get one. Always,
 * whatever Sandbox says. */
int wire_confine_become(const struct os_identity *identity, const struct wire_sandbox *sandbox);

/* Behind the fences that were prepared, if they could be; there is no way back. When all is open
 * that will be needed, and before the first byte of a stranger is read. */
int wire_confine_enter(const struct wire_sandbox *sandbox);

#endif
