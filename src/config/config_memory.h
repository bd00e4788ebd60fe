/*
 * config_memory - everything a configuration points at, freed at once
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     every byte it hands out, until config_memory_free
 * Errors:   NULL: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_MEMORY_H
#define CONFIG_MEMORY_H

#include "base/text.h"

struct config_memory;

struct config_memory *config_memory_new(void);
void config_memory_free(struct config_memory *memory);

/* `size` zeroed bytes, aligned for anything. */
void *config_memory_take(struct config_memory *memory, size_t size);

/* A NUL-terminated copy. */
char *config_memory_text(struct config_memory *memory, struct text t);

/* An array of `count` members of `each` bytes that has room for one more: the same one, or a copy
 * twice as large whose new members are zeroed. No capacity is kept: an array is full when `count`
 * is 0 or a power of two, so always let it grow by this function, and by one. The result may be
 * written to, whatever `array` was seen through. */
void *config_memory_more(
	struct config_memory *memory, const void *array, size_t count, size_t each);

#endif
