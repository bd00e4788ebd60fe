/*
 * digest - MD5 and SHA-1
 *
 * Runs in:  parent, worker
 * Owns:     nothing
 * Errors:   none
 *
 * For what others have written down in them: password files, and the functions md5() and sha1() of
 * Apache's expressions. Neither keeps a secret today; nothing new may be built on them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/text.h"

enum { DIGEST_MD5 = 16, DIGEST_SHA1 = 20 }; /* bytes of the result */

/* RFC 1321. */
void digest_md5(struct text of, unsigned char to[DIGEST_MD5]);

/* RFC 3174. */
void digest_sha1(struct text of, unsigned char to[DIGEST_SHA1]);

/* Writes 2 * size lower-case hexadecimal digits, without NUL. */
void digest_hex(const unsigned char *bytes, size_t size, char *to);

#endif
