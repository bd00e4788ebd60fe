/*
 * keeper_entry - the keeper's way in
 *
 * Runs in:  the keeper
 * Owns:     nothing
 * Errors:   the exit status: one of wire/exits.def
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEEPER_ENTRY_H
#define KEEPER_ENTRY_H

#include <signal.h>
#include <stddef.h>

/* What the parent starts by the name "keeper", with a struct wire_heritage whose listeners are the
 * keeper's end of the pair. Ends with its parent. SIGTERM: passes on who has spoken, closes the
 * rest, and ends; SIGUSR1: takes no more, and ends when it holds none any longer. */
int keeper_main(void *args, size_t size);

#endif
