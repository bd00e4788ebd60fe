/*
 * test_handler_auth_memory - what was found right is remembered for a minute, and nothing else
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_auth_memory.h"

#include "unit/unit.h"

static const struct text user = TEXT("alice"), password = TEXT("secret");

START_TEST(remembers)
{
	ck_assert(!handler_auth_memory_knows(user, password, "$2y$x", 1000));
	handler_auth_memory_keep(user, password, "$2y$x", 1000);
	ck_assert(handler_auth_memory_knows(user, password, "$2y$x", 1000));
	ck_assert(handler_auth_memory_knows(
		user, password, "$2y$x", 1000 + HANDLER_AUTH_MEMORY_MS - 1));
	ck_assert(
		!handler_auth_memory_knows(user, password, "$2y$x", 1000 + HANDLER_AUTH_MEMORY_MS));
}
END_TEST

/* Neither another user, nor another password, nor a file that says something else; nor the same
 * letters divided in another way. */
START_TEST(is_exact)
{
	handler_auth_memory_keep(user, password, "$2y$x", 1000);
	ck_assert(!handler_auth_memory_knows(TEXT("alic"), password, "$2y$x", 1000));
	ck_assert(!handler_auth_memory_knows(user, TEXT("Secret"), "$2y$x", 1000));
	ck_assert(!handler_auth_memory_knows(user, TEXT(""), "$2y$x", 1000));
	ck_assert(!handler_auth_memory_knows(user, password, "$2y$y", 1000));
	ck_assert(!handler_auth_memory_knows(TEXT("alices"), TEXT("ecret"), "$2y$x", 1000));
	ck_assert(!handler_auth_memory_knows(user, TEXT("secret$"), "2y$x", 1000));
}
END_TEST

/* More than there is room for: some are forgotten, none is mistaken. */
START_TEST(is_bounded)
{
	char name[16];
	unsigned known = 0;
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "user%u", i);
		handler_auth_memory_keep(text_of(name), password, "hash", 1000);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "user%u", i);
		known += handler_auth_memory_knows(text_of(name), password, "hash", 1000);
		ck_assert(!handler_auth_memory_knows(text_of(name), TEXT("other"), "hash", 1000));
	}
	ck_assert_uint_gt(known, 100);
	ck_assert_uint_lt(known, 1000);
}
END_TEST

UNIT_MAIN("handler_auth_memory", remembers, is_exact, is_bounded)
