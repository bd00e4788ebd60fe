/*
 * test_preforkctl - preforkctl, in front of the control socket: what it shows, and what it says
 * when it cannot
 *
 * Runs in:  a test program, against a server
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "process/talk.h"

#include <signal.h>
#include <sys/stat.h>

/* Runs it with these words behind -d and -f. */
static void ctl(const struct support_server *s, struct support_output *o, const char *const *words)
{
	char program[512], *preforkd = strdup(getenv("PREFORKD"));
	const char *all[16] = {"-d", s->root, "-f", "conf"};
	size_t n = 4;
	struct stat st;
	if (lstat(support_server_path(s, "conf/httpd.conf"), &st) == 0)
		all[3] = "conf/httpd.conf";
	for (; *words; words++)
		all[n++] = *words;
	all[n] = NULL;
	char *slash = strrchr(preforkd, '/');
	ck_assert_ptr_nonnull(slash);
	snprintf(program, sizeof program, "%.*s/tools/preforkctl", (int)(slash - preforkd),
		preforkd);
	setenv("PREFORKD", program, 1);
	support_run(o, all);
	setenv("PREFORKD", preforkd, 1);
	free(preforkd);
}

#define CTL(s, o, ...) ctl((s), (o), (const char *const[]){__VA_ARGS__, NULL})

static void expect(const struct support_output *o, int status, const char *out, const char *err)
{
	ck_assert_msg(o->status == status, "status %d: %s%s", o->status, o->out, o->err);
	ck_assert_msg(strstr(o->out, out) != NULL, "\"%s\" is not in \"%s\"", out, o->out);
	ck_assert_msg(strstr(o->err, err) != NULL, "\"%s\" is not in \"%s\"", err, o->err);
	/* A mistake is one line. */
	const char *end = strchr(o->err, '\n');
	ck_assert_msg(!*o->err || (end && !end[1]), "%s", o->err);
	ck_assert_int_eq(*o->err == '\0', *err == '\0');
}

START_TEST(looks)
{
	char path[512];
	struct support_server s;
	struct support_output o;
	pid_t old[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	CTL(&s, &o, "status");
	expect(&o, 0, "\nScoreboard ", "");
	CTL(&s, &o, "workers");
	expect(&o, 0, "SLOT     PID GEN S", "");
	CTL(&s, &o, "fullstatus");
	expect(&o, 0, "\nSLOT     PID GEN S", "");
	snprintf(path, sizeof path, "%s", support_server_path(&s, "logs/pid.sock"));
	CTL(&s, &o, "--socket", path, "status");
	expect(&o, 0, "\nScoreboard ", "");
	CTL(&s, &o, "configtest");
	expect(&o, 0, "Syntax OK\n", "");
	CTL(&s, &o, "start");
	expect(&o, 0, "runs already", "");
	CTL(&s, &o, "graceful");
	expect(&o, 0, "graceful restart: generation 1 begins\n", "");
	support_server_ready(&s);
	size_t count = support_server_workers(&s, old);
	CTL(&s, &o, "restart");
	expect(&o, 0, "hard restart: generation 2 begins\n", "");
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(talk_generation_is(&s, 2), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *words[4];
		int status;
		const char *says;
	} rows[] = {
		{{"stauts"}, 2, "did you mean status?"},
		{{"xyzzy"}, 2, "no such verb \"xyzzy\""},
		{{"status", "now"}, 2, "unexpected word \"now\""},
		{{"-z", "status"}, 2, "no such option \"-z\""},
		{{"status", "-s"}, 2, "a word is missing behind \"-s\""},
		{{"-w", "0", "status"}, 2, "--wait takes seconds"},
		{{"-w", "1x", "status"}, 2, "--wait takes seconds"},
		{{"-i", "nan", "top"}, 2, "--interval takes seconds"},
		{{"-s", "/no/such", "status"}, 3, "nobody listens on /no/such"},
		{{"-s", "/no/such", "stop"}, 3, "nobody listens on /no/such"},
		{{"status"}, 3, "no server runs"},
		{{"stop"}, 3, "no server runs"},
		{{"upgrade"}, 3, "no server runs"},
		{{"top"}, 2, "top needs a terminal"},
		{{"-f", "no/such.conf", "status"}, 1, "no/such.conf"},
	};
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ctl(&s, &o, rows[i].words);
		expect(&o, rows[i].status, "", rows[i].says);
	}
	support_server_configure(&s, "Tiemout 5\n");
	CTL(&s, &o, "configtest");
	expect(&o, 1, "", "Tiemout");
	CTL(&s, &o, "start");
	expect(&o, 1, "", "Tiemout");
	support_server_configure(&s, "");
	support_server_finish(&s);
}
END_TEST

