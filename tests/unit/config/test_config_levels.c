/*
 * test_config_levels - LogLevel, for the server, hosts and sections
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static void refused(const char *text, const char *message)
{
	char whole[512];
	snprintf(whole, sizeof whole, "ROOT/t.conf:%s", message);
	case_refused(text, whole);
}

/* "warn core:debug" */
static void expect(const struct config_dir *dir, const char *expected)
{
	const struct log_levels *levels = &dir->levels.all;
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < levels->count; i++)
		buffer_printf(&b, "%s%s%s%s", i ? " " : "",
			levels->rows[i].area ? levels->rows[i].area : "",
			levels->rows[i].area ? ":" : "", log_severity_name(levels->rows[i].most));
	buffer_append(&b, "", 1);
	ck_assert_str_eq(b.data, expected);
	buffer_free(&b);
}

static void levels(const char *text, const char *expected)
{
	struct config *config = case_load(text);
	expect(&config->host.dir, expected);
	config_free(config);
}

START_TEST(of_the_server)
{
	levels("", "warn");
	levels("LogLevel Debug", "debug");
	levels("LogLevel emerg", "emerg");
	levels("LogLevel trace8", "trace8");
	levels("LogLevel info http2:debug", "info http2:debug");
	levels("LogLevel core:debug", "warn core:debug");
	levels("LogLevel core:debug info", "info");
	levels("LogLevel core:debug\nLogLevel worker:error core:info",
		"warn core:info worker:error");
	levels("LogLevel info core:debug\nLogLevel crit", "crit");
}
END_TEST

START_TEST(of_modules)
{
	levels("LogLevel info ssl:warn rewrite:trace3", "info ssl:warn rewrite:trace3");
	levels("LogLevel mod_rewrite.c:trace3", "warn rewrite:trace3");
	levels("LogLevel rewrite_module:trace3 rewrite:info", "warn rewrite:info");
	levels("LogLevel mpm_prefork:debug", "warn parent:debug");
	levels("LogLevel http:debug", "warn worker:debug");
	levels("LogLevel mod_.c:debug _module:info", "warn mod_.c:debug _module:info");
}
END_TEST

START_TEST(of_nobody)
{
	struct config *config = case_load("LogLevel info rewrite:trace1 worker:debug keeper:info\n"
					  "LogLevel rewite:trace3");
	case_warned(config, "ROOT/t.conf:2: LogLevel: 'rewite' is no module of this "
			    "server; the level has no effect\n");
	config_free(config);
}
END_TEST

START_TEST(of_places)
{
	struct config *config = case_load("LogLevel info rewrite:trace1\n"
					  "<VirtualHost *>\nLogLevel cgi:debug\n</VirtualHost>\n"
					  "<VirtualHost *>\nServerName b\nLogLevel crit\n"
					  "<Location /x>\nLogLevel core:debug\n</Location>\n"
					  "</VirtualHost>\n");
	struct config_host *b = config->hosts[1];
	expect(&config->host.dir, "info rewrite:trace1");
	expect(&config->hosts[0]->dir, "info rewrite:trace1 cgi:debug");
	expect(&b->dir, "crit");
	expect(config_dir_for(b, TEXT("/x")), "crit core:debug");
	expect(config_dir_for(b, TEXT("/y")), "crit");
	config_free(config);
}
END_TEST

#define WORDS                                                                                      \
	" is not a level (emerg, alert, crit, error, warn, notice, info, debug, trace1 to "        \
	"trace8) or area:level"

START_TEST(bad)
{
	refused("LogLevel loud", "1: LogLevel: 'loud'" WORDS);
	refused("LogLevel :debug", "1: LogLevel: ':debug'" WORDS);
	refused("LogLevel a:1 a:2 a:debug\nLogLevel a:", "1: LogLevel: 'a:1'" WORDS);
	refused("<Directory />\nLogLevel a:\n</Directory>", "2: LogLevel: 'a:'" WORDS);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, of_the_server);
	tcase_add_test(tests, of_modules);
	tcase_add_test(tests, of_nobody);
	tcase_add_test(tests, of_places);
	tcase_add_test(tests, bad);
}

int main(void)
{
	return case_main("config_levels", add);
}
