/*
 * handler_status_auto - the status as Apache's mod_status writes it for programs
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * Names, spelling and letters are those of "?auto" (httpd 2.4, modules/generators/mod_status.c as
 * its output shows it), so that what reads Apache's status reads ours.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_AUTO_H
#define HANDLER_STATUS_AUTO_H

#include "handler/handler_status_view.h"

void handler_status_auto(const struct handler_status_view *view, struct buffer *to);

/* A letter for each place of the pool, and for each process beyond them. */
void handler_status_auto_board(const struct handler_status_view *view, struct buffer *to);

/* " 2 days 1 hour 12 seconds", as ServerUptime has it: with a blank before it. */
void handler_status_auto_uptime(int64_t seconds, struct buffer *to);

#endif
