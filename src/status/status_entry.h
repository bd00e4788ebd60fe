/*
 * status_entry - the status process's way in
 *
 * Runs in:  the status process
 * Owns:     nothing
 * Errors:   the exit status: one of wire/exits.def
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATUS_ENTRY_H
#define STATUS_ENTRY_H

#include <stddef.h>

/* What the parent starts by the name "status", with a struct wire_heritage. Ends with its parent.
 */
int status_main(void *args, size_t size);

#endif
