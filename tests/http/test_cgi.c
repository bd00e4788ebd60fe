/*
 * test_cgi - programs that answer requests, good ones and bad ones
 *
 * Runs in:  make check
 * Owns:     a server and the scripts it runs
 * Errors:   fail the test
 *
 * The scripts are written for sh by each test. What they tell the test, they write into files of
 * the server root.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAIN "Content-Type: text/plain\\n\\n"

/* With two workers, so that one that blocks is found out. */
static void prepare(struct support_server *s, int model, const char *more)
{
	char *all;
	ck_assert_int_gt(asprintf(&all,
				 "<Directory />\nAllowOverride None\n</Directory>\n"
				 "ScriptAlias /cgi-bin/ cgi-bin/\n%s",
				 more ? more : ""),
		0);
	support_server_prepare(s, (enum support_model)model, all);
	ck_assert_int_eq(mkdir(support_server_path(s, "cgi-bin"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(s, "told"), 0777), 0);
	ck_assert_int_eq(chmod(support_server_path(s, "told"), 0777), 0);
	free(all);
}

static void write_script(const struct support_server *s, const char *path, const char *body)
{
	const char *name = support_server_path(s, path);
	FILE *f = fopen(name, "we");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(name, 0755), 0);
}

static void script(const struct support_server *s, const char *name, const char *body)
{
	char path[128];
	snprintf(path, sizeof path, "cgi-bin/%s", name);
	write_script(s, path, body);
}

static void get(struct support_conn *c, const struct support_server *s, const char *target)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", target);
}

/* A request on a connection of its own; the answer is in c->reply until it is closed. */
static void ask(
	struct support_conn *c, const struct support_server *s, const char *target, int status)
{
	get(c, s, target);
	ck_assert(support_conn_read(c, "GET"));
	ck_assert_msg(c->reply.status == status, "%s: %s", target, c->reply.line);
}

static bool is_told(const struct support_server *s, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "told/%s", name);
	char *text = support_read_file(support_server_path(s, path), NULL);
	bool whole = text && strchr(text, '\n');
	free(text);
	return whole;
}

/* A number that a script wrote into told/NAME. */
static long told(const struct support_server *s, const char *name)
{
	char path[128];
	ck_assert_msg(SUPPORT_UNTIL(is_told(s, name), SUPPORT_PATIENCE), "nobody tells %s", name);
	snprintf(path, sizeof path, "told/%s", name);
	char *text = support_read_file(support_server_path(s, path), NULL);
	long n = atol(text);
	free(text);
	return n;
}

static bool is_gone(pid_t pid)
{
	char state = support_state(pid);
	return state == 0 || state == 'Z';
}

/* ---- answers ---- */

START_TEST(answers)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i, NULL);
	script(&s, "hello", "printf '" PLAIN "hello from %s\\n' \"$REQUEST_METHOD\"");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	for (int i = 0; i < (SUPPORT_HAS_POOL(s.model) ? 3 : 1); i++) {
		support_conn_print(&c, "GET /cgi-bin/hello HTTP/1.1\r\nHost: test\r\n\r\n");
		support_conn_expect(&c, 200);
		ck_assert_str_eq(c.reply.body, "hello from GET\n");
		ck_assert_str_eq(support_reply_field(&c.reply, "Content-Type"), "text/plain");
	}
	support_conn_close(&c);
	/* In HTTP/1.0 the end of the connection is the end of the answer, or its length is told. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /cgi-bin/hello HTTP/1.0\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(!c.reply.chunked);
	ck_assert_str_eq(c.reply.body, "hello from GET\n");
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(methods)
{
	static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS",
		"PATCH", "PROPFIND", "FROBNICATE"};
	struct support_server s;
	struct support_conn c;
	prepare(&s, SUPPORT_PREFORK, NULL);
	script(&s, "method", "printf 'X-Method: %s\\n" PLAIN "body\\n' \"$REQUEST_METHOD\"");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		support_conn_print(
			&c, "%s /cgi-bin/method HTTP/1.1\r\nHost: test\r\n\r\n", names[i]);
		ck_assert(support_conn_read(&c, names[i]));
		ck_assert_msg(c.reply.status == 200, "%s: %s", names[i], c.reply.line);
		ck_assert_str_eq(support_reply_field(&c.reply, "X-Method"), names[i]);
		ck_assert_str_eq(c.reply.body, strcmp(names[i], "HEAD") == 0 ? "" : "body\n");
	}
	support_conn_print(&c, "TRACE /cgi-bin/method HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert(support_conn_read(&c, "TRACE"));
	ck_assert_ptr_null(support_reply_field(&c.reply, "X-Method"));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Is this line in the text? */
static bool has_line(const char *text, const char *line)
{
	size_t size = strlen(line);
	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && (at[size] == '\n' || !at[size]))
			return true;
	return false;
}

