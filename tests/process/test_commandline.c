/*
 * test_commandline - every option, what is said when one is wrong, and daemons by their PidFile
 *
 * Runs in:  a test program
 * Owns:     its servers
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static const char *print_all(const struct support_output *o)
{
	static char text[6000];
	snprintf(text, sizeof text, "status %d, out \"%.2000s\", err \"%.2000s\"", o->status,
		o->out, o->err);
	return text;
}

/* One line that begins with the program's name, and exit status 1. */
static void expect_refusal(const struct support_output *o, const char *text)
{
	ck_assert_msg(o->status == 1, "%s", print_all(o));
	ck_assert_msg(strstr(o->err, text) != NULL, "no \"%s\": %s", text, print_all(o));
	ck_assert_msg(strncmp(o->err, "preforkd: ", 10) == 0, "%s", print_all(o));
	const char *end = strchr(o->err, '\n');
	ck_assert_msg(end && !end[1], "not one line: %s", print_all(o));
	ck_assert_str_eq(o->out, "");
}

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
	ck_assert_msg(o.status == 0, "%s", print_all(&o));
	ck_assert_msg(strstr(o.out, shows[_i].says) != NULL, "%s", print_all(&o));
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
	expect_refusal(&o, wrong[_i].says);
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
	expect_refusal(&o, faults[_i].says);
	ck_assert_msg(strstr(o.err, place) != NULL, "no \"%s\": %s", place, print_all(&o));
	/* It does not start either, and says the same. */
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "start"));
	expect_refusal(&o, faults[_i].says);
	support_server_finish(&s);
}
END_TEST

START_TEST(finds_no_fault)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	support_server_say(&s, &o, (const char *const[])WORDS("-t"));
	ck_assert_msg(o.status == 0 && strcmp(o.err, "Syntax OK\n") == 0, "%s", print_all(&o));
	/* The long way to say it, and -C, -c and -D. */
	support_server_say(&s, &o,
		(const char *const[])WORDS(
			"--test", "-C", "Define X 8", "-c", "Timeout ${X}", "-D", "NAME"));
	ck_assert_msg(o.status == 0, "%s", print_all(&o));
	support_server_say(&s, &o, (const char *const[])WORDS("-t", "-c", "Timeout never"));
	expect_refusal(&o, "-c");
	support_server_say(&s, &o, (const char *const[])WORDS("-t", "-C", "Timeout never"));
	expect_refusal(&o, "-C");
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
		"%s", print_all(&o));
	snprintf(from, sizeof from, "%s/logs", to);
	ck_assert_int_eq(mkdir(from, 0755), 0);
	support_run(&o, words);
	ck_assert_msg(o.status == 0 && strstr(o.err, "Syntax OK"), "%s", print_all(&o));
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
	expect_refusal(&o, "Nonsense");
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
	expect_refusal(&o, "in use");
	expect_refusal(&o, place);
	expect_refusal(&o, "conf/httpd.conf:");
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
	expect_refusal(&o, files[_i].says);
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
	expect_refusal(&o, "Permission denied");
	support_server_finish(&s);
}
END_TEST

/* Root starts it, somebody else serves. */
START_TEST(gives_up_root)
{
	struct support_server s;
	struct support_conn c;
	struct stat st;
	char path[64];
	pid_t workers[SUPPORT_WORKERS];
	const struct passwd *nobody = getpwnam("nobody");
	if (!support_is_root() || !nobody)
		return;
	support_server_prepare(&s, SUPPORT_PREFORK, "User nobody\n");
	support_site_write(s.root, "secret.txt", "secret\n", 7);
	ck_assert_int_eq(chmod(support_site_path(s.root, "secret.txt"), 0600), 0);
	support_server_launch(&s);
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "/proc/%d/status", (int)workers[i]);
		char *text = support_read_file(path, NULL), want[64];
		snprintf(want, sizeof want, "Uid:\t%u\t%u\t%u\t%u\n", nobody->pw_uid,
			nobody->pw_uid, nobody->pw_uid, nobody->pw_uid);
		ck_assert_msg(strstr(text, want) != NULL, "%s", text);
		ck_assert_msg(strstr(text, "NoNewPrivs:\t1") != NULL, "%s", text);
		free(text);
	}
	ck_assert_int_eq(stat(support_site_path(s.root, "secret.txt"), &st), 0);
	support_get(&c, s.port, "/secret.txt");
	ck_assert_int_eq(c.reply.status, 403);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* ---- -k ---- */

