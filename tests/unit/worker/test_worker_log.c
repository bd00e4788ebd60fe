/*
 * test_worker_log - the access log
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

#include <regex.h>

static void open_site(const char *format)
{
	char more[1024];
	snprintf(more, sizeof more, "ServerName www.example.org\nCustomLog access_log \"%s\"\n",
		format);
	rig_open(more);
	unit_write("www/a b.txt", TEXT("0123456789"));
	unit_write("www/a.txt", TEXT("0123456789"));
	unit_age("www/a.txt", 100);
}

/* The log line that this request makes; for free(). */
static char *line_of(const char *format, struct text ask)
{
	struct rig_client c;
	open_site(format);
	rig_connect(&c);
	rig_say(&c, ask);
	rig_hang_up(&c);
	worker_log_flush(&rig.w);
	rig_close();
	char *line = unit_read("access_log");
	ck_assert_int_eq(unlink(unit_path("access_log")), 0);
	size_t size = strlen(line);
	ck_assert_uint_gt(size, 0);
	ck_assert_int_eq(line[size - 1], '\n');
	line[size - 1] = '\0';
	return line;
}

#define ASK "GET /a.txt?x=y HTTP/1.1\r\nHost: b:80\r\nUser-Agent: c\r\nX: d\r\nX: e\r\n\r\n"
#define REFUSED "GET /a.txt HTTP/1.1\r\n\r\n"
#define CLOSING "GET /a.txt HTTP/1.0\r\n\r\n"
#define BODY "POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"

START_TEST(letters)
{
	static const struct {
		const char *format;
		struct text ask;
		const char *line; /* an extended regular expression */
	} rows[] = {
		{"%a", TEXT(ASK), "192\\.0\\.2\\.9"},
		{"%h", TEXT(ASK), "192\\.0\\.2\\.9"},
		{"%A", TEXT(ASK), "-"}, /* a socketpair has no address */
		{"%B", TEXT(ASK), "10"},
		{"%b", TEXT(ASK), "10"},
		{"%B", TEXT("HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"), "0"},
		{"%b", TEXT("HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"), "-"},
		{"%D", TEXT(ASK), "[0-9]+"},
		{"%T", TEXT(ASK), "0"},
		{"%{us}T", TEXT(ASK), "[0-9]+"},
		{"%{ms}T", TEXT(ASK), "[0-9]+"},
		{"%{s}T", TEXT(ASK), "0"},
		{"%f", TEXT(ASK), ".*/www/a\\.txt"},
		{"%H", TEXT(ASK), "HTTP/1\\.1"},
		{"%H", TEXT(CLOSING), "HTTP/1\\.0"},
		{"%{user-agent}i", TEXT(ASK), "c"},
		{"%{X}i", TEXT(ASK), "d"},
		{"%{None}i", TEXT(ASK), "-"},
		{"%I", TEXT(ASK), "66"},
		{"%I", TEXT(BODY), "56"},
		{"%k", TEXT(ASK), "0"},
		{"%l %u", TEXT(ASK), "- -"},
		{"%m", TEXT(ASK), "GET"},
		{"%{Content-Type}o", TEXT(ASK), "text/plain"},
		{"%{content-length}o", TEXT(ASK), "10"},
		{"%{ETag}o", TEXT(ASK), "\\\\\"[^\"]+\\\\\""},
		{"%{Content-Type}o", TEXT(REFUSED), "text/html; charset=utf-8"},
		{"%{Allow}o", TEXT("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"), "GET, HEAD, .*"},
		{"%{None}o", TEXT(ASK), "-"},
		{"%O", TEXT(ASK), "[0-9][0-9]+"},
		{"%p", TEXT(ASK), "0"},
		{"%{remote}p", TEXT(ASK), "4711"},
		{"%P", TEXT(ASK), "[0-9]+"},
		{"%q", TEXT(ASK), "\\?x=y"},
		{"[%q]", TEXT(CLOSING), "\\[\\]"},
		{"[%q]", TEXT("GET /a.txt? HTTP/1.0\r\n\r\n"), "\\[\\?\\]"},
		{"%r", TEXT(ASK), "GET /a\\.txt\\?x=y HTTP/1\\.1"},
		{"%r", TEXT("nonsense\r\n\r\n"), "nonsense"},
		{"%r", TEXT("\r\n\r\n\r\n\r\n\r\n\r\n"), "-"},
		{"%s %>s %<s", TEXT(ASK), "200 200 200"},
		{"%s", TEXT(REFUSED), "400"},
		{"%t", TEXT(ASK),
			"\\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3} [+-][0-9]{4}\\]"},
		{"%{%Y-%m}t", TEXT(ASK), "[0-9]{4}-[0-9]{2}"},
		{"%U", TEXT(ASK), "/a\\.txt"},
		{"%U", TEXT(REFUSED), "(-|/a\\.txt)"},
		{"%v", TEXT(ASK), "www\\.example\\.org"},
		{"%V", TEXT(ASK), "b:80"},
		{"%V", TEXT(CLOSING), "www\\.example\\.org"},
		{"%X", TEXT(ASK), "\\+"},
		{"%X", TEXT(CLOSING), "-"},
		{"%X", TEXT(REFUSED), "-"},
		{"%%", TEXT(ASK), "%"},
		{"%%a\\tb", TEXT(ASK), "%a\tb"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		regex_t regex;
		char whole[256];
		char *line = line_of(rows[i].format, rows[i].ask);
		snprintf(whole, sizeof whole, "^%s$", rows[i].line);
		ck_assert_int_eq(regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB), 0);
		ck_assert_msg(regexec(&regex, line, 0, NULL, 0) == 0, "%s: \"%s\" is not \"%s\"",
			rows[i].format, line, rows[i].line);
		regfree(&regex);
		free(line);
	}
}
END_TEST

