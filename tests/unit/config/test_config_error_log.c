/*
 * test_config_error_log - ErrorLog and ErrorLogFormat
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "base/log_format.h"

#include <syslog.h>

static void refused(const char *text, const char *message)
{
	char whole[512];
	snprintf(whole, sizeof whole, "ROOT/t.conf:%s", message);
	case_refused(text, whole);
}

START_TEST(files)
{
	case_file("x/kept", "");
	struct config *config = case_load("ErrorLog x/e");
	char *path = case_shorten(config->error_log);
	ck_assert_str_eq(path, "ROOT/x/e");
	ck_assert_int_eq(config->error_log_fd, -1);
	ck_assert_uint_eq(config->error_log_count, 1);
	ck_assert_ptr_eq(config->error_logs[0], config->host.error_log);
	ck_assert_str_eq(config->error_logs[0]->path, config->error_log);
	ck_assert_int_eq(config->error_logs[0]->sink.fd, -1);
	free(path);
	config_free(config);
	config = case_load("ErrorLog /dev/stderr");
	ck_assert_str_eq(config->error_log, "/dev/stderr");
	config_free(config);
	config = case_load("");
	path = case_shorten(config->error_log);
	ck_assert_str_eq(path, "ROOT/logs/error_log");
	free(path);
	config_free(config);
}
END_TEST

START_TEST(of_hosts)
{
	struct config *config = case_load(
		"<VirtualHost *>\n</VirtualHost>\n"
		"<VirtualHost *>\nServerName a\nErrorLog own\n</VirtualHost>\n"
		"<VirtualHost *>\nServerName b\nErrorLog own\nErrorLogFormat %M\n</VirtualHost>\n"
		"<VirtualHost *>\nServerName c\nErrorLog main\n</VirtualHost>\nErrorLog main\n");
	struct config_host *const *h = config->hosts;
	ck_assert_uint_eq(config->error_log_count, 2);
	ck_assert_ptr_eq(h[0]->error_log, config->host.error_log);
	ck_assert_ptr_eq(h[1]->error_log, config->error_logs[1]);
	ck_assert_ptr_eq(h[2]->error_log, config->error_logs[1]);
	ck_assert_ptr_eq(h[3]->error_log, config->host.error_log);
	ck_assert_ptr_null(h[1]->error_log_form);
	ck_assert_ptr_nonnull(h[2]->error_log_form->line);
	config_free(config);
}
END_TEST

START_TEST(lines_for_each)
{
	struct config *config = case_load("ErrorLogFormat request %L\nErrorLogFormat Request %P\n"
					  "ErrorLogFormat connection %a\n"
					  "<VirtualHost *>\nServerName a\n</VirtualHost>\n"
					  "<VirtualHost *>\nServerName b\n"
					  "ErrorLogFormat request %k\nErrorLogFormat %M\n"
					  "</VirtualHost>\n");
	const struct log_form *all = config->host.error_log_form,
			      *own = config->hosts[1]->error_log_form;
	ck_assert_ptr_eq(config->hosts[0]->error_log_form, all);
	ck_assert_ptr_null(all->line);
	ck_assert_uint_eq(all->request.count, 2);
	ck_assert_int_eq(all->request.all[1]->items[0].letter, 'P');
	ck_assert_uint_eq(all->connection.count, 1);
	ck_assert_ptr_nonnull(own->line);
	ck_assert_uint_eq(own->request.count, 1);
	ck_assert_int_eq(own->request.all[0]->items[0].letter, 'k');
	ck_assert_ptr_eq(own->connection.all, all->connection.all);
	config_free(config);
}
END_TEST

START_TEST(programs)
{
	struct config *config = case_load("ErrorLog \"|/bin/cat x\"");
	const struct config_error_log *log = config->error_logs[0];
	ck_assert_str_eq(config->error_log, "|/bin/cat x");
	ck_assert_str_eq(log->program[0], "/bin/cat");
	ck_assert_str_eq(log->program[1], "x");
	ck_assert_ptr_null(log->program[2]);
	ck_assert(log->sink.piped);
	config_free(config);
}
END_TEST

START_TEST(system_log)
{
	static const struct {
		const char *text, *tag;
		int facility;
	} rows[] = {
		{"ErrorLog syslog", "preforkd", LOG_LOCAL7},
		{"ErrorLog syslog:user", "preforkd", LOG_USER},
		{"ErrorLog syslog:Daemon:web1", "web1", LOG_DAEMON},
		{"ErrorLog syslog::web2", "web2", LOG_LOCAL7},
		{"ErrorLog syslog:local0", "preforkd", LOG_LOCAL0},
		{"ErrorLog syslog:authpriv", "preforkd", LOG_AUTHPRIV},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = case_load(rows[i].text);
		const struct log_syslog *s = config->error_logs[0]->sink.syslog;
		ck_assert_ptr_nonnull(s);
		ck_assert_str_eq(s->tag, rows[i].tag);
		ck_assert_int_eq(s->facility, rows[i].facility);
		config_free(config);
	}
	/* Another name, however much alike, is that of a file. */
	struct config *config = case_load("ErrorLog syslogs");
	ck_assert_ptr_null(config->error_logs[0]->sink.syslog);
	config_free(config);
	refused("ErrorLog syslog:moon",
		"1: ErrorLog: syslog has no facility 'moon': it is auth, authpriv, cron, daemon, "
		"ftp, kern, local0 to local7, lpr, mail, news, syslog, user or uucp");
}
END_TEST

START_TEST(bad)
{
	refused("ErrorLog ''", "1: ErrorLog must not be empty");
	refused("ErrorLogFormat '[%t] %z'",
		"1: ErrorLogFormat: in the format, there is no field %z");
	refused("ErrorLogFormat '[%t]'",
		"1: ErrorLogFormat: in the format, there is no %M, the message");
	refused("ErrorLogFormat request '%M'",
		"1: ErrorLogFormat: in the format, %M, the message, must not be: none is in lines "
		"for each request or connection");
	refused("ErrorLogFormat host '%t'",
		"1: ErrorLogFormat: a format is for each request or connection, not 'host'");
	refused("<Directory />\nErrorLog x\n</Directory>",
		"2: ErrorLog is not allowed in <Directory>");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, files);
	tcase_add_test(tests, of_hosts);
	tcase_add_test(tests, lines_for_each);
	tcase_add_test(tests, programs);
	tcase_add_test(tests, system_log);
	tcase_add_test(tests, bad);
}

int main(void)
{
	return case_main("config_error_log", add);
}
