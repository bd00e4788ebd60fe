/*
 * test_config_logs - CustomLog, LogFormat, ErrorLog and LogLevel
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

START_TEST(custom_log)
{
	struct config *config = case_load("CustomLog logs/a late\n"
					  "CustomLog /dev/null \"%h\"\n"
					  "LogFormat \"%m\" late\n"
					  "CustomLog logs/c combined\n"
					  "CustomLog logs/d common\n");
	struct config_log *const *logs = config->host.logs;
	ck_assert_uint_eq(config->host.log_count, 4);
	char *path = case_shorten(logs[0]->path);
	ck_assert_str_eq(path, "ROOT/logs/a");
	free(path);
	ck_assert_str_eq(logs[0]->format->source, "%m");
	ck_assert_str_eq(logs[0]->format->name, "late");
	ck_assert_uint_eq(logs[0]->line, 1);
	ck_assert_int_eq(logs[0]->fd, -1);
	ck_assert_str_eq(logs[1]->path, "/dev/null");
	ck_assert_str_eq(logs[1]->format->source, "%h");
	ck_assert_ptr_null(logs[1]->format->name);
	ck_assert_str_eq(logs[2]->format->source,
		"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"");
	ck_assert_str_eq(logs[3]->format->source, "%h %l %u %t \"%r\" %>s %b");
	ck_assert_uint_eq(logs[3]->format->count, 13);
	config_free(config);

	config = case_load("LogFormat \"%m\" common\nCustomLog x common");
	ck_assert_str_eq(config->host.logs[0]->format->source, "%m");
	config_free(config);

	config = case_load("LogFormat \"%m\"");
	ck_assert_uint_eq(config->host.log_count, 0);
	case_warned(config, "ROOT/t.conf:1: LogFormat without a name has no effect: there is no "
			    "TransferLog\n");
	config_free(config);
}
END_TEST

START_TEST(bad_logs)
{
	refused("CustomLog x combind",
		"1: CustomLog: there is no LogFormat 'combind': did you mean 'combined'?");
	refused("\nCustomLog x other", "2: CustomLog: there is no LogFormat 'other'");
	refused("CustomLog x \"%z\"", "1: CustomLog: in the format, there is no field %z");
	refused("LogFormat \"%{x\" n", "1: LogFormat: in the format, a { is not closed");
	refused("LogFormat a b%c",
		"1: LogFormat: a name must not be empty or hold '%', as 'b%c' does");
	refused("LogFormat a ''", "1: LogFormat: a name must not be empty or hold '%', as '' does");
	refused("CustomLog x", "1: CustomLog takes 2 arguments: CustomLog file format|name");
	refused("CustomLog x common env=y",
		"1: CustomLog takes 2 arguments: CustomLog file format|name");
	refused("CustomLog '|cat' common",
		"1: CustomLog must be a file; '|cat', a program or syslog, is not supported");
	refused("ErrorLog syslog:daemon",
		"1: ErrorLog must be a file; 'syslog:daemon', a program or syslog, is not "
		"supported");
	refused("ErrorLog ''",
		"1: ErrorLog must be a file; '', a program or syslog, is not supported");
}
END_TEST

START_TEST(error_log)
{
	struct config *config = case_load("ErrorLog x/e");
	char *path = case_shorten(config->error_log);
	ck_assert_str_eq(path, "ROOT/x/e");
	ck_assert_int_eq(config->error_log_fd, -1);
	free(path);
	config_free(config);
	config = case_load("ErrorLog /dev/stderr");
	ck_assert_str_eq(config->error_log, "/dev/stderr");
	config_free(config);
}
END_TEST

/* "warn core:debug" */
static void levels(const char *text, const char *expected)
{
	static const char *const names[] = {
#define LOG_SEVERITY(symbol, name) name,
#include "base/log.def"
#undef LOG_SEVERITY
	};
	struct buffer b = BUFFER_INIT;
	struct config *config = case_load(text);
	for (size_t i = 0; i < config->log_level_count; i++) {
		const struct config_log_level *l = &config->log_levels[i];
		buffer_printf(&b, "%s%s%s%s", i ? " " : "", l->area ? l->area : "",
			l->area ? ":" : "", names[l->most]);
	}
	buffer_append(&b, "", 1);
	ck_assert_str_eq(b.data, expected);
	buffer_free(&b);
	config_free(config);
}

START_TEST(log_levels)
{
	levels("", "warn");
	levels("LogLevel Debug", "debug");
	levels("LogLevel emerg", "emerg");
	levels("LogLevel trace8", "trace8");
	levels("LogLevel info http:debug", "info http:debug");
	levels("LogLevel http:debug", "warn http:debug");
	levels("LogLevel http:debug info", "info");
	levels("LogLevel http:debug\nLogLevel worker:error http:info",
		"warn http:info worker:error");
	levels("LogLevel info http:debug\nLogLevel crit", "crit");
	refused("LogLevel loud", "1: LogLevel: 'loud' is not a level (emerg, alert, crit, error, "
				 "warn, notice, info, debug, "
				 "trace1 to trace8) or area:level");
	refused("LogLevel :debug", "1: LogLevel: ':debug' is not a level (emerg, alert, crit, "
				   "error, warn, notice, info, debug, "
				   "trace1 to trace8) or area:level");
	refused("LogLevel a:1 a:2 a:debug\nLogLevel a:",
		"1: LogLevel: 'a:1' is not a level (emerg, alert, crit, error, warn, notice, info, "
		"debug, "
		"trace1 to trace8) or area:level");
	refused("LogLevel a:info b:info c:info d:info e:info f:info g:info h:info\n"
		"LogLevel i:info j:info k:info l:info m:info n:info o:info p:info p:debug\n"
		"LogLevel q:info",
		"3: LogLevel: more than 16 areas have a level of their own");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, custom_log);
	tcase_add_test(tests, bad_logs);
	tcase_add_test(tests, error_log);
	tcase_add_test(tests, log_levels);
}

int main(void)
{
	return case_main("config_logs", add);
}
