/*
 * test_os_names - names and addresses, as far as a machine without a network knows them
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_names.h"

#include "unit/unit.h"

static struct os_address address(const char *text)
{
	struct os_address a;
	ck_assert_int_eq(os_address_parse(&a, text_of(text)), 0);
	return a;
}

START_TEST(names_have_addresses)
{
	struct os_address here = address("127.0.0.1:80"), mapped = address("[::ffff:127.0.0.1]:1"),
			  there = address("192.0.2.1:80");
	ck_assert(os_names_has("127.0.0.1", &here));
	ck_assert(os_names_has("127.0.0.1", &mapped));
	ck_assert(!os_names_has("127.0.0.2", &here));
	ck_assert(!os_names_has("127.0.0.1", &there));
	ck_assert(os_names_has("localhost", &here));
	ck_assert(!os_names_has("localhost", &there));
	ck_assert(!os_names_has("no such name", &here));
}
END_TEST

START_TEST(nobody_has_no_name)
{
	char name[OS_NAMES_SIZE];
	struct os_address nobody = {.size = 0};
	ck_assert(!os_names_of(&nobody, name));
	ck_assert(!os_names_has("localhost", &nobody));
}
END_TEST

/* A name counts only where it leads back. */
START_TEST(names_are_confirmed)
{
	char name[OS_NAMES_SIZE];
	struct os_address here = address("127.0.0.1:80");
	if (os_names_of(&here, name))
		ck_assert(os_names_has(name, &here));
}
END_TEST

UNIT_MAIN("os_names", names_have_addresses, nobody_has_no_name, names_are_confirmed)
