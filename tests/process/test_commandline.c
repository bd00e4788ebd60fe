/*
 * test_commandline - every option, and what is said when one is wrong, or the configuration
 *
 * Runs in:  a test program
 * Owns:     its servers
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "process/commandline.h"

#include <limits.h>
#include <sys/stat.h>

/* ---- what only says something ---- */

static const struct {
	const char *words[6];
	const char *says; /* on standard output */
} shows[] = {
	{WORDS("-v"), "Server version: preforkd/"},
	{WORDS("--version"), "Server version: preforkd/"},
	{WORDS("-V"), "libev"},
	{WORDS("--build"), "http-parser"},
	{WORDS("-L"), "MaxRequestWorkers"},
	{WORDS("--list"), "DocumentRoot"},
	{WORDS("-h"), "Usage: preforkd"},
	{WORDS("--help"), "--serve DIR"},
};

START_TEST(says)
{
	struct support_output o;
	support_run(&o, shows[_i].words);
	ck_assert_msg(o.status == 0, "%s", commandline_show(&o));
	ck_assert_msg(strstr(o.out, shows[_i].says) != NULL, "%s", commandline_show(&o));
	ck_assert_str_eq(o.err, "");
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
	const char *words[8];
	const char *says;
} wrong[] = {
	{WORDS("-Z"), "no such option \"-Z\""},
	{WORDS("--nonsense"), "no such option \"--nonsense\""},
	{WORDS("-f"), "behind \"-f\""},
	{WORDS("-k"), "behind \"-k\""},
	{WORDS("-k", "dance"), "not \"dance\""},
	{WORDS("-e", "loud"), "not \"loud\""},
	{WORDS("word"), "unexpected word \"word\""},
	{WORDS("--port", "8080"), "--port goes with --serve"},
	{WORDS("--serve", ".", "--port", "0"), "not \"0\""},
	{WORDS("--serve", ".", "--port", "65536"), "not \"65536\""},
	{WORDS("--serve", ".", "--port", "x"), "not \"x\""},
	{WORDS("--serve", ".", "-f", "x"), "--serve goes without"},
	{WORDS("--serve", ".", "-k", "stop"), "--serve goes without"},
	{WORDS("--serve", "/not/there"), "'/not/there': No such file or directory"},
	{WORDS("-d", "/not/there"), "'/not/there': No such file or directory"},
	{WORDS("-t", "-f", "/not/there.conf"), "/not/there.conf"},
	{WORDS("-E", "/not/there/file", "-v"), "/not/there/file"},
};

START_TEST(refuses)
{
	struct support_output o;
	support_run(&o, wrong[_i].words);
	commandline_refused(&o, wrong[_i].says);
}
END_TEST

/* ---- -t ---- */

static const struct {
	const char *line; /* of the configuration; it is the last one */
	const char *says; /* behind the line's number */
} faults[] = {
	{"DocumentRot x", "Invalid command 'DocumentRot', perhaps misspelled: did you mean "
			  "'DocumentRoot'?"},
	{"DocumentRoot not-there", "not-there': No such file or directory"},
	{"Listen", "Listen"},
	{"Listen 127.0.0.1:70000", "70000"},
	{"Timeout soon", "soon"},
	{"ProcessModel thread", "thread"},
	{"MaxRequestWorkers 0", "MaxRequestWorkers"},
	{"TypesConfig not-there", "not-there"},
	{"CustomLog logs/x \"%y\"", "%y"},
	{"<Location /x>", "Location"},
	{"</Location>", "Location"},
	{"Include conf/not-there.conf", "not-there.conf"},
	{"ErrorDocument 999 x", "999"},
	{"LoadModule php_module modules/libphp.so", "php_module"},
};

START_TEST(finds_faults)
{
	struct support_server s;
	struct support_output o;
	char line[256], place[160];
	unsigned number = 1;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	snprintf(line, sizeof line, "%s\n", faults[_i].line);
	support_server_configure(&s, line);
	char *text = support_read_file(support_server_path(&s, "conf/httpd.conf"), NULL);
	for (const char *at = text; at < text + strlen(text) - strlen(line); at++)
		number += *at == '\n';
	free(text);
	support_server_say(&s, &o, (const char *const[])WORDS("-t"));
	snprintf(place, sizeof place, "%s/conf/httpd.conf:%u: ", s.root, number);
	commandline_refused(&o, faults[_i].says);
	ck_assert_msg(strstr(o.err, place) != NULL, "no \"%s\": %s", place, commandline_show(&o));
	/* It does not start either, and says the same. */
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "start"));
	commandline_refused(&o, faults[_i].says);
	support_server_finish(&s);
}
END_TEST

START_TEST(finds_no_fault)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	support_server_say(&s, &o, (const char *const[])WORDS("-t"));
	ck_assert_msg(
		o.status == 0 && strcmp(o.err, "Syntax OK\n") == 0, "%s", commandline_show(&o));
	/* The long way to say it, and -C, -c and -D. */
	support_server_say(&s, &o,
		(const char *const[])WORDS(
			"--test", "-C", "Define X 8", "-c", "Timeout ${X}", "-D", "NAME"));
	ck_assert_msg(o.status == 0, "%s", commandline_show(&o));
	support_server_say(&s, &o, (const char *const[])WORDS("-t", "-c", "Timeout never"));
	commandline_refused(&o, "-c");
	support_server_say(&s, &o, (const char *const[])WORDS("-t", "-C", "Timeout never"));
	commandline_refused(&o, "-C");
	support_server_finish(&s);
}
END_TEST

