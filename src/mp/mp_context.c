/*
 * mp_context - the start methods and which of them is the default
 *
 * Runs in:  every process
 * Owns:     the default of this process
 * Errors:   -1 or NULL with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "mp/mp_process.h"

#include <errno.h>
#include <string.h>

static const struct mp_context contexts[] = {
	{"fork", mp_fork_start},
	{"spawn", mp_spawn_start},
	{"forkserver", mp_forkserver_start},
};
static const char *const names[] = {"fork", "spawn", "forkserver", NULL};
static const struct mp_context *standard = &contexts[0];

const struct mp_context *mp_get_context(const char *method)
{
	if (!method)
		return standard;
	for (size_t i = 0; i < COUNT_OF(contexts); i++)
		if (strcmp(contexts[i].name, method) == 0)
			return &contexts[i];
	errno = EINVAL;
	return NULL;
}

const char *const *mp_get_all_start_methods(void)
{
	return names;
}

int mp_set_start_method(const char *method)
{
	const struct mp_context *context = mp_get_context(method);
	if (!context)
		return -1;
	standard = context;
	return 0;
}

const char *mp_get_start_method(void)
{
	return standard->name;
}
