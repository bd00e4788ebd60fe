/*
 * test_paths - nothing outside the DocumentRoot, and nothing in it that could hang a worker
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void make_link(const char *root, const char *name, const char *to)
{
	ck_assert_int_eq(symlink(to, support_site_path(root, name)), 0);
}

static void make_socket(const char *root, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/htdocs/%s", root, name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
}

/* The site of these tests; outside of it lies conf/httpd.conf, which no answer may hold. */
static void start(struct support_server *s, enum support_model model)
{
	char target[128];
	support_server_prepare(s, model, NULL);
	support_site_write(s->root, "dir/inner.txt", "inner\n", 6);
	support_site_write(s->root, "index/index.html", "index\n", 6);
	support_site_write(s->root, "dot.txt.", "dot\n", 4);
	support_site_write(s->root, "sp ace%25.txt", "space\n", 6);
	support_site_write(s->root, "...", "dots\n", 5);
	support_site_write(s->root, "f/a%2fb", "percent\n", 8);
	make_link(s->root, "inside", "dir/inner.txt");
	make_link(s->root, "dir/up", "../hello.txt");
	make_link(s->root, "linkdir", "dir");
	make_link(s->root, "outside", "../conf/httpd.conf");
	make_link(s->root, "outdir", "..");
	snprintf(target, sizeof target, "%s/conf/httpd.conf", s->root);
	make_link(s->root, "absolute", target);
	snprintf(target, sizeof target, "%s/htdocs/hello.txt", s->root);
	make_link(s->root, "absolute-inside", target);
	make_link(s->root, "passwd", "/etc/passwd");
	make_link(s->root, "proc", "/proc/self");
	make_link(s->root, "loop", "loop");
	make_link(s->root, "dangling", "nowhere");
	ck_assert_int_eq(mkfifo(support_site_path(s->root, "fifo"), 0666), 0);
	ck_assert_int_eq(mkfifo(support_site_path(s->root, "dir/index.html"), 0666), 0);
	make_socket(s->root, "socket");
	support_server_launch(s);
}

static const struct {
	const char *path;
	int status, or ; /* or: another that is as good; 0: none */
	const char *body;
} cases[] = {
	/* the parent directory, however it is written */
	{"/../conf/httpd.conf", 400, 0, NULL},
	{"/..", 400, 0, NULL},
	{"/../", 400, 0, NULL},
	{"/dir/../../conf/httpd.conf", 400, 0, NULL},
	{"/dir/..", 200, 0, "front page\n"},
	{"/dir/../hello.txt", 200, 0, "hello, world\n"},
	{"/%2e%2e/conf/httpd.conf", 400, 0, NULL},
	{"/.%2e/conf/httpd.conf", 400, 0, NULL},
	{"/%2E%2E%2Fconf%2Fhttpd.conf", 404, 400, NULL},
	{"/dir/%2e%2e/%2e%2e/conf/httpd.conf", 400, 0, NULL},
	{"/dir/%2e%2e/hello.txt", 200, 0, "hello, world\n"},
	{"/%252e%252e/conf/httpd.conf", 404, 0, NULL},
	{"/..%5cconf%5chttpd.conf", 404, 0, NULL},
	{"/%c0%ae%c0%ae/conf/httpd.conf", 404, 0, NULL},
	{"/dir/.../x", 404, 0, NULL},
	{"/...", 200, 0, "dots\n"},
	/* bytes that stand for something else */
	{"/hello.txt%00", 404, 400, NULL},
	{"/hello.txt%00.png", 404, 400, NULL},
	{"/%00", 404, 400, NULL},
	{"/dir%2finner.txt", 404, 0, NULL},
	{"/%2fetc/passwd", 404, 0, NULL},
	{"/f/a%2fb", 404, 0, NULL},
	{"/hello.txt%", 400, 0, NULL},
	{"/hello.txt%4", 400, 0, NULL},
	{"/hello.txt%zz", 400, 0, NULL},
	{"/hello.txt%0a", 404, 0, NULL},
	{"/hello.txt%20", 404, 0, NULL},
	{"/hello.txt.", 404, 0, NULL},
	{"/hello.txt::$DATA", 404, 0, NULL},
	{"/dot.txt.", 200, 0, "dot\n"},
	{"/sp%20ace%2525.txt", 200, 0, "space\n"},
	{"//etc/passwd", 404, 0, NULL},
	{"///hello.txt", 200, 0, "hello, world\n"},
	{"/./hello.txt", 200, 0, "hello, world\n"},
	{"/dir/./inner.txt", 200, 0, "inner\n"},
	{"/HELLO.TXT", 404, 0, NULL},
	/* links */
	{"/inside", 200, 0, "inner\n"},
	{"/dir/up", 200, 0, "hello, world\n"},
	{"/linkdir/inner.txt", 200, 0, "inner\n"},
	{"/outside", 403, 0, NULL},
	{"/outdir/conf/httpd.conf", 403, 0, NULL},
	{"/outdir/", 403, 0, NULL},
	{"/absolute", 403, 0, NULL},
	{"/absolute-inside", 200, 0, "hello, world\n"},
	{"/passwd", 403, 0, NULL},
	{"/proc/status", 403, 0, NULL},
	{"/loop", 403, 404, NULL},
	{"/dangling", 404, 0, NULL},
	/* what is no file */
	{"/fifo", 403, 0, NULL},
	{"/dir/", 403, 0, NULL}, /* its index is a FIFO */
	{"/socket", 403, 0, NULL},
	{"/index", 301, 0, NULL},
	{"/index/", 200, 0, "index\n"},
	{"/index/index.html/", 404, 0, NULL},
	{"/index/index.html/x", 404, 0, NULL},
	{"/f", 301, 0, NULL},
	{"/f/", 403, 0, NULL},
};

