/*
 * glob - names with * ? and [ ] in them
 *
 * Runs in:  parent, worker
 * Owns:     nothing
 * Errors:   none
 *
 * fnmatch(3) for texts that are not NUL-terminated and may come from a client: no recursion, and no
 * pattern of several stars takes longer than pattern times text.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/text.h"

enum glob_flag {
	GLOB_PATH = 1 << 0,  /* only a / matches a / */
	GLOB_NOCASE = 1 << 1 /* ASCII letters match in any case */
};

/* * stands for any bytes, ? for one, [a-z] for one of these, [!a-z] and [^a-z] for one of the
 * others, and a backslash takes the meaning from the byte behind it. A [ without its ] is itself.
 */
bool glob_match(struct text pattern, struct text of, unsigned flags);

#endif
