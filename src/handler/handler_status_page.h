/*
 * handler_status_page - the status as a page for people
 *
 * Runs in:  workers, the status process
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_PAGE_H
#define HANDLER_STATUS_PAGE_H

#include "handler/handler_status_view.h"

/* A page that carries its own style and needs no script. `refresh`: the seconds after which a
 * browser looks again; 0: never. */
void handler_status_page(
	const struct handler_status_view *view, unsigned refresh, struct buffer *to);

#endif
