/*
 * buffer - bytes that grow
 *
 * Runs in:  every process
 * Owns:     its memory, until buffer_free
 * Errors:   running out of memory sticks: the buffer says `failed`, later appends do nothing, and
 *           the caller asks once at the end, as with ferror(3)
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

#include <stdarg.h>

struct buffer {
	char *data;
	size_t size; /* bytes in use */
	size_t room; /* bytes allocated */
	bool failed; /* an append found no memory; what is in data is not whole */
};

#define BUFFER_INIT ((struct buffer){NULL, 0, 0, false})

/* Room for `more` bytes behind the present ones: their address, or NULL (and failed). The bytes
 * count only after buffer_grew. */
char *buffer_reserve(struct buffer *b, size_t more);

static inline void buffer_grew(struct buffer *b, size_t by)
{
	b->size += by;
}

void buffer_append(struct buffer *b, const void *bytes, size_t size);

static inline void buffer_text(struct buffer *b, struct text t)
{
	buffer_append(b, t.at, t.size);
}

void buffer_string(struct buffer *b, const char *string);

/* A decimal number; cheaper than buffer_printf. */
void buffer_number(struct buffer *b, unsigned long long n);

void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* The text with & < > " ' written as character references: safe inside HTML text and quoted
 * attributes. */
void buffer_html(struct buffer *b, struct text t);

/* Drops the first `size` bytes and moves the rest down. */
void buffer_consume(struct buffer *b, size_t size);

/* Empty again, memory kept. */
static inline void buffer_clear(struct buffer *b)
{
	b->size = 0;
	b->failed = false;
}

void buffer_free(struct buffer *b);

static inline struct text buffer_view(const struct buffer *b)
{
	return (struct text){b->data, b->size};
}

#endif
