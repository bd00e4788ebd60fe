/*
 * mp_register - functions that other processes can find by name
 *
 * Runs in:  every process; filled at the top of main, the same in all of them
 * Owns:     the table; the names belong to the caller
 * Errors:   -1 or NULL with errno
 *
 * C cannot send a function to another process as Python can; a name is what both sides know.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct entry {
	const char *name;
	void (*function)(void);
} * table;
static size_t table_size;

int mp_register_function(const char *name, void (*function)(void))
{
	for (size_t i = 0; i < table_size; i++)
		if (strcmp(table[i].name, name) == 0) {
			if (table[i].function == function)
				return 0;
			errno = EEXIST;
			return -1;
		}
	struct entry *grown = realloc(table, (table_size + 1) * sizeof *table);
	if (!grown)
		return -1;
	table = grown;
	table[table_size++] = (struct entry){name, function};
	return 0;
}

int mp_register(const char *name, mp_target target)
{
	return mp_register_function(name, (void (*)(void))target);
}

void (*mp_register_find(const char *name))(void)
{
	for (size_t i = 0; i < table_size; i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].function;
	errno = ENOENT;
	return NULL;
}

const char *mp_register_name(void (*function)(void))
{
	for (size_t i = 0; i < table_size; i++)
		if (table[i].function == function)
			return table[i].name;
	errno = ENOENT;
	return NULL;
}
