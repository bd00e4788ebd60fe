/*
 * test_parent_policy - how many workers there should be, in a table of situations
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_policy.h"

#include "unit/unit.h"

#define VIEW(workers, spares, min, max, most)                                                      \
	{                                                                                          \
		workers, spares, min, max, most                                                    \
	}

START_TEST(situations)
{
	/* One tick of a fresh policy. */
	static const struct {
		struct parent_policy_view view;
		unsigned births, farewells;
		bool full;
	} rows[] = {
		{VIEW(10, 5, 5, 10, 256), 0, 0, false},
		{VIEW(10, 10, 5, 10, 256), 0, 0, false},
		{VIEW(11, 11, 5, 10, 256), 0, 1, false},
		{VIEW(100, 90, 5, 10, 256), 0, 1, false}, /* one at a time, however many */
		{VIEW(10, 4, 5, 10, 256), 1, 0, false},
		{VIEW(0, 0, 5, 10, 256), 1, 0, false},
		{VIEW(256, 0, 5, 10, 256), 0, 0, true},
		{VIEW(256, 4, 5, 10, 256), 0, 0, true},
		{VIEW(256, 5, 5, 10, 256), 0, 0, false},
		{VIEW(300, 0, 5, 10, 256), 0, 0, true}, /* the limit was lowered */
		{VIEW(255, 0, 5, 10, 256), 1, 0, false},
		{VIEW(1, 0, 1, 2, 1), 0, 0, true},
		{VIEW(0, 0, 0, 0, 0), 0, 0, false},
		{VIEW(1, 1, 0, 0, 5), 0, 1, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parent_policy policy;
		parent_policy_init(&policy);
		struct parent_policy_step step = parent_policy_tick(&policy, &rows[i].view, 1000);
		ck_assert_msg(step.births == rows[i].births &&
				      step.farewells == rows[i].farewells &&
				      step.full == rows[i].full,
			"row %zu: %u %u %d", i, step.births, step.farewells, step.full);
	}
}
END_TEST

START_TEST(apaches_growth)
{
	static const unsigned births[] = {1, 2, 4, 8, 16, 32, 32, 32};
	struct parent_policy policy;
	struct parent_policy_view busy = VIEW(5, 0, 5, 10, 256), enough = VIEW(5, 5, 5, 10, 256);
	parent_policy_init(&policy);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof births / sizeof *births; i++)
			ck_assert_uint_eq(
				parent_policy_tick(&policy, &busy, 1000).births, births[i]);
		parent_policy_tick(&policy, &enough, 1000); /* and it begins with one again */
	}
}
END_TEST

