/*
 * test_log - the error log
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "probe"
#include "base/assert.h"
#include "base/log.h"

#include "unit/unit.h"

#include <regex.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static int open_log(void)
{
	int fd = open(unit_path("log"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	log_to(fd);
	return fd;
}

static void close_log(int fd)
{
	log_to(2);
	close(fd);
}

START_TEST(a_line_looks_like_apaches)
{
	static const char form[] =
		"^\\[(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z][a-z] [0-9][0-9] "
		"[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\\.[0-9]{6} [0-9]{4}\\] \\[probe:error\\] "
		"\\[pid [0-9]+\\] number 5: No such file or directory\n$";
	regex_t regex;
	int fd = open_log();
	errno = ENOENT;
	log_error("number %d: %m", 5);
	ck_assert_int_eq(errno, ENOENT);
	close_log(fd);
	char *said = unit_read("log");
	ck_assert_int_eq(regcomp(&regex, form, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(regexec(&regex, said, 0, NULL, 0) == 0, "\"%s\"", said);
	regfree(&regex);
	free(said);
}
END_TEST

START_TEST(plain_lines)
{
	int fd = open_log();
	log_plain("preforkd");
	log_error("no such option");
	log_stamped();
	log_error("x");
	close_log(fd);
	char *said = unit_read("log");
	ck_assert(strncmp(said, "preforkd: no such option\n[", 26) == 0);
	free(said);
}
END_TEST

START_TEST(nothing_can_be_forged)
{
	int fd = open_log();
	log_plain("p");
	log_error("a\nb\r\033[2Jc\x7f\td\xc3\xa4");
	close_log(fd);
	char *said = unit_read("log");
	ck_assert_str_eq(said, "p: a?b??[2Jc??d\xc3\xa4\n");
	free(said);
	fd = open_log();
	log_stamped();
	log_error("a\nb\r\033[2Jc\x7f\td\xff\\\"");
	close_log(fd);
	said = unit_read("log");
	ck_assert_ptr_nonnull(strstr(said, "] a\\nb\\r\\x1b[2Jc\\x7f\\td\\xff\\\"\n"));
	free(said);
}
END_TEST

START_TEST(long_lines_are_cut)
{
	char *much = calloc(1, 20001);
	memset(much, 'x', 20000);
	int fd = open_log();
	log_plain("p");
	log_error("%s", much);
	log_error("next");
	close_log(fd);
	char *said = unit_read("log");
	char *end = strchr(said, '\n');
	ck_assert_ptr_nonnull(end);
	ck_assert_int_le(end - said, 8192);
	ck_assert_int_ge(end - said, 8000);
	ck_assert_str_eq(end, "\np: next\n");
	free(said);
	free(much);
}
END_TEST

START_TEST(every_length_around_the_cut)
{
	int fd = open_log();
	log_plain("p");
	for (int size = 8170; size < 8200; size++)
		log_error("%0*d", size, 0); /* a sanitizer watches the array */
	close_log(fd);
	char *said = unit_read("log");
	unsigned lines = 0;
	for (const char *at = said; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_eq(lines, 30);
	free(said);
}
END_TEST

START_TEST(levels)
{
	ck_assert(log_wants("any", LOG_WARN)); /* as it starts */
	ck_assert(!log_wants("any", LOG_NOTICE));
	log_level(NULL, LOG_ERROR);
	ck_assert(!log_wants("any", LOG_WARN));
	log_level("parent", LOG_DEBUG);
	log_level("http", LOG_CRIT);
	ck_assert(log_wants("parent", LOG_DEBUG));
	ck_assert(!log_wants("parent", LOG_TRACE1));
	ck_assert(!log_wants("http", LOG_ERROR));
	ck_assert(log_wants("http", LOG_CRIT));
	ck_assert(log_wants("any", LOG_ERROR));
	log_level(NULL, LOG_INFO); /* forgets the areas */
	ck_assert(log_wants("http", LOG_INFO));
	ck_assert(!log_wants("parent", LOG_DEBUG));
}
END_TEST

