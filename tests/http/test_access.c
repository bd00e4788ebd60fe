/*
 * test_access - who is let in, asked over a connection, in every process model
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 *
 * What the rules come to is tried one by one in the unit tests; here is what only workers have:
 * ready-made answers, connections that carry several clients' requests, files that change.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* alice "secret" by bcrypt of cost 10, bob "builder" by SHA-1 */
#define ALICE "alice:$2y$10$y.iGMVdO3rqiWKoMs2q2YeG21fyd6/aqcoJo5zsWfYBV0BWy8VjNi\n"
#define BOB "bob:{SHA}9SMYoF5RilWWASry7TjeaKwmpGg=\n"

static int ask(struct support_conn *c, const char *path, const char *fields)
{
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n", path, fields);
	ck_assert(support_conn_read(c, "GET"));
	return c->reply.status;
}

static int ask_once(const struct support_server *s, const char *path, const char *fields)
{
	struct support_conn c;
	support_conn_open(&c, s->port);
	int status = ask(&c, path, fields);
	support_conn_close(&c);
	return status;
}

static void write_file(const struct support_server *s, const char *name, const char *text)
{
	int fd = open(support_server_path(s, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	ck_assert_int_eq(close(fd), 0);
}

static void start(struct support_server *s, int model, const char *more)
{
	support_server_prepare(s, (enum support_model)model, more);
	support_server_allow(s, "client denied by server configuration");
	support_server_allow(s, "authentication failure");
	support_server_allow(s, " not found: ");
	support_server_allow(s, "Could not open password file");
	support_server_allow(s, "PassEnv");
}

/* Who is let in leaves nothing behind for who is not: the same path on the same connection, and so
 * in the same worker, where there is one. */
START_TEST(granted_then_denied)
{
	static const char *const rules[] = {"SetEnvIf X-Key open ok\nRequire env ok\n",
		"SetEnvIf X-Key open ok\nOrder deny,allow\nDeny from all\nAllow from env=ok\n",
		"Require expr %{HTTP:X-Key} == 'open'\n",
		"<If \"%{HTTP:X-Key} != 'open'\">\nRequire all denied\n</If>\n"};
	char more[512];
	struct support_server s;
	struct support_conn c;
	snprintf(more, sizeof more, "<Location /hello.txt>\n%s</Location>\n", rules[_i % 4]);
	start(&s, _i / 4, more);
	support_server_launch(&s);
	for (int turn = 0; turn < 3; turn++) {
		if (SUPPORT_HAS_POOL(s.model)) {
			support_conn_open(&c, s.port);
			for (int i = 0; i < 3; i++)
				ck_assert_int_eq(ask(&c, "/hello.txt", "X-Key: open\r\n"), 200);
			ck_assert_int_eq(ask(&c, "/hello.txt", ""), 403);
			ck_assert_int_eq(ask(&c, "/hello.txt", "X-Key: open\r\n"), 200);
			ck_assert_int_eq(ask(&c, "/hello.txt", "X-Key: shut\r\n"), 403);
			support_conn_close(&c);
		} else {
			ck_assert_int_eq(ask_once(&s, "/hello.txt", "X-Key: open\r\n"), 200);
			ck_assert_int_eq(ask_once(&s, "/hello.txt", ""), 403);
		}
	}
	support_server_stop(&s);
}
END_TEST

#define BASIC(words) "Authorization: Basic " words "\r\n"
#define AS_ALICE BASIC("YWxpY2U6c2VjcmV0")
#define AS_BOB BASIC("Ym9iOmJ1aWxkZXI=")
#define AS_WRONG BASIC("YWxpY2U6d3Jvbmc=")

static const char passwords[] =
	"AccessFileName .none\n<Location /hello.txt>\nAuthType Basic\nAuthName realm\n"
	"AuthUserFile users\nRequire valid-user\n</Location>\n";

/* The file is read again when it changed: who is in it, and with which password. */
START_TEST(passwords_change)
{
	struct support_server s;
	start(&s, _i, passwords);
	write_file(&s, "users", ALICE);
	support_server_launch(&s);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_ALICE), 200);
		ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_BOB), 401);
		ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_WRONG), 401);
		ck_assert_int_eq(ask_once(&s, "/hello.txt", ""), 401);
	}
	write_file(&s, "users", ALICE BOB);
	ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_BOB), 200);
	write_file(&s, "users.new", BOB);
	char from[128];
	snprintf(from, sizeof from, "%s", support_server_path(&s, "users.new"));
	ck_assert_int_eq(rename(from, support_server_path(&s, "users")), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_ALICE), 401);
		ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_BOB), 200);
	}
	ck_assert_int_eq(unlink(support_server_path(&s, "users")), 0);
	ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_BOB), 500);
	support_server_stop(&s);
}
END_TEST

