/*
 * test_handler_status_text - the status for a terminal, and the workers as a table
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/board.h"

#include "handler/handler_status_text.h"

#define SAYS(call, wanted)                                                                         \
	do {                                                                                       \
		struct buffer said = BUFFER_INIT;                                                  \
		call;                                                                              \
		ck_assert_msg(text_equal(buffer_view(&said), text_of(wanted)),                     \
			"\"%.*s\" instead of \"%s\"", TEXT_ARGS(buffer_view(&said)), wanted);      \
		buffer_free(&said);                                                                \
	} while (0)

START_TEST(numbers)
{
	SAYS(handler_status_text_bytes(0, &said), "0 B");
	SAYS(handler_status_text_bytes(999, &said), "999 B");
	SAYS(handler_status_text_bytes(1000, &said), "1.0 kB");
	SAYS(handler_status_text_bytes(999949, &said), "999.9 kB");
	SAYS(handler_status_text_bytes(999950, &said), "1.0 MB");
	SAYS(handler_status_text_bytes(UINT64_MAX, &said), "18.4 EB");
	SAYS(handler_status_text_duration(0, &said), "0 us");
	SAYS(handler_status_text_duration(999, &said), "999 us");
	SAYS(handler_status_text_duration(1500, &said), "1.5 ms");
	SAYS(handler_status_text_duration(150000, &said), "150 ms");
	SAYS(handler_status_text_duration(2500000, &said), "2.5 s");
	SAYS(handler_status_text_number(0, &said), "0");
	SAYS(handler_status_text_number(999, &said), "999");
	SAYS(handler_status_text_number(1000, &said), "1,000");
	SAYS(handler_status_text_number(1234567, &said), "1,234,567");
	SAYS(handler_status_text_plain("a b~", &said), "a b~");
	SAYS(handler_status_text_plain("\x1b[2J\t\xC3\xA4\x7f", &said),
		"\\x1b[2J\\x09\\xc3\\xa4\\x7f");
}
END_TEST

START_TEST(a_screen)
{
	struct board b;
	board_begin(&b);
	struct buffer text = board_draw(&b, HANDLER_STATUS_TEXT);
	board_has(text.data, " at www.example.org, up 16 minutes 40 seconds\n");
	board_has(text.data, "process 999, generation 2, model dispatch\n");
	board_has(text.data, "\nRequests      1,000, 20.0 a second now, 1.0 on average\n");
	board_has(text.data,
		"\nWorkers       3 busy, 1 idle, 1 leaving, at most 6, 5.0 MB of memory\n");
	board_has(text.data, "\nConnections   6 open (4 active, 2 idle), 3 waiting of 511\n");
	board_has(text.data, "\nLives         8 born, 3 gone: 2 spare, 1 crashed\n");
	board_has(text.data, "\nScoreboard    _WK.S.G\n");
	board_has(text.data,
		"worker 902 in slot 0 crashed (signal 11), after 1 minute 1 second, in the middle "
		"of GET /crash HTTP/1.1\n");
	board_has(text.data,
		" keeper 899 was killed by a signal from outside (signal 9), after 0 seconds\n");
	board_has(text.data,
		" 12.0 ms user, 3.0 ms system, at most 3.0 MB; 1,200 minor and 3 major page "
		"faults; 40 voluntary and 5 forced switches\n");
	for (const char *at = text.data; *at; at++)
		ck_assert(*at == '\n' || (*at >= ' ' && *at <= '~'));
	buffer_free(&text);
	board_end(&b);
}
END_TEST

static size_t tabs_in(struct text line)
{
	size_t tabs = 0;
	for (size_t i = 0; i < line.size; i++)
		tabs += line.at[i] == '\t';
	return tabs;
}

/* Whatever a client said, a line is a worker and a tab parts two fields. */
START_TEST(a_table)
{
	struct board b;
	board_begin(&b);
	strcpy(b.shared->slot[2].request, "GET /a\tb\nc\x1b[31m HTTP/1.1");
	struct buffer text = board_draw(&b, HANDLER_STATUS_WORKERS);
	struct text rest = buffer_view(&text);
	size_t tabs = tabs_in(text_split(&rest, '\n')), lines = 0;
	ck_assert_uint_eq(tabs, 16);
	while (rest.size) {
		ck_assert_uint_eq(tabs_in(text_split(&rest, '\n')), tabs);
		lines++;
	}
	ck_assert_uint_eq(lines, 5);
	board_has(text.data,
		"\n2\t1002\t2\tK\t2\t1\t100\t2048\t90\t1.00\t1000000\t0.001500\t0\t-\t\t\t"
		"GET /a\\x09b\\x0ac\\x1b[31m HTTP/1.1\n");
	buffer_free(&text);
	struct handler_status_view *v = board_look(&b);
	handler_status_text(v, &text);
	handler_status_text_workers(v, &text);
	ck_assert(!text.failed);
	buffer_free(&text);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

START_TEST(a_large_board)
{
	struct board b;
	board_begin(&b);
	b.shared->limit = 130;
	struct buffer text = board_draw(&b, HANDLER_STATUS_TEXT);
	const char *at = strstr(text.data, "\nScoreboard    _WK.S.G.");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(strcspn(at + 1, "\n"), 14 + 60);
	board_has(text.data, "\n              ..........\n"); /* 130 are two lines and ten */
	buffer_free(&text);
	board_end(&b);
}
END_TEST

UNIT_MAIN("handler_status_text", numbers, a_screen, a_table, a_large_board)
