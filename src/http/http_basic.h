/*
 * http_basic - user and password of a request (RFC 7617)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false: there are none, and 401 is the answer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_BASIC_H
#define HTTP_BASIC_H

#include "base/buffer.h"

struct http_basic {
	struct text user;     /* may be empty, has no colon and no control byte; a NUL behind it */
	struct text password; /* the same, but colons are taken */
};

/* Reads the value of an Authorization (or Proxy-Authorization) field: "Basic" in any case and the
 * credentials in base64, nothing else. The texts are views of `bytes`, which the caller clears,
 * wipes and frees. False: another scheme, or not what RFC 7617 describes; or no memory. */
bool http_basic_read(struct text value, struct buffer *bytes, struct http_basic *credentials);

#endif
