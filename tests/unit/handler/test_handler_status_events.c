/*
 * test_handler_status_events - what changed from one look to the next
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 *
 * That the deltas add up to a snapshot is tried on a real server: tests/http/status_forms.sh.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/board.h"

#include "handler/handler_status_events.h"

static struct board board;
static struct handler_status_view *before;
static struct buffer event;

static void begin(void)
{
	board_begin(&board);
	before = board_look(&board);
	event = BUFFER_INIT;
}

/* The delta since begin, "" where there is none. */
static const char *delta(void)
{
	struct handler_status_view *after = board_look(&board);
	buffer_clear(&event);
	bool changed = handler_status_events_delta(before, after, &event);
	ck_assert_int_eq(changed, event.size > 0);
	buffer_append(&event, "", 1);
	ck_assert(!event.failed);
	handler_status_view_free(after);
	return event.data;
}

static void end(void)
{
	buffer_free(&event);
	handler_status_view_free(before);
	board_end(&board);
}

START_TEST(first)
{
	begin();
	handler_status_events_first(before, HANDLER_STATUS_EVENTS_AGAIN_MS, &event);
	buffer_append(&event, "", 1);
	ck_assert_int_eq(
		strncmp(event.data, "retry: 250\nevent: snapshot\ndata: {\"schema\":1,", 45), 0);
	ck_assert_str_eq(event.data + event.size - 4, "}\n\n");
	/* An event ends at the first empty line: there is none before its end. */
	ck_assert_ptr_eq(strstr(event.data, "\n\n"), event.data + event.size - 3);
	end();
}
END_TEST

START_TEST(nothing)
{
	begin();
	ck_assert_str_eq(delta(), "");
	/* A report that says what was known moves the row's sequence, and no more. */
	wire_scoreboard_begin(&board.shared->slot[1].sequence);
	wire_scoreboard_end(&board.shared->slot[1].sequence);
	ck_assert_str_eq(delta(), "");
	handler_status_events_idle(&event);
	ck_assert(strstr(event.data, "\n\n") || event.size > 0);
	end();
}
END_TEST

START_TEST(one_worker)
{
	begin();
	board.shared->slot[2].state = WIRE_STATE_WRITING;
	const char *said = delta();
	ck_assert_int_eq(strncmp(said, "event: delta\ndata: {\"now\":", 26), 0);
	board_has(said, "\"workers\":[{\"slot\":2,\"pid\":1002,\"generation\":2,\"state\":\"W\",");
	board_has(said, "\"emptied\":[],\"deaths\":[],\"samples\":[],\"log\":[]}\n\n");
	board_lacks(said, "\"slot\":1,");
	board_lacks(said, "\"server\"");
	end();
}
END_TEST

START_TEST(births_and_deaths)
{
	begin();
	board.shared->slot[1].state = WIRE_STATE_OPEN;
	board.shared->slot[1].pid = 0;
	board_row(&board, 7, WIRE_STATE_STARTING, 0);
	board.shared->used = 8;
	wire_scoreboard_bury(board.shared,
		&(struct wire_death){.pid = 1001, .reason = WIRE_REASON_KILLED, .signal = 9});
	const char *said = delta();
	board_has(said, "\"workers\":[{\"slot\":7,\"pid\":1007,");
	board_has(said, "\"emptied\":[1],");
	board_has(said, "\"deaths\":[{\"number\":5,");
	board_lacks(said, "\"number\":3,");
	end();
}
END_TEST

START_TEST(seconds)
{
	begin();
	wire_scoreboard_sample(board.shared, &(struct wire_sample){.when = BOARD_NOW});
	const char *said = delta();
	board_has(said, "\"samples\":[{\"time\":1700000000,");
	board_lacks(said, "1699999999");
	board_has(said, "\"workers\":[],");
	/* More of them than are kept: those that are. */
	for (int i = 0; i < 2 * WIRE_SAMPLES; i++)
		wire_scoreboard_sample(board.shared, &(struct wire_sample){.when = i});
	said = delta();
	unsigned count = 0;
	for (const char *at = said; (at = strstr(at, "{\"time\":")); at++)
		count++;
	ck_assert_uint_eq(count, WIRE_SAMPLES);
	end();
}
END_TEST

START_TEST(restart)
{
	begin();
	board.shared->generation++;
	board.shared->restarted = BOARD_NOW;
	board_has(delta(), "data: {\"server\":{\"name\":");
	end();
}
END_TEST

START_TEST(held)
{
	begin();
	struct handler_status_view *after = board_look(&board);
	handler_status_view_probe(before);
	handler_status_view_probe(after);
	after->held[4] = 1;
	after->held_count = 1;
	ck_assert(handler_status_events_delta(before, after, &event));
	buffer_append(&event, "", 1);
	board_has(event.data, "\"workers\":[{\"slot\":4,");
	board_has(event.data, "\"held\":true");
	handler_status_view_free(after);
	end();
}
END_TEST

UNIT_MAIN("handler_status_events", first, nothing, one_worker, births_and_deaths, seconds, restart,
	held)
