/*
 * test_worker_log_error - the error log of each host, and what a worker says there
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

#include <regex.h>

static void open_error_log(struct config_host *host)
{
	host->error_log->sink.fd =
		open(host->error_log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_ge(host->error_log->sink.fd, 0);
}

START_TEST(each_host_has_its_error_log)
{
	struct rig_client c;
	rig_open("LogLevel info\nServerName main\n"
		 "<VirtualHost *>\nServerName a\nErrorLog a_log\n"
		 "ErrorLogFormat \"%l %v %V [%a] %{X}i%{c}L %L %M% ,\\ agent\\ %{User-Agent}i\"\n"
		 "</VirtualHost>\n"
		 "<VirtualHost *>\nServerName b\nErrorLog b_log\nLogLevel crit\n"
		 "<Location /y>\nLogLevel core:info\n</Location>\n</VirtualHost>\n");
	open_error_log(rig.config->hosts[0]);
	open_error_log(rig.config->hosts[1]);
	rig_connect(&c);
	rig_say(&c, TEXT("GET /x HTTP/1.1\r\nHost: a:99\r\nReferer: r\"\t\\\r\n\r\n"));
	rig_say(&c, TEXT("GET /x HTTP/1.1\r\nHost: b\r\n\r\n"));
	rig_say(&c, TEXT("GET /y HTTP/1.1\r\nHost: b\r\nReferer: r\"\tr\r\n\r\n"));
	rig_hang_up(&c);
	for (int i = 0; i < 2; i++)
		close(rig.config->hosts[i]->error_log->sink.fd);
	rig_close();
	char *a = unit_read("a_log"), *b = unit_read("b_log");
	ck_assert_uint_eq(rig_count(text_of(a), "\n"), 1);
	ck_assert_uint_eq(rig_count(text_of(a), "info a a [192.0.2.9:4711] "), 1);
	ck_assert_uint_eq(rig_count(text_of(a), " File does not exist: "), 1);
	ck_assert_uint_eq(rig_count(text_of(a), "/www/x\n"), 1);
	ck_assert_uint_eq(rig_count(text_of(b), "\n"), 1);
	ck_assert_uint_eq(rig_count(text_of(b), "] [client 192.0.2.9:4711] File does not"), 1);
	ck_assert_uint_eq(rig_count(text_of(b), "/www/y, referer: r\"\\tr\n"), 1);
	free(a);
	free(b);
}
END_TEST

START_TEST(lines_know_their_request)
{
	struct rig_client c;
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	rig_open("LogLevel info\nErrorLogFormat \"%L %M\"\nCustomLog log \"%L %U\"\n");
	rig.config->host.error_log->sink.fd = errors;
	rig_connect(&c);
	rig_say(&c, TEXT("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	worker_log_flush(&rig.w);
	close(errors);
	rig_close();
	char *said = unit_read("errors"), *log = unit_read("log");
	char *second = strchr(log, '\n') + 1;
	ck_assert_uint_eq(rig_count(text_of(said), "\n"), 2);
	ck_assert_mem_eq(said, log, 11);
	ck_assert_mem_eq(strchr(said, '\n') + 1, second, 11);
	ck_assert_mem_ne(log, second, 11);
	free(said);
	free(log);
}
END_TEST

/* Before the first line about a connection, a request; what is traced is not why. */
START_TEST(lines_before_the_first)
{
	struct rig_client c;
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	rig_open("LogLevel info rewrite:trace1\nErrorLogFormat \"%l %{C}L %{c}L %k %M\"\n"
		 "ErrorLogFormat connection \"C %{C}L %{c}L %a %L %{Referer}i\"\n"
		 "ErrorLogFormat request \"R %{c}L %L\"\n"
		 "ErrorLogFormat request \"from %+{Referer}i\"\n"
		 "RewriteEngine On\nRewriteRule ^/x /y\n");
	rig.config->host.error_log->sink.fd = errors;
	rig_connect(&c);
	rig_say(&c, TEXT("GET /1 HTTP/1.1\r\nHost: a\r\nReferer: r\r\n\r\n"));
	rig_say(&c, TEXT("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	close(errors);
	rig_close();
	char *said = unit_read("errors");
	regex_t regex;
	ck_assert_int_eq(regcomp(&regex,
				 "^C ([-_A-Za-z0-9]{11}) \\1 192[.]0[.]2[.]9:4711\n"
				 "R \\1 [-_A-Za-z0-9]{11}\nfrom r\n"
				 "trace1 \\1 0 [^\n]* pass through /1\n"
				 "info \\1 0 File does not exist: [^\n]*\n"
				 "R \\1 [-_A-Za-z0-9]{11}\n"
				 "trace1 \\1 1 [^\n]* pass through /2\n"
				 "info \\1 1 File does not exist: [^\n]*\n$",
				 REG_EXTENDED),
		0);
	ck_assert_msg(regexec(&regex, said, 0, NULL, 0) == 0, "%s", said);
	regfree(&regex);
	free(said);
}
END_TEST

START_TEST(refusals_are_explained_at_level_info)
{
	struct rig_client c;
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	for (int i = 0; i < 2; i++) {
		rig_open(i ? "LogLevel info\n" : "");
		log_to(errors);
		rig_connect(&c);
		rig_say(&c, TEXT("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"));
		rig_hang_up(&c);
		log_to(2);
		rig_close();
	}
	close(errors);
	char *said = unit_read("errors");
	ck_assert_uint_eq(
		rig_count(text_of(said), "] [client 192.0.2.9:4711] request refused: "), 1);
	ck_assert_uint_eq(rig_count(text_of(said), " (400)\n"), 1);
	free(said);
}
END_TEST

UNIT_MAIN("worker_log_error", each_host_has_its_error_log, lines_know_their_request,
	lines_before_the_first, refusals_are_explained_at_level_info)
