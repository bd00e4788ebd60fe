/*
 * http_basic - user and password of a request (RFC 7617)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false: there are none, and 401 is the answer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_basic.h"

#include "base/base64.h"

/* "The user-id and password MUST NOT contain any control characters" (RFC 7617 2). */
static bool has_control(struct text t)
{
	for (size_t i = 0; i < t.size; i++) {
		unsigned char c = (unsigned char)t.at[i];
		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

bool http_basic_read(struct text value, struct buffer *bytes, struct http_basic *credentials)
{
	struct text rest = text_trim(value), scheme = text_split(&rest, ' ');
	if (!rest.at || !text_equal_nocase(scheme, TEXT("Basic")))
		return false;
	while (rest.size && rest.at[0] == ' ') /* 1*SP, RFC 9110 11.4 */
		rest = text_from(rest.at + 1, rest.size - 1);
	buffer_clear(bytes);
	buffer_reserve(bytes, rest.size + 1); /* so that growing leaves no copy behind */
	if (!base64_decode(bytes, rest) || bytes->failed || has_control(buffer_view(bytes)))
		return false;
	char *colon = bytes->size ? memchr(bytes->data, ':', bytes->size) : NULL;
	if (!colon)
		return false;
	size_t user = (size_t)(colon - bytes->data), size = bytes->size;
	*colon = '\0';
	buffer_append(bytes, "", 1);
	if (bytes->failed)
		return false;
	credentials->user = text_from(bytes->data, user);
	credentials->password = text_from(bytes->data + user + 1, size - user - 1);
	return true;
}