START_TEST(unwanted_lines_are_not_even_made)
{
	int evaluated = 0;
	int fd = open_log();
	log_level(NULL, LOG_WARN);
	log_info("%d", ++evaluated);
	log_level("probe", LOG_INFO);
	log_info("%d", evaluated);
	close_log(fd);
	char *said = unit_read("log");
	ck_assert_int_eq(evaluated, 0);
	ck_assert_ptr_nonnull(strstr(said, "[probe:info]"));
	free(said);
}
END_TEST

START_TEST(many_areas)
{
	char area[16];
	for (int i = 0; i < 65; i++) {
		snprintf(area, sizeof area, "a%d", i);
		ck_assert(log_level(area, LOG_DEBUG) == (i < 64));
	}
	ck_assert(log_wants("a63", LOG_DEBUG)); /* its name was copied */
	ck_assert(!log_wants("a64", LOG_DEBUG));
}
END_TEST

START_TEST(severity_names)
{
	ck_assert_int_eq(log_severity_named("emerg"), LOG_EMERG);
	ck_assert_int_eq(log_severity_named("WARN"), LOG_WARN);
	ck_assert_int_eq(log_severity_named("trace8"), LOG_TRACE8);
	ck_assert_int_eq(log_severity_named("trace9"), -1);
	ck_assert_int_eq(log_severity_named(""), -1);
	ck_assert_int_eq(LOG_DEBUG, 7); /* as syslog(3) counts */
}
END_TEST

START_TEST(throttle)
{
	/* The clock may step once between any two calls, so not every call can be let through. */
	struct log_throttle t = {0};
	unsigned said = 0;
	long first = 0;
	for (int i = 0; i < 1000; i++) {
		said += log_once_a_second(&t);
		first = first ? first : t.second;
	}
	ck_assert_uint_ge(said, 1);
	ck_assert_uint_eq(said, (unsigned)(t.second - first + 1));
	t.second--; /* a second goes by */
	ck_assert(log_once_a_second(&t));
}
END_TEST

/* ---- lines that are about something ---- */

static struct {
	struct log_sink sink;
	const struct log_form *form;
	struct log_levels levels;
	unsigned wrote;
} topic;

static void where(void *closure, const struct log_sink **sink, const struct log_form **form)
{
	ck_assert_ptr_eq(closure, &topic);
	*sink = &topic.sink;
	*form = topic.form;
}

static const struct log_levels *levels_of(void *closure)
{
	ck_assert_ptr_eq(closure, &topic);
	return &topic.levels;
}

static size_t field(void *closure, char letter, const char *argument, char *to, size_t room)
{
	ck_assert_ptr_eq(closure, &topic);
	if (letter != 'a' && letter != 'i')
		return 0;
	return (size_t)snprintf(to, room, "%c%s", letter, argument ? argument : "\n");
}

static unsigned writes(void *closure, enum log_severity severity)
{
	ck_assert_ptr_eq(closure, &topic);
	ck_assert_int_le(severity, LOG_INFO);
	return topic.wrote++ ? 0 : LOG_FIRST_OF_CONNECTION | LOG_FIRST_OF_REQUEST;
}

