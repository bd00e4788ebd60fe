/*
 * path - names of files and paths of URLs as they are compared
 *
 * Runs in:  parent, worker
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/buffer.h"

/* Appends the path, which begins with a slash, with one slash where several are, and without the
 * parts "." and ".."; a slash at its end stays. Whatever leads above the root stays there. false:
 * something did. */
bool path_clean(struct buffer *to, struct text path);

#endif
