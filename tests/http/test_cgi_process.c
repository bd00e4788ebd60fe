/*
 * test_cgi_process - the process of a program: that it fails, complains or outlives its worker
 *
 * Runs in:  make check
 * Owns:     a server and the scripts it runs
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cgi.h"

/* ---- programs that misbehave ---- */

START_TEST(bad_programs)
{
	static const struct {
		const char *name, *body;
		int status;
		const char *log;
	} rows[] = {
		{"nothing", ":", 500, "End of script output before headers: nothing"},
		{"no-field", "echo hello there", 500, "Bad header: hello there"},
		{"no-end", "printf 'Content-Type: text/plain\\n'", 500,
			"End of script output before headers: no-end"},
		{"folded", "printf 'X-A: b\\n c\\n\\n'", 500,
			"malformed header from script 'folded'"},
		{"bad-name", "printf 'X A: b\\n\\n'", 500, "malformed header"},
		{"control", "printf 'X-A: b\\001c\\n\\n'", 500, "malformed header"},
		{"bad-status", "printf 'Status: fine\\n\\n'", 500, "malformed header"},
		{"low-status", "printf 'Status: 100\\n\\n'", 500, "said the status 100"},
		{"endless", "while :; do echo 'X-Field: value value value value value'; done", 500,
			"has no end"},
		{"dies", "kill -KILL $$", 500, "End of script output before headers: dies"},
		{"mute", "exec > /dev/null; sleep 0.1", 500,
			"End of script output before headers: mute"},
		{"silent", "sleep 100", 504, "Script timed out before returning headers: silent"},
		{"kept", "sleep 100 & exit 0", 500, "keeps its output open"},
	};
	struct support_server s;
	struct support_conn c;
	/* The others have as long as they need. */
	cgi_prepare(&s, _i,
		"<LocationMatch \"/cgi-bin/(silent|kept)\">\nCGIScriptTimeout 4s\n"
		"</LocationMatch>\n");
	support_server_allow(&s, "'dies' was broken off"); /* where it takes its time */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cgi_script(&s, rows[i].name, rows[i].body);
		support_server_allow(&s, rows[i].log);
	}
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[64];
		snprintf(target, sizeof target, "/cgi-bin/%s", rows[i].name);
		cgi_ask(&c, &s, target, rows[i].status);
		ck_assert_msg(
			SUPPORT_UNTIL(support_server_logged(&s, rows[i].log) > 0, SUPPORT_PATIENCE),
			"%s: no line", target);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

START_TEST(standard_error)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	support_server_allow(&s, "stderr from");
	cgi_script(&s, "says",
		"echo first >&2; printf '" CGI_PLAIN
		"ok'; printf 'tab\\there\\033[1m' >&2; exec >&-; "
		"sleep 0.2; echo last >&2");
	cgi_script(&s, "floods",
		"head -c 300000 /dev/zero | tr '\\0' x >&2; printf '" CGI_PLAIN "ok'");
	support_server_launch(&s);
	cgi_ask(&c, &s, "/cgi-bin/says", 200);
	support_conn_close(&c);
	ck_assert(
		SUPPORT_UNTIL(support_server_logged(&s, "cgi-bin/says: tab\\there\\x1b[1mlast") > 0,
			SUPPORT_PATIENCE));
	ck_assert_uint_eq(support_server_logged(&s, "cgi-bin/says: first"), 1);
	cgi_ask(&c, &s, "/cgi-bin/floods", 200);
	ck_assert_str_eq(c.reply.body, "ok");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* ---- the server's own end ---- */

START_TEST(graceful_waits)
{
	struct support_server s;
	struct support_conn c;
	struct support_output o;
	char body[256];
	cgi_prepare(&s, _i, NULL);
	cgi_gate(&s);
	snprintf(body, sizeof body,
		"echo $$ > %s/told/pid; read x < %s/told/go; printf '" CGI_PLAIN "whole'", s.root,
		s.root);
	cgi_script(&s, "slow", body);
	support_server_launch(&s);
	cgi_get(&c, &s, "/cgi-bin/slow");
	cgi_told(&s, "pid");
	support_server_say(&s, &o, (const char *const[]){"-k", "graceful", NULL});
	ck_assert_int_eq(o.status, 0);
	cgi_open_gate(&s);
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "whole");
	support_conn_close(&c);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Who is killed takes its programs along. */
