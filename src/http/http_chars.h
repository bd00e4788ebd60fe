/*
 * http_chars - which bytes may stand where in HTTP and in URIs
 *
 * Runs in:  every process
 * Owns:     nothing; one constant table
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_CHARS_H
#define HTTP_CHARS_H

#include "base/text.h"

#include <stdint.h>

enum http_chars {
	HTTP_CHARS_TOKEN = 1 << 0, /* tchar, RFC 9110 5.6.2 */
	HTTP_CHARS_VALUE = 1 << 1, /* field values: VCHAR, SP, HTAB, obs-text (RFC 9110 5.5) */
	HTTP_CHARS_PATH = 1 << 2,  /* of a request target before '?' */
	HTTP_CHARS_QUERY = 1 << 3, /* behind it */
	HTTP_CHARS_NAME = 1 << 4,  /* of a host name: letters, digits, "-", "." and "_" */
	HTTP_CHARS_RAW = 1 << 5,   /* what a path we write leaves unescaped: pchar and '/' */
	HTTP_CHARS_ETAG = 1 << 6,  /* etagc, RFC 9110 8.8.3 */
	HTTP_CHARS_DIGIT = 1 << 7
};

extern const uint8_t http_chars_table[256];

static inline bool http_chars_is(unsigned char c, enum http_chars of)
{
	return (http_chars_table[c] & of) != 0;
}

/* Is every byte of t one of those? True for the empty text. */
bool http_chars_all(struct text t, enum http_chars of);

/* 0 to 15, or -1 when c is no hexadecimal digit. */
int http_chars_hex(unsigned char c);

#endif
