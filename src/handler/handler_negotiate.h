/*
 * handler_negotiate - Options MultiViews: the variants of a page that has no file of its own name
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   404 where there are no variants, 300 or 406 where none can be chosen
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_NEGOTIATE_H
#define HANDLER_NEGOTIATE_H

#include "handler/handler.h"

/* There is no file call->file: are there files whose names go on behind it, ".html.en", and are
 * known to their end? */
bool handler_negotiate_has(const struct handler_call *call);

/* What there is to choose from, as HTML, for the page that goes with 300 and 406. Nothing where
 * call->file has no variants. */
void handler_negotiate_list(const struct handler_call *call, struct buffer *to);

/* Adds Vary with the fields of these dimensions; nothing for 0. */
void handler_negotiate_vary(struct handler_call *call, unsigned differ);

#endif
