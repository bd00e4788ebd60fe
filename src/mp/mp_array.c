/*
 * mp_array - a row of equal items that processes share
 *
 * Runs in:  every process
 * Owns:     nothing; it is an mp_value
 * Errors:   -1 or NULL with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_value.h"

#include <errno.h>
#include <string.h>

struct mp_value *mp_array_new(size_t count, size_t item, const void *initial)
{
	size_t size;
	if (__builtin_mul_overflow(count, item, &size)) {
		errno = ENOMEM;
		return NULL;
	}
	return mp_value_make(size, item, initial);
}

size_t mp_array_length(const struct mp_value *array)
{
	return mp_value_size(array) / mp_value_item(array);
}

/* The address of an item, or NULL. */
static char *item_at(struct mp_value *array, size_t index)
{
	if (index >= mp_array_length(array)) {
		errno = ERANGE;
		return NULL;
	}
	return (char *)mp_value_data(array) + index * mp_value_item(array);
}

int mp_array_get(struct mp_value *array, size_t index, void *to)
{
	const char *from = item_at(array, index);
	if (!from)
		return -1;
	int got = mp_value_acquire(array, -1);
	if (got < 0)
		return -1;
	memcpy(to, from, mp_value_item(array));
	mp_value_release(array);
	return got;
}

int mp_array_set(struct mp_value *array, size_t index, const void *from)
{
	char *to = item_at(array, index);
	if (!to)
		return -1;
	int got = mp_value_acquire(array, -1);
	if (got < 0)
		return -1;
	memcpy(to, from, mp_value_item(array));
	mp_value_release(array);
	return got;
}
