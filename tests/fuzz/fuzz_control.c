/*
 * fuzz_control - any bytes said to the control socket
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of parent_control_line.h is broken
 *
 * The bytes come in pieces, as a client may send them, into as much room as a client has; the first
 * byte chooses the size of the pieces.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control_line.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static void check_line(struct text came)
{
	enum parent_control_command command, again;
	size_t used = parent_control_line(came, &command);
	MUST(used <= came.size && used <= PARENT_CONTROL_LINE);
	MUST(parent_control_line_waits(came) == (used > 0));
	if (used == 0) {
		MUST(came.size < PARENT_CONTROL_LINE);
		MUST(!came.size || !memchr(came.at, '\n', came.size));
		return;
	}
	MUST(command <= PARENT_CONTROL_TOO_LONG);
	if (command == PARENT_CONTROL_TOO_LONG) {
		MUST(!memchr(came.at, '\n', PARENT_CONTROL_LINE));
		return;
	}
	/* What follows the line changes nothing. */
	MUST(came.at[used - 1] == '\n' && !memchr(came.at, '\n', used - 1));
	MUST(parent_control_line(text_from(came.at, used), &again) == used && again == command);
}

static void check_answer(struct text body, bool good)
{
	struct buffer to = BUFFER_INIT;
	char head[32];
	int size = snprintf(head, sizeof head, "%s %zu\n", good ? "OK" : "ERROR", body.size);
	parent_control_line_answer(&to, good, body);
	MUST(to.size == (size_t)size + body.size && memcmp(to.data, head, (size_t)size) == 0);
	MUST(!body.size || memcmp(to.data + size, body.at, body.size) == 0);
	buffer_free(&to);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	if (size < 1)
		return 0;
	size_t piece = input[0] % 40 + 1, have = 0;
	/* Of the very size, so that a byte too many is noticed. */
	char *room = malloc(PARENT_CONTROL_LINE);
	MUST(room);
	for (size_t at = 1; at < size;) {
		size_t n = size - at < piece ? size - at : piece;
		n = n < PARENT_CONTROL_LINE - have ? n : PARENT_CONTROL_LINE - have;
		memcpy(room + have, input + at, n);
		have += n;
		at += n;
		for (size_t used = 1; used && have;) {
			enum parent_control_command command;
			check_line(text_from(room, have));
			used = parent_control_line(text_from(room, have), &command);
			have -= used;
			memmove(room, room + used, have);
		}
	}
	free(room);
	check_answer(text_from((const char *)input, size), input[0] & 1);
	return 0;
}
