/*
 * wire_ask - what the lab may ask of the parent
 *
 * Runs in:  workers and the status process ask, the parent judges and obeys
 * Owns:     nothing
 * Errors:   see wire_ask.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_ask.h"

#include "base/assert.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	const char *name, *words, *choices;
	uint32_t most;
} asks[] = {
#define WIRE_ASK(symbol, name, most, words, choices) {name, words, choices, most},
#include "wire/asks.def"
#undef WIRE_ASK
};

bool wire_ask_valid(const void *bytes, size_t size)
{
	struct wire_ask ask;
	if (size != sizeof ask)
		return false;
	memcpy(&ask, bytes, sizeof ask);
	return ask.magic == WIRE_ASK_MAGIC && ask.verb < WIRE_ASKS && !ask.unused &&
	       ask.value <= asks[ask.verb].most;
}

int wire_ask_named(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(asks); i++)
		if (text_equal(name, text_of(asks[i].name)))
			return (int)i;
	return -1;
}

const char *wire_ask_name(uint32_t verb)
{
	return verb < WIRE_ASKS ? asks[verb].name : "unknown";
}

const char *wire_ask_words(uint32_t verb)
{
	return verb < WIRE_ASKS ? asks[verb].words : "asks for what nobody knows";
}

uint32_t wire_ask_most(uint32_t verb)
{
	return verb < WIRE_ASKS ? asks[verb].most : 0;
}

struct text wire_ask_choice(uint32_t verb, uint32_t value)
{
	const char *at = verb < WIRE_ASKS ? asks[verb].choices : "";
	for (; value && *at; value--) {
		at += strcspn(at, " ");
		at += *at == ' ';
	}
	return text_from(at, strcspn(at, " "));
}

static int up = -1;

void wire_ask_open(int fd)
{
	up = fd;
}

int wire_ask_send(const struct wire_ask *ask)
{
	ssize_t n;
	do
		n = send(up, ask, sizeof *ask, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}
