/*
 * parent_entry - the parent's way in, and the words others say to it
 *
 * Runs in:  main calls these
 * Owns:     see parent.h
 * Errors:   each logs one line and returns an exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_ENTRY_H
#define PARENT_ENTRY_H

#include "config/config.h"

/* Serves until told to stop. Takes the configuration over; `source` is read again at restarts, and
 * the program executed again with `arguments` (as of main) at an upgrade. In the foreground the
 * error log of --serve is the terminal. Returns the exit status. */
int parent_main(struct config *config, const struct config_source *source, char **arguments,
	bool foreground);

/* preforkd -X: opens logs and listeners and lets `serve` (a worker's entry, given a struct
 * wire_heritage) run in this very process, without a pool. Takes the configuration over; returns
 * the exit status. */
int parent_single(struct config *config, int (*serve)(void *heritage, size_t size));

/* preforkd -k VERB for a server that runs: stop, graceful-stop, restart, graceful, upgrade. Returns
 * the exit status. stop comes back when the server is gone. */
int parent_kill(const struct config *config, const char *verb);

/* What workers are confined to by `Sandbox On` on this machine: one line, without its end. */
void parent_sandbox_here(struct buffer *to);

/* The pid of the running server of this configuration, 0: none runs; -1 with errno: its pid
 * file cannot be read. */
int parent_running(const struct config *config);

#endif
