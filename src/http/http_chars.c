/*
 * http_chars - which bytes may stand where in HTTP and in URIs
 *
 * Runs in:  every process
 * Owns:     nothing; one constant table
 * Errors:   none
 *
 * Request targets are taken a little wider than RFC 3986 draws them: browsers following the WHATWG
 * URL standard send [ ] ^ | in paths and also ` { } \ in queries as they are. Everything else
 * outside the grammar, bytes above 127 and '#' included, is refused (RFC 9112 3.2).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_chars.h"

enum {
	T = HTTP_CHARS_TOKEN,
	V = HTTP_CHARS_VALUE,
	P = HTTP_CHARS_PATH,
	Q = HTTP_CHARS_QUERY,
	N = HTTP_CHARS_NAME,
	R = HTTP_CHARS_RAW,
	E = HTTP_CHARS_ETAG,
	UNRESERVED = T | V | P | Q | N | R | E
};

/* clang-format off */
const uint8_t http_chars_table[256] = {
	['\t'] = V,
	[' '] = V,
	['!'] = T | V | P | Q | R | E,
	['"'] = V,
	['#'] = T | V | E,
	['$'] = T | V | P | Q | R | E,
	['%'] = T | V | P | Q | E,
	['&'] = T | V | P | Q | R | E,
	['\''] = T | V | P | Q | R | E,
	['('] = V | P | Q | R | E,
	[')'] = V | P | Q | R | E,
	['*'] = T | V | P | Q | R | E,
	['+'] = T | V | P | Q | R | E,
	[','] = V | P | Q | R | E,
	['-'] = UNRESERVED,
	['.'] = UNRESERVED,
	['/'] = V | P | Q | R | E,
	['0' ... '9'] = UNRESERVED | HTTP_CHARS_DIGIT,
	[':'] = V | P | Q | R | E,
	[';'] = V | P | Q | R | E,
	['<'] = V | E,
	['='] = V | P | Q | R | E,
	['>'] = V | E,
	['?'] = V | Q | E,
	['@'] = V | P | Q | R | E,
	['A' ... 'Z'] = UNRESERVED,
	['['] = V | P | Q | E,
	['\\'] = V | Q | E,
	[']'] = V | P | Q | E,
	['^'] = T | V | P | Q | E,
	['_'] = UNRESERVED,
	['`'] = T | V | Q | E,
	['a' ... 'z'] = UNRESERVED,
	['{'] = V | Q | E,
	['|'] = T | V | P | Q | E,
	['}'] = V | Q | E,
	['~'] = UNRESERVED & ~N,
	[0x80 ... 0xff] = V | E,
};
/* clang-format on */

bool http_chars_all(struct text t, enum http_chars of)
{
	for (size_t i = 0; i < t.size; i++)
		if (!http_chars_is((unsigned char)t.at[i], of))
			return false;
	return true;
}

int http_chars_hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
