/*
 * test_parent_control_line - the lines of the control socket
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control_line.h"

#include "unit/unit.h"

START_TEST(lines)
{
	static const struct {
		struct text came;
		size_t used;
		enum parent_control_command command;
	} rows[] = {
		{TEXT("stop\n"), 5, PARENT_CONTROL_STOP},
		{TEXT("stop\r\n"), 6, PARENT_CONTROL_STOP},
		{TEXT("  graceful-stop \t\n"), 18, PARENT_CONTROL_GRACEFUL_STOP},
		{TEXT("status\n"), 7, PARENT_CONTROL_TEXT},
		{TEXT("status text\n"), 12, PARENT_CONTROL_TEXT_SAID},
		{TEXT("status \t  json\n"), 15, PARENT_CONTROL_JSON},
		{TEXT("status auto\nstop\n"), 12, PARENT_CONTROL_AUTO},
		{TEXT("status metrics\n"), 15, PARENT_CONTROL_METRICS},
		{TEXT("workers\n"), 8, PARENT_CONTROL_WORKERS},
		{TEXT("restart\n"), 8, PARENT_CONTROL_RESTART},
		{TEXT("graceful\n"), 9, PARENT_CONTROL_GRACEFUL},
		{TEXT("upgrade\n"), 8, PARENT_CONTROL_UPGRADE},
		{TEXT("configtest\n"), 11, PARENT_CONTROL_CONFIGTEST},
		{TEXT("help\n"), 5, PARENT_CONTROL_HELP},
		{TEXT("\n"), 1, PARENT_CONTROL_UNKNOWN},
		{TEXT("\r\n"), 2, PARENT_CONTROL_UNKNOWN},
		{TEXT(" \n"), 2, PARENT_CONTROL_UNKNOWN},
		{TEXT("STOP\n"), 5, PARENT_CONTROL_UNKNOWN},
		{TEXT("stop now\n"), 9, PARENT_CONTROL_UNKNOWN},
		{TEXT("sto\n"), 4, PARENT_CONTROL_UNKNOWN},
		{TEXT("stop\0\n"), 6, PARENT_CONTROL_UNKNOWN},
		{TEXT("st\rop\n"), 6, PARENT_CONTROL_UNKNOWN},
		{TEXT("\xff\xfe\n"), 3, PARENT_CONTROL_UNKNOWN},
		{TEXT("stop"), 0, PARENT_CONTROL_TOO_LONG}, /* not whole yet */
		{TEXT(""), 0, PARENT_CONTROL_TOO_LONG},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum parent_control_command command;
		size_t used = parent_control_line(rows[i].came, &command);
		ck_assert_msg(used == rows[i].used, "%zu: %zu bytes", i, used);
		ck_assert_msg(!used || command == rows[i].command, "%zu: command %d", i, command);
		ck_assert_int_eq(parent_control_line_waits(rows[i].came), used > 0);
	}
}
END_TEST

/* A line as long as may be, and longer ones, which are never waited for. */
START_TEST(length)
{
	char bytes[PARENT_CONTROL_LINE + 8];
	enum parent_control_command command;
	memset(bytes, ' ', sizeof bytes);
	memcpy(bytes, "stop", 4);
	bytes[PARENT_CONTROL_LINE - 1] = '\n';
	ck_assert_uint_eq(parent_control_line(text_from(bytes, PARENT_CONTROL_LINE), &command),
		PARENT_CONTROL_LINE);
	ck_assert_int_eq(command, PARENT_CONTROL_STOP);
	memset(bytes, 'x', sizeof bytes);
	ck_assert_uint_eq(
		parent_control_line(text_from(bytes, PARENT_CONTROL_LINE - 1), &command), 0);
	ck_assert(!parent_control_line_waits(text_from(bytes, PARENT_CONTROL_LINE - 1)));
	ck_assert_uint_eq(parent_control_line(text_from(bytes, PARENT_CONTROL_LINE), &command),
		PARENT_CONTROL_LINE);
	ck_assert_int_eq(command, PARENT_CONTROL_TOO_LONG);
	ck_assert(parent_control_line_waits(text_from(bytes, PARENT_CONTROL_LINE)));
}
END_TEST

START_TEST(answers)
{
	struct buffer to = BUFFER_INIT;
	parent_control_line_answer(&to, true, TEXT("all is well\n"));
	parent_control_line_answer(&to, false, TEXT("no\n"));
	parent_control_line_answer(&to, true, (struct text){NULL, 0});
	unit_text_eq(buffer_view(&to), "OK 12\nall is well\nERROR 3\nno\nOK 0\n");
	buffer_clear(&to);
	parent_control_line_help(&to);
	buffer_append(&to, "", 1);
	ck_assert_ptr_nonnull(strstr(to.data, "\nstatus json      the status as JSON\n"));
	/* Every line of the help is a command. */
	struct text rest = text_from(to.data, to.size - 1);
	while (rest.size) {
		enum parent_control_command command;
		char line[64];
		struct text row = text_split(&rest, '\n');
		snprintf(line, sizeof line, "%.15s\n", row.at);
		ck_assert_uint_gt(parent_control_line(text_of(line), &command), 0);
		ck_assert_int_ne(command, PARENT_CONTROL_UNKNOWN);
	}
	buffer_free(&to);
}
END_TEST

UNIT_MAIN("parent_control_line", lines, length, answers)
