/*
 * wire_ask - what the lab may ask of the parent
 *
 * Runs in:  workers and the status process ask, the parent judges and obeys
 * Owns:     nothing
 * Errors:   what is no valid ask is dropped by the parent
 *
 * With LabControls on, the parent hands a socket to all its children on which such asks go up; with
 * it off there is none. An ask is a verb of the list and a number or two, which the parent bounds:
 * nobody can make it do anything else. It travels in one direction only; what came of it is seen in
 * the status.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_ASK_H
#define WIRE_ASK_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_ask_verb {
#define WIRE_ASK(symbol, name, most, words, choices) WIRE_ASK_##symbol,
#include "wire/asks.def"
#undef WIRE_ASK
	WIRE_ASKS
};

enum { WIRE_ASK_MAGIC = 0x7066413f };

struct wire_ask {
	uint32_t magic;
	uint32_t verb;  /* enum wire_ask_verb */
	uint32_t value; /* at most what wire/asks.def says */
	uint32_t unused;
};

/* What came is an ask with a value within its bounds. */
bool wire_ask_valid(const void *bytes, size_t size);

/* The verb of a name, -1: there is none. */
int wire_ask_named(struct text name);

/* "kill", "sends SIGKILL to"; the largest value. */
const char *wire_ask_name(uint32_t verb);
const char *wire_ask_words(uint32_t verb);
uint32_t wire_ask_most(uint32_t verb);

/* "dispatch"; size 0: its number is no choice. */
struct text wire_ask_choice(uint32_t verb, uint32_t value);

/* The child's: where its asks go from now on; what it inherited, -1: there is no lab. */
void wire_ask_open(int fd);

/* Sends it. -1 with errno; EAGAIN: the parent has not come to reading yet; EBADF: there is no lab.
 */
int wire_ask_send(const struct wire_ask *ask);

#endif
