/*
 * test_wire_crowd - how many connections each client address has, over all processes
 *
 * Runs in:  a test program and its children
 * Owns:     memory files, mapped to the end of the test's process
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_crowd.h"

#include "unit/unit.h"

#include <sys/wait.h>

enum { PAGES = 4, LIMIT = 3 };

static struct os_address address(const char *text)
{
	struct os_address a;
	ck_assert_int_eq(os_address_parse(&a, text_of(text)), 0);
	return a;
}

static uint32_t place_of(const struct wire_crowd *crowd, const char *text)
{
	struct os_address a = address(text);
	return wire_crowd_place(crowd, &a);
}

START_TEST(counts_to_the_limit)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	ck_assert_ptr_nonnull(crowd);
	uint32_t place = place_of(crowd, "192.0.2.1:80");
	for (uint32_t i = 0; i < LIMIT; i++)
		ck_assert(wire_crowd_enter(crowd, i, place, LIMIT));
	ck_assert(!wire_crowd_enter(crowd, 0, place, LIMIT));
	ck_assert_uint_eq(wire_crowd_count(crowd, place), LIMIT);
	wire_crowd_leave(crowd, 1, place);
	ck_assert(wire_crowd_enter(crowd, 0, place, LIMIT));
	ck_assert(!wire_crowd_enter(crowd, 1, place, LIMIT));
	close(fd);
}
END_TEST

/* The port does not matter; of IPv6 only the first half; an IPv4 client is one however it came. */
START_TEST(knows_who_is_one_client)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	ck_assert_uint_eq(place_of(crowd, "192.0.2.1:80"), place_of(crowd, "192.0.2.1:81"));
	ck_assert_uint_ne(place_of(crowd, "192.0.2.1:80"), place_of(crowd, "192.0.2.2:80"));
	ck_assert_uint_eq(
		place_of(crowd, "[2001:db8::1]:80"), place_of(crowd, "[2001:db8::ffff:0:0:2]:80"));
	ck_assert_uint_ne(
		place_of(crowd, "[2001:db8::1]:80"), place_of(crowd, "[2001:db8:0:1::1]:80"));
	ck_assert_uint_eq(
		place_of(crowd, "[::ffff:192.0.2.1]:80"), place_of(crowd, "192.0.2.1:80"));
	for (int i = 0; i < 256; i++) {
		char text[64];
		snprintf(text, sizeof text, "198.51.100.%d:1", i);
		uint32_t place = place_of(crowd, text);
		ck_assert(place > 0 && place < WIRE_CROWD_PLACES);
	}
	close(fd);
}
END_TEST

/* Whatever a killed process had is given back, on the way from one process to another too. */
START_TEST(forgets_the_dead)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	uint32_t place = place_of(crowd, "192.0.2.1:80");
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct wire_crowd *own = wire_crowd_open(fd);
		for (int i = 0; i < LIMIT; i++)
			wire_crowd_enter(own, 2, place, LIMIT);
		wire_crowd_hand(own, 2, place);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), LIMIT);
	wire_crowd_take(crowd, 3, place);
	wire_crowd_clear(crowd, 2);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 1);
	wire_crowd_clear(crowd, 2);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 1);
	wire_crowd_leave(crowd, 3, place);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 0);
	wire_crowd_leave(crowd, 3, place); /* by mistake: not below 0 */
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 0);
	close(fd);
}
END_TEST

START_TEST(speaks_once_a_second)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	ck_assert(wire_crowd_say(crowd, 7, 1000));
	ck_assert(!wire_crowd_say(crowd, 7, 1000));
	ck_assert(wire_crowd_say(crowd, 8, 1000));
	ck_assert(wire_crowd_say(crowd, 7, 1001));
	close(fd);
}
END_TEST

START_TEST(nonsense_does_no_harm)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	ck_assert(wire_crowd_enter(NULL, 0, 1, LIMIT));
	ck_assert(wire_crowd_enter(crowd, 0, 0, LIMIT));
	ck_assert(wire_crowd_enter(crowd, UINT32_MAX, 1, LIMIT));
	ck_assert(wire_crowd_enter(crowd, 0, UINT32_MAX, LIMIT));
	wire_crowd_leave(crowd, UINT32_MAX, 1);
	wire_crowd_take(crowd, 0, UINT32_MAX);
	wire_crowd_clear(crowd, UINT32_MAX);
	wire_crowd_clear(NULL, 0);
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), 0);
	close(fd);
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_ptr_null(wire_crowd_open(none));
	close(none);
}
END_TEST

UNIT_MAIN("wire_crowd", counts_to_the_limit, knows_who_is_one_client, forgets_the_dead,
	speaks_once_a_second, nonsense_does_no_harm)