static bool has_ended(pid_t pid)
{
	char state = support_state(pid);
	return state == 'Z' || state == 0;
}

/* From nothing to nothing. */
START_TEST(starts_and_stops)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	CTL(&s, &o, "start");
	expect(&o, 0, "started as process ", "");
	support_server_adopt(&s);
	support_server_ready(&s);
	pid_t before = s.pid;
	CTL(&s, &o, "upgrade");
	expect(&o, 0, "upgraded: process ", "");
	ck_assert(SUPPORT_UNTIL(has_ended(before), SUPPORT_PATIENCE));
	support_server_adopt(&s);
	ck_assert_int_ne(s.pid, before);
	support_server_ready(&s);
	ck_assert_ptr_nonnull(strstr(talk_ask(&s, "help\n"), "configtest"));
	CTL(&s, &o, "stop");
	expect(&o, 0, "stopped\n", "");
	ck_assert_int_eq(access(support_server_path(&s, "logs/pid"), F_OK), -1);
	s.pid = 0;
	CTL(&s, &o, "status");
	expect(&o, 3, "", "no server runs");
	/* Without its socket, by signals. */
	support_server_configure(&s, "ControlSocket none\n");
	CTL(&s, &o, "restart");
	ck_assert_msg(o.status == 0 && strstr(o.out, "started as process "), "%s%s", o.out, o.err);
	support_server_adopt(&s);
	CTL(&s, &o, "status");
	expect(&o, 4, "", "its ControlSocket is not there");
	CTL(&s, &o, "graceful-stop");
	expect(&o, 0, "stopping when every connection is served\n", "");
	ck_assert(SUPPORT_UNTIL(has_ended(s.pid), SUPPORT_PATIENCE));
	s.pid = 0;
	support_server_finish(&s);
}
END_TEST

/* As preforkd -k does it: what is to be stopped need not understand the configuration. */
START_TEST(stops_although_the_file_is_broken)
{
	struct support_server s;
	struct support_output o;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_server_configure(&s, "NoSuchDirective on\n");
	CTL(&s, &o, "graceful");
	expect(&o, 1, "", "NoSuchDirective");
	CTL(&s, &o, _i ? "graceful-stop" : "stop");
	ck_assert_msg(
		o.status == 0 && strstr(o.err, "NoSuchDirective") && strstr(o.err, "all the same"),
		"%s%s", o.out, o.err);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* Every worker is stopped: the answer is there within a tenth of a second, and says so. The best of
 * some looks counts: the machine has other things to do. */
START_TEST(needs_no_worker)
{
	struct support_server s;
	struct support_output o;
	pid_t workers[SUPPORT_WORKERS];
	double best = 1000;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGSTOP);
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(support_state(workers[i]) == 'T', SUPPORT_PATIENCE));
	for (double end = support_now() + SUPPORT_PATIENCE; best > 0.1 && support_now() < end;) {
		double before = support_now();
		CTL(&s, &o, "status");
		double took = support_now() - before;
		best = took < best ? took : best;
		expect(&o, 0, "stopped by a signal (SIGSTOP)", "");
	}
	ck_assert_msg(best <= 0.1, "it took %.3f s", best);
	CTL(&s, &o, "workers");
	expect(&o, 0, "[stopped by a signal]", "");
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGCONT);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("preforkctl", {looks, 1}, {mistakes, 1}, {starts_and_stops, 1},
	{stops_although_the_file_is_broken, 2}, {needs_no_worker, 1})
