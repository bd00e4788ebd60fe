/*
 * config_program - a program that reads a log
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_program.h"

/* The next word of a command line at *at: quotes of either kind hold blanks together, a backslash
 * takes the meaning from what follows it. NULL: memory ran out. */
static const char *take_word(struct arena *memory, const char **at)
{
	struct buffer word = BUFFER_INIT;
	char quote = '\0';
	for (; **at && (quote || (**at != ' ' && **at != '\t')); ++*at) {
		if (quote ? **at == quote : **at == '"' || **at == '\'') {
			quote = quote ? '\0' : **at;
			continue;
		}
		if (**at == '\\' && (*at)[1])
			++*at;
		buffer_append(&word, *at, 1);
	}
	const char *copy = word.failed ? NULL : arena_text(memory, buffer_view(&word));
	buffer_free(&word);
	return copy;
}

static bool take_words(struct config_reader *reader, const char *at, const char *const **program)
{
	const char **words = NULL;
	for (size_t count = 0;; count++) {
		at += strspn(at, " \t");
		words = arena_more(reader->memory, words, count, sizeof *words);
		if (!words || (*at && !(words[count] = take_word(reader->memory, &at))))
			return config_reader_no_memory(reader);
		if (!words[count])
			break;
	}
	*program = words;
	return true;
}

static bool take_shell(
	struct config_reader *reader, const char *command, const char *const **program)
{
	const char **words = arena_take(reader->memory, 4 * sizeof *words);
	if (!words)
		return config_reader_no_memory(reader);
	words[0] = "/bin/sh";
	words[1] = "-c";
	words[2] = command;
	*program = words;
	return true;
}

bool config_program(
	struct config_reader *reader, const struct config_line *line, const char *const **program)
{
	const char *at = line->words[0];
	*program = NULL;
	if (*at == '\0')
		return config_reader_fail(
			reader, line->place, "%s must not be empty", line->directive->name);
	if (*at++ != '|')
		return true;
	bool shell = *at == '$';
	at += *at == '|' || shell;
	at += strspn(at, " \t");
	if (!*at)
		return config_reader_fail(reader, line->place,
			"%s: a program must follow the '|', not the end of '%s'",
			line->directive->name, line->words[0]);
	return shell ? take_shell(reader, at, program) : take_words(reader, at, program);
}
