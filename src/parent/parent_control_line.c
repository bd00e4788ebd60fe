/*
 * parent_control_line - the lines of the control socket
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   see parent_control_line.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control_line.h"

#include "base/assert.h"

static const struct {
	const char *line, *meaning;
} commands[] = {
#define CONTROL(symbol, line, meaning) {line, meaning},
#include "parent/control.def"
#undef CONTROL
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The line with one blank between its words and none around them; its size. */
static size_t tidy(struct text line, char *to)
{
	size_t size = 0;
	line = text_trim(line);
	for (size_t i = 0; i < line.size; i++)
		if (!is_blank(line.at[i]))
			to[size++] = line.at[i];
		else if (size && to[size - 1] != ' ')
			to[size++] = ' ';
	return size;
}

static enum parent_control_command meaning_of(struct text line)
{
	char tidied[PARENT_CONTROL_LINE];
	if (line.size && line.at[line.size - 1] == '\r')
		line.size--;
	struct text words = text_from(tidied, tidy(line, tidied));
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (text_equal(words, text_of(commands[i].line)))
			return (enum parent_control_command)i;
	return PARENT_CONTROL_UNKNOWN;
}

static const char *end_of(struct text came)
{
	size_t most = came.size < PARENT_CONTROL_LINE ? came.size : PARENT_CONTROL_LINE;
	return most ? memchr(came.at, '\n', most) : NULL;
}

bool parent_control_line_waits(struct text came)
{
	return came.size >= PARENT_CONTROL_LINE || end_of(came);
}

size_t parent_control_line(struct text came, enum parent_control_command *command)
{
	const char *end = end_of(came);
	*command = PARENT_CONTROL_TOO_LONG;
	if (!end)
		return came.size >= PARENT_CONTROL_LINE ? came.size : 0;
	size_t size = (size_t)(end - came.at);
	*command = meaning_of(text_from(came.at, size));
	return size + 1;
}

void parent_control_line_answer(struct buffer *to, bool good, struct text body)
{
	buffer_printf(to, "%s %zu\n", good ? "OK" : "ERROR", body.size);
	buffer_text(to, body);
}

void parent_control_line_help(struct buffer *to)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		buffer_printf(to, "%-15s  %s\n", commands[i].line, commands[i].meaning);
}
