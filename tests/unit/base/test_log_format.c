/*
 * test_log_format - ErrorLogFormat
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_format.h"

#include "unit/unit.h"

#include <regex.h>

/* %{a}i and the like are "[letter:argument]"; %k, %V and what is called "none" have no value. */
static size_t field(void *closure, char letter, const char *argument, char *to, size_t room)
{
	(void)closure;
	if (letter == 'k' || letter == 'V' || (argument && strcmp(argument, "none") == 0))
		return 0;
	return (size_t)snprintf(to, room, "[%c:%s]", letter, argument ? argument : "");
}

static const struct log_about about = {.field = field};

/* The line of a format; for free(). */
static char *line_of(const char *source, const struct log_about *topic, enum log_severity severity)
{
	struct arena *memory = arena_new();
	struct buffer why = BUFFER_INIT;
	static char to[512];
	const struct log_format *format =
		log_format_compile(memory, source, strstr(source, "%M") != NULL, &why);
	ck_assert_msg(format != NULL, "%s: %.*s", source, TEXT_ARGS(buffer_view(&why)));
	const struct log_entry entry = {.area = "core",
		.severity = severity,
		.file = "../src/base/x.c",
		.line = 12,
		.error = severity == LOG_ERROR ? ENOENT : 0,
		.message = TEXT("message"),
		.about = topic};
	size_t size = log_format_line(format, &entry, to, sizeof to - 1);
	to[size] = '\0';
	arena_free(memory);
	return to;
}

START_TEST(fields)
{
	static const struct {
		const char *source, *line;
	} rows[] = {
		{"", ""},
		{"%M", "message"},
		{"%l %m %F %E", "error core x.c(12) (2)No such file or directory"},
		{"%% %M", "% message"},
		{"a\\ b\\nc\\\\d%M", "a b\nc\\dmessage"},
		{"%a %A %{A}e %{R}i %L %{c}L %v", "[a:] [A:] [e:A] [i:R] [L:] [L:c] [v:]"},
		/* a field without a value is left out with the blank before it */
		{"%M [%k] %l", "message error"},
		{"%M x%ky %l", "message error"},
		{"%k %M", " message"},
		{"%M \\ %k %l", "message error"},
		{"[a\\ %k] %M", " message"},
		/* "% " begins one and writes nothing */
		{"%M% ,\\ via\\ %{none}i", "message"},
		{"%M% ,\\ via\\ %{x}i", "message, via [i:x]"},
		{"%l% %k% %m", "errorcore"},
		/* modifiers */
		{"%M %-k", "message -"},
		{"%M %+k", ""},
		{"%+{x}i %M", "[i:x] message"},
		{"%M %4l", "message"},
		{"%M %3l", "message error"},
		{"%M %-{none}n", "message -"},
		/* the message itself is never left out */
		{"%k%M", "message"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_str_eq(line_of(rows[i].source, &about, LOG_ERROR), rows[i].line);
	ck_assert_str_eq(line_of("%M %a %v %{x}i", NULL, LOG_INFO), "message");
	ck_assert_str_eq(line_of("%M %E", NULL, LOG_INFO), "message");
	ck_assert_str_eq(line_of("%M %6l", NULL, LOG_INFO), "message info");
}
END_TEST

START_TEST(times)
{
	static const char *const rows[][2] = {
		{"%t", "[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9 ]{2} [0-9:]{8} [0-9]{4}"},
		{"%{u}t", "[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9 ]{2} [0-9:]{8}\\.[0-9]{6} [0-9]{4}"},
		{"%{cu}t", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{6}"},
		{"%{uc}t", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{6}"},
		{"%{c}t", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}"},
		{"%P %T %{g}T", "([0-9]+) \\1 \\1"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		regex_t regex;
		char whole[256];
		snprintf(whole, sizeof whole, "^%s$", rows[i][1]);
		ck_assert_int_eq(regcomp(&regex, whole, REG_EXTENDED), 0);
		const char *line = line_of(rows[i][0], NULL, LOG_INFO);
		ck_assert_msg(
			regexec(&regex, line, 0, NULL, 0) == 0, "%s: \"%s\"", rows[i][0], line);
		regfree(&regex);
	}
}
END_TEST

START_TEST(refused)
{
	static const char *const rows[][2] = {
		{"%", "it ends in the middle of a % field."},
		{"%z", "there is no field %z"},
		{"%{x", "a { is not closed"},
		{"%i", "%i needs a name in braces before the letter"},
		{"%{}e", "%e needs a name in braces before the letter"},
		{"%16M", "there is no level above 15."},
		{"%l", "there is no %M, the message"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *memory = arena_new();
		struct buffer why = BUFFER_INIT;
		ck_assert_ptr_null(log_format_compile(memory, rows[i][0], true, &why));
		ck_assert_msg(text_equal(buffer_view(&why), text_of(rows[i][1])), "%s: %.*s",
			rows[i][0], TEXT_ARGS(buffer_view(&why)));
		buffer_free(&why);
		arena_free(memory);
	}
}
END_TEST

/* The line is cut, whatever it is made of, and nothing is written behind its room. */
START_TEST(little_room)
{
	const struct log_entry entry = {.area = "core",
		.severity = LOG_ERROR,
		.message = TEXT("long\x01message"),
		.about = &about};
	for (size_t room = 0; room < 200; room++) {
		char *to = malloc(room + 1); /* watched by sanitizers and valgrind */
		to[room] = '#';
		size_t size = log_format_line(&log_format_default, &entry, to, room);
		ck_assert_uint_le(size, room);
		ck_assert_int_eq(to[room], '#');
		free(to);
	}
}
END_TEST

UNIT_MAIN("log_format", fields, times, refused, little_room)