START_TEST(growth_ends_at_the_limit)
{
	struct parent_policy policy;
	parent_policy_init(&policy);
	unsigned workers = 5, most = 40, told = 0;
	for (int i = 0; i < 20; i++) {
		struct parent_policy_view view = VIEW(workers, 0, 5, 10, most);
		struct parent_policy_step step = parent_policy_tick(&policy, &view, 1000);
		workers += step.births;
		told += step.full;
		ck_assert_uint_le(workers, most);
	}
	ck_assert_uint_eq(workers, most);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(full_is_said_once)
{
	struct parent_policy policy;
	struct parent_policy_view full = VIEW(10, 0, 5, 10, 10), relief = VIEW(10, 6, 5, 10, 10),
				  short_again = VIEW(9, 0, 5, 10, 10);
	parent_policy_init(&policy);
	ck_assert(parent_policy_tick(&policy, &full, 1000).full);
	for (int i = 0; i < 5; i++)
		ck_assert(!parent_policy_tick(&policy, &full, 1000).full);
	ck_assert(!parent_policy_tick(&policy, &short_again, 1000).full);
	ck_assert(!parent_policy_tick(&policy, &full, 1000).full); /* the shortage never ended */
	ck_assert(!parent_policy_tick(&policy, &relief, 1000).full);
	ck_assert(parent_policy_tick(&policy, &full, 1000).full);
}
END_TEST

START_TEST(replacing)
{
	static const struct {
		struct parent_policy_view view;
		bool replace;
	} rows[] = {
		{VIEW(4, 4, 5, 10, 256), true},
		{VIEW(0, 0, 5, 10, 256), true},
		{VIEW(5, 5, 5, 10, 256), false},
		{VIEW(256, 0, 5, 10, 256), false},
		{VIEW(255, 0, 5, 10, 256), true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parent_policy policy;
		parent_policy_init(&policy);
		ck_assert_msg(
			parent_policy_replace(&policy, &rows[i].view, 1000) == rows[i].replace,
			"row %zu", i);
		parent_policy_refused(&policy, 1000);
		ck_assert(!parent_policy_replace(&policy, &rows[i].view, 1999));
		ck_assert(parent_policy_replace(&policy, &rows[i].view, 2000) == rows[i].replace);
	}
}
END_TEST

START_TEST(young_deaths_are_throttled)
{
	static const unsigned waits[] = {
		0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
	struct parent_policy policy;
	struct parent_policy_view busy = VIEW(1, 0, 5, 10, 256), nobody = VIEW(0, 0, 5, 10, 256);
	parent_policy_init(&policy);
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		uint64_t now = 1000000 * (i + 1);
		ck_assert_uint_eq(parent_policy_death(&policy, 10, true, now), waits[i]);
		if (waits[i]) {
			ck_assert(!parent_policy_replace(&policy, &busy, now));
			ck_assert(!parent_policy_replace(&policy, &busy, now + waits[i] - 1));
			ck_assert_uint_eq(
				parent_policy_tick(&policy, &busy, now + waits[i] - 1).births, 0);
			unsigned alone = waits[i] < PARENT_POLICY_ALONE_MS ? waits[i]
									   : PARENT_POLICY_ALONE_MS;
			ck_assert(!parent_policy_replace(&policy, &nobody, now + alone - 1));
			ck_assert(parent_policy_replace(&policy, &nobody, now + alone));
		}
		ck_assert(parent_policy_replace(&policy, &busy, now + waits[i]));
	}
	for (int i = 0; i < 1000; i++) /* for ever, without the wait running over */
		ck_assert_uint_eq(parent_policy_death(&policy, 0, true, 1), 30000);
}
END_TEST

START_TEST(what_ends_a_throttle)
{
	static const struct {
		uint64_t age;
		bool failed;
		bool ends;
	} rows[] = {
		{PARENT_POLICY_YOUNG_MS - 1, true, false},
		{PARENT_POLICY_YOUNG_MS, true, true}, /* it lived for a while */
		{0, false, true},                     /* it meant to go */
		{100000, false, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parent_policy policy;
		parent_policy_init(&policy);
		for (int n = 0; n < 6; n++)
			parent_policy_death(&policy, 0, true, 1000);
		parent_policy_death(&policy, rows[i].age, rows[i].failed, 100000);
		ck_assert_msg((policy.young_dead == 0) == rows[i].ends, "row %zu", i);
		ck_assert_msg((parent_policy_death(&policy, 0, true, 200000) == 0) == rows[i].ends,
			"row %zu", i);
	}
}
END_TEST

START_TEST(a_throttle_ends_growth_too)
{
	struct parent_policy policy;
	struct parent_policy_view busy = VIEW(5, 0, 5, 10, 256);
	parent_policy_init(&policy);
	for (int i = 0; i < 6; i++)
		parent_policy_tick(&policy, &busy, 1000);
	for (int i = 0; i < 5; i++)
		parent_policy_death(&policy, 0, true, 1000);
	ck_assert_uint_eq(parent_policy_tick(&policy, &busy, 1050).births, 0);
	ck_assert_uint_eq(parent_policy_tick(&policy, &busy, 1100).births, 1);
}
END_TEST

START_TEST(fork_refused)
{
	struct parent_policy policy;
	struct parent_policy_view busy = VIEW(5, 0, 5, 10, 256), idle = VIEW(50, 50, 5, 10, 256);
	parent_policy_init(&policy);
	parent_policy_tick(&policy, &busy, 1000);
	parent_policy_tick(&policy, &busy, 1000);
	parent_policy_refused(&policy, 5000);
	ck_assert_uint_eq(parent_policy_tick(&policy, &busy, 5999).births, 0);
	ck_assert_uint_eq(parent_policy_tick(&policy, &busy, 6000).births, 1);
	parent_policy_refused(&policy, 7000);
	ck_assert_uint_eq(parent_policy_tick(&policy, &idle, 7000).farewells, 1); /* may go */
	/* A longer wait is not cut short by it. */
	for (int i = 0; i < 20; i++)
		parent_policy_death(&policy, 0, true, 10000);
	parent_policy_refused(&policy, 10000);
	ck_assert_uint_eq(policy.patience_ms, 40000);
}
END_TEST

UNIT_MAIN("parent_policy", situations, apaches_growth, growth_ends_at_the_limit, full_is_said_once,
	replacing, young_deaths_are_throttled, what_ends_a_throttle, a_throttle_ends_growth_too,
	fork_refused)
