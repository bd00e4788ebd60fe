/*
 * test_confined - the workers of a running server are confined as it says
 *
 * Runs in:  a test program, against a server of each process model and start method
 * Owns:     its server
 * Errors:   exit status
 *
 * That serving works so is what every other test shows: Sandbox is On unless it is said otherwise.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "os/os_landlock.h"
#include "parent/parent_sandbox.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A number of /proc/PID/status; -1: it is not there. */
static long long told(pid_t pid, const char *name, int base)
{
	char file[64];
	snprintf(file, sizeof file, "/proc/%d/status", (int)pid);
	char *all = support_read_file(file, NULL);
	const char *at = all ? strstr(all, name) : NULL;
	long long value = at ? (long long)strtoull(at + strlen(name), NULL, base) : -1;
	free(all);
	return value;
}

/* What every worker is, whatever Sandbox says; and whether calls are filtered (2: they are). */
static void expect_process(pid_t pid, bool filtered)
{
	ck_assert_int_eq(told(pid, "NoNewPrivs:", 10), 1);
	ck_assert_int_eq(told(pid, "CapPrm:", 16), 0);
	ck_assert_int_eq(told(pid, "CapEff:", 16), 0);
	ck_assert_int_eq(told(pid, "CapAmb:", 16), 0);
	if (support_is_root())
		ck_assert_int_eq(told(pid, "CapBnd:", 16), 0);
	ck_assert_int_eq(told(pid, "Seccomp:", 10), filtered ? 2 : 0);
}

static void expect_confined(const struct support_server *s, bool filtered)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(s, workers);
	ck_assert_uint_gt(count, 0);
	for (size_t i = 0; i < count; i++)
		expect_process(workers[i], filtered);
	ck_assert_int_eq(told(s->pid, "Seccomp:", 10), 0);
	ck_assert_int_eq(told(s->pid, "CapEff:", 16) >> 21 & 1, 0); /* CAP_SYS_ADMIN */
}

static void expect_pages(const struct support_server *s)
{
	struct support_conn c;
	support_server_expect(s, "/f/131073", 200);
	support_get(&c, s->port, "/leads-out");
	ck_assert_int_ne(c.reply.status, 200);
	support_conn_close(&c);
}

static const char *const ways[] = {"", "StartMethod spawn\n", "StartMethod forkserver\n",
	"AcceptMutex fcntl\n", "AcceptMutex flock\n", "AcceptMutex pthread\n",
	"Options +ExecCGI\n"};

/* Of a one-shot child there is never time to see it. */
START_TEST(workers_are_confined)
{
	struct support_server s;
	enum support_model model = (enum support_model)(_i / (int)COUNT_OF(ways));
	if (SUPPORT_PASSES(model) && strncmp(ways[_i % (int)COUNT_OF(ways)], "Accept", 6) == 0)
		return; /* nobody but the parent accepts */
	support_server_prepare(&s, model, ways[_i % (int)COUNT_OF(ways)]);
	ck_assert_int_eq(symlink("/etc/passwd", support_site_path(s.root, "/leads-out")), 0);
	support_server_launch(&s);
	if (SUPPORT_HAS_POOL(model))
		expect_confined(&s, parent_sandbox_kernel().seccomp);
	expect_pages(&s);
	ck_assert_uint_eq(support_server_logged(&s, "Sandbox On: "), 1);
	support_server_stop(&s);
}
END_TEST

static pid_t child_named(const struct support_server *s, const char *name)
{
	pid_t children[SUPPORT_WORKERS];
	size_t count = support_children(s->pid, children, SUPPORT_WORKERS);
	char file[64], *is;
	for (size_t i = 0; i < count; i++) {
		snprintf(file, sizeof file, "/proc/%d/comm", (int)children[i]);
		is = support_read_file(file, NULL);
		bool same = is && strncmp(is, name, strlen(name)) == 0;
		free(is);
		if (same)
			return children[i];
	}
	return 0;
}

/* The keeper and the status process, which no document is open to, and which strangers reach. */
START_TEST(others_are_confined)
{
	static const char *const names[] = {"preforkd-keeper", "preforkd-status"};
	struct support_server s;
	char lines[128];
	snprintf(lines, sizeof lines, "StatusListen 127.0.0.1:0\n%s", ways[_i]);
	support_server_start(&s, SUPPORT_CLASSIC, lines);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		pid_t pid = 0;
		ck_assert_msg(
			SUPPORT_UNTIL((pid = child_named(&s, names[i])) != 0, SUPPORT_PATIENCE),
			"there is no %s", names[i]);
		bool filtered = parent_sandbox_kernel().seccomp;
		ck_assert(SUPPORT_UNTIL(
			told(pid, "Seccomp:", 10) == (filtered ? 2 : 0), SUPPORT_PATIENCE));
		expect_process(pid, filtered);
	}
	support_server_stop(&s);
}
END_TEST

/* What a program says of itself, its starter and a worker. */
static void ask_program(const struct support_server *s, pid_t worker, char *said)
{
	struct support_conn c;
	char path[64];
	snprintf(path, sizeof path, "/cgi-bin/look?%d", (int)worker);
	support_get(&c, s->port, path);
	ck_assert_int_eq(c.reply.status, 200);
	snprintf(said, 200, "%s", c.reply.body);
	support_conn_close(&c);
}

