/*
 * arena - memory for things that live and die together
 *
 * Runs in:  parent, worker
 * Owns:     every byte it hands out, until arena_reset or arena_free
 * Errors:   NULL: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *memory);

/* Takes back all that was handed out, and keeps a block for what comes next. */
void arena_reset(struct arena *memory);

/* `size` zeroed bytes, aligned for anything. */
void *arena_take(struct arena *memory, size_t size);

/* A NUL-terminated copy. */
char *arena_text(struct arena *memory, struct text t);

/* A NUL-terminated text, as printf(3) has it. */
char *arena_printf(struct arena *memory, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An array of `count` members of `each` bytes that has room for one more: the same one, or a copy
 * twice as large whose new members are zeroed. No capacity is kept: an array is full when `count`
 * is 0 or a power of two, so always let it grow by this function, and by one. The result may be
 * written to, whatever `array` was seen through. */
void *arena_more(struct arena *memory, const void *array, size_t count, size_t each);

#endif
