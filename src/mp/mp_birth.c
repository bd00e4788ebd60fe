/*
 * mp_birth - what a process that is no copy of its parent is told about itself
 *
 * Runs in:  the parent (pack), then the child (run)
 * Owns:     nothing
 * Errors:   -1 with errno; a child that cannot become what it was told exits with 127
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_birth.h"

#include "mp/mp_register.h"
#include "mp/mp_self.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CANNOT_START 127

/* Then the strings with their NULs, then args. */
struct head {
	uint32_t size; /* of this struct: another one is another build of the library */
	uint32_t daemon;
	int64_t parent;
	uint64_t target, name, parent_name, method; /* sizes */
	uint64_t args;
};

int mp_birth_pack(struct mp_process *p, struct buffer *out)
{
	if (!p->target_name)
		p->target_name = mp_register_name((void (*)(void))p->target);
	if (!p->target_name)
		return -1;
	struct mp_process *self = mp_current_process();
	const char *strings[] = {
		p->target_name, mp_process_name(p), mp_process_name(self), mp_get_start_method()};
	struct head head = {.size = sizeof head,
		.daemon = p->daemon,
		.parent = mp_process_pid(self),
		.target = strlen(strings[0]) + 1,
		.name = strlen(strings[1]) + 1,
		.parent_name = strlen(strings[2]) + 1,
		.method = strlen(strings[3]) + 1,
		.args = p->size};
	buffer_append(out, &head, sizeof head);
	for (size_t i = 0; i < 4; i++)
		buffer_append(out, strings[i], strlen(strings[i]) + 1);
	buffer_append(out, p->args, p->size);
	if (!out->failed)
		return 0;
	buffer_free(out);
	errno = ENOMEM;
	return -1;
}

/* The next string of the given size with its NUL, or NULL. */
static const char *string(const char **at, const char *end, uint64_t size)
{
	const char *s = *at;
	if (size == 0 || size > (uint64_t)(end - s) || s[size - 1] != '\0')
		return NULL;
	*at += size;
	return s;
}

_Noreturn void mp_birth_run(const void *data, size_t size)
{
	static struct mp_process parent = {.sentinel = -1};
	struct head head;
	const char *at = (const char *)data + sizeof head, *end = (const char *)data + size;
	if (size < sizeof head)
		_exit(CANNOT_START);
	memcpy(&head, data, sizeof head);
	if (head.size != sizeof head)
		_exit(CANNOT_START);
	const char *target = string(&at, end, head.target), *name = string(&at, end, head.name);
	const char *parent_name = string(&at, end, head.parent_name);
	const char *method = string(&at, end, head.method);
	if (!target || !name || !parent_name || !method || head.args != (uint64_t)(end - at))
		_exit(CANNOT_START);
	mp_set_start_method(method);
	mp_process_settle(head.daemon, (pid_t)head.parent);
	struct mp_process *p = mp_process_new_named(target, at, head.args,
		&(struct mp_process_options){.name = name, .daemon = head.daemon});
	if (!p) {
		fprintf(stderr, "%s: no target \"%s\" is registered\n",
			program_invocation_short_name, target);
		_exit(CANNOT_START);
	}
	parent.long_name = parent_name;
	mp_process_run(p, &parent, (pid_t)head.parent);
}
