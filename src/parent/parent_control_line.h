/*
 * parent_control_line - the lines of the control socket
 *
 * Runs in:  the parent
 * Owns:     nothing; pure functions over bytes
 * Errors:   a line that says nothing known is PARENT_CONTROL_UNKNOWN
 *
 * A request is one line: words separated by blanks, ended by LF or CRLF. parent/control.def lists
 * them. An answer is a line and then as many bytes as it says: "OK 1234" or "ERROR 26".
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_CONTROL_LINE_H
#define PARENT_CONTROL_LINE_H

#include "base/buffer.h"

enum { PARENT_CONTROL_LINE = 128 }; /* bytes of the longest line, its end included */

enum parent_control_command {
#define CONTROL(symbol, line, meaning) PARENT_CONTROL_##symbol,
#include "parent/control.def"
#undef CONTROL
	PARENT_CONTROL_UNKNOWN,
	PARENT_CONTROL_TOO_LONG
};

/* The first line of what came, and how many bytes it takes; 0: it is not whole yet. A line too long
 * takes all of them. */
size_t parent_control_line(struct text came, enum parent_control_command *command);

/* Is there a whole line (or one too long)? */
bool parent_control_line_waits(struct text came);

/* An answer, framed. */
void parent_control_line_answer(struct buffer *to, bool good, struct text body);

/* The lines there are and what they mean, one each. */
void parent_control_line_help(struct buffer *to);

#endif
