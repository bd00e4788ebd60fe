/*
 * wire_succession - what a parent hands to the program that takes its place
 *
 * Runs in:  the parent that upgrades, and the one it executes
 * Owns:     nothing but the list that unpacking makes
 * Errors:   false: out of memory, or what came is damaged
 *
 * One line of words, in an environment variable: the two programs need not be the same version, so
 * it is text, and words that are not known are passed over. The descriptors it names are inherited
 * under their numbers.
 *
 *	generation=5 pid=123 channel=9 errors=10 keeper=11,12 lab=ProcessModel:fork
 *	status=13@02001f91... listen=3@02001f90...
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SUCCESSION_H
#define WIRE_SUCCESSION_H

#include "base/buffer.h"
#include "os/os_address.h"

#include <stdint.h>

#define WIRE_SUCCESSION "PREFORKD_SUCCESSION" /* the environment variable */

struct wire_listener {
	int fd;
	struct os_address address; /* as the configuration had it */
};

enum { WIRE_SUCCESSION_LAB = 512 };

struct wire_succession {
	uint32_t generation; /* of the parent before */
	int32_t pid;         /* its process */
	int channel;         /* an mp_pipe to it */
	int errors;          /* what is to be standard error, once the start is through; -1 */
	int keeper[2];       /* the pair between keeper and workers; -1: there is none */
	char lab[WIRE_SUCCESSION_LAB]; /* "Directive:value,...": what the lab has switched; "" */
	struct wire_listener status;   /* of StatusListen; -1: there is none */
	size_t count;
	struct wire_listener *listeners;
};

/* What they say to each other over the channel: a word, then perhaps more behind a space. */
#define WIRE_SUCCESSION_FAILED "failed" /* up: the program could not be executed, and why */
#define WIRE_SUCCESSION_SERVES "serves" /* up: its pool is ready; its name and version */
#define WIRE_SUCCESSION_YOURS "yours"   /* down: the PidFile is free, the old one drains */

bool wire_succession_pack(const struct wire_succession *s, struct buffer *to);

/* The list is for free(), also after false. */
bool wire_succession_unpack(struct text from, struct wire_succession *to);

#endif
