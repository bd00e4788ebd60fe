/*
 * http_etag - entity tags: made of a file's size and time, and compared (RFC 9110 8.8.3)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_etag.h"

#include "base/assert.h"
#include "http/http_chars.h"

static char *put_hex(char *to, uint64_t n)
{
	static const char hex[] = "0123456789abcdef";
	char digits[16];
	size_t i = sizeof digits;
	do
		digits[--i] = hex[n & 15];
	while (n >>= 4);
	memcpy(to, digits + i, sizeof digits - i);
	return to + (sizeof digits - i);
}

/* Coarser than the ticks of any kernel, and than the times of FAT and of old file systems. */
static const int64_t TICKS_NS = 100000000, SECONDS_NS = 2000000000;

bool http_etag_settled(struct timespec modified, struct timespec now)
{
	if (modified.tv_sec > now.tv_sec || modified.tv_sec < now.tv_sec - 3)
		return modified.tv_sec < now.tv_sec;
	return (int64_t)(now.tv_sec - modified.tv_sec) * 1000000000 + now.tv_nsec -
		       modified.tv_nsec >=
	       (modified.tv_nsec ? TICKS_NS : SECONDS_NS);
}

uint64_t http_etag_time(struct timespec modified)
{
	return (uint64_t)modified.tv_sec * 1000000 + (uint64_t)modified.tv_nsec / 1000;
}

size_t http_etag_format(char to[HTTP_ETAG_SIZE], uint64_t size, struct timespec modified,
	const char *suffix, bool weak)
{
	const uint64_t numbers[] = {size, http_etag_time(modified)};
	return http_etag_numbers(to, numbers, COUNT_OF(numbers), suffix, weak);
}

size_t http_etag_numbers(char to[HTTP_ETAG_SIZE], const uint64_t numbers[], size_t count,
	const char *suffix, bool weak)
{
	char *at = to;
	size_t more = suffix ? strlen(suffix) : 0;
	ASSERT(more <= 10 && count <= 3);
	if (weak) {
		*at++ = 'W';
		*at++ = '/';
	}
	*at++ = '"';
	for (size_t i = 0; i < count; i++) {
		if (i)
			*at++ = '-';
		at = put_hex(at, numbers[i]);
	}
	if (more)
		memcpy(at, suffix, more);
	at += more;
	*at++ = '"';
	return (size_t)(at - to);
}

/* The tag without its W/, and whether it had one. */
static struct text opaque(struct text tag, bool *weak)
{
	*weak = text_starts(tag, TEXT("W/"));
	return *weak ? text_from(tag.at + 2, tag.size - 2) : tag;
}

bool http_etag_valid(struct text tag)
{
	bool weak;
	tag = opaque(tag, &weak);
	return tag.size >= 2 && tag.at[0] == '"' && tag.at[tag.size - 1] == '"' &&
	       http_chars_all(text_from(tag.at + 1, tag.size - 2), HTTP_CHARS_ETAG);
}

bool http_etag_strong(struct text a, struct text b)
{
	return http_etag_valid(a) && a.at[0] != 'W' && text_equal(a, b);
}

bool http_etag_weak(struct text a, struct text b)
{
	bool weak;
	return http_etag_valid(a) && text_equal(opaque(a, &weak), opaque(b, &weak));
}
