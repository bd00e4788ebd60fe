/*
 * arena - memory for things that live and die together
 *
 * Runs in:  parent, worker
 * Owns:     a chain of blocks
 * Errors:   NULL: out of memory
 *
 * A configuration is made of some thousand small strings and arrays, a request that is rewritten or
 * given an environment of some dozen; a block that is filled from its beginning and never given
 * back in parts is all they need.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK = 16384, ALIGNMENT = 16 };

struct block {
	struct block *older;
	size_t used, room; /* of bytes */
	_Alignas(ALIGNMENT) char bytes[];
};

struct arena {
	struct block *newest;
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *memory)
{
	if (!memory)
		return;
	for (struct block *b = memory->newest, *older; b; b = older) {
		older = b->older;
		free(b);
	}
	free(memory);
}

/* A block for at least `size` bytes. What is left in the present one is given up, unless the new
 * one is for a single large object: then the present one stays in front. */
static struct block *add_block(struct arena *memory, size_t size)
{
	bool large = size > BLOCK / 4;
	size_t room = large ? size : BLOCK;
	struct block *b = malloc(sizeof *b + room);
	if (!b)
		return NULL;
	*b = (struct block){.room = room};
	if (large && memory->newest) {
		b->older = memory->newest->older;
		memory->newest->older = b;
	} else {
		b->older = memory->newest;
		memory->newest = b;
	}
	return b;
}

void *arena_take(struct arena *memory, size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	struct block *b = memory->newest;
	if (!b || b->room - b->used < size)
		b = add_block(memory, size);
	if (!b)
		return NULL;
	void *taken = memset(b->bytes + b->used, 0, size); /* not the whole block: few use it up */
	b->used += size;
	return taken;
}

char *arena_text(struct arena *memory, struct text t)
{
	char *copy = arena_take(memory, t.size + 1);
	if (copy && t.size)
		memcpy(copy, t.at, t.size);
	return copy;
}

char *arena_printf(struct arena *memory, const char *format, ...)
{
	struct buffer text = BUFFER_INIT;
	va_list args;
	va_start(args, format);
	buffer_vprintf(&text, format, args);
	va_end(args);
	char *copy = text.failed ? NULL : arena_text(memory, buffer_view(&text));
	buffer_free(&text);
	return copy;
}

void arena_reset(struct arena *memory)
{
	struct block *b = memory->newest;
	if (!b)
		return;
	for (struct block *older = b->older, *next; older; older = next) {
		next = older->older;
		free(older);
	}
	b->older = NULL;
	if (b->room != BLOCK) { /* a single large object, which nobody asks for twice */
		free(b);
		memory->newest = NULL;
		return;
	}
	b->used = 0;
}

void *arena_more(struct arena *memory, const void *array, size_t count, size_t each)
{
	if (count & (count - 1))
		return (void *)array;
	size_t members = 1, room;
	if ((count && __builtin_mul_overflow(count, 2, &members)) ||
		__builtin_mul_overflow(members, each, &room))
		return NULL;
	char *more = arena_take(memory, room);
	if (more && count)
		memcpy(more, array, count * each);
	return more;
}
