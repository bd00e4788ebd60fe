/*
 * starter_entry - the starter's way in
 *
 * Runs in:  the starter
 * Owns:     nothing
 * Errors:   the exit status: one of wire/exits.def
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STARTER_ENTRY_H
#define STARTER_ENTRY_H

#include <stddef.h>

/* What the parent starts by the name "starter", with a struct wire_heritage whose listener is the
 * starter's end of the pair. Ends when nobody can ask any more and the last program has ended. */
int starter_main(void *args, size_t size);

#endif