START_TEST(no_line_can_be_forged)
{
	/* Every byte a field value may hold, and those that a refused line may hold. */
	static const struct {
		const char *format;
		struct text ask;
		const char *line;
	} rows[] = {
		{"%{X}i", TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: \"q\"\\b\tt\x80\xff\r\n\r\n"),
			"\\\"q\\\"\\\\b\\tt\\x80\\xff"},
		{"%r", TEXT("GET /\x01\x1b[2J\x7f HTTP/1.1\r\n\r\n"),
			"GET /\\x01\\x1b[2J\\x7f HTTP/1.1"},
		{"%r", TEXT("GET /\"\\ HTTP/1.1\r\n\r\n"), "GET /\\\"\\\\ HTTP/1.1"},
		{"%r", TEXT("GET /\0x HTTP/1.1\r\n\r\n"), "GET /\\x00x HTTP/1.1"},
		{"%r", TEXT("GET /\b\v\f HTTP/1.1\r\n\r\n"), "GET /\\b\\v\\x0c HTTP/1.1"},
		{"%V", TEXT("GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n"), "www.example.org"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *line = line_of(rows[i].format, rows[i].ask);
		ck_assert_str_eq(line, rows[i].line);
		free(line);
	}
}
END_TEST

START_TEST(every_byte_is_visible)
{
	for (int byte = 0; byte < 256; byte++) {
		char ask[] = "GET /@ HTTP/1.1\r\n\r\n";
		if (byte == '\n' || byte == '\r') /* ends the line: what is left is logged */
			continue;
		ask[5] = (char)byte;
		char *line = line_of("%r", text_from(ask, sizeof ask - 1));
		for (const char *at = line; *at; at++)
			ck_assert_msg(*at >= ' ' && *at < 0x7f, "byte %d", byte);
		ck_assert_msg(strchr(line, '"') == NULL || strstr(line, "\\\"") != NULL, "\"");
		free(line);
	}
}
END_TEST