START_TEST(variables)
{
	static const char *const wanted[] = {"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
		"SERVER_PROTOCOL=HTTP/1.1", "SERVER_NAME=test.example", "SERVER_ADDR=127.0.0.1",
		"REMOTE_ADDR=127.0.0.1", "REQUEST_SCHEME=http", "SCRIPT_NAME=/cgi-bin/env",
		"PATH_INFO=/more/of it", "QUERY_STRING=a=1&b=%20", "CONTENT_TYPE=text/x",
		"CONTENT_LENGTH=3", "HTTP_ACCEPT=text/*", "HTTP_COOKIE=a=b, c=d",
		"HTTP_HOST=test.example:8080", "REQUEST_URI=/cgi-bin/env/more/of%20it?a=1&b=%20",
		"SERVER_PORT=8080", "CONTEXT_PREFIX=/cgi-bin/", "SERVER_ADMIN=me@example.org",
		"SERVER_SIGNATURE=", "OF_MINE=one two", "A_B=x"};
	static const char *const unwanted[] = {"HTTP_PROXY", "HTTP_AUTHORIZATION", "HTTP_X_UNDER",
		"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "REMOTE_USER",
		"AUTH_TYPE", "REDIRECT_STATUS", "REMOTE_ADDR=1.2", "A.B"};
	struct support_server s;
	struct support_conn c;
	char line[256];
	prepare(&s, _i,
		"ServerAdmin me@example.org\nSetEnv OF_MINE \"one two\"\nSetEnv A.B x\n"
		"SetEnv REMOTE_ADDR 1.2.3.4\n");
	script(&s, "env", "printf '" PLAIN "'; env; pwd");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c,
		"POST /cgi-bin/env/more/of%%20it?a=1&b=%%20 HTTP/1.1\r\n"
		"Host: test.example:8080\r\nContent-Type: text/x\r\nAccept: text/*\r\n"
		"Content-Length: 3\r\nProxy: http://evil/\r\nX_Under: 1\r\n"
		"Authorization: Basic YTpi\r\nCookie: a=b\r\nCookie: c=d\r\n\r\nabc");
	support_conn_expect(&c, 200);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		ck_assert_msg(
			has_line(c.reply.body, wanted[i]), "no %s in\n%s", wanted[i], c.reply.body);
	for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
		snprintf(line, sizeof line, "\n%s", unwanted[i]);
		ck_assert_msg(!strstr(c.reply.body, line), "%s in\n%s", unwanted[i], c.reply.body);
	}
	snprintf(line, sizeof line, "SCRIPT_FILENAME=%s/cgi-bin/env", s.root);
	ck_assert_msg(has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	snprintf(line, sizeof line, "PATH_TRANSLATED=%s/htdocs/more/of it", s.root);
	ck_assert_msg(has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	snprintf(line, sizeof line, "REMOTE_PORT=%u", c.port);
	ck_assert_msg(has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	/* It works where it lies. */
	snprintf(line, sizeof line, "%s/cgi-bin", s.root);
	ck_assert_msg(has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(arguments)
{
	static const struct {
		const char *query, *words;
	} rows[] = {
		{"", "0"},
		{"?", "0"},
		{"?a", "1[a]"},
		{"?a+b%20c+d", "3[a][b c][d]"},
		{"?a=b+c", "0"},
		{"?-rf+x;y", "2[-rf][x\\;y]"},
		{"?%24HOME+a%3Db", "2[\\$HOME][a=b]"},
		{"?100%25+%zz", "2[100%][%zz]"},
		{"?a+", "2[a][]"},
	};
	struct support_server s;
	struct support_conn c;
	prepare(&s, SUPPORT_PREFORK, NULL);
	script(&s, "args", "printf '" PLAIN "%s' $#; for a; do printf '[%s]' \"$a\"; done");
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[128];
		if (strstr(rows[i].query, "%zz")) /* no path or query a client may send */
			continue;
		snprintf(target, sizeof target, "/cgi-bin/args%s", rows[i].query);
		ask(&c, &s, target, 200);
		ck_assert_msg(
			strcmp(c.reply.body, rows[i].words) == 0, "%s: %s", target, c.reply.body);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* ---- bodies ---- */

enum { LARGE = 1 << 20 };

/* What wc and cksum say of the pattern. */
static void check_sum(const struct support_conn *c, const char *bytes, size_t size)
{
	char path[] = "/tmp/preforkd-sum-XXXXXX", command[128], expected[128] = "";
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	snprintf(command, sizeof command, "cksum < %s", path);
	FILE *f = popen(command, "re");
	ck_assert_ptr_nonnull(fgets(expected, sizeof expected, f));
	pclose(f);
	unlink(path);
	ck_assert_str_eq(c->reply.body, expected);
}

START_TEST(bodies)
{
	static const size_t sizes[] = {0, 1, 1000, 65536, 65537, LARGE};
	struct support_server s;
	struct support_conn c;
	char *bytes = malloc(LARGE);
	ck_assert_ptr_nonnull(bytes);
	support_site_fill(bytes, LARGE, 0, 7);
	prepare(&s, _i, NULL);
	script(&s, "sum", "printf 'X-Length: %s\\n" PLAIN "' \"$CONTENT_LENGTH\"; cksum");
	support_server_launch(&s);
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i / 2];
		char length[32];
		support_conn_open(&c, s.port);
		if (i % 2) {
			support_conn_print(&c, "POST /cgi-bin/sum HTTP/1.1\r\nHost: test\r\n"
					       "Transfer-Encoding: chunked\r\n\r\n");
			for (size_t at = 0; at < size; at += 50000) {
				size_t n = size - at < 50000 ? size - at : 50000;
				support_conn_print(&c, "%zx\r\n", n);
				support_conn_send(&c, bytes + at, n);
				support_conn_print(&c, "\r\n");
			}
			support_conn_print(&c, "0\r\n\r\n");
		} else {
			support_conn_print(&c,
				"POST /cgi-bin/sum HTTP/1.1\r\nHost: test\r\nContent-Length: "
				"%zu\r\n\r\n",
				size);
			support_conn_send(&c, bytes, size);
		}
		support_conn_expect(&c, 200);
		check_sum(&c, bytes, size);
		snprintf(length, sizeof length, "%zu", size);
		ck_assert_str_eq(support_reply_field(&c.reply, "X-Length"), length);
		if (SUPPORT_HAS_POOL(s.model)) { /* the next request is found behind it */
			support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
			support_conn_expect(&c, 200);
		}
		support_conn_close(&c);
	}
	free(bytes);
	support_server_stop(&s);
}
END_TEST

/* A program gets its input as it comes, and is heard meanwhile. */
START_TEST(bodies_as_they_come)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i, NULL);
	script(&s, "echo", "printf '" PLAIN "'; while read line; do echo \"got $line\"; done");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "POST /cgi-bin/echo HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\n"
			       "Expect: 100-continue\r\n\r\n");
	ck_assert(support_conn_read(&c, "POST"));
	ck_assert_int_eq(c.reply.status, 100);
	support_conn_print(&c, "one\n");
	support_conn_more(&c, 1);
	while (!memmem(c.in, c.size, "got one\n", 8)) {
		ck_assert(!c.ended);
		support_conn_more(&c, 1);
	}
	support_conn_print(&c, "two\nGET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "got one\ngot two\n");
	if (SUPPORT_HAS_POOL(s.model))
		support_conn_expect(&c, 200);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Who does not read its body, or not all of it, answers all the same; the next request is answered
 * too where the rest is worth reading. */
START_TEST(bodies_nobody_reads)
{
	static const size_t sizes[] = {10, 100000, 200000, 4 << 20};
	struct support_server s;
	struct support_conn c;
	char *bytes = calloc(1, 4 << 20);
	ck_assert_ptr_nonnull(bytes);
	prepare(&s, _i, NULL);
	script(&s, "deaf", "printf '" PLAIN "no\\n'");
	script(&s, "part", "head -c 5 > /dev/null; printf '" PLAIN "some\\n'");
	support_server_launch(&s);
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i / 2];
		support_conn_open(&c, s.port);
		support_conn_print(&c,
			"POST /cgi-bin/%s HTTP/1.1\r\nHost: test\r\nContent-Length: %zu\r\n\r\n",
			i % 2 ? "part" : "deaf", size);
		support_conn_send(&c, bytes, size);
		support_conn_expect(&c, 200);
		ck_assert_str_eq(c.reply.body, i % 2 ? "some\n" : "no\n");
		support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		if (size < 65536 && SUPPORT_HAS_POOL(s.model))
			support_conn_expect(&c, 200);
		else if (support_conn_read(&c, "GET"))
			ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
	}
	free(bytes);
	support_server_stop(&s);
}
END_TEST

