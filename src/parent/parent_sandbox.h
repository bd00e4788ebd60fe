/*
 * parent_sandbox - what workers are confined to, made ready once for all of them
 *
 * Runs in:  the parent
 * Owns:     nothing; what it makes belongs to the caller
 * Errors:   what cannot be had is left out, and parent_sandbox_words says so
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_SANDBOX_H
#define PARENT_SANDBOX_H

#include "config/config.h"
#include "wire/wire_sandbox.h"

enum parent_sandbox_who {
	PARENT_SANDBOX_EVENT = 1 << 0,
	PARENT_SANDBOX_CLASSIC = 1 << 1,
	PARENT_SANDBOX_ONESHOT = 1 << 2,
	PARENT_SANDBOX_KEEPER = 1 << 3,
	PARENT_SANDBOX_ASKER = 1 << 4, /* a worker that has programs started, besides */
	PARENT_SANDBOX_PROGRAM = 1 << 5
};

/* What confines the workers of this configuration, until parent_sandbox_free. Everything is
 * expensive about it but entering it. */
void parent_sandbox_make(struct wire_sandbox *sandbox, const struct config *config);
/* The same for the keeper, which opens nothing at all. */
void parent_sandbox_make_keeper(struct wire_sandbox *sandbox, const struct config *config);
/* And for the status process: it calls what a worker with an event loop does, and reads of others
 * what the kernel says of them. */
void parent_sandbox_make_status(struct wire_sandbox *sandbox, const struct config *config);
/* And for the starter and its programs: they reach the files they can, but not other processes.
 */
void parent_sandbox_make_starter(struct wire_sandbox *sandbox, const struct config *config);
void parent_sandbox_free(struct wire_sandbox *sandbox);

/* The same with what the kernel can do said by the caller: tests try the others too. */
struct parent_sandbox_kernel {
	int landlock; /* its ABI; 0: none */
	bool seccomp;
};
struct parent_sandbox_kernel parent_sandbox_kernel(void);
void parent_sandbox_make_for(struct wire_sandbox *sandbox, const struct config *config,
	struct parent_sandbox_kernel kernel);

/* The calls of these workers as rules, and how many; at most `room`. */
size_t parent_sandbox_rules(unsigned who, struct os_seccomp_rule *rules, size_t room);

/* One line for people, without its end: what is in force and what the kernel lacks. */
void parent_sandbox_words(
	enum config_sandbox mode, struct parent_sandbox_kernel kernel, struct buffer *to);

/* The same of the programs that workers have started, to follow it. */
void parent_sandbox_program_words(
	enum config_sandbox mode, struct parent_sandbox_kernel kernel, struct buffer *to);

/* Is a whole fence missing that was asked for? Then the line is a warning. */
bool parent_sandbox_lacks(enum config_sandbox mode, struct parent_sandbox_kernel kernel);

/* The parent itself, started by root, gives up what it will never need. 0, or -1 with errno. */
int parent_sandbox_shrink(void);

#endif
