/*
 * test_config_logs - CustomLog and its like, LogFormat
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
}
END_TEST

/* The logs of a host: "logs/a(%m) ..."; for free(). */
static char *logs_of(const struct config_host *host)
{
	struct buffer b = BUFFER_INIT;
	for (size_t i = 0; i < host->log_count; i++)
		buffer_printf(&b, "%s%s(%s)", i ? " " : "", host->logs[i]->path,
			host->logs[i]->format->source);
	buffer_append(&b, "", 1);
	return b.data;
}

static void hosts_log(const char *text, const char *of_main, const char *of_host)
{
	struct config *config = case_load(text);
	ck_assert_uint_eq(config->host_count, 1);
	char *one = logs_of(&config->host), *other = logs_of(config->hosts[0]);
	ck_assert_str_eq(one, of_main);
	ck_assert_str_eq(other, of_host);
	free(one);
	free(other);
	config_free(config);
}

START_TEST(logs_of_hosts)
{
#define HOST(lines) "<VirtualHost *>\n" lines "\n</VirtualHost>\n"
	hosts_log("CustomLog /a %m\n" HOST(""), "/a(%m)", "/a(%m)");
	hosts_log("CustomLog /a %m\n" HOST("CustomLog /b %U\nCustomLog /c %U"), "/a(%m)",
		"/b(%U) /c(%U)");
	hosts_log("CustomLog /a %m\nGlobalLog /g %v\n" HOST("CustomLog /b %U"), "/a(%m) /g(%v)",
		"/g(%v) /b(%U)");
	hosts_log("GlobalLog /g %v\n" HOST(""), "/g(%v)", "/g(%v)");
	hosts_log(HOST("CustomLog /b %U"), "", "/b(%U)");
	/* names: of the main server, of the host alone */
	hosts_log("CustomLog /a n\n" HOST("CustomLog /b n") "LogFormat %m n\n", "/a(%m)", "/b(%m)");
	hosts_log("CustomLog /a n\nLogFormat %m n\n" HOST("LogFormat %U n\nCustomLog /b n"),
		"/a(%m)", "/b(%U)");
	case_refused("CustomLog /a n\n" HOST("LogFormat %U n"),
		"ROOT/t.conf:1: CustomLog: there is no LogFormat 'n'");
	/* TransferLog */
	hosts_log("LogFormat %m\nTransferLog /a\n" HOST("TransferLog /b"), "/a(%m)", "/b(%m)");
	hosts_log("LogFormat %m\nTransferLog /a\n" HOST("TransferLog /b\nLogFormat %U"), "/a(%m)",
		"/b(%U)");
	hosts_log("TransferLog /a\n" HOST(""), "/a(%h %l %u %t \"%r\" %>s %b)",
		"/a(%h %l %u %t \"%r\" %>s %b)");
}
END_TEST

/* The words of the first log's program with bars between; for free(). */
static char *program_of(const char *text)
{
	struct buffer b = BUFFER_INIT;
	struct config *config = case_load(text);
	const char *const *words = config->logs[0]->program;
	ck_assert_ptr_nonnull(words);
	for (size_t i = 0; words[i]; i++)
		buffer_printf(&b, "%s%s", i ? "|" : "", words[i]);
	buffer_append(&b, "", 1);
	config_free(config);
	return b.data;
}

START_TEST(programs)
{
	static const char *const rows[][2] = {
		{"CustomLog \"|/bin/cat -u  x\" %h", "/bin/cat|-u|x"},
		{"CustomLog \"|| cat\" %h", "cat"},
		{"CustomLog \"|$cat | sort >x\" %h", "/bin/sh|-c|cat | sort >x"},
		{"CustomLog \"|cat 'a b' c\\\\ d\" %h", "cat|a b|c d"},
		{"TransferLog \"|cat ''\"", "cat|"},
		{"GlobalLog \"|cat\" common", "cat"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *words = program_of(rows[i][0]);
		ck_assert_str_eq(words, rows[i][1]);
		free(words);
	}
	refused("CustomLog '|' common",
		"1: CustomLog: a program must follow the '|', not the end of '|'");
	refused("ErrorLog '|$ '",
		"1: ErrorLog: a program must follow the '|', not the end of '|$ '");
}
END_TEST

START_TEST(conditions)
{
	struct config *config = case_load("CustomLog /a %h env=x\nCustomLog /b %h env=!y\n"
					  "CustomLog /c %h \"expr=%{REQUEST_STATUS} -ge 400\"\n"
					  "BufferedLogs On\nLogIOTrackTTFB On\n");
	struct config_log *const *logs = config->host.logs;
	ck_assert_str_eq(logs[0]->variable, "x");
	ck_assert(!logs[0]->unset);
	ck_assert_str_eq(logs[1]->variable, "y");
	ck_assert(logs[1]->unset);
	ck_assert_ptr_null(logs[2]->variable);
	ck_assert_ptr_nonnull(logs[2]->condition);
	ck_assert(config->host.track_first_byte);
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
	refused("CustomLog x", "1: CustomLog takes 2 to 3 arguments: CustomLog file|\"|program\" "
			       "format|name [env=[!]variable|expr=expression]");
	refused("CustomLog x common y",
		"1: CustomLog: what follows the format must be env=variable, env=!variable or "
		"expr=expression, not 'y'");
	refused("GlobalLog x common env=!",
		"1: GlobalLog: what follows the format must be env=variable, env=!variable or "
		"expr=expression, not 'env=!'");
	refused("CustomLog x common 'expr=%{NONE} == 1'",
		"1: CustomLog: in the expression '%{NONE} == 1', column 3: no variable "
		"\"NONE\"");
	refused("TransferLog syslog:daemon",
		"1: TransferLog must be a file or a program; 'syslog:daemon' is for ErrorLog "
		"alone");
	refused("CustomLog '' common", "1: CustomLog must not be empty");
	refused("BufferedLogs yes", "1: BufferedLogs must be On or Off, not 'yes'");
	refused("<VirtualHost *>\nGlobalLog x common\n</VirtualHost>",
		"2: GlobalLog is not allowed in <VirtualHost>");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, custom_log);
	tcase_add_test(tests, logs_of_hosts);
	tcase_add_test(tests, programs);
	tcase_add_test(tests, conditions);
	tcase_add_test(tests, bad_logs);
}

int main(void)
{
	return case_main("config_logs", add);
}