/* A client that promised more than it sends is answered, and the program does not take what came
 * for the whole. */
START_TEST(bodies_that_break_off)
{
	struct support_server s;
	struct support_conn c;
	char path[256];
	prepare(&s, _i, "Timeout 2\n");
	snprintf(path, sizeof path, "echo $$ > %s/told/pid; cat > /dev/null; echo x > %s/told/end",
		s.root, s.root);
	script(&s, "save", path);
	support_server_launch(&s);
	for (int late = 0; late < 2; late++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "POST /cgi-bin/save HTTP/1.1\r\nHost: test\r\n"
				       "Content-Length: 10\r\n\r\nabcd");
		pid_t pid = (pid_t)told(&s, "pid");
		if (!late)
			support_conn_half_close(&c);
		support_conn_expect(&c, late ? 408 : 400);
		ck_assert(support_reply_closes(&c.reply));
		support_conn_close(&c);
		ck_assert(SUPPORT_UNTIL(is_gone(pid), SUPPORT_PATIENCE));
		unlink(support_server_path(&s, "told/pid"));
	}
	support_server_stop(&s);
}
END_TEST

/* ---- on the way out ---- */

START_TEST(output_as_it_comes)
{
	struct support_server s;
	struct support_conn c;
	char body[256];
	prepare(&s, _i, NULL);
	ck_assert_int_eq(mkfifo(support_server_path(&s, "told/go"), 0666), 0);
	ck_assert_int_eq(chmod(support_server_path(&s, "told/go"), 0666), 0);
	snprintf(body, sizeof body, "printf '" PLAIN "first'; read x < %s/told/go; printf second",
		s.root);
	script(&s, "two", body);
	support_server_launch(&s);
	get(&c, &s, "/cgi-bin/two");
	support_conn_more(&c, 1);
	while (!memmem(c.in, c.size, "first", 5)) {
		ck_assert(!c.ended);
		support_conn_more(&c, 1);
	}
	ck_assert_ptr_null(memmem(c.in, c.size, "second", 6));
	int fd = open(support_server_path(&s, "told/go"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	close(fd);
	support_conn_expect(&c, 200);
	ck_assert(c.reply.chunked);
	ck_assert_str_eq(c.reply.body, "firstsecond");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* A client that does not read stops the program, and nobody else. */
START_TEST(output_nobody_reads)
{
	enum { SIZE = 32 << 20 };
	struct support_server s;
	struct support_conn slow, c;
	static char bytes[1 << 18];
	char body[256];
	int small = 65536;
	prepare(&s, _i, "StartServers 2\nMinSpareServers 1\n");
	snprintf(body, sizeof body,
		"printf '" PLAIN "'; head -c %d /dev/zero; echo done > %s/told/done", SIZE, s.root);
	script(&s, "much", body);
	support_server_launch(&s);
	support_conn_open(&slow, s.port);
	setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	support_conn_print(&slow, "GET /cgi-bin/much HTTP/1.0\r\n\r\n");
	for (int i = 0; i < 20; i++) {
		ask(&c, &s, "/hello.txt", 200);
		support_conn_close(&c);
	}
	ck_assert(!is_told(&s, "done"));
	size_t got = 0;
	ssize_t n;
	while ((n = recv(slow.fd, bytes, sizeof bytes, 0)) > 0)
		got += (size_t)n;
	ck_assert_uint_gt(got, SIZE);
	ck_assert_uint_lt(got, SIZE + 1000);
	support_conn_close(&slow);
	support_server_stop(&s);
}
END_TEST

/* One that listens no more ends the program, and all that it has started. */
START_TEST(clients_that_go)
{
	static const char *const before[] = {"", "printf '" PLAIN "x';"};
	struct support_server s;
	struct support_conn c;
	char body[512];
	prepare(&s, _i, NULL);
	for (int i = 0; i < 2; i++) {
		char name[8];
		snprintf(name, sizeof name, "long%d", i);
		snprintf(body, sizeof body,
			"%s sleep 100 & echo $! > %s/told/child%d; echo $$ > %s/told/pid%d; wait",
			before[i], s.root, i, s.root, i);
		script(&s, name, body);
	}
	support_server_launch(&s);
	for (int i = 0; i < 2; i++) {
		char target[64], name[16];
		snprintf(target, sizeof target, "/cgi-bin/long%d", i);
		get(&c, &s, target);
		snprintf(name, sizeof name, "pid%d", i);
		pid_t pid = (pid_t)told(&s, name);
		snprintf(name, sizeof name, "child%d", i);
		pid_t child = (pid_t)told(&s, name);
		support_conn_close(&c);
		ck_assert_msg(SUPPORT_UNTIL(is_gone(pid), SUPPORT_PATIENCE), "the script goes on");
		ck_assert_msg(SUPPORT_UNTIL(is_gone(child), SUPPORT_PATIENCE), "its child goes on");
	}
	support_server_stop(&s);
}
END_TEST

/* The same where the end came first, in order, and the answer then met nobody. */
START_TEST(clients_that_are_gone_before_the_answer)
{
	struct support_server s;
	struct support_conn c;
	char body[512];
	prepare(&s, _i, NULL);
	ck_assert_int_eq(mkfifo(support_server_path(&s, "told/go"), 0666), 0);
	ck_assert_int_eq(chmod(support_server_path(&s, "told/go"), 0666), 0);
	snprintf(body, sizeof body,
		"echo $$ > %s/told/pid; read word < %s/told/go; printf '" PLAIN
		"x'; exec sleep 100",
		s.root, s.root);
	script(&s, "late", body);
	support_server_launch(&s);
	get(&c, &s, "/cgi-bin/late");
	pid_t pid = (pid_t)told(&s, "pid");
	int fd = open(support_server_path(&s, "told/go"), O_RDWR | O_CLOEXEC);
	support_conn_close(&c);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	ck_assert_msg(SUPPORT_UNTIL(is_gone(pid), SUPPORT_PATIENCE), "the script goes on");
	close(fd);
	support_server_stop(&s);
}
END_TEST

/* A client that only says that it will send no more is still there. */
START_TEST(clients_that_only_listen)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i, NULL);
	script(&s, "soon", "sleep 0.3; printf '" PLAIN "one'; sleep 1.5; printf two");
	support_server_launch(&s);
	get(&c, &s, "/cgi-bin/soon");
	support_conn_half_close(&c);
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "onetwo");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* One that came to the fifo later than the others needs the end of another writer. Has it
 * answered? */
static bool let_go(const char *fifo, const struct support_conn *c)
{
	struct pollfd answer = {.fd = c->fd, .events = POLLIN};
	int fd = open(fifo, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		close(fd);
	return poll(&answer, 1, 10) == 1;
}

START_TEST(many_at_once)
{
	enum { MANY = 40 };
	struct support_server s;
	struct support_conn all[MANY], c;
	char body[256];
	prepare(&s, SUPPORT_PREFORK,
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 1\n");
	ck_assert_int_eq(mkfifo(support_server_path(&s, "told/go"), 0666), 0);
	ck_assert_int_eq(chmod(support_server_path(&s, "told/go"), 0666), 0);
	snprintf(body, sizeof body, "cat < %s/told/go > /dev/null; printf '" PLAIN "%%s' $$",
		s.root);
	script(&s, "wait", body);
	support_server_launch(&s);
	for (int i = 0; i < MANY; i++)
		get(&all[i], &s, "/cgi-bin/wait");
	ask(&c, &s, "/hello.txt", 200); /* the same worker has time for this */
	support_conn_close(&c);
	int fd = open(support_server_path(&s, "told/go"), O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < MANY; i++)
		(void)!write(fd, "x", 1);
	close(fd);
	for (int i = 0; i < MANY; i++) {
		ck_assert(SUPPORT_UNTIL(
			let_go(support_server_path(&s, "told/go"), &all[i]), SUPPORT_PATIENCE));
		support_conn_expect(&all[i], 200);
		support_conn_close(&all[i]);
	}
	support_server_stop(&s);
}
END_TEST

/* ---- heads ---- */

START_TEST(heads)
{
	static const struct {
		const char *name, *body;
		int status;
		const char *text;
	} rows[] = {
		{"status", "printf 'Status: 404 Gone fishing\\n" PLAIN "no\\n'", 404, "no\n"},
		{"crlf", "printf 'Content-Type: text/plain\\r\\nX-A: b\\r\\n\\r\\nyes'", 200,
			"yes"},
		{"bare", "printf '\\nno field\\n'", 200, "no field\n"},
		{"empty", "printf 'Content-Type: text/plain\\n\\n'", 200, ""},
		{"moved", "printf 'Location: http://else.example/\\nSet-Cookie: a=b\\n\\nbody'",
			302, NULL},
		{"moved-301", "printf 'Status: 301\\nLocation: http://x/\\n" PLAIN "own'", 301,
			"own"},
		{"local", "printf 'Location: /hello.txt\\n\\n'", 200, "hello, world\n"},
		{"none-204", "printf 'Status: 204\\n" PLAIN "dropped'", 204, ""},
		{"same-304", "printf 'Status: 304\\nETag: \"x\"\\n\\n'", 304, ""},
		{"nph-raw", "printf 'HTTP/1.1 203 Own\\r\\nContent-Length: 3\\r\\n\\r\\nraw'", 203,
			"raw"},
		{"length", "printf 'Content-Length: 3\\n" PLAIN "abc'", 200, "abc"},
	};
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		script(&s, rows[i].name, rows[i].body);
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[64];
		snprintf(target, sizeof target, "/cgi-bin/%s", rows[i].name);
		ask(&c, &s, target, rows[i].status);
		if (rows[i].text)
			ck_assert_msg(strcmp(c.reply.body, rows[i].text) == 0, "%s: %s", target,
				c.reply.body);
		if (rows[i].status == 302)
			ck_assert_str_eq(support_reply_field(&c.reply, "Set-Cookie"), "a=b");
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Nothing a program prints becomes a field that is none, or one that is the server's. */
START_TEST(fields)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, SUPPORT_PREFORK, NULL);
	script(&s, "fields",
		"printf 'Date: then\\nServer: me\\nConnection: close\\nKeep-Alive: no\\n"
		"Transfer-Encoding: chunked\\nX-One: a\\nX-Two: b\\n"
		"ETag: \"tag\"\\nLast-Modified: Sun, 13 Sep 2020 12:26:40 GMT\\n" PLAIN "ok'");
	support_server_launch(&s);
	ask(&c, &s, "/cgi-bin/fields", 200);
	ck_assert_str_eq(c.reply.body, "ok");
	ck_assert_str_ne(support_reply_field(&c.reply, "Date"), "then");
	ck_assert_ptr_null(strstr(c.reply.text, "Server: me"));
	ck_assert(!support_reply_closes(&c.reply));
	ck_assert_ptr_null(support_reply_field(&c.reply, "Keep-Alive"));
	ck_assert_str_eq(support_reply_field(&c.reply, "X-One"), "a");
	ck_assert_str_eq(support_reply_field(&c.reply, "X-Two"), "b");
	ck_assert_str_eq(support_reply_field(&c.reply, "ETag"), "\"tag\"");
	/* What it says of the content counts as with a file. */
	support_conn_print(&c, "GET /cgi-bin/fields HTTP/1.1\r\nHost: test\r\n"
			       "If-None-Match: \"tag\"\r\n\r\n");
	support_conn_expect(&c, 304);
	support_conn_print(&c, "HEAD /cgi-bin/fields HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert(support_conn_read(&c, "HEAD"));
	ck_assert_str_eq(support_reply_field(&c.reply, "X-One"), "a");
	support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

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
	prepare(&s, _i, "CGIScriptTimeout 4s\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		script(&s, rows[i].name, rows[i].body);
		support_server_allow(&s, rows[i].log);
	}
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[64];
		snprintf(target, sizeof target, "/cgi-bin/%s", rows[i].name);
		ask(&c, &s, target, rows[i].status);
		ck_assert_msg(support_server_logged(&s, rows[i].log) > 0, "%s: no line", target);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* After the head all that can be done is to end the answer, in order or not. */
START_TEST(bad_answers)
{
	struct support_server s;
	struct support_conn c;
	char body[256];
	prepare(&s, _i, "CGIScriptTimeout 3\n");
	support_server_allow(&s, "printed less than its Content-Length");
	support_server_allow(&s, "printed more than its Content-Length");
	support_server_allow(&s, "Timeout waiting for output from CGI script");
	support_server_allow(&s, "keeps its output open");
	script(&s, "short", "printf 'Content-Length: 10\\n" PLAIN "abc'");
	script(&s, "long", "printf 'Content-Length: 3\\n" PLAIN "abcdef'");
	script(&s, "stops", "printf '" PLAIN "some'; sleep 100");
	snprintf(body, sizeof body,
		"printf '" PLAIN "all'; sleep 100 & echo $! > %s/told/pid; exit 0", s.root);
	script(&s, "kept", body);
	support_server_launch(&s);

	get(&c, &s, "/cgi-bin/short");
	support_conn_more(&c, 1);
	ck_assert_int_eq(support_conn_end(&c, 0), SUPPORT_MORE);
	while (!c.ended && !c.error)
		support_conn_more(&c, 1);
	ck_assert(c.size > 3 && memcmp(c.in + c.size - 3, "abc", 3) == 0);
	support_conn_close(&c);

	ask(&c, &s, "/cgi-bin/long", 200);
	ck_assert_str_eq(c.reply.body, "abc");
	support_conn_close(&c);

	get(&c, &s, "/cgi-bin/stops");
	while (!c.ended && !c.error)
		support_conn_more(&c, 1);
	ck_assert_ptr_nonnull(memmem(c.in, c.size, "some", 4));
	ck_assert_ptr_null(memmem(c.in, c.size, "\r\n0\r\n\r\n", 7)); /* it is not whole */
	support_conn_close(&c);

	ask(&c, &s, "/cgi-bin/kept", 200);
	ck_assert_str_eq(c.reply.body, "all");
	support_conn_close(&c);
	kill((pid_t)told(&s, "pid"), SIGKILL); /* nobody minds it */
	support_server_stop(&s);
}
END_TEST

START_TEST(standard_error)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, _i, NULL);
	support_server_allow(&s, "stderr from");
	script(&s, "says",
		"echo first >&2; printf '" PLAIN "ok'; printf 'tab\\there\\033[1m' >&2; exec >&-; "
		"sleep 0.2; echo last >&2");
	script(&s, "floods", "head -c 300000 /dev/zero | tr '\\0' x >&2; printf '" PLAIN "ok'");
	support_server_launch(&s);
	ask(&c, &s, "/cgi-bin/says", 200);
	support_conn_close(&c);
	ck_assert(
		SUPPORT_UNTIL(support_server_logged(&s, "cgi-bin/says: tab\\there\\x1b[1mlast") > 0,
			SUPPORT_PATIENCE));
	ck_assert_uint_eq(support_server_logged(&s, "cgi-bin/says: first"), 1);
	ask(&c, &s, "/cgi-bin/floods", 200);
	ck_assert_str_eq(c.reply.body, "ok");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* ---- what is run, and how ---- */

START_TEST(what_is_run)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, SUPPORT_PREFORK,
		"<Location /on>\nOptions +ExecCGI\nSetHandler cgi-script\n</Location>\n"
		"<Location /off>\nSetHandler cgi-script\n</Location>\n"
		"<Location /on/no-info>\nAcceptPathInfo Off\n</Location>\n"
		"<Location /info>\nAcceptPathInfo On\n</Location>\n");
	support_server_allow(&s, "Options ExecCGI is off in this directory");
	support_server_allow(&s, "script not found or unable to stat");
	support_server_allow(&s, "attempt to invoke directory as script");
	support_server_allow(&s, "couldn't create child process");
	support_server_allow(&s, "AcceptPathInfo off disallows user's path");
	ck_assert_int_eq(mkdir(support_server_path(&s, "htdocs/on"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(&s, "htdocs/off"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(&s, "htdocs/on/dir"), 0755), 0);
	write_script(&s, "htdocs/on/a", "printf '" PLAIN "%s' \"$PATH_INFO\"");
	write_script(&s, "htdocs/on/no-info", "printf '" PLAIN "%s' \"$PATH_INFO\"");
	write_script(&s, "htdocs/off/a", "printf '" PLAIN "never'");
	write_script(&s, "cgi-bin/plain", "printf '" PLAIN "never'");
	ck_assert_int_eq(chmod(support_server_path(&s, "cgi-bin/plain"), 0644), 0);
	script(&s, "interpreter", "");
	FILE *f = fopen(support_server_path(&s, "cgi-bin/interpreter"), "we");
	fputs("#!/no/such/thing\n", f);
	fclose(f);
	support_site_write(s.root, "info", "a file", 6);
	support_server_launch(&s);
	static const struct {
		const char *target;
		int status;
		const char *body;
	} rows[] = {{"/on/a", 200, ""}, {"/on/a/b/c", 200, "/b/c"}, {"/off/a", 403, NULL},
		{"/on/missing", 404, NULL}, {"/on/dir/", 403, NULL}, {"/on/no-info", 200, ""},
		{"/on/no-info/x", 404, NULL}, {"/info", 200, "a file"}, {"/info/x", 200, "a file"},
		{"/hello.txt/x", 404, NULL}, {"/cgi-bin/plain", 500, NULL},
		{"/cgi-bin/interpreter", 500, NULL}, {"/cgi-bin/missing", 404, NULL}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask(&c, &s, rows[i].target, rows[i].status);
		if (rows[i].body)
			ck_assert_str_eq(c.reply.body, rows[i].body);
		support_conn_close(&c);
	}
	/* Who is refused is also told so when it brings a body, and the next request is found. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "POST /off/a HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc"
			       "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 403);
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(settings)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, SUPPORT_PREFORK,
		"<Location /cgi-bin>\nCGIPassAuth On\nRLimitCPU 7 9\nRLimitMEM max\n"
		"RLimitNPROC 4000 max\n</Location>\n"
		"<Location /e>\nErrorDocument 404 /cgi-bin/env?why\n</Location>\n"
		"<Location /now>\nCGIVar REQUEST_URI current-uri\n</Location>\n");
	script(&s, "env", "printf '" PLAIN "'; env; ulimit -S -t; ulimit -H -t");
	script(&s, "go", "printf 'Location: /cgi-bin/env/x?q=1\\n\\n'");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /cgi-bin/env HTTP/1.1\r\nHost: test\r\n"
			       "Authorization: Basic YTpi\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(has_line(c.reply.body, "HTTP_AUTHORIZATION=Basic YTpi"));
	ck_assert_ptr_nonnull(strstr(c.reply.body, "\n7\n9\n"));
	support_conn_close(&c);
	/* An error document knows what it stands for. */
	ask(&c, &s, "/e/nothing?a=b", 404);
	ck_assert(has_line(c.reply.body, "REDIRECT_STATUS=404"));
	ck_assert(has_line(c.reply.body, "REDIRECT_URL=/e/nothing"));
	ck_assert(has_line(c.reply.body, "REDIRECT_QUERY_STRING=a=b"));
	ck_assert(has_line(c.reply.body, "REDIRECT_REQUEST_METHOD=GET"));
	ck_assert(has_line(c.reply.body, "QUERY_STRING=why"));
	ck_assert(has_line(c.reply.body, "REQUEST_URI=/e/nothing?a=b"));
	support_conn_close(&c);
	/* So does what a local redirect leads to; it is asked by GET and has no body. */
	support_conn_open(&c, s.port);
	support_conn_print(&c,
		"POST /cgi-bin/go?z HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nab"
		"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(has_line(c.reply.body, "REQUEST_METHOD=GET"));
	ck_assert(has_line(c.reply.body, "PATH_INFO=/x"));
	ck_assert(has_line(c.reply.body, "QUERY_STRING=q=1"));
	ck_assert(has_line(c.reply.body, "REDIRECT_URL=/cgi-bin/go"));
	ck_assert_ptr_null(strstr(c.reply.body, "CONTENT_LENGTH"));
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(actions)
{
	struct support_server s;
	struct support_conn c;
	prepare(&s, SUPPORT_PREFORK,
		"AddHandler of-mine .mine\nAction of-mine /cgi-bin/act\n"
		"Action image/png /cgi-bin/act\n"
		"<Location /virtual>\nSetHandler x-test/made\nAction x-test/made /cgi-bin/act "
		"virtual\n</Location>\n"
		"<Location /f>\nScript PUT /cgi-bin/act\n</Location>\n"
		"<Location /none>\nAction of-mine none\n</Location>\n");
	script(&s, "act", "printf '" PLAIN "'; env; cat");
	support_site_write(s.root, "a.mine", "x", 1);
	support_site_write(s.root, "none/a.mine", "plain", 5);
	support_site_write(s.root, "a.png", "x", 1);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(
		&c, "POST /a.mine?q HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody");
	support_conn_expect(&c, 200);
	ck_assert(has_line(c.reply.body, "PATH_INFO=/a.mine"));
	ck_assert(has_line(c.reply.body, "SCRIPT_NAME=/cgi-bin/act"));
	ck_assert(has_line(c.reply.body, "QUERY_STRING=q"));
	ck_assert(has_line(c.reply.body, "REDIRECT_STATUS=200"));
	ck_assert(has_line(c.reply.body, "REDIRECT_HANDLER=of-mine"));
	ck_assert(has_line(c.reply.body, "REQUEST_URI=/a.mine?q"));
	ck_assert(has_line(c.reply.body, "body"));
	support_conn_close(&c);
	ask(&c, &s, "/a.png", 200);
	ck_assert(has_line(c.reply.body, "PATH_INFO=/a.png"));
	support_conn_close(&c);
	ask(&c, &s, "/virtual/thing", 200);
	ck_assert(has_line(c.reply.body, "PATH_INFO=/virtual/thing"));
	support_conn_close(&c);
	ask(&c, &s, "/missing.mine", 404);
	support_conn_close(&c);
	ask(&c, &s, "/none/a.mine", 200);
	ck_assert_str_eq(c.reply.body, "plain");
	support_conn_close(&c);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "PUT /f/100 HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc");
	support_conn_expect(&c, 200);
	ck_assert(has_line(c.reply.body, "PATH_INFO=/f/100"));
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
	prepare(&s, _i, NULL);
	ck_assert_int_eq(mkfifo(support_server_path(&s, "told/go"), 0666), 0);
	ck_assert_int_eq(chmod(support_server_path(&s, "told/go"), 0666), 0);
	snprintf(body, sizeof body,
		"echo $$ > %s/told/pid; read x < %s/told/go; printf '" PLAIN "whole'", s.root,
		s.root);
	script(&s, "slow", body);
	support_server_launch(&s);
	get(&c, &s, "/cgi-bin/slow");
	told(&s, "pid");
	support_server_say(&s, &o, (const char *const[]){"-k", "graceful", NULL});
	ck_assert_int_eq(o.status, 0);
	int fd = open(support_server_path(&s, "told/go"), O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	close(fd);
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
	prepare(&s, _i, NULL);
	support_server_allow(&s, "killed");
	support_server_allow(&s, "signal 9");
	snprintf(body, sizeof body, "echo $$ > %s/told/pid; exec sleep 100", s.root);
	script(&s, "slow", body);
	support_server_launch(&s);
	get(&c, &s, "/cgi-bin/slow");
	pid_t pid = (pid_t)told(&s, "pid");
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGKILL);
	ck_assert_msg(SUPPORT_UNTIL(is_gone(pid), SUPPORT_PATIENCE), "the script goes on");
	support_conn_close(&c);
	/* reaped, as dispatch may send one the parent does not know dead the next connection */
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(kill(workers[i], 0) == -1, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("cgi", {answers, SUPPORT_MODELS}, {methods, 1}, {variables, SUPPORT_MODELS},
	{arguments, 1}, {bodies, SUPPORT_MODELS}, {bodies_as_they_come, SUPPORT_MODELS},
	{bodies_nobody_reads, SUPPORT_MODELS}, {bodies_that_break_off, 2},
	{output_as_it_comes, SUPPORT_MODELS}, {output_nobody_reads, 2},
	{clients_that_go, SUPPORT_MODELS},
	{clients_that_are_gone_before_the_answer, SUPPORT_MODELS}, {clients_that_only_listen, 2},
	{many_at_once, 1}, {heads, SUPPORT_MODELS}, {fields, 1}, {bad_programs, 2},
	{bad_answers, 2}, {standard_error, 2}, {what_is_run, 1}, {settings, 1}, {actions, 1},
	{graceful_waits, SUPPORT_MODELS}, {killed_workers, SUPPORT_FORK})
