/*
 * test_os_network - networks as mod_authz_host takes them
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_network.h"

#include "unit/unit.h"

START_TEST(members)
{
	static const struct {
		const char *network, *address;
		bool has;
	} rows[] = {
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3", "10.1.2.4", false},
		{"10.1.2.3.", "10.1.2.3", true},
		{"10", "10.255.0.1", true},
		{"10", "11.0.0.1", false},
		{"10.", "10.255.0.1", true},
		{"10.1", "10.1.255.255", true},
		{"10.1", "10.10.0.0", false},
		{"10.1.", "10.2.0.0", false},
		{"10.1.2", "10.1.2.255", true},
		{"010.001", "10.1.0.0", true},
		{"10.1.0.0/16", "10.1.200.1", true},
		{"10.1.0.0/16", "10.2.0.1", false},
		{"10.1.2.3/8", "10.255.255.255", true}, /* host bits do not matter */
		{"10.1.0.0/255.255.0.0", "10.1.9.9", true},
		{"10.1.0.0/255.255.0.0", "10.2.9.9", false},
		{"10.0.7.0/255.0.255.0", "10.9.7.1", true}, /* nor need a mask be a prefix */
		{"10.0.7.0/255.0.255.0", "10.9.8.1", false},
		{"192.0.2.128/25", "192.0.2.128", true},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.1/32", "192.0.2.1", true},
		{"192.0.2.1/32", "192.0.2.0", false},
		{"0.0.0.0/0", "255.255.255.255", true},
		{"0.0.0.0/0", "::1", false},
		{"0.0.0.0/0.0.0.0", "1.2.3.4", true},
		{"2001:db8::/32", "2001:db8:ffff::1", true},
		{"2001:db8::/32", "2001:db9::1", false},
		{"2001:db8::1", "2001:DB8:0:0::1", true},
		{"2001:db8::1", "2001:db8::2", false},
		{"fe80::/10", "febf::1", true},
		{"fe80::/10", "fec0::1", false},
		{"::1/128", "::1", true},
		{"::/0", "2001:db8::1", true},
		{"::/0", "10.0.0.1", false},
		/* Who comes over IPv4 to an IPv6 listener is an IPv4 peer. */
		{"10.1", "::ffff:10.1.2.3", true},
		{"10.1", "::ffff:10.2.2.3", false},
		{"::/0", "::ffff:10.1.2.3", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct os_network n;
		struct os_address a;
		const char *why = "";
		ck_assert_msg(os_network_parse(&n, text_of(rows[i].network), &why) == 0, "%s: %s",
			rows[i].network, why);
		ck_assert_int_eq(os_network_address(&a, text_of(rows[i].address)), 0);
		ck_assert_msg(os_network_has(&n, &a) == rows[i].has, "%s in %s", rows[i].address,
			rows[i].network);
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *network, *why;
	} rows[] = {
		{"", "an IP address is expected"},
		{"foo", "an IP address is expected"},
		{"/8", "an IP address is expected"},
		{"10.g", "an IP address is expected"},
		{"fe80::1%lo", "an IP address is expected"},
		{"[::1]", "an IP address is expected"},
		{" 10", "an IP address is expected"},
		{"10.1.2.3.4", "an IPv4 address has four parts"},
		{"256", "each part of an IPv4 address is a number from 0 to 255"},
		{"10.256", "each part of an IPv4 address is a number from 0 to 255"},
		{"10..1", "each part of an IPv4 address is a number from 0 to 255"},
		{".10", "each part of an IPv4 address is a number from 0 to 255"},
		{"10.a", "each part of an IPv4 address is a number from 0 to 255"},
		{"0000", "each part of an IPv4 address is a number from 0 to 255"},
		{"1.2.3.4..", "an IPv4 address has four parts"},
		{"10/8", "before a slash the whole address is expected"},
		{"10.1/16", "before a slash the whole address is expected"},
		{"10.1.0.0./16", "before a slash the whole address is expected"},
		{"10.0.0.0/33", "behind the slash a number from 0 to 32 or a mask such as "
				"255.255.0.0 is expected"},
		{"10.0.0.0/", "behind the slash a number from 0 to 32 or a mask such as "
			      "255.255.0.0 is expected"},
		{"10.0.0.0/255.0", "behind the slash a number from 0 to 32 or a mask such as "
				   "255.255.0.0 is expected"},
		{"10.0.0.0/8x", "behind the slash a number from 0 to 32 or a mask such as "
				"255.255.0.0 is expected"},
		{"10.0.0.0/8/8", "behind the slash a number from 0 to 32 or a mask such as "
				 "255.255.0.0 is expected"},
		{"2001:db8", "that is no IPv6 address"},
		{"2001:", "that is no IPv6 address"},
		{"1:2:3:4:5:6:7:8:9", "that is no IPv6 address"},
		{"2001:db8::/129", "behind the slash a number from 0 to 128 is expected"},
		{"::1/ffff::", "behind the slash a number from 0 to 128 is expected"},
		{"::1/", "behind the slash a number from 0 to 128 is expected"},
		{"::ffff:10.0.0.1", "an IPv4 address is written as one here, without ::ffff:"},
		{"::ffff:10.0.0.0/104", "an IPv4 address is written as one here, without ::ffff:"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct os_network n;
		const char *why = "";
		errno = 0;
		ck_assert_msg(os_network_parse(&n, text_of(rows[i].network), &why) == -1, "%s",
			rows[i].network);
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_str_eq(why, rows[i].why);
	}
	struct os_network n;
	const char *why;
	unit_fails(os_network_parse(&n, TEXT("10\0.1"), &why), EINVAL);
	unit_fails(os_network_parse(&n, (struct text){NULL, 0}, &why), EINVAL);
}
END_TEST

START_TEST(addresses)
{
	static const char *const bad[] = {"", "10", "10.1", "1.2.3.4.", "1.2.3.256", "::g", "[::1]",
		"1.2.3.4:80", "localhost", "fe80::1%lo",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
	struct os_address a;
	char to[OS_ADDRESS_TEXT];
	ck_assert_int_eq(os_network_address(&a, TEXT("192.0.2.7")), 0);
	ck_assert_str_eq(os_address_host(&a, to), "192.0.2.7");
	ck_assert_int_eq(os_network_address(&a, TEXT("2001:DB8::7")), 0);
	ck_assert_str_eq(os_address_host(&a, to), "2001:db8::7");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		unit_fails(os_network_address(&a, text_of(bad[i])), EINVAL);
	unit_fails(os_network_address(&a, TEXT("::1\0")), EINVAL);
}
END_TEST

START_TEST(neither_v4_nor_v6)
{
	struct os_address a = {.size = sizeof(sa_family_t)};
	struct os_network n;
	const char *why;
	a.of.any.sa_family = AF_UNIX;
	ck_assert_int_eq(os_network_parse(&n, TEXT("0.0.0.0/0"), &why), 0);
	ck_assert(!os_network_has(&n, &a));
	ck_assert_int_eq(os_network_parse(&n, TEXT("::/0"), &why), 0);
	ck_assert(!os_network_has(&n, &a));
}
END_TEST

UNIT_MAIN("os_network", members, refused, addresses, neither_v4_nor_v6)