/* The configuration that comes with the server, in a directory laid out as an installed one is; it
 * says what is missing in one without logs. */
START_TEST(takes_the_default_configuration)
{
	struct support_server s;
	struct support_output o;
	char source[PATH_MAX], from[PATH_MAX + 8], to[80];
	ck_assert_ptr_nonnull(getenv("TEST_SOURCE"));
	ck_assert_ptr_nonnull(realpath(getenv("TEST_SOURCE"), source));
	support_server_prepare(&s, SUPPORT_PREFORK, "");
	snprintf(to, sizeof to, "%s/default", s.root);
	ck_assert_int_eq(mkdir(to, 0755), 0);
	static const char *const parts[] = {"conf", "www"};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(from, sizeof from, "%s/%s", source, parts[i]);
		snprintf(to, sizeof to, "%s/default/%s", s.root, parts[i]);
		ck_assert_int_eq(symlink(from, to), 0);
	}
	snprintf(to, sizeof to, "%s/default", s.root);
	const char *const words[] = WORDS("-d", to, "-f", "conf/httpd.conf", "-t");
	support_run(&o, words);
	ck_assert_msg(o.status == 1 && strstr(o.err, "logs/error.log': its directory: No such"),
		"%s", commandline_show(&o));
	snprintf(from, sizeof from, "%s/logs", to);
	ck_assert_int_eq(mkdir(from, 0755), 0);
	support_run(&o, words);
	ck_assert_msg(o.status == 0 && strstr(o.err, "Syntax OK"), "%s", commandline_show(&o));
	support_server_finish(&s);
}
END_TEST

/* -D is for <IfDefine>, -c has the last word, -C the first. */
START_TEST(orders_what_it_is_told)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK,
		"<IfDefine BROKEN>\nNonsense\n</IfDefine>\n<IfDefine !BROKEN>\nTimeout 7\n"
		"</IfDefine>\n");
	support_server_say(&s, &o, (const char *const[])WORDS("-t"));
	ck_assert_int_eq(o.status, 0);
	support_server_say(&s, &o, (const char *const[])WORDS("-t", "-D", "BROKEN"));
	commandline_refused(&o, "Nonsense");
	support_server_finish(&s);
}
END_TEST

/* -E: a file for what is said before the log is open; -e: how much. */
START_TEST(writes_startup_messages_elsewhere)
{
	struct support_server s;
	struct support_output o;
	char file[128];
	support_server_prepare(&s, SUPPORT_PREFORK, "Nonsense\n");
	snprintf(file, sizeof file, "%s/startup", s.root);
	const char *const words[] = WORDS("-E", file, "-e", "info", "-t");
	support_server_say(&s, &o, words);
	ck_assert_msg(o.status == 1 && !*o.err && !*o.out, "%s", commandline_show(&o));
	char *said = support_read_file(file, NULL);
	ck_assert_msg(said && strstr(said, "Nonsense"), "%s", said);
	free(said);
	support_server_finish(&s);
}
END_TEST

/* ---- starting ---- */

START_TEST(refuses_a_port_in_use)
{
	struct support_server s, other;
	struct support_output o;
	char text[64], place[64];
	support_server_start(&other, SUPPORT_PREFORK, NULL);
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	snprintf(text, sizeof text, "Listen 127.0.0.1:%u\n", other.port);
	support_server_configure(&s, text);
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "start"));
	snprintf(place, sizeof place, "127.0.0.1:%u", other.port);
	commandline_refused(&o, "in use");
	commandline_refused(&o, place);
	commandline_refused(&o, "conf/httpd.conf:");
	ck_assert_msg(access(support_server_path(&s, "logs/pid"), F_OK) < 0, "a PidFile is left");
	support_server_finish(&s);
	support_server_stop(&other);
}
END_TEST

START_TEST(refuses_files_it_cannot_write)
{
	static const struct {
		const char *line, *says;
	} files[] = {{"ErrorLog no/such/log\n", "no/such/log"},
		{"CustomLog no/such/log common\n", "no/such/log"},
		{"PidFile no/such/pid\n", "no/such/pid"}, {"ErrorLog conf\n", "conf"}};
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, files[_i].line);
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "start"));
	commandline_refused(&o, files[_i].says);
	support_server_finish(&s);
}
END_TEST

/* A configuration nobody may read: of no meaning to root, who may read everything. */
START_TEST(refuses_what_it_may_not_read)
{
	struct support_server s;
	struct support_output o;
	if (support_is_root())
		return;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	ck_assert_int_eq(chmod(support_server_path(&s, "conf/httpd.conf"), 0), 0);
	support_server_say(&s, &o, (const char *const[])WORDS("-t"));
	commandline_refused(&o, "Permission denied");
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("commandline", {says, COUNT_OF(shows)}, {refuses, COUNT_OF(wrong)},
	{finds_faults, COUNT_OF(faults)}, {finds_no_fault, SUPPORT_MODELS},
	{takes_the_default_configuration, 1}, {orders_what_it_is_told, 1},
	{writes_startup_messages_elsewhere, 1}, {refuses_a_port_in_use, 1},
	{refuses_files_it_cannot_write, 4}, {refuses_what_it_may_not_read, 1})
