/*
 * test_config_remote - RemoteIPHeader and the proxies that are trusted
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

START_TEST(of_hosts)
{
	struct config *config = case_load("RemoteIPHeader X-Forwarded-For\n"
					  "RemoteIPInternalProxy 10.0.2.0/24 ::1\n"
					  "RemoteIPTrustedProxy 192.0.2.1\n"
					  "<VirtualHost *>\nServerName a\n</VirtualHost>\n"
					  "<VirtualHost *>\nServerName b\n"
					  "RemoteIPTrustedProxy 192.0.2.2\n"
					  "RemoteIPProxiesHeader X-By\n</VirtualHost>\n");
	const struct config_remote *all = &config->host.remote, *a = &config->hosts[0]->remote,
				   *b = &config->hosts[1]->remote;
	ck_assert_str_eq(all->header, "X-Forwarded-For");
	ck_assert_ptr_null(all->proxies_header);
	ck_assert_uint_eq(all->proxy_count, 3);
	ck_assert(all->proxies[0].internal && all->proxies[1].internal);
	ck_assert_int_eq(all->proxies[1].network.family, AF_INET6);
	ck_assert(!all->proxies[2].internal);
	ck_assert_ptr_eq(a->proxies, all->proxies);
	ck_assert_uint_eq(a->proxy_count, 3);
	ck_assert_str_eq(b->header, "X-Forwarded-For");
	ck_assert_str_eq(b->proxies_header, "X-By");
	ck_assert_uint_eq(b->proxy_count, 1);
	ck_assert_int_eq(b->proxies[0].network.address[3], 2);
	config_free(config);
	config = case_load("");
	ck_assert_ptr_null(config->host.remote.header);
	config_free(config);
}
END_TEST

START_TEST(refused)
{
	case_refused("RemoteIPInternalProxy 10.0.0.0/33",
		"ROOT/t.conf:1: RemoteIPInternalProxy: '10.0.0.0/33': behind the slash a number "
		"from 0 to 32 or a mask such as 255.255.0.0 is expected");
	case_refused("<Directory />\nRemoteIPHeader X\n</Directory>",
		"ROOT/t.conf:2: RemoteIPHeader is not allowed in <Directory>");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, of_hosts);
	tcase_add_test(tests, refused);
}

int main(void)
{
	return case_main("config_remote", add);
}