/* It has its own children, and nobody else; nor has it more when Sandbox is Off than its user has.
 * The starter is its parent. */
START_TEST(programs_are_confined)
{
	struct support_server s;
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	pid_t workers[SUPPORT_WORKERS];
	char said[200], lines[128];
	bool on = _i % 2 == 0, scoped = on && kernel.landlock >= OS_LANDLOCK_SCOPE;
	snprintf(lines, sizeof lines, "ScriptAlias /cgi-bin/ cgi-bin/\nSandbox %s\n%s",
		on ? "On" : "Off", ways[_i / 2]);
	support_server_prepare(&s, SUPPORT_PREFORK, lines);
	ck_assert_int_eq(mkdir(support_server_path(&s, "cgi-bin"), 0755), 0);
	support_server_script(&s, "cgi-bin/look",
		"try() { \"$@\" 2>/dev/null && printf yes || printf no; }\n"
		"printf 'Content-Type: text/plain\\n\\n'\n"
		"sleep 60 >&- 2>&- & child=$!\n"
		"grep -h '^Seccomp:\\|^NoNew' /proc/self/status | tr -d '[:alpha:]:\\t\\n'\n"
		"for pid in $1 $PPID $child; do\n"
		"printf ', signal '; try kill -0 $pid; done\n"
		"for pid in $1 $PPID; do\n"
		"printf ', trace '; try grep -q . /proc/$pid/environ; done\n"
		"kill $child");
	support_server_launch(&s);
	ck_assert_uint_gt(support_server_workers(&s, workers), 0);
	ask_program(&s, workers[0], said);
	const char *filter = on && kernel.seccomp ? "12" : "10";
	ck_assert_msg(strncmp(said, filter, 2) == 0, "%s", said);
	/* Who was root once is not traced by the user it is now, with or without a fence. */
	const char *trace = on && kernel.landlock >= OS_LANDLOCK_REFER ? "no"
			    : support_is_root()                        ? "no"
								       : "yes";
	char wanted[200];
	snprintf(wanted, sizeof wanted, ", signal %s, signal %s, signal yes, trace %s, trace %s",
		scoped ? "no" : "yes", scoped ? "no" : "yes", trace, trace);
	ck_assert_str_eq(said + 2, wanted);
	ck_assert_uint_eq(support_server_logged(&s, "; programs (CGI): "), on);
	support_server_stop(&s);
}
END_TEST

static bool says_programs(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/server-status?json");
	const char *at = strstr(c.reply.body, "\"sandbox\":\"On: ");
	ck_assert_ptr_nonnull(at);
	const char *words = strstr(at, "; programs (CGI): ");
	bool says = words && words < strchr(at + strlen("\"sandbox\":\""), '"');
	support_conn_close(&c);
	return says;
}

/* What is said of programs goes with them. */
START_TEST(forgets_programs)
{
	struct support_server s;
	pid_t old[SUPPORT_WORKERS];
	support_server_prepare(&s, SUPPORT_PREFORK, "ScriptAlias /cgi-bin/ cgi-bin/\n");
	ck_assert_int_eq(mkdir(support_server_path(&s, "cgi-bin"), 0755), 0);
	support_server_launch(&s);
	ck_assert(says_programs(&s));
	size_t count = support_server_workers(&s, old);
	support_server_configure(&s, NULL);
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
	support_server_ready(&s);
	ck_assert(!says_programs(&s));
	support_server_stop(&s);
}
END_TEST

/* A graceful restart is enough to change it, and the log says so once more. */
START_TEST(changes_with_a_restart)
{
	static const char *const lines[] = {"Sandbox Off\n", "Sandbox Log\n", "Sandbox On\n", ""};
	static const char *const said[] = {"Sandbox Off: ", "Sandbox Log: ", "Sandbox On: "};
	bool can = parent_sandbox_kernel().seccomp;
	struct support_server s;
	pid_t old[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_PREFORK, lines[0]);
	expect_confined(&s, false);
	for (size_t i = 1; i < COUNT_OF(lines); i++) {
		support_server_configure(&s, lines[i]);
		size_t restarts = support_server_logged(&s, "restart: generation");
		size_t count = support_server_workers(&s, old);
		kill(s.pid, SIGUSR1);
		ck_assert(SUPPORT_UNTIL(support_server_logged(&s, "restart: generation") > restarts,
			SUPPORT_PATIENCE));
		ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
		support_server_ready(&s);
		expect_confined(&s, can);
	}
	for (size_t i = 0; i < COUNT_OF(said); i++)
		ck_assert_uint_eq(support_server_logged(&s, said[i]), 1);
	support_server_stop(&s);
}
END_TEST

START_TEST(build_says_what_there_is)
{
	struct support_output o;
	support_run(&o, (const char *const[]){"-V", NULL});
	ck_assert_int_eq(o.status, 0);
	ck_assert_msg(
		strstr(o.out, "Sandbox: On: no new privileges, no capabilities"), "%s", o.out);
	ck_assert_msg(strstr(o.out, "; programs (CGI): "), "%s", o.out);
}
END_TEST

SUPPORT_SUITE_MAIN("confined", {workers_are_confined, SUPPORT_MODELS *(int)COUNT_OF(ways)},
	{others_are_confined, 3}, {programs_are_confined, 2 * 3}, {changes_with_a_restart, 1},
	{forgets_programs, 1}, {build_says_what_there_is, 1})
