/*
 * buffer - bytes that grow
 *
 * Runs in:  every process
 * Owns:     the memory of each buffer
 * Errors:   out of memory sticks in `failed`, see buffer.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

char *buffer_reserve(struct buffer *b, size_t more)
{
	if (b->failed)
		return NULL;
	if (b->room - b->size < more) {
		size_t room = b->room ? b->room : 256;
		while (room - b->size < more && room <= SIZE_MAX / 2)
			room *= 2;
		char *data = room - b->size < more ? NULL : realloc(b->data, room);
		if (!data) {
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->room = room;
	}
	return b->data + b->size;
}

void buffer_append(struct buffer *b, const void *bytes, size_t size)
{
	char *to = size ? buffer_reserve(b, size) : NULL;
	if (!to)
		return;
	memcpy(to, bytes, size);
	b->size += size;
}

void buffer_string(struct buffer *b, const char *string)
{
	buffer_append(b, string, strlen(string));
}

void buffer_number(struct buffer *b, unsigned long long n)
{
	char digits[20];
	size_t i = sizeof digits;
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	buffer_append(b, digits + i, sizeof digits - i);
}

void buffer_vprintf(struct buffer *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *to = size < 0 ? NULL : buffer_reserve(b, (size_t)size + 1);
	if (!to)
		return;
	vsnprintf(to, (size_t)size + 1, format, args);
	b->size += (size_t)size;
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buffer_vprintf(b, format, args);
	va_end(args);
}

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void buffer_html(struct buffer *b, struct text t)
{
	for (size_t i = 0; i < t.size; i++) {
		const char *r = reference(t.at[i]);
		if (r)
			buffer_string(b, r);
		else
			buffer_append(b, t.at + i, 1);
	}
}

void buffer_consume(struct buffer *b, size_t size)
{
	b->size -= size;
	if (b->size && size)
		memmove(b->data, b->data + size, b->size);
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = BUFFER_INIT;
}
