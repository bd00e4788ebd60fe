/*
 * test_wire_latency - how long requests took, as a histogram
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_latency.h"

#include "unit/unit.h"

START_TEST(every_duration_has_its_bucket)
{
	ck_assert_uint_eq(wire_latency_bucket(0), 0);
	for (unsigned i = 0; i + 1 < WIRE_BUCKETS; i++) {
		uint64_t bound = wire_latency_bound(i);
		ck_assert_uint_eq(wire_latency_bucket(bound), i);
		ck_assert_uint_eq(wire_latency_bucket(bound + 1), i + 1);
		ck_assert_uint_lt(bound, wire_latency_bound(i + 1));
	}
	ck_assert_uint_eq(wire_latency_bucket(UINT64_MAX), WIRE_BUCKETS - 1);
}
END_TEST

START_TEST(the_bounds_are_round)
{
	ck_assert_uint_eq(wire_latency_bound(0), 10);
	ck_assert_uint_eq(wire_latency_bound(1), 20);
	ck_assert_uint_eq(wire_latency_bound(2), 30);
	ck_assert_uint_eq(wire_latency_bound(3), 50);
	ck_assert_uint_eq(wire_latency_bound(20), 1000000);
	ck_assert_uint_eq(wire_latency_bound(WIRE_BUCKETS - 2), 100000000);
	ck_assert_uint_eq(wire_latency_bound(WIRE_BUCKETS - 1), UINT64_MAX);
	ck_assert_uint_eq(wire_latency_bound(99), UINT64_MAX);
}
END_TEST

START_TEST(sums_and_quantiles)
{
	struct wire_latency a = {{0}}, b = {{0}};
	ck_assert_uint_eq(wire_latency_quantile(&a, 0.5), 0);
	a.bucket[4] = 50; /* 50 to 100 us */
	b.bucket[8] = 50; /* 500 us to 1 ms */
	wire_latency_add(&a, &b);
	ck_assert_uint_eq(wire_latency_count(&a), 100);
	ck_assert_uint_eq(wire_latency_quantile(&a, 0), 50);
	ck_assert_uint_eq(wire_latency_quantile(&a, 0.25), 75);
	ck_assert_uint_eq(wire_latency_quantile(&a, 0.5), 100);
	ck_assert_uint_eq(wire_latency_quantile(&a, 0.75), 750);
	ck_assert_uint_eq(wire_latency_quantile(&a, 1), 1000);
	b.bucket[WIRE_BUCKETS - 1] = 1000;
	ck_assert_uint_eq(wire_latency_quantile(&b, 0.99), 100000000);
}
END_TEST

UNIT_MAIN("wire_latency", every_duration_has_its_bucket, the_bounds_are_round, sums_and_quantiles)