START_TEST(lead_nowhere_else)
{
	struct support_server s;
	struct support_conn c;
	start(&s, (enum support_model)_i);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		support_get(&c, s.port, cases[i].path);
		ck_assert_msg(c.reply.status == cases[i].status || c.reply.status == cases[i].or,
			"%s: %s, not %d", cases[i].path, c.reply.line, cases[i].status);
		ck_assert_msg(
			!strstr(c.reply.body, "DocumentRoot") && !strstr(c.reply.body, "root:"),
			"%s: out of the root:\n%s", cases[i].path, c.reply.body);
		if (cases[i].body)
			ck_assert_str_eq(c.reply.body, cases[i].body);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Paths longer than the file system takes. */
START_TEST(may_be_long)
{
	static char path[8000];
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	memset(path, 'a', 4000);
	path[0] = '/';
	support_get(&c, s.port, path);
	ck_assert_msg(c.reply.status == 403 || c.reply.status == 404, "%s", c.reply.line);
	support_conn_close(&c);
	for (size_t i = 0; i < 7990; i += 2)
		memcpy(path + i, "/a", 3);
	support_get(&c, s.port, path);
	ck_assert_msg(c.reply.status == 403 || c.reply.status == 404, "%s", c.reply.line);
	support_conn_close(&c);
	for (size_t i = 0; i < 7000; i += 5)
		memcpy(path + i, "/f/..", 6);
	support_get(&c, s.port, path);
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_str_eq(c.reply.body, "front page\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* What the workers may not read, and a directory that they may not enter. */
START_TEST(may_be_forbidden)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	support_site_write(s.root, "secret.txt", "secret\n", 7);
	support_site_write(s.root, "closed/x.txt", "secret\n", 7);
	ck_assert_int_eq(chmod(support_site_path(s.root, "secret.txt"), 0), 0);
	ck_assert_int_eq(chmod(support_site_path(s.root, "closed"), 0), 0);
	support_server_launch(&s);
	static const char *const paths[] = {"/secret.txt", "/closed/x.txt", "/closed/"};
	for (size_t i = 0; i < 3; i++) {
		support_get(&c, s.port, paths[i]);
		ck_assert_msg(c.reply.status == 403, "%s: %s", paths[i], c.reply.line);
		support_conn_close(&c);
	}
	ck_assert_int_eq(chmod(support_site_path(s.root, "closed"), 0755), 0);
	support_server_stop(&s);
}
END_TEST

/* Links out of the DocumentRoot lead where a <Directory> opens a place, in the sandbox too. */
START_TEST(lead_to_places)
{
	static const struct {
		const char *path;
		int status;
	} rows[] = {{"/place", 200}, {"/place/", 200}, {"/places/open/index.html", 200},
		{"/places/shut/index.html", 403}, {"/hidden", 403}, {"/own/index.html", 200},
		{"/place/none", 404}, {"/strict/own", 200}, {"/strict/others", 403},
		{"/none/link", 403}, {"/tail", 403}};
	char more[1024];
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	snprintf(more, sizeof more,
		"<Directory %s/data>\nRequire all granted\n</Directory>\n"
		"<Directory %s/data/shut>\nRequire all denied\n</Directory>\n"
		"<Directory %s/htdocs/strict>\nOptions SymLinksIfOwnerMatch\n</Directory>\n"
		"<Directory %s/htdocs/none>\nOptions None\n</Directory>\n",
		s.root, s.root, s.root, s.root);
	support_server_configure(&s, more);
	static const char *const folders[] = {
		"data", "data/open", "data/shut", "other", "htdocs/strict", "htdocs/none"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char name[128];
		snprintf(name, sizeof name, "%s/%s", s.root, folders[i]);
		ck_assert_int_eq(mkdir(name, 0755), 0);
		snprintf(name, sizeof name, "../%s/index.html", folders[i]);
		support_site_write(s.root, name, "here\n", 5);
	}
	make_link(s.root, "place", "../data/open");
	snprintf(more, sizeof more, "%s/data", s.root);
	make_link(s.root, "places", more);
	make_link(s.root, "own", "places/open");
	make_link(s.root, "hidden", "../other/index.html");
	make_link(s.root, "tail", "../data-other");
	make_link(s.root, "strict/own", "../../data/open/index.html");
	make_link(s.root, "strict/others", "../../data/index.html");
	make_link(s.root, "none/link", "index.html");
	bool root = geteuid() == 0;
	if (root)
		ck_assert_int_eq(
			lchown(support_site_path(s.root, "strict/others"), 12345, 12345), 0);
	support_server_launch(&s);
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		const char *path = rows[i / 2].path;
		support_get(&c, s.port, path);
		bool slash = strcmp(path, "/place") == 0 && c.reply.status == 301;
		bool mine = !root && strcmp(path, "/strict/others") == 0;
		ck_assert_msg(slash || mine || c.reply.status == rows[i / 2].status, "%s: %s", path,
			c.reply.line);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("paths", {lead_to_places, SUPPORT_MODELS}, {lead_nowhere_else, SUPPORT_MODELS},
	{may_be_long, SUPPORT_MODELS}, {may_be_forbidden, SUPPORT_MODELS})
