/*
 * assert - our own mistakes, caught in every build
 *
 * ASSERT states what only a bug of this program can make false; it stays compiled in and ends the
 * process with a core. It never judges what came from a client, a file or the kernel.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include "base/log.h"

#define ASSERT(condition)                                                                          \
	((condition) ? (void)0 : log_panic("%s:%d: %s", __FILE__, __LINE__, #condition))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