START_TEST(a_made_answer_and_a_kept_one_are_logged_alike)
{
	struct rig_client c;
	open_site("%f %{Content-Type}o %{Last-Modified}o %{Server}o %s %B %X %k");
	rig_connect(&c);
	rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: x\r\n\r\n"));
	rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	ck_assert_uint_gt(rig.w.cache.size, 0);
	worker_log_flush(&rig.w);
	rig_close();
	char *log = unit_read("access_log"), *at = log, *first = strsep(&at, "\n");
	for (int k = 1; k < 3; k++) {
		char *line = strsep(&at, "\n");
		/* All but the number of requests before, at the end. */
		ck_assert_uint_eq(strlen(line), strlen(first));
		ck_assert_msg(strncmp(line, first, strlen(first) - 1) == 0, "\"%s\" and \"%s\"",
			line, first);
		ck_assert_int_eq(line[strlen(line) - 1], '0' + k);
	}
	free(log);
}
END_TEST

START_TEST(lines_of_a_turn_leave_in_one_write)
{
	/* A packet socket in place of the log shows what one write(2) was. */
	struct rig_client c;
	int ends[2];
	char got[4096];
	open_site("%U");
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = ends[1];
	rig_connect(&c);
	rig_say(&c, TEXT("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
			 "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"));
	worker_log_flush(&rig.w);
	worker_log_flush(&rig.w); /* nothing is left: nothing is written */
	ck_assert_int_eq(recv(ends[0], got, sizeof got, 0), 9);
	ck_assert_mem_eq(got, "/1\n/2\n/3\n", 9);
	ck_assert_int_eq(recv(ends[0], got, sizeof got, 0), -1);
	rig_hang_up(&c);
	rig_close();
	close(ends[0]);
}
END_TEST

START_TEST(two_logs)
{
	struct rig_client c;
	rig_open("LogFormat \"%m\" method\nCustomLog one.log method\nCustomLog two.log \"%U\"\n");
	rig_connect(&c);
	rig_say(&c, TEXT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	worker_log_flush(&rig.w);
	rig_close();
	char *one = unit_read("one.log"), *two = unit_read("two.log");
	ck_assert_str_eq(one, "GET\n");
	ck_assert_str_eq(two, "/x\n");
	free(one);
	free(two);
}
END_TEST

START_TEST(a_log_that_cannot_be_written)
{
	struct rig_client c;
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	open_site("%U");
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	log_to(errors);
	for (int i = 0; i < 20; i++) {
		rig_connect(&c);
		rig_say(&c, TEXT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
		ck_assert_mem_eq(c.got.data, "HTTP/1.1 404", 12); /* it serves on */
		worker_log_flush(&rig.w);
		ck_assert_uint_eq(rig.w.logs[0].size, 0); /* and keeps nothing */
		rig_hang_up(&c);
	}
	log_to(2);
	close(errors);
	rig_close();
	char *said = unit_read("errors");
	unsigned lines = rig_count(text_of(said), "cannot write the log ");
	ck_assert_uint_ge(lines, 1);
	ck_assert_uint_lt(lines, 20); /* once a second at most */
	free(said);
}
END_TEST

START_TEST(refusals_are_explained_at_level_info)
{
	struct rig_client c;
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	rig_open("");
	log_to(errors);
	for (int i = 0; i < 2; i++) {
		rig_connect(&c);
		rig_say(&c, TEXT("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"));
		rig_hang_up(&c);
		log_level(NULL, LOG_INFO);
	}
	log_level(NULL, LOG_WARN);
	log_to(2);
	close(errors);
	rig_close();
	char *said = unit_read("errors");
	ck_assert_uint_eq(rig_count(text_of(said), "client 192.0.2.9:4711: "), 1);
	ck_assert_uint_eq(rig_count(text_of(said), " (400)\n"), 1);
	free(said);
}
END_TEST

UNIT_MAIN("worker_log", letters, no_line_can_be_forged, every_byte_is_visible,
	a_made_answer_and_a_kept_one_are_logged_alike, lines_of_a_turn_leave_in_one_write, two_logs,
	a_log_that_cannot_be_written, refusals_are_explained_at_level_info)
