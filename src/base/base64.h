/*
 * base64 - RFC 4648, section 4
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false for what nobody encoded; no memory sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buffer.h"

/* Appends `from` encoded, with padding, in one line. */
void base64_encode(struct buffer *to, struct text from);

/* Appends what `from` encodes. Strictly: whole groups of four, padding where it belongs, no other
 * byte, and no bit set that encodes nothing. False: it is nothing of that kind, and nothing was
 * appended. */
bool base64_decode(struct buffer *to, struct text from);

/* Appends what the letters of `from` encode up to the first that is none, padding or not, as Apache
 * reads it. For unbase64() of expressions, not for what others check. */
void base64_decode_loosely(struct buffer *to, struct text from);

#endif
