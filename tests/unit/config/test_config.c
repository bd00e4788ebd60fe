/*
 * test_config - small questions to a configuration
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

START_TEST(server_names)
{
	ck_assert_str_eq(config_server_name(CONFIG_TOKENS_PROD), "preforkd");
	const char *min = config_server_name(CONFIG_TOKENS_MIN);
	const char *major = config_server_name(CONFIG_TOKENS_MAJOR);
	const char *minor = config_server_name(CONFIG_TOKENS_MINOR);
	struct text version = text_of(min + strlen("preforkd/"));
	struct text first = text_split(&version, '.'), second = text_split(&version, '.');
	char expected[64];
	snprintf(expected, sizeof expected, "preforkd/%.*s", TEXT_ARGS(first));
	ck_assert_str_eq(major, expected);
	snprintf(expected, sizeof expected, "preforkd/%.*s.%.*s", TEXT_ARGS(first),
		TEXT_ARGS(second));
	ck_assert_str_eq(minor, expected);
	snprintf(expected, sizeof expected, "%s (Unix)", min);
	ck_assert_str_eq(config_server_name(CONFIG_TOKENS_OS), expected);
	ck_assert_str_eq(config_server_name(CONFIG_TOKENS_FULL), expected);
}
END_TEST

START_TEST(needs_stop)
{
	static const struct {
		const char *old, *fresh, *names;
	} rows[] = {
		{"", "", ""},
		{"ServerLimit 300", "ServerLimit 300", ""},
		{"StartServers 2", "StartServers 3\nKeepAlive Off\nDocumentRoot conf", ""},
		{"ServerLimit 300", "", "ServerLimit"},
		{"", "ProcessModel fork", "ProcessModel"},
		{"PidFile logs/preforkd.pid", "", ""},
		{"PidFile a", "PidFile b\nServerLimit 3\nStartMethod spawn",
			"PidFile, StartMethod, ServerLimit"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer names = BUFFER_INIT;
		struct config *old = case_load(rows[i].old), *fresh = case_load(rows[i].fresh);
		ck_assert(config_needs_stop(old, fresh, &names) == (rows[i].names[0] != '\0'));
		buffer_append(&names, "", 1);
		ck_assert_str_eq(names.data, rows[i].names);
		buffer_free(&names);
		config_free(old);
		config_free(fresh);
	}
}
END_TEST

START_TEST(free_nothing)
{
	config_free(NULL);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, server_names);
	tcase_add_test(tests, needs_stop);
	tcase_add_test(tests, free_nothing);
}

int main(void)
{
	return case_main("config", add);
}
