/*
 * test_worker_log - what the lines of the access log say
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

#include <regex.h>

/* The log line that this request makes; for free(). */
static char *line_of(const char *format, struct text ask)
{
	struct rig_client c;
	rig_open_logged(format);
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

#define ASK                                                                                        \
	"GET /a.txt?x=y HTTP/1.1\r\nHost: B:80\r\nUser-Agent: c\r\nX: d\r\nX: e\r\n"               \
	"Cookie: k=v\r\nCookie: a=b; Name = some value ; c\r\n\r\n"
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
		{"%{X}i", TEXT(ASK), "d, e"},
		{"%{None}i", TEXT(ASK), "-"},
		{"%I", TEXT(ASK), "115"},
		{"%I", TEXT(BODY), "56"},
		{"%k", TEXT(ASK), "0"},
		{"%l %u", TEXT(ASK), "- -"},
		{"%m", TEXT(ASK), "GET"},
		{"%{Content-Type}o", TEXT(ASK), "text/plain"},
		{"%{content-length}o", TEXT(ASK), "10"},
		{"%{ETag}o", TEXT(ASK), "\\\\\"[^\"]+\\\\\""},
		{"%{Content-Type}o", TEXT(REFUSED), "text/html"},
		{"%{Allow}o", TEXT("PUT / HTTP/1.1\r\nHost: a\r\n\r\n"), "GET, HEAD, .*"},
		{"%{None}o", TEXT(ASK), "-"},
		{"%O", TEXT(ASK), "[0-9][0-9]+"},
		{"%p", TEXT(ASK), "80"},
		{"%{canonical}p", TEXT(ASK), "80"},
		{"%{local}p", TEXT(ASK), "0"},
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
		{"%V", TEXT(ASK), "b"},
		{"%V", TEXT(CLOSING), "www\\.example\\.org"},
		{"%X", TEXT(ASK), "\\+"},
		{"%X", TEXT(CLOSING), "-"},
		{"%X", TEXT(REFUSED), "-"},
		{"%{c}a", TEXT(ASK), "192\\.0\\.2\\.9"},
		{"%{k}C %{name}C %{c}C %{x}C", TEXT(ASK), "v some value - -"},
		{"%{no_such}e %{x}n %R", TEXT(ASK), "- - -"},
		{"%L", TEXT(ASK), "-"},
		{"%{c}L", TEXT(ASK), "[A-Za-z0-9_-]{11}"},
		{"%{pid}P %{tid}P", TEXT(ASK), "[0-9]+ [0-9]+"},
		{"%{hextid}P", TEXT(ASK), "[0-9a-f]+"},
		{"%S", TEXT(ASK), "[0-9]{3}"},
		{"%^FB", TEXT(ASK), "-"},
		{"%{sec}t", TEXT(ASK), "[0-9]{10}"},
		{"%{msec}t", TEXT(ASK), "[0-9]{13}"},
		{"%{usec}t %{end:usec}t", TEXT(ASK), "[0-9]{16} [0-9]{16}"},
		{"%{msec_frac}t.%{usec_frac}t", TEXT(ASK), "[0-9]{3}\\.[0-9]{6}"},
		{"%{begin}t", TEXT(ASK), "\\[.*\\]"},
		{"%{end:%Y}t", TEXT(ASK), "[0-9]{4}"},
		{"%200{X}i %!200{X}i", TEXT(ASK), "d, e -"},
		{"%404,400{X}i %!404,400{X}i", TEXT(ASK), "- d, e"},
		{"%400,404r", TEXT(REFUSED), "GET /a\\.txt HTTP/1\\.1"},
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
	rig_open_logged("%f %{Content-Type}o %{Last-Modified}o %{Server}o %s %B %X %k");
	rig_connect(&c);
	rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: x\r\n\r\n"));
	rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	ck_assert_uint_gt(rig.w.cache.files.size, 0);
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

/* ---- what came of an inner redirect ---- */

START_TEST(requests_that_became_others)
{
	struct rig_client c;
	rig_open("ErrorDocument 404 /sorry.html\nServerName a\nSetEnv E v\n"
		 "CustomLog log \"%s %>s %U %>U %q %<q %m %f %{REDIRECT_STATUS}e\"\n");
	unit_write("www/sorry.html", TEXT("sorry"));
	rig_connect(&c);
	rig_say(&c, TEXT("GET /none?a HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	worker_log_flush(&rig.w);
	rig_close();
	char *line = unit_read("log"), *file = strstr(line, unit_dir);
	ck_assert_ptr_nonnull(file);
	*file = '\0';
	ck_assert_str_eq(line, "404 404 /none /sorry.html  ?a GET ");
	ck_assert_str_eq(file + strlen(unit_dir) + 1, "www/sorry.html 404\n");
	free(line);
}
END_TEST

/* ---- which requests ---- */

START_TEST(conditions)
{
	struct rig_client c;
	rig_open("SetEnvIf Request_URI \"\\.png$\" image\n"
		 "CustomLog images \"%U\" env=image\nCustomLog others \"%U\" env=!image\n"
		 "CustomLog bad \"%U\" \"expr=%{REQUEST_STATUS} -ge 400\"\n");
	unit_write("www/a.png", TEXT("a"));
	unit_write("www/b.txt", TEXT("b"));
	unit_age("www/a.png", 100);
	unit_age("www/b.txt", 100);
	rig_connect(&c);
	for (int i = 0; i < 3; i++) { /* ready-made answers too */
		rig_say(&c, TEXT("GET /a.png HTTP/1.1\r\nHost: a\r\n\r\n"));
		rig_say(&c, TEXT("GET /b.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	}
	rig_say(&c, TEXT("GET /none HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_hang_up(&c);
	worker_log_flush(&rig.w);
	rig_close();
	char *images = unit_read("images"), *others = unit_read("others"), *bad = unit_read("bad");
	ck_assert_str_eq(images, "/a.png\n/a.png\n/a.png\n");
	ck_assert_str_eq(others, "/b.txt\n/b.txt\n/b.txt\n/none\n");
	ck_assert_str_eq(bad, "/none\n");
	free(images);
	free(others);
	free(bad);
}
END_TEST

UNIT_MAIN("worker_log", letters, no_line_can_be_forged, every_byte_is_visible,
	a_made_answer_and_a_kept_one_are_logged_alike, two_logs, requests_that_became_others,
	conditions)
