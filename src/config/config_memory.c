/*
 * config_memory - everything a configuration points at, freed at once
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     a chain of blocks
 * Errors:   NULL: out of memory
 *
 * A configuration is made of some thousand small strings and arrays which live and die together;
 * a block that is filled from its beginning and never given back in parts is all they need.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_memory.h"

#include <stdint.h>
#include <stdlib.h>

enum { BLOCK = 16384, ALIGNMENT = 16 };

struct block {
	struct block *older;
	size_t used, room; /* of bytes */
	_Alignas(ALIGNMENT) char bytes[];
};

struct config_memory {
	struct block *newest;
};

struct config_memory *config_memory_new(void)
{
	return calloc(1, sizeof(struct config_memory));
}

void config_memory_free(struct config_memory *memory)
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
static struct block *add_block(struct config_memory *memory, size_t size)
{
	bool large = size > BLOCK / 4;
	size_t room = large ? size : BLOCK;
	struct block *b = calloc(1, sizeof *b + room);
	if (!b)
		return NULL;
	b->room = room;
	if (large && memory->newest) {
		b->older = memory->newest->older;
		memory->newest->older = b;
	} else {
		b->older = memory->newest;
		memory->newest = b;
	}
	return b;
}

void *config_memory_take(struct config_memory *memory, size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	struct block *b = memory->newest;
	if (!b || b->room - b->used < size)
		b = add_block(memory, size);
	if (!b)
		return NULL;
	void *taken = b->bytes + b->used;
	b->used += size;
	return taken;
}

char *config_memory_text(struct config_memory *memory, struct text t)
{
	char *copy = config_memory_take(memory, t.size + 1);
	if (copy && t.size)
		memcpy(copy, t.at, t.size);
	return copy;
}

void *config_memory_more(struct config_memory *memory, const void *array, size_t count, size_t each)
{
	if (count & (count - 1))
		return (void *)array;
	size_t members = 1, room;
	if ((count && __builtin_mul_overflow(count, 2, &members)) ||
		__builtin_mul_overflow(members, each, &room))
		return NULL;
	char *more = config_memory_take(memory, room);
	if (more && count)
		memcpy(more, array, count * each);
	return more;
}
