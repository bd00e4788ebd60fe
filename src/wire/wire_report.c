/*
 * wire_report - what a worker tells its parent
 *
 * Runs in:  workers and the parent
 * Owns:     nothing; see wire_report.h
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_report.h"

#include "base/assert.h"

static const struct {
	char letter;
	const char *words;
	bool busy;
} states[] = {
#define WIRE_STATE(symbol, letter, words, busy) {letter, words, busy},
#include "wire/states.def"
#undef WIRE_STATE
};

static bool is_terminated(const char *field, size_t size)
{
	return memchr(field, '\0', size) != NULL;
}

bool wire_report_valid(const void *bytes, size_t size, uint32_t slots)
{
	const struct wire_report *r = bytes;
	return size == sizeof *r && r->magic == WIRE_REPORT_MAGIC && r->slot < slots &&
	       r->pid > 0 && r->state < WIRE_STATES && r->counts.closed <= r->counts.connections &&
	       r->idle <= r->open && is_terminated(r->client, sizeof r->client) &&
	       is_terminated(r->request, sizeof r->request) &&
	       is_terminated(r->host, sizeof r->host);
}

char wire_state_letter(uint32_t state)
{
	return state < COUNT_OF(states) ? states[state].letter : '?';
}

const char *wire_state_words(uint32_t state)
{
	return state < COUNT_OF(states) ? states[state].words : "unknown";
}

bool wire_state_busy(uint32_t state)
{
	return state < COUNT_OF(states) && states[state].busy;
}

const char *wire_exit_words(int code)
{
	static const struct {
		int code;
		const char *words;
	} exits[] = {
#define WIRE_EXIT(symbol, number, words) {number, words},
#include "wire/exits.def"
#undef WIRE_EXIT
	};
	for (size_t i = 0; i < COUNT_OF(exits); i++)
		if (exits[i].code == code)
			return exits[i].words;
	return NULL;
}
