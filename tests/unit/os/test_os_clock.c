/*
 * test_os_clock - the time
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_clock.h"

#include "unit/unit.h"

START_TEST(never_steps_back)
{
	uint64_t ms = os_clock_ms(), us = os_clock_us();
	for (int i = 0; i < 100000; i++) {
		uint64_t ms_now = os_clock_ms(), us_now = os_clock_us();
		ck_assert_uint_ge(ms_now, ms);
		ck_assert_uint_ge(us_now, us);
		ms = ms_now;
		us = us_now;
	}
}
END_TEST

START_TEST(units_agree)
{
	/* Both count from the same moment; the coarse one is a few milliseconds behind. */
	uint64_t ms = os_clock_ms(), us = os_clock_us();
	ck_assert_uint_ge(us / 1000 + 1, ms);
	ck_assert_uint_lt(us / 1000, ms + 10000);
}
END_TEST

START_TEST(is_the_calendars)
{
	time_t before = time(NULL), now = os_clock_now();
	ck_assert_int_ge(now, before - 1);
	ck_assert_int_le(now, time(NULL) + 1);
}
END_TEST

UNIT_MAIN("os_clock", never_steps_back, units_agree, is_the_calendars)