static void say_well(struct support_server *s, const char *verb)
{
	struct support_output o;
	const char *const words[] = WORDS("-k", verb);
	support_server_say(s, &o, words);
	ck_assert_msg(o.status == 0 && !*o.err && !*o.out, "-k %s: %s", verb, print_all(&o));
}

/* When -k start comes back the server answers. */
static void start_daemon(struct support_server *s)
{
	struct support_conn c;
	say_well(s, "start");
	support_get(&c, s->port, "/hello.txt");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	support_server_adopt(s);
	support_server_ready(s);
}

static bool has_restarted(const struct support_server *s, unsigned generation)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.generation >= generation;
}

START_TEST(runs_daemons)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	start_daemon(&s);
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)s.pid);
	char *stat = support_read_file(path, NULL);
	int session = 0;
	ck_assert_int_eq(sscanf(strrchr(stat, ')') + 1, " %*c %*d %*d %d", &session), 1);
	free(stat);
	ck_assert_msg(session == (int)s.pid, "the daemon leads no session of its own");
	/* A second one is refused, and the first does not mind. */
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "start"));
	expect_refusal(&o, "already running as process");
	say_well(&s, "graceful");
	ck_assert(SUPPORT_UNTIL(has_restarted(&s, 1), SUPPORT_PATIENCE));
	say_well(&s, "restart");
	ck_assert(SUPPORT_UNTIL(has_restarted(&s, 2), SUPPORT_PATIENCE));
	support_server_ready(&s);
	say_well(&s, _i % 2 ? "graceful-stop" : "stop");
	ck_assert_int_eq(support_server_wait(&s), 0);
	ck_assert_msg(access(support_server_path(&s, "logs/pid"), F_OK) < 0, "the PidFile is left");
	support_server_finish(&s);
}
END_TEST

/* A configuration that was broken since is no reason to go on. */
START_TEST(stops_although_the_file_is_broken)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	start_daemon(&s);
	support_server_configure(&s, "<IfModule core_module>\nNoSuchDirective on\n");
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "graceful"));
	expect_refusal(&o, "NoSuchDirective");
	support_server_say(&s, &o, (const char *const[])WORDS("-k", _i ? "graceful-stop" : "stop"));
	ck_assert_msg(
		o.status == 0 && strstr(o.err, "NoSuchDirective") && strstr(o.err, "all the same"),
		"%s", print_all(&o));
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

