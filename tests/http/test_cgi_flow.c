/*
 * test_cgi_flow - bytes into a program and out of it, as fast as either side likes, or not at all
 *
 * Runs in:  make check
 * Owns:     a server and the scripts it runs
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cgi.h"

#include <poll.h>
#include <sys/socket.h>

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
	cgi_prepare(&s, _i, NULL);
	cgi_script(&s, "sum", "printf 'X-Length: %s\\n" CGI_PLAIN "' \"$CONTENT_LENGTH\"; cksum");
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
	cgi_prepare(&s, _i, NULL);
	cgi_script(
		&s, "echo", "printf '" CGI_PLAIN "'; while read line; do echo \"got $line\"; done");
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

/* A request is no other for what was changed in its head. */
START_TEST(bodies_behind_changed_heads)
{
	static const char *const more[] = {"RequestHeader set X-Way here\n",
		"RequestHeader set X-Way here early\n",
		"RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n"};
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK, more[_i]);
	cgi_script(&s, "echo", "printf '" CGI_PLAIN "'; cat");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "POST /cgi-bin/echo HTTP/1.1\r\nHost: test\r\n"
			       "X-Forwarded-For: 192.0.2.1\r\nContent-Length: 5\r\n\r\nwhole");
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "whole");
	support_conn_print(&c, "POST /cgi-bin/echo HTTP/1.1\r\nHost: test\r\n"
			       "X-Forwarded-For: 192.0.2.1\r\nTransfer-Encoding: chunked\r\n\r\n"
			       "3\r\nchu\r\n4\r\nnked\r\n0\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "chunked");
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
	cgi_prepare(&s, _i, NULL);
	cgi_script(&s, "deaf", "printf '" CGI_PLAIN "no\\n'");
	cgi_script(&s, "part", "head -c 5 > /dev/null; printf '" CGI_PLAIN "some\\n'");
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

static void set_timeout(struct support_server *s, unsigned seconds)
{
	char lines[256];
	snprintf(lines, sizeof lines,
		"<Directory />\nAllowOverride None\n</Directory>\n"
		"ScriptAlias /cgi-bin/ cgi-bin/\nTimeout %u\n",
		seconds);
	pid_t old[SUPPORT_WORKERS];
	size_t count = SUPPORT_HAS_POOL(s->model) ? support_server_workers(s, old) : 0;
	support_server_configure(s, lines);
	ck_assert_int_eq(kill(s->pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(support_server_logged(s, "restart: generation"), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(support_server_relieved(s, old, count), SUPPORT_PATIENCE));
	support_server_ready(s);
}

/* A client that promised more than it sends is answered, and the program does not take what came
 * for the whole. */
START_TEST(bodies_that_break_off)
{
	struct support_server s;
	struct support_conn c;
	char path[256];
	cgi_prepare(&s, _i, NULL);
	snprintf(path, sizeof path, "echo $$ > %s/told/pid; cat > /dev/null; echo x > %s/told/end",
		s.root, s.root);
	cgi_script(&s, "save", path);
	support_server_launch(&s);
	for (int late = 0; late < 2; late++) {
		if (late) /* before that time may not be over while the program begins */
			set_timeout(&s, 2);
		support_conn_open(&c, s.port);
		support_conn_print(&c, "POST /cgi-bin/save HTTP/1.1\r\nHost: test\r\n"
				       "Content-Length: 10\r\n\r\nabcd");
		pid_t pid = (pid_t)cgi_told(&s, "pid");
		if (!late)
			support_conn_half_close(&c);
		support_conn_expect(&c, late ? 408 : 400);
		ck_assert(support_reply_closes(&c.reply));
		support_conn_close(&c);
		ck_assert(SUPPORT_UNTIL(cgi_is_gone(pid), SUPPORT_PATIENCE));
		unlink(support_server_path(&s, "told/pid"));
	}
	support_server_stop(&s);
}
END_TEST

/* A client that asks for 100 and does not wait: the refusal says what becomes of the connection,
 * and that is what becomes of it. */
START_TEST(bodies_that_did_not_wait)
{
	static const char *const targets[] = {"/cgi-bin/nope", "/cgi-bin/"};
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	support_server_allow(&s, "script not found or unable to stat");
	support_server_allow(&s, "attempt to invoke directory as script");
	support_server_launch(&s);
	for (size_t i = 0; i < 2; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c,
			"POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n"
			"Expect: 100-continue\r\n\r\n12345"
			"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n",
			targets[i]);
		support_conn_expect(&c, i ? 403 : 404);
		if (support_reply_closes(&c.reply)) {
			support_conn_expect_closed(&c);
		} else {
			support_conn_expect(&c, 200);
			ck_assert_str_eq(c.reply.body, "hello, world\n");
		}
		ck_assert(!SUPPORT_HAS_POOL(s.model) || c.reply.status == 200);
		support_conn_close(&c);
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
	cgi_prepare(&s, _i, NULL);
	cgi_gate(&s);
	snprintf(body, sizeof body,
		"printf '" CGI_PLAIN "first'; read x < %s/told/go; printf second", s.root);
	cgi_script(&s, "two", body);
	support_server_launch(&s);
	cgi_get(&c, &s, "/cgi-bin/two");
	support_conn_more(&c, 1);
	while (!memmem(c.in, c.size, "first", 5)) {
		ck_assert(!c.ended);
		support_conn_more(&c, 1);
	}
	ck_assert_ptr_null(memmem(c.in, c.size, "second", 6));
	cgi_open_gate(&s);
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
	cgi_prepare(&s, _i, "StartServers 2\nMinSpareServers 1\n");
	snprintf(body, sizeof body,
		"printf '" CGI_PLAIN "'; head -c %d /dev/zero; echo done > %s/told/done", SIZE,
		s.root);
	cgi_script(&s, "much", body);
	support_server_launch(&s);
	support_conn_open(&slow, s.port);
	setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	support_conn_print(&slow, "GET /cgi-bin/much HTTP/1.0\r\n\r\n");
	for (int i = 0; i < 20; i++) {
		cgi_ask(&c, &s, "/hello.txt", 200);
		support_conn_close(&c);
	}
	ck_assert(!cgi_is_told(&s, "done"));
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
	static const char *const before[] = {"", "printf '" CGI_PLAIN "x';"};
	struct support_server s;
	struct support_conn c;
	char body[512];
	cgi_prepare(&s, _i, NULL);
	for (int i = 0; i < 2; i++) {
		char name[8];
		snprintf(name, sizeof name, "long%d", i);
		snprintf(body, sizeof body,
			"%s sleep 100 & echo $! > %s/told/child%d; echo $$ > %s/told/pid%d; wait",
			before[i], s.root, i, s.root, i);
		cgi_script(&s, name, body);
	}
	support_server_launch(&s);
	for (int i = 0; i < 2; i++) {
		char target[64], name[16];
		snprintf(target, sizeof target, "/cgi-bin/long%d", i);
		cgi_get(&c, &s, target);
		snprintf(name, sizeof name, "pid%d", i);
		pid_t pid = (pid_t)cgi_told(&s, name);
		snprintf(name, sizeof name, "child%d", i);
		pid_t child = (pid_t)cgi_told(&s, name);
		support_conn_close(&c);
		ck_assert_msg(
			SUPPORT_UNTIL(cgi_is_gone(pid), SUPPORT_PATIENCE), "the script goes on");
		ck_assert_msg(
			SUPPORT_UNTIL(cgi_is_gone(child), SUPPORT_PATIENCE), "its child goes on");
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
	cgi_prepare(&s, _i, NULL);
	cgi_gate(&s);
	snprintf(body, sizeof body,
		"echo $$ > %s/told/pid; read word < %s/told/go; printf '" CGI_PLAIN
		"x'; exec sleep 100",
		s.root, s.root);
	cgi_script(&s, "late", body);
	support_server_launch(&s);
	cgi_get(&c, &s, "/cgi-bin/late");
	pid_t pid = (pid_t)cgi_told(&s, "pid");
	int fd = open(support_server_path(&s, "told/go"), O_RDWR | O_CLOEXEC);
	support_conn_close(&c);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	ck_assert_msg(SUPPORT_UNTIL(cgi_is_gone(pid), SUPPORT_PATIENCE), "the script goes on");
	close(fd);
	support_server_stop(&s);
}
END_TEST

/* A client that only says that it will send no more is still there. */
START_TEST(clients_that_only_listen)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, _i, NULL);
	cgi_script(&s, "soon", "sleep 0.1; printf '" CGI_PLAIN "one'; sleep 1.5; printf two");
	support_server_launch(&s);
	cgi_get(&c, &s, "/cgi-bin/soon");
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
	cgi_prepare(&s, SUPPORT_PREFORK,
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 1\n");
	cgi_gate(&s);
	snprintf(body, sizeof body, "cat < %s/told/go > /dev/null; printf '" CGI_PLAIN "%%s' $$",
		s.root);
	cgi_script(&s, "wait", body);
	support_server_launch(&s);
	for (int i = 0; i < MANY; i++)
		cgi_get(&all[i], &s, "/cgi-bin/wait");
	cgi_ask(&c, &s, "/hello.txt", 200); /* the same worker has time for this */
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

SUPPORT_SUITE_MAIN("cgi_flow", {bodies, SUPPORT_MODELS}, {bodies_as_they_come, SUPPORT_MODELS},
	{bodies_behind_changed_heads, 3}, {bodies_nobody_reads, SUPPORT_MODELS},
	{bodies_that_did_not_wait, SUPPORT_MODELS}, {bodies_that_break_off, 2},
	{output_as_it_comes, SUPPORT_MODELS}, {output_nobody_reads, 2},
	{clients_that_go, SUPPORT_MODELS},
	{clients_that_are_gone_before_the_answer, SUPPORT_MODELS}, {clients_that_only_listen, 2},
	{many_at_once, 1})