START_TEST(lines_about_a_request)
{
	static const struct log_area_level rows[] = {{NULL, LOG_ERROR}, {"probe", LOG_INFO}};
	static const struct log_about about = {where, levels_of, field, writes, &topic};
	int fd = open_log();
	topic.levels = (struct log_levels){2, rows};
	topic.sink.fd = open(unit_path("own"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	log_stamped();
	log_info("before");
	log_about(&about);
	log_info("one");
	log_debug("debug");
	log_line("core", LOG_WARN, "written by whoever asked before");
	ck_assert(!log_wants("core", LOG_WARN));
	log_info("[client 1.2.3.4:5] two");
	log_about(NULL);
	log_info("after");
	log_warn("[client 1.2.3.4:5] general");
	close_log(fd);
	close(topic.sink.fd);
	ck_assert_uint_eq(topic.wrote, 3);
	char *said = unit_read("log"), *own = unit_read("own");
	ck_assert_ptr_null(strstr(said, "before"));
	ck_assert_ptr_null(strstr(said, "after"));
	ck_assert_ptr_nonnull(strstr(said, "] [client 1.2.3.4:5] general\n"));
	ck_assert_ptr_nonnull(strstr(own, "] [client a\\n] one, referer: iReferer\n"));
	ck_assert_ptr_nonnull(strstr(own, "] [client a\\n] two, referer: iReferer\n"));
	ck_assert_ptr_null(strstr(own, "debug"));
	free(said);
	free(own);
}
END_TEST

START_TEST(sinks_that_are_gone)
{
	static const struct log_sink sink = {.fd = -1};
	int saved = dup(2), fd = open(unit_path("err"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	dup2(fd, 2);
	log_into(&sink, NULL);
	log_error("lost");
	log_leave(&(struct log_sink){.fd = 3}); /* another one */
	log_error("lost too");
	log_leave(&sink);
	log_error("to standard error");
	dup2(saved, 2);
	close(saved);
	close(fd);
	char *said = unit_read("err");
	ck_assert_ptr_null(strstr(said, "lost"));
	ck_assert_ptr_nonnull(strstr(said, "to standard error\n"));
	free(said);
}
END_TEST

START_TEST(pipes_get_no_more_than_stays_whole)
{
	int ends[2];
	static char got[16384];
	char *much = calloc(1, 8001);
	memset(much, 'x', 8000);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	const struct log_sink sink = {.fd = ends[1], .piped = true};
	log_into(&sink, NULL);
	log_stamped();
	log_error("%s", much);
	log_to(2);
	ck_assert_int_eq(read(ends[0], got, sizeof got), 4096);
	ck_assert_int_eq(got[4095], '\n');
	close(ends[0]);
	close(ends[1]);
	free(much);
}
END_TEST

START_TEST(the_systems_log)
{
	static const char form[] =
		"^<(131|135)>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} web\\[[0-9]+\\]: "
		"\\[probe:(error|trace3)\\] \\[pid [0-9]+\\] (a|b)$";
	static const struct log_syslog syslog = {16 << 3, "web"}; /* local0 */
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	regex_t regex;
	char got[512];
	log_syslog_path = unit_path("socket");
	snprintf(at.sun_path, sizeof at.sun_path, "%s", log_syslog_path);
	int listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct log_sink sink = {.fd = fd, .syslog = &syslog};
	log_into(&sink, NULL);
	log_stamped();
	log_error("nobody listens yet");
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	log_error("a");
	log_line("probe", LOG_TRACE3, "b"); /* the system knows nothing below debug */
	ck_assert_int_eq(regcomp(&regex, form, REG_EXTENDED | REG_NOSUB), 0);
	for (int i = 0; i < 2; i++) {
		ssize_t n = recv(listener, got, sizeof got - 1, 0);
		ck_assert_int_gt(n, 0);
		got[n] = '\0';
		ck_assert_msg(regexec(&regex, got, 0, NULL, 0) == 0, "\"%s\"", got);
	}
	for (int i = 0; i < 10000; i++) /* it takes no more at some time, and nobody waits */
		log_error("more");
	regfree(&regex);
	log_to(2);
	close(listener);
	close(fd);
}
END_TEST

START_TEST(a_log_that_cannot_be_written)
{
	log_to(-1);
	errno = EDOM;
	log_error("lost");
	ck_assert_int_eq(errno, EDOM);
	log_to(2);
}
END_TEST

START_TEST(assertions_end_the_process)
{
	int status, fd = open_log();
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		ASSERT(1 + 1 == 2);
		ASSERT(1 + 1 == 3);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	close_log(fd);
	char *said = unit_read("log");
	ck_assert_ptr_nonnull(strstr(said, ":crit]"));
	ck_assert_ptr_nonnull(strstr(said, ": 1 + 1 == 3\n"));
	ck_assert_ptr_null(strstr(said, "== 2"));
	free(said);
}
END_TEST

UNIT_MAIN("log", a_line_looks_like_apaches, plain_lines, nothing_can_be_forged, long_lines_are_cut,
	every_length_around_the_cut, levels, unwanted_lines_are_not_even_made, many_areas,
	severity_names, throttle, lines_about_a_request, sinks_that_are_gone,
	pipes_get_no_more_than_stays_whole, the_systems_log, a_log_that_cannot_be_written,
	assertions_end_the_process)
