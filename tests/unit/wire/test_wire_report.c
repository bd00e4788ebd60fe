/*
 * test_wire_report - what a worker tells its parent, and what the parent refuses to believe
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_report.h"

#include "unit/unit.h"

enum { SLOTS = 4 };

static struct wire_report good_report(void)
{
	struct wire_report r;
	memset(&r, 0, sizeof r);
	r.magic = WIRE_REPORT_MAGIC;
	r.slot = 3;
	r.pid = 1234;
	r.state = WIRE_STATE_READY;
	r.counts.connections = 5;
	r.counts.closed = 5;
	return r;
}

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		struct wire_report r = good_report();                                              \
		change;                                                                            \
		ck_assert_msg(!wire_report_valid(&r, sizeof r, SLOTS), "%s", #change);             \
	} while (0)
#define TAKEN(change)                                                                              \
	do {                                                                                       \
		struct wire_report r = good_report();                                              \
		change;                                                                            \
		ck_assert_msg(wire_report_valid(&r, sizeof r, SLOTS), "%s", #change);              \
	} while (0)

START_TEST(what_is_no_report)
{
	TAKEN((void)0);
	TAKEN(r.slot = 0);
	TAKEN(r.counts.closed = 0);
	TAKEN(r.open = r.idle = 5);
	TAKEN(r.pid = INT32_MAX);
	TAKEN(r.state = WIRE_STATES - 1);
	TAKEN(memset(r.request, 'x', sizeof r.request - 1));
	REFUSED(r.magic++);
	REFUSED(r.magic = 0);
	REFUSED(r.slot = SLOTS);
	REFUSED(r.slot = UINT32_MAX);
	REFUSED(r.pid = 0);
	REFUSED(r.pid = -1);
	REFUSED(r.state = WIRE_STATES);
	REFUSED(r.state = UINT32_MAX);
	REFUSED(r.counts.closed = 6);
	REFUSED(r.idle = 1);
	REFUSED(memset(r.client, 'x', sizeof r.client));
	REFUSED(memset(r.request, 'x', sizeof r.request));
	REFUSED(memset(r.host, 'x', sizeof r.host));
}
END_TEST

START_TEST(every_other_size)
{
	struct wire_report r = good_report();
	char bytes[2 * sizeof r];
	memset(bytes, 0, sizeof bytes);
	memcpy(bytes, &r, sizeof r);
	for (size_t size = 0; size <= sizeof bytes; size++) {
		char *block = malloc(size ? size : 1); /* a sanitizer sees a look behind the end */
		memcpy(block, bytes, size);
		ck_assert(wire_report_valid(block, size, SLOTS) == (size == sizeof r));
		free(block);
	}
}
END_TEST

START_TEST(random_bytes)
{
	/* Whatever is believed must be safe to use. */
	unsigned seed = 20260101, believed = 0;
	for (int i = 0; i < 20000; i++) {
		struct wire_report r = good_report();
		for (int n = rand_r(&seed) % 8; n > 0; n--)
			((unsigned char *)&r)[(unsigned)rand_r(&seed) % sizeof r] =
				(unsigned char)rand_r(&seed);
		if (!wire_report_valid(&r, sizeof r, SLOTS))
			continue;
		believed++;
		ck_assert_uint_lt(r.slot, SLOTS);
		ck_assert_uint_lt(r.state, WIRE_STATES);
		ck_assert_uint_lt(strnlen(r.client, sizeof r.client), sizeof r.client);
		ck_assert_uint_lt(strnlen(r.request, sizeof r.request), sizeof r.request);
		ck_assert_uint_lt(strnlen(r.host, sizeof r.host), sizeof r.host);
	}
	ck_assert_uint_gt(believed, 100);
}
END_TEST

START_TEST(states)
{
	/* The letters of Apache's mod_status, and whether the worker has something to lose. */
	static const struct {
		uint32_t state;
		char letter;
		bool busy;
	} rows[] = {
		{WIRE_STATE_OPEN, '.', false},
		{WIRE_STATE_STARTING, 'S', false},
		{WIRE_STATE_READY, '_', false},
		{WIRE_STATE_READING, 'R', true},
		{WIRE_STATE_WRITING, 'W', true},
		{WIRE_STATE_KEEPALIVE, 'K', true},
		{WIRE_STATE_GRACEFUL, 'G', true},
		{WIRE_STATE_IDLE_STOP, 'I', false},
		{WIRE_STATES, '?', false},
		{UINT32_MAX, '?', false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_int_eq(wire_state_letter(rows[i].state), rows[i].letter);
		ck_assert(wire_state_busy(rows[i].state) == rows[i].busy);
		ck_assert_int_ne(*wire_state_words(rows[i].state), '\0');
	}
	ck_assert_uint_eq(WIRE_STATES, 8);
}
END_TEST

START_TEST(exits)
{
	ck_assert_ptr_nonnull(strstr(wire_exit_words(WIRE_EXIT_ORPHAN), "parent"));
	ck_assert_int_eq(WIRE_EXIT_DONE, 0);
	ck_assert_ptr_null(wire_exit_words(1));
	ck_assert_ptr_null(wire_exit_words(-9));
	ck_assert_ptr_null(wire_exit_words(255));
}
END_TEST

UNIT_MAIN("wire_report", what_is_no_report, every_other_size, random_bytes, states, exits)
