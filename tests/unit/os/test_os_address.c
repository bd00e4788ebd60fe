/*
 * test_os_address - addresses read from a configuration and written into logs
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_address.h"

#include "unit/unit.h"

#include <arpa/inet.h>

static bool have_v6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(good)
{
	static const struct {
		const char *from, *host;
		unsigned port;
		const char *format;
	} rows[] = {
		{"127.0.0.1:80", "127.0.0.1", 80, "127.0.0.1:80"},
		{"0.0.0.0:65535", "0.0.0.0", 65535, "0.0.0.0:65535"},
		{"127.0.0.1:0", "127.0.0.1", 0, "127.0.0.1:0"},
		{"[::1]:8080", "::1", 8080, "[::1]:8080"},
		{"[::]:80", "::", 80, "[::]:80"},
		{"[2001:DB8:0:0::1]:80", "2001:db8::1", 80, "[2001:db8::1]:80"},
		{"[::ffff:192.0.2.7]:80", "192.0.2.7", 80, "192.0.2.7:80"},
		{"[fe80::1%lo]:80", "fe80::1", 80, "[fe80::1]:80"},
		{"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
			"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct os_address a;
		char to[OS_ADDRESS_TEXT];
		ck_assert_msg(os_address_parse(&a, text_of(rows[i].from)) == 0, "%s", rows[i].from);
		ck_assert_str_eq(os_address_host(&a, to), rows[i].host);
		ck_assert_uint_eq(os_address_port(&a), rows[i].port);
		ck_assert_str_eq(os_address_format(&a, to), rows[i].format);
		ck_assert(os_address_equal(&a, &a));
	}
}
END_TEST

START_TEST(wildcards)
{
	static const char *const rows[] = {"80", "*:80", "0", "65535"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct os_address a;
		ck_assert_int_eq(os_address_parse(&a, text_of(rows[i])), 0);
		ck_assert_int_eq(a.of.any.sa_family, have_v6() ? AF_INET6 : AF_INET);
		char to[OS_ADDRESS_TEXT];
		ck_assert_str_eq(os_address_host(&a, to), have_v6() ? "::" : "0.0.0.0");
	}
}
END_TEST

START_TEST(bad)
{
	static const char *const rows[] = {"", ":", ":80", "*", "*:", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80 ", " 80", "80a",
		"65536", "18446744073709551696", "localhost:80", "127.1:80", "127.0.0.256:80",
		"127.0.0.1.1:80", "0127.0.0.1:80", "::1:80", "[]:80", "[::1]", "[::1]80", "[::1:80",
		"::1]:80", "[::1%nowhere0]:80", "[::1%]:80", "[::g]:80", "[127.0.0.1]:80",
		"[1:2:3:4:5:6:7:8:9]:80",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]:80"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct os_address a;
		errno = 0;
		ck_assert_msg(os_address_parse(&a, text_of(rows[i])) == -1 && errno == EINVAL,
			"\"%s\"", rows[i]);
	}
	struct os_address a;
	unit_fails(os_address_parse(&a, TEXT("127.0.0.1\0:80")), EINVAL);
	unit_fails(os_address_parse(&a, (struct text){NULL, 0}), EINVAL);
}
END_TEST

START_TEST(every_cut_of_a_long_one)
{
	/* Each prefix in a block of exactly its size: a sanitizer sees a look behind the end. */
	static const char whole[] = "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%lo]:65535";
	for (size_t size = 0; size < sizeof whole; size++) {
		struct os_address a;
		char *block = malloc(size ? size : 1);
		memcpy(block, whole, size);
		(void)os_address_parse(&a, text_from(block, size));
		free(block);
	}
}
END_TEST

START_TEST(equality)
{
	static const char *const all[] = {"127.0.0.1:80", "127.0.0.1:81", "127.0.0.2:80",
		"[::1]:80", "[::2]:80", "[::1]:81", "[fe80::1%lo]:80", "[fe80::1]:80"};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t j = 0; j < sizeof all / sizeof *all; j++) {
			struct os_address a, b;
			ck_assert_int_eq(os_address_parse(&a, text_of(all[i])), 0);
			ck_assert_int_eq(os_address_parse(&b, text_of(all[j])), 0);
			ck_assert_msg(
				os_address_equal(&a, &b) == (i == j), "%s and %s", all[i], all[j]);
		}
}
END_TEST

START_TEST(neither_v4_nor_v6)
{
	struct os_address a = {.size = sizeof(sa_family_t)}; /* as of an unnamed unix(7) socket */
	char to[OS_ADDRESS_TEXT];
	a.of.any.sa_family = AF_UNIX;
	ck_assert_str_eq(os_address_host(&a, to), "-");
	ck_assert_uint_eq(os_address_port(&a), 0);
	ck_assert_str_eq(os_address_format(&a, to), "-:0");
}
END_TEST

UNIT_MAIN("os_address", good, wildcards, bad, every_cut_of_a_long_one, equality, neither_v4_nor_v6)
