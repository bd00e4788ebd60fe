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
#include <sys/resource.h>

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
	open_site("%f %{Content-Type}o %{Last-Modified}o %{Server}o %s %B %X %k");
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
		ck_assert_uint_eq(rig.w.logs[0].lines.size, 0); /* and keeps nothing */
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

/* ---- pipes and full disks ---- */

static void make_pipe(int ends[2])
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = ends[1];
	rig.w.logs[0].piped = true;
}

static void ask_often(struct rig_client *c, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		rig_say(c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
}

START_TEST(a_full_pipe_makes_lines_wait)
{
	struct rig_client c;
	int ends[2];
	char filler[4096], got[65536];
	open_site("%U %k");
	make_pipe(ends);
	memset(filler, 'x', sizeof filler);
	while (write(ends[1], filler, sizeof filler) > 0)
		;
	rig_connect(&c);
	for (unsigned i = 0; i < 50; i++) {
		ask_often(&c, 1);
		worker_log_flush(&rig.w);
	}
	ck_assert_uint_gt(rig.w.logs[0].lines.size, 50 * strlen("/a.txt 1\n"));
	ck_assert_uint_eq(rig.w.logs[0].lost, 0);
	while (read(ends[0], got, sizeof got) > 0)
		;
	worker_log_end(&rig.w);
	ck_assert_uint_eq(rig.w.logs[0].lines.size, 0);
	ssize_t n = read(ends[0], got, sizeof got - 1);
	ck_assert_int_gt(n, 0);
	got[n] = '\0';
	char *at = got;
	for (unsigned i = 0; i < 50; i++) {
		char want[32];
		snprintf(want, sizeof want, "/a.txt %u", i);
		char *line = strsep(&at, "\n");
		ck_assert_str_eq(line, want);
	}
	ck_assert_str_eq(at, "");
	rig_hang_up(&c);
	rig_close();
	close(ends[0]);
}
END_TEST

START_TEST(a_dead_pipe_costs_memory_only_up_to_a_limit)
{
	struct rig_client c;
	int ends[2];
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	char filler[4096];
	open_site("%U %{User-Agent}i%{User-Agent}i%{User-Agent}i%{User-Agent}i");
	make_pipe(ends);
	memset(filler, 'x', sizeof filler);
	while (write(ends[1], filler, sizeof filler) > 0)
		;
	log_to(errors);
	rig_connect(&c);
	for (unsigned i = 0; i < 40; i++) {
		rig_send(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: "));
		rig_send(&c, text_from(filler, sizeof filler));
		rig_say(&c, TEXT("\r\n\r\n"));
		worker_log_flush(&rig.w);
	}
	log_to(2);
	close(errors);
	ck_assert_uint_lt(rig.w.logs[0].lines.size, 300 * 1024);
	close(ends[0]);
	worker_log_end(&rig.w); /* EPIPE: what is left is lost */
	ck_assert_uint_eq(rig.w.logs[0].lines.size, 0);
	rig_hang_up(&c);
	rig_close();
	char *said = unit_read("errors");
	ck_assert_uint_ge(rig_count(text_of(said), "lines are lost"), 1);
	free(said);
}
END_TEST

START_TEST(pieces_for_a_pipe_are_whole_lines)
{
	/* A packet socket shows what one write(2) was. */
	struct rig_client c;
	int ends[2];
	static char got[8192];
	size_t pieces = 0, bytes = 0;
	open_site("%U %{User-Agent}i");
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = ends[1];
	rig.w.logs[0].piped = true;
	rig_connect(&c);
	for (unsigned i = 0; i < 100; i++)
		rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: "
				 "01234567890123456789012345678901234567890123456789\r\n\r\n"));
	size_t all = rig.w.logs[0].lines.size;
	worker_log_flush(&rig.w);
	for (ssize_t n; (n = recv(ends[0], got, sizeof got, 0)) > 0; pieces++) {
		ck_assert_int_le(n, 4096);
		ck_assert_int_eq(got[n - 1], '\n');
		bytes += (size_t)n;
	}
	ck_assert_uint_ge(pieces, 2);
	ck_assert_uint_eq(bytes, all);
	rig_hang_up(&c);
	rig_close();
	close(ends[0]);
}
END_TEST

/* A file may grow to a limit only, so a line is written in part. */
START_TEST(a_torn_line_stays_one_line)
{
	struct rig_client c;
	struct rlimit before, small = {25, 0};
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	open_site("%U 0123456789");
	int errors = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_to(errors);
	rig_connect(&c);
	ask_often(&c, 1);
	worker_log_flush(&rig.w);
	setrlimit(RLIMIT_FSIZE, &small);
	ask_often(&c, 2);
	worker_log_flush(&rig.w);
	setrlimit(RLIMIT_FSIZE, &before);
	ask_often(&c, 1);
	worker_log_flush(&rig.w);
	log_to(2);
	close(errors);
	rig_hang_up(&c);
	rig_close();
	char *log = unit_read("access_log");
	ck_assert_str_eq(log, "/a.txt 0123456789\n/a.txt \n/a.txt 0123456789\n");
	free(log);
}
END_TEST

/* ---- the error log ---- */

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

UNIT_MAIN("worker_log", letters, no_line_can_be_forged, every_byte_is_visible,
	a_made_answer_and_a_kept_one_are_logged_alike, lines_of_a_turn_leave_in_one_write, two_logs,
	a_log_that_cannot_be_written, refusals_are_explained_at_level_info,
	requests_that_became_others, conditions, a_full_pipe_makes_lines_wait,
	a_dead_pipe_costs_memory_only_up_to_a_limit, pieces_for_a_pipe_are_whole_lines,
	a_torn_line_stays_one_line, each_host_has_its_error_log, lines_know_their_request)
