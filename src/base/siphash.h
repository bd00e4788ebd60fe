/*
 * siphash - a keyed digest
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 *
 * SipHash-2-4 with a result of 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012). Who does not know the key can neither compute a digest nor tell two texts apart by theirs.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/text.h"

enum { SIPHASH_KEY = 16, SIPHASH_SIZE = 16 }; /* bytes */

void siphash(const unsigned char key[SIPHASH_KEY], struct text of, unsigned char to[SIPHASH_SIZE]);

#endif