START_TEST(killed_workers)
{
	struct support_server s;
	struct support_conn c;
	pid_t workers[SUPPORT_WORKERS];
	char body[256];
	cgi_prepare(&s, _i, NULL);
	support_server_allow(&s, "killed");
	support_server_allow(&s, "signal 9");
	snprintf(body, sizeof body, "echo $$ > %s/told/pid; exec sleep 100", s.root);
	cgi_script(&s, "slow", body);
	support_server_launch(&s);
	cgi_get(&c, &s, "/cgi-bin/slow");
	pid_t pid = (pid_t)cgi_told(&s, "pid");
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGKILL);
	ck_assert_msg(SUPPORT_UNTIL(cgi_is_gone(pid), SUPPORT_PATIENCE), "the script goes on");
	support_conn_close(&c);
	/* reaped, as dispatch may send one the parent does not know dead the next connection */
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(kill(workers[i], 0) == -1, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* What was killed has not said all, however late that is seen: but by a young one that said little,
 * which nobody waits for. */
static const struct {
	const char *name, *body;
	bool whole;
} killed[] = {
	{"half", "printf '" CGI_PLAIN "half'; sleep 0.1; kill -KILL $$", false},
	{"slow", "sleep 0.1; printf '" CGI_PLAIN "half'; kill -SEGV $$", false},
	{"much", "printf '" CGI_PLAIN "half'; head -c 100000 /dev/zero; kill -KILL $$", false},
	{"held", "printf '" CGI_PLAIN "half'; sleep 100 2>&- & sleep 0.1; kill -KILL $$", false},
	{"told", "printf 'Content-Length: 4\n" CGI_PLAIN "half'; sleep 0.1; kill -KILL $$", true},
	{"exit", "printf '" CGI_PLAIN "half'; sleep 0.1; exit 9", true},
	{"runs", "printf '" CGI_PLAIN "half'; sleep 0.1; exec sleep 3 >&-", true},
};

/* The answer has begun, and is not whole: no last chunk, and the end of the connection. */
static void expect_broken_off(struct support_conn *c, const char *what)
{
	ck_assert_int_eq(support_conn_end(c, SUPPORT_PATIENCE), SUPPORT_MORE);
	support_conn_more(c, 1 << 20);
	ck_assert(memmem(c->in, c->size, "half", 4));
	ck_assert_msg(c->ended && !memmem(c->in, c->size, "\r\n0\r\n", 5) &&
			      !memmem(c->in, c->size, "Content-Length", 14),
		"%s", what);
}

START_TEST(killed_in_its_answer)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	support_server_allow(&s, "was broken off: it was killed by signal");
	support_server_allow(&s, "keeps its output open");
	for (size_t i = 0; i < sizeof killed / sizeof *killed; i++)
		cgi_script(&s, killed[i].name, killed[i].body);
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof killed / sizeof *killed; i++) {
		char target[64];
		snprintf(target, sizeof target, "/cgi-bin/%s", killed[i].name);
		cgi_get(&c, &s, target);
		if (killed[i].whole) {
			support_conn_expect(&c, 200);
			ck_assert_str_eq(c.reply.body, "half");
		} else {
			expect_broken_off(&c, killed[i].name);
		}
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* So many that the word of their end is long on its way. */
START_TEST(killed_many_at_once)
{
	enum { MANY = 40, ROUNDS = 3 };
	static struct support_conn all[MANY];
	struct support_server s;
	cgi_prepare(&s, SUPPORT_PREFORK, "StartServers 1\nMaxRequestWorkers 1\n");
	support_server_allow(&s, "was broken off: it was killed by signal");
	support_server_allow(&s, "reached MaxRequestWorkers");
	cgi_script(
		&s, "much", "printf '" CGI_PLAIN "half'; head -c 20000 /dev/zero; kill -KILL $$");
	support_server_launch(&s);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < MANY; i++)
			cgi_get(&all[i], &s, "/cgi-bin/much");
		for (int i = 0; i < MANY; i++) {
			expect_broken_off(&all[i], "much");
			support_conn_close(&all[i]);
		}
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("cgi_process", {bad_programs, 2}, {standard_error, 2},
	{graceful_waits, SUPPORT_MODELS}, {killed_workers, SUPPORT_FORK},
	{killed_in_its_answer, SUPPORT_MODELS}, {killed_many_at_once, 1})