START_TEST(refuses_to_signal_nobody)
{
	static const char *const verbs[] = {"stop", "restart", "graceful", "graceful-stop"};
	struct support_server s;
	struct support_output o;
	const char *const words[] = WORDS("-k", verbs[_i]);
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	support_server_say(&s, &o, words);
	expect_refusal(&o, "logs/pid");
	/* The number of a process that is none of ours: of this very test. */
	FILE *file = fopen(support_server_path(&s, "logs/pid"), "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
	support_server_say(&s, &o, words);
	expect_refusal(&o, "logs/pid");
	support_server_finish(&s);
}
END_TEST

/* A PidFile left behind by a crash, whosever its number is now, keeps nobody from starting. */
START_TEST(takes_over_a_stale_pid_file)
{
	struct support_server s;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	FILE *file = fopen(support_server_path(&s, "logs/pid"), "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
	start_daemon(&s);
	ck_assert_int_ne(s.pid, getpid());
	kill(s.pid, SIGKILL);
	ck_assert_int_eq(support_server_wait(&s), -SIGKILL);
	start_daemon(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- the other ways to run ---- */

START_TEST(serves_a_directory)
{
	struct support_server s;
	struct support_conn c;
	char port[16], dir[128];
	support_server_prepare(&s, (enum support_model)_i, NULL); /* for its port and its files */
	snprintf(port, sizeof port, "%u", s.port);
	snprintf(dir, sizeof dir, "%s/htdocs", s.root);
	support_site_write(s.root, ".htpasswd", "a:b\n", 4);
	support_site_write(s.root, ".git/config", "[core]\n", 7);
	const char *const words[] = WORDS("--serve", dir, "--port", port);
	int fd = open(
		support_server_path(&s, "stderr"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	s.pid = support_start(words, fd);
	close(fd);
	char *said = NULL;
	ck_assert_msg(SUPPORT_UNTIL((free(said),
					    said = support_read_file(
						    support_server_path(&s, "stderr"), NULL),
					    said && strstr(said, port)),
			      SUPPORT_PATIENCE),
		"nothing says where it serves");
	free(said);
	support_server_allow(&s, ""); /* the log is the terminal */
	support_get(&c, s.port, "/f/1024");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert(support_site_is(c.reply.body, 1024, 0, 1024));
	support_conn_close(&c);
	support_get(&c, s.port, "/server-status?auto");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	static const char *const secrets[] = {"/.htpasswd", "/.git/config", "/.git/"};
	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		support_get(&c, s.port, secrets[i]);
		ck_assert_msg(c.reply.status == 403, "%s: %s", secrets[i], c.reply.line);
		support_conn_close(&c);
	}
	ck_assert_msg(
		access(support_site_path(s.root, "logs"), F_OK) < 0, "it leaves files behind");
	kill(s.pid, SIGINT);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* -X: this very process answers, alone. */
START_TEST(runs_single)
{
	struct support_server s;
	struct support_conn c;
	pid_t children[SUPPORT_WORKERS];
	support_server_prepare(&s, (enum support_model)_i, NULL);
	const char *const words[] = WORDS("-d", s.root, "-f", "conf/httpd.conf", "-X");
	int fd = open(
		support_server_path(&s, "stderr"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	s.pid = support_start(words, fd);
	close(fd);
	ck_assert(SUPPORT_UNTIL(support_server_answers(&s), SUPPORT_PATIENCE));
	for (int i = 0; i < 5; i++) {
		support_get(&c, s.port, "/f/131073");
		ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
	}
	ck_assert_uint_eq(support_children(s.pid, children, SUPPORT_WORKERS), 0);
	kill(s.pid, SIGTERM);
	int status = support_server_wait(&s);
	ck_assert_msg(status == 0 || status == -SIGTERM, "status %d", status);
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
	ck_assert_msg(o.status == 1 && !*o.err && !*o.out, "%s", print_all(&o));
	char *said = support_read_file(file, NULL);
	ck_assert_msg(said && strstr(said, "Nonsense"), "%s", said);
	free(said);
	support_server_finish(&s);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

SUPPORT_SUITE_MAIN("commandline", {says, COUNT(shows)}, {refuses, COUNT(wrong)},
	{finds_faults, COUNT(faults)}, {finds_no_fault, SUPPORT_MODELS},
	{takes_the_default_configuration, 1}, {orders_what_it_is_told, 1},
	{refuses_a_port_in_use, 1}, {refuses_files_it_cannot_write, 4},
	{refuses_what_it_may_not_read, 1}, {gives_up_root, 1}, {runs_daemons, SUPPORT_MODELS},
	{stops_although_the_file_is_broken, 2}, {refuses_to_signal_nobody, 4},
	{takes_over_a_stale_pid_file, 1}, {serves_a_directory, 1}, {runs_single, 2},
	{writes_startup_messages_elsewhere, 1})
