/*
 * test_os_names - names and addresses, as far as a machine without a network knows them
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_names.h"

#include "base/assert.h"

#include "unit/unit.h"

#include <netdb.h>

static const char *claimed; /* by every address; NULL: no name */

int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t room,
	char *service, socklen_t service_room, int flags)
{
	(void)address, (void)size, (void)service, (void)service_room, (void)flags;
	if (!claimed)
		return EAI_NONAME;
	snprintf(host, room, "%s", claimed);
	return 0;
}

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
	struct os_address here = address("127.0.0.1:80"), there = address("192.0.2.1:80");
	claimed = "LocalHost.";
	ck_assert(os_names_of(&here, name));
	ck_assert_str_eq(name, "localhost");
	ck_assert(!os_names_of(&there, name));
}
END_TEST

/* Who owns an address says what it likes. */
START_TEST(claims_are_names)
{
	static const char *const bad[] = {"", ".", "127.0.0.1", "127.0.0.01.", "127.1",
		"2130706433", "0x7f000001", "::1", "fe80::1", "a b", "a\nb", "a\r\nX: y", "<b>",
		"a\"b", "a\\032b", "a\033[31m", "\xc3\xa9.test", "$(id)", "a,b", "a;b", "a|b"};
	static const char *const good[] = {"a", "a.test", "1.a.test", "a_b-c.test", "1and1.test"};
	char name[OS_NAMES_SIZE];
	struct os_address here = address("127.0.0.1:80");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		claimed = bad[i];
		ck_assert_msg(!os_names_claimed(&here, name), "%s", bad[i]);
	}
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		claimed = good[i];
		ck_assert_msg(os_names_claimed(&here, name), "%s", good[i]);
		ck_assert_str_eq(name, good[i]);
	}
}
END_TEST

UNIT_MAIN(
	"os_names", names_have_addresses, nobody_has_no_name, names_are_confirmed, claims_are_names)