/* What its workers have used of the CPUs. */
static double cpu_of(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(s, workers);
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += support_cpu(workers[i]);
	return sum;
}

/* The hash of alice takes some 50 ms to check: many requests in a row must not take that each. */
START_TEST(passwords_are_remembered)
{
	enum { MANY = 100 };
	struct support_server s;
	struct support_conn c;
	start(&s, _i, passwords);
	write_file(&s, "users", ALICE);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	double begun = cpu_of(&s);
	ck_assert_int_eq(ask(&c, "/hello.txt", AS_ALICE), 200);
	double once = cpu_of(&s) - begun;
	begun = cpu_of(&s);
	for (int i = 0; i < MANY - 10; i++)
		ck_assert_int_eq(ask(&c, "/hello.txt", AS_ALICE), 200);
	double many = cpu_of(&s) - begun;
	ck_assert_msg(
		many < once * (MANY / 3), "one took %.3f s, %d more %.3f s", once, MANY - 10, many);
	ck_assert_int_eq(ask(&c, "/hello.txt", AS_WRONG), 401);
	ck_assert_str_eq(
		support_reply_field(&c.reply, "WWW-Authenticate"), "Basic realm=\"realm\"");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Programs that read the error log know refusals by Apache's words. */
START_TEST(watchers_read_on)
{
	struct support_server s;
	start(&s, _i, passwords);
	support_server_allow(&s, "client used wrong authentication scheme");
	write_file(&s, "users", ALICE);
	support_server_launch(&s);
	ck_assert_int_eq(ask_once(&s, "/hello.txt", "Authorization: Digest x\r\n"), 401);
	ck_assert_int_eq(ask_once(&s, "/hello.txt", AS_WRONG), 401);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "Password Mismatch") == 1, SUPPORT_PATIENCE));
	ck_assert_uint_eq(support_server_logged(&s, "wrong authentication scheme: /hello.txt"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "wrong authentication scheme"), 1);
	support_server_stop(&s);
}
END_TEST

/* Variables of the host do not keep answers from being ready-made, but a client for whom they mean
 * something gets its own. */
START_TEST(variables)
{
	struct support_server s;
	struct support_conn c;
	start(&s, _i,
		"BrowserMatch Old nokeepalive\nSetEnvIf Request_URI hello seen\n"
		"PassEnv PATH\n");
	support_server_launch(&s);
	for (int i = 0; i < 3; i++) {
		support_conn_open(&c, s.port);
		ck_assert_int_eq(ask(&c, "/hello.txt", "User-Agent: New\r\n"), 200);
		if (SUPPORT_HAS_POOL(s.model)) {
			ck_assert(!support_reply_closes(&c.reply));
			ck_assert_int_eq(ask(&c, "/hello.txt", "User-Agent: Old\r\n"), 200);
			ck_assert(support_reply_closes(&c.reply));
			support_conn_expect_closed(&c);
		}
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Workers that were executed anew have the rules, the words of <Limit> and the environment of their
 * parent. */
START_TEST(start_methods)
{
	static const char *const methods[] = {"fork", "spawn", "forkserver"};
	char more[1024];
	struct support_server s;
	snprintf(more, sizeof more,
		"StartMethod %s\nPassEnv PREFORKD_TEST_NAME\n"
		"<LocationMatch ^/(index|hello)>\n<RequireAll>\n<Limit GET POST>\nRequire expr "
		"\"osenv('PREFORKD_TEST_NAME') == 'a value' && %%{HTTP:X-Key} == 'open it'\"\n"
		"</Limit>\nRequire not ip 10\n</RequireAll>\n</LocationMatch>\n"
		"<Location /hello.txt>\nRequire env ok\nSetEnvIf X-Key \"^open it$\" ok=\"a b\"\n"
		"</Location>\n",
		methods[_i]);
	ck_assert_int_eq(setenv("PREFORKD_TEST_NAME", "a value", 1), 0);
	start(&s, SUPPORT_PREFORK, more);
	support_server_launch(&s);
	ck_assert_int_eq(ask_once(&s, "/index.html", "X-Key: open it\r\n"), 200);
	ck_assert_int_eq(ask_once(&s, "/index.html", "X-Key: open\r\n"), 403);
	ck_assert_int_eq(ask_once(&s, "/hello.txt", "X-Key: open it\r\n"), 200);
	ck_assert_int_eq(ask_once(&s, "/hello.txt", ""), 403);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("access", {granted_then_denied, 4 * SUPPORT_MODELS},
	{passwords_change, SUPPORT_MODELS}, {passwords_are_remembered, SUPPORT_FORK},
	{watchers_read_on, SUPPORT_MODELS}, {variables, SUPPORT_MODELS}, {start_methods, 3})
