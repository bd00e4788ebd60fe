/*
 * test_wire_crowd - how many connections each client address has, over all processes
 *
 * Runs in:  a test program and its children
 * Owns:     memory files and their mappings
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_crowd.h"

#include "unit/unit.h"

#include <stdatomic.h>
#include <sys/mman.h>
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
	wire_crowd_close(crowd);
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
	wire_crowd_close(crowd);
	close(fd);
}
END_TEST

/* Whatever a process had that was killed is given back, and nothing of the others'. */
START_TEST(forgets_the_dead)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	uint32_t place = place_of(crowd, "192.0.2.1:80"), other = place_of(crowd, "192.0.2.2:80");
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct wire_crowd *own = wire_crowd_open(fd);
		for (int i = 0; i < LIMIT; i++)
			wire_crowd_enter(own, 2, place, LIMIT);
		wire_crowd_enter(own, 2, other, LIMIT);
		wire_crowd_close(own);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), LIMIT);
	ck_assert(wire_crowd_enter(crowd, 3, place, LIMIT + 1));
	wire_crowd_clear(crowd, 2);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 1);
	ck_assert_uint_eq(wire_crowd_count(crowd, other), 0);
	wire_crowd_clear(crowd, 2);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 1);
	wire_crowd_leave(crowd, 3, place);
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 0);
	wire_crowd_leave(crowd, 3, place); /* by mistake: not below 0 */
	ck_assert_uint_eq(wire_crowd_count(crowd, place), 0);
	wire_crowd_close(crowd);
	close(fd);
}
END_TEST

/* From one process to another, whichever of them is killed, before, on the way or after it: it
 * counts as long as it is there, and a place is nobody's for ever. */
START_TEST(forgets_who_died_on_the_way)
{
	enum { FROM = 1, TO = PAGES }; /* a worker and a keeper */
	static const struct {
		bool sends, takes;
		uint32_t dies, left, settled;
	} rows[] = {
		{false, false, FROM, 0, 0},
		{true, false, FROM, 1, 0},
		{true, false, TO, 1, 0},
		{true, true, FROM, 1, 1},
		{true, true, TO, 0, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd;
		struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
		uint32_t place = place_of(crowd, "192.0.2.1:80");
		ck_assert(wire_crowd_enter(crowd, FROM, place, 1));
		if (rows[i].sends)
			wire_crowd_send(crowd, FROM, place);
		ck_assert_uint_eq(wire_crowd_count(crowd, place), 1);
		ck_assert(!wire_crowd_enter(crowd, TO, place, 1));
		if (rows[i].takes)
			wire_crowd_take(crowd, TO, place);
		wire_crowd_clear(crowd, rows[i].dies);
		ck_assert_uint_eq(wire_crowd_count(crowd, place), rows[i].left);
		wire_crowd_settle(crowd);
		ck_assert_uint_eq(wire_crowd_count(crowd, place), rows[i].settled);
		wire_crowd_leave(crowd, TO, place);
		ck_assert(wire_crowd_enter(crowd, FROM, place, 1));
		ck_assert(!wire_crowd_enter(crowd, TO, place, 1));
		wire_crowd_close(crowd);
		close(fd);
	}
}
END_TEST

/* What is settled while it is on the way is counted again where it comes to. */
START_TEST(settles_too_early)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	wire_crowd_settle(crowd);
	ck_assert(wire_crowd_enter(crowd, 0, 1, LIMIT));
	ck_assert(wire_crowd_enter(crowd, 0, 1, LIMIT));
	wire_crowd_send(crowd, 0, 1);
	wire_crowd_settle(crowd);
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), 1);
	wire_crowd_take(crowd, PAGES, 1);
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), 2);
	wire_crowd_settle(NULL);
	wire_crowd_close(crowd);
	close(fd);
}
END_TEST

/* As many as a row can tell, all in one process. */
START_TEST(counts_to_the_highest_limit)
{
	int fd;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	for (int i = 0; i < UINT16_MAX; i++)
		ck_assert(wire_crowd_enter(crowd, 0, 1, UINT16_MAX));
	ck_assert(!wire_crowd_enter(crowd, 0, 1, UINT16_MAX));
	ck_assert(!wire_crowd_enter(crowd, 1, 1, UINT16_MAX));
	wire_crowd_take(crowd, 0, 1); /* more than any limit allows */
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), UINT16_MAX);
	wire_crowd_clear(crowd, 0);
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), 0);
	wire_crowd_close(crowd);
	close(fd);
}
END_TEST

static bool never_meet(struct wire_crowd *crowd, uint32_t page, atomic_uint *inside)
{
	for (int i = 0; i < 20000; i++) {
		if (!wire_crowd_enter(crowd, page, 1, 1))
			continue;
		bool alone = atomic_fetch_add(inside, 1) == 0;
		atomic_fetch_sub(inside, 1);
		wire_crowd_leave(crowd, page, 1);
		if (!alone)
			return false;
	}
	return true;
}

/* Two processes go in and out as fast as they can: never both, and none is left. */
START_TEST(two_at_once)
{
	int fd, status;
	struct wire_crowd *crowd = wire_crowd_new(PAGES, &fd);
	atomic_uint *inside = mmap(
		NULL, sizeof *inside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[2];
	ck_assert_ptr_ne(inside, MAP_FAILED);
	for (uint32_t page = 0; page < 2; page++) {
		pids[page] = fork();
		ck_assert_int_ge(pids[page], 0);
		if (pids[page] == 0)
			_exit(never_meet(crowd, page, inside) ? 0 : 1);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), 0);
	munmap(inside, sizeof *inside);
	wire_crowd_close(crowd);
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
	wire_crowd_close(crowd);
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
	wire_crowd_send(crowd, 0, UINT32_MAX);
	wire_crowd_take(crowd, 0, UINT32_MAX);
	wire_crowd_take(crowd, PAGES + WIRE_CROWD_KEEPERS, 1);
	ck_assert(!wire_crowd_say(crowd, UINT32_MAX, 1));
	wire_crowd_clear(crowd, UINT32_MAX);
	wire_crowd_clear(NULL, 0);
	ck_assert_uint_eq(wire_crowd_count(crowd, 1), 0);
	wire_crowd_close(crowd);
	wire_crowd_close(NULL);
	close(fd);
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_ptr_null(wire_crowd_open(none));
	close(none);
}
END_TEST

UNIT_MAIN("wire_crowd", counts_to_the_limit, knows_who_is_one_client, forgets_the_dead,
	forgets_who_died_on_the_way, settles_too_early, counts_to_the_highest_limit, two_at_once,
	speaks_once_a_second, nonsense_does_no_harm)
