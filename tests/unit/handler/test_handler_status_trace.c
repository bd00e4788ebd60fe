/*
 * test_handler_status_trace - what the parent did, as a file for trace viewers
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/board.h"
#include "unit/unit.h"

static void add(struct board *b, uint32_t kind, int32_t pid, uint32_t slot, uint64_t when_us)
{
	struct wire_event event = {
		.kind = kind, .parent = 999, .pid = pid, .slot = slot, .when_us = when_us};
	wire_chronicle_add(&b->shared->chronicle, &event);
}

START_TEST(spans_and_moments)
{
	static const char *const wanted[] = {
		"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[",
		"\"name\":\"thread_name\",\"args\":{\"name\":\"slot 3\"}",
		"{\"ph\":\"X\",\"pid\":999,\"tid\":4,\"name\":\"worker 77\",\"ts\":5000000,\"dur\":"
		"250000,",
		/* it still lives */
		"{\"ph\":\"X\",\"pid\":999,\"tid\":1,\"name\":\"worker 78\",\"ts\":"
		"1699999999000000,\"dur\":1000000,",
		"{\"ph\":\"i\",\"pid\":999,\"tid\":0,\"name\":\"stop\",\"s\":\"p\"",
		"\"words\":\"parent 999: stops now\"",
	};
	struct board b;
	board_begin(&b);
	add(&b, WIRE_EVENT_BIRTH, 77, 3, 5000000);
	add(&b, WIRE_EVENT_DEATH, 77, 3, 5250000);
	add(&b, WIRE_EVENT_BIRTH, 78, 0, (BOARD_NOW - 1) * 1000000ull);
	add(&b, WIRE_EVENT_STOP, 0, 0, BOARD_NOW * 1000000ull);
	struct buffer json = board_draw(&b, HANDLER_STATUS_TRACE);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		board_has(json.data, wanted[i]);
	buffer_free(&json);
	board_end(&b);
}
END_TEST

/* A slot that has a new worker while the old one finishes; a calendar that was set back. */
START_TEST(spans_of_a_track_are_apart)
{
	static const char *const wanted[] = {
		"\"tid\":4,\"name\":\"worker 77\",\"ts\":5000000,\"dur\":100000,",
		"\"tid\":4,\"name\":\"worker 79\",\"ts\":5100000,\"dur\":900000,",
		"\"tid\":1,\"name\":\"worker 80\",\"ts\":7000000,\"dur\":0,",
	};
	struct board b;
	board_begin(&b);
	add(&b, WIRE_EVENT_BIRTH, 77, 3, 5000000);
	add(&b, WIRE_EVENT_BIRTH, 79, 3, 5100000);
	add(&b, WIRE_EVENT_DEATH, 77, 6, 5250000);
	add(&b, WIRE_EVENT_DEATH, 79, 3, 6000000);
	add(&b, WIRE_EVENT_BIRTH, 80, 0, 7000000);
	add(&b, WIRE_EVENT_DEATH, 80, 0, 6900000);
	struct buffer json = board_draw(&b, HANDLER_STATUS_TRACE);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		board_has(json.data, wanted[i]);
	buffer_free(&json);
	board_end(&b);
}
END_TEST

UNIT_MAIN("handler_status_trace", spans_and_moments, spans_of_a_track_are_apart)
