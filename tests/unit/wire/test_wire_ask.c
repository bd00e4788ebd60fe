/*
 * test_wire_ask - what the lab may ask of the parent
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_ask.h"

#include "unit/unit.h"

#include <sys/socket.h>

START_TEST(bounds)
{
	for (uint32_t verb = 0; verb < WIRE_ASKS; verb++) {
		struct wire_ask ask = {WIRE_ASK_MAGIC, verb, wire_ask_most(verb), 0};
		ck_assert(wire_ask_valid(&ask, sizeof ask));
		ck_assert_int_eq(wire_ask_named(text_of(wire_ask_name(verb))), (int)verb);
		ask.value++;
		ck_assert(!wire_ask_valid(&ask, sizeof ask));
	}
	struct wire_ask ask = {WIRE_ASK_MAGIC, WIRE_ASK_KILL, 3, 0};
	ck_assert(!wire_ask_valid(&ask, sizeof ask - 1));
	ck_assert(!wire_ask_valid(&ask, 0));
	ask.unused = 1;
	ck_assert(!wire_ask_valid(&ask, sizeof ask));
	ask = (struct wire_ask){WIRE_ASK_MAGIC + 1, WIRE_ASK_KILL, 3, 0};
	ck_assert(!wire_ask_valid(&ask, sizeof ask));
	ask = (struct wire_ask){WIRE_ASK_MAGIC, WIRE_ASKS, 0, 0};
	ck_assert(!wire_ask_valid(&ask, sizeof ask));
	ck_assert_int_eq(wire_ask_named(TEXT("exec")), -1);
	ck_assert_int_eq(wire_ask_named(TEXT("")), -1);
	ck_assert_uint_eq(wire_ask_most(WIRE_ASKS), 0);
	ck_assert(text_equal(wire_ask_choice(WIRE_ASK_MODEL, 0), TEXT("prefork")));
	ck_assert(text_equal(wire_ask_choice(WIRE_ASK_MUTEX, 3), TEXT("pthread")));
	ck_assert(text_equal(wire_ask_choice(WIRE_ASK_KEEPER, 0), TEXT("Off")));
	ck_assert_uint_eq(wire_ask_choice(WIRE_ASK_MODEL, 3).size, 0);
	ck_assert_uint_eq(wire_ask_choice(WIRE_ASK_KILL, 0).size, 0);
}
END_TEST

START_TEST(travels)
{
	int ends[2];
	struct wire_ask ask = {WIRE_ASK_MAGIC, WIRE_ASK_LOAD, 8, 0}, came;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	ck_assert_int_eq(wire_ask_send(&ask), -1); /* there is no lab */
	wire_ask_open(ends[0]);
	ck_assert_int_eq(wire_ask_send(&ask), 0);
	ck_assert_int_eq(recv(ends[1], &came, sizeof came, 0), (ssize_t)sizeof came);
	ck_assert(wire_ask_valid(&came, sizeof came));
	ck_assert_uint_eq(came.value, 8);
	int sent = 0;
	while (wire_ask_send(&ask) == 0) /* never waits for the parent */
		ck_assert_int_lt(++sent, 1000000);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

UNIT_MAIN("wire_ask", bounds, travels)
