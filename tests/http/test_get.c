/*
 * test_get - files are sent, whole and with the right head
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *path;
	int status;
	const char *type;
	const char *body; /* NULL: not compared */
} cases[] = {
	{"/", 200, "text/html", "front page\n"},
	{"/index.html", 200, "text/html", "front page\n"},
	{"/hello.txt", 200, "text/plain", "hello, world\n"},
	{"/hello.txt?a=b&c", 200, "text/plain", "hello, world\n"},
	{"//hello.txt", 200, "text/plain", "hello, world\n"},
	{"/./f/../hello.txt", 200, "text/plain", "hello, world\n"},
	{"/%68ello.txt", 200, "text/plain", "hello, world\n"},
	{"/f", 301, "text/html", NULL},
	{"/f/", 403, "text/html", NULL},
	{"/missing", 404, "text/html", NULL},
	{"/hello.txt/", 404, "text/html", NULL},
	{"/hello.txt/more", 404, "text/html", NULL},
};

/* The date says now, give or take what a busy machine needs. */
static void check_date(const struct support_reply *r)
{
	struct tm tm;
	const char *date = support_reply_field(r, "Date");
	ck_assert_msg(date && strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm), "Date: %s", date);
	time_t age = time(NULL) - timegm(&tm);
	ck_assert_msg(age >= -1 && age < 10, "the Date %s is %ld s old", date, (long)age);
}

START_TEST(answers_paths)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		support_get(&c, s.port, cases[i].path);
		const struct support_reply *r = &c.reply;
		ck_assert_msg(r->status == cases[i].status, "%s: %s", cases[i].path, r->line);
		const char *type = support_reply_field(r, "Content-Type");
		ck_assert_msg(type && strncmp(type, cases[i].type, strlen(cases[i].type)) == 0,
			"%s: Content-Type: %s", cases[i].path, type);
		if (cases[i].body)
			ck_assert_str_eq(r->body, cases[i].body);
		check_date(r);
		ck_assert(support_reply_closes(r));
		ck_assert_ptr_nonnull(support_reply_field(r, "Content-Length"));
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Every size around the edges of how files are sent, twice: made, and from the cache. */
START_TEST(sends_every_size)
{
	static const size_t sizes[] = {0, 1, 100, 1024, 16384, 16385, 131072, 131073, 400000};
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i / 2];
		char path[32], length[32];
		snprintf(path, sizeof path, "/f/%zu", size);
		snprintf(length, sizeof length, "%zu", size);
		support_get(&c, s.port, path);
		ck_assert_int_eq(c.reply.status, 200);
		ck_assert_str_eq(support_reply_field(&c.reply, "Content-Length"), length);
		ck_assert_uint_eq(c.reply.body_size, size);
		ck_assert_msg(support_site_is(c.reply.body, size, 0, (unsigned)size),
			"%s: other bytes than those of the file", path);
		ck_assert_str_eq(support_reply_field(&c.reply, "Last-Modified"), SUPPORT_SITE_DATE);
		ck_assert_str_eq(support_reply_field(&c.reply, "Accept-Ranges"), "bytes");
		const char *tag = support_reply_field(&c.reply, "ETag");
		ck_assert_msg(tag && tag[0] == '"' && strlen(tag) > 2, "ETag: %s", tag);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Relative links in a directory need its slash. */
START_TEST(redirects_to_directories)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_site_write(s.root, "a b/index.html", "in\n", 3);
	support_get(&c, s.port, "/a%20b?x=1");
	ck_assert_int_eq(c.reply.status, 301);
	const char *to = support_reply_field(&c.reply, "Location");
	size_t size = strlen(to);
	ck_assert_msg(size >= 11 && strcmp(to + size - 11, "/a%20b/?x=1") == 0, "Location: %s", to);
	support_conn_close(&c);
	support_get(&c, s.port, "/a%20b/");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_str_eq(c.reply.body, "in\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

static const struct {
	const char *method, *target;
	int status;
	bool allow;
} methods[] = {
	{"POST", "/hello.txt", 200, false},
	{"PUT", "/hello.txt", 405, true},
	{"DELETE", "/hello.txt", 405, true},
	{"TRACE", "/hello.txt", 200, false},
	{"PATCH", "/hello.txt", 405, true},
	{"POST", "/server-status", 404, false},
	{"PUT", "/server-status", 405, true},
	{"OPTIONS", "/hello.txt", 200, true},
	{"OPTIONS", "*", 200, true},
	{"BREW", "/hello.txt", 501, false},
	{"get", "/hello.txt", 501, false},
	{"GET", "http://test/hello.txt", 200, false},
};

START_TEST(knows_methods)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
			methods[i].method, methods[i].target);
		ck_assert(support_conn_read(&c, methods[i].method));
		ck_assert_msg(c.reply.status == methods[i].status, "%s %s: %s", methods[i].method,
			methods[i].target, c.reply.line);
		const char *allow = support_reply_field(&c.reply, "Allow");
		ck_assert_msg((allow != NULL) == methods[i].allow, "%s %s: Allow: %s",
			methods[i].method, methods[i].target, allow);
		if (allow)
			ck_assert_msg(
				strstr(allow, "GET") && strstr(allow, "HEAD"), "Allow: %s", allow);
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* ServerTokens says how much the Server field says. */
START_TEST(says_its_name)
{
	static const struct {
		const char *tokens, *begins;
		bool alone;
	} names[] = {{"Prod", "preforkd", true}, {"Major", "preforkd/", false},
		{"Min", "preforkd/", false}, {"Full", "preforkd/", false}};
	char line[64];
	struct support_server s;
	struct support_conn c;
	snprintf(line, sizeof line, "ServerTokens %s\n", names[_i].tokens);
	support_server_start(&s, SUPPORT_PREFORK, line);
	support_get(&c, s.port, "/");
	const char *name = support_reply_field(&c.reply, "Server");
	ck_assert_msg(name && strncmp(name, names[_i].begins, strlen(names[_i].begins)) == 0,
		"Server: %s", name);
	if (names[_i].alone)
		ck_assert_str_eq(name, names[_i].begins);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* The type of a file: AddType, then TypesConfig, by the last extension. */
START_TEST(finds_types)
{
	static const struct {
		const char *path, *type;
	} types[] = {{"/a.md", "text/markdown"}, {"/a.PNG", "image/png"},
		{"/a.tar.txt", "text/plain"}, {"/a.txt", "text/plain"}, {"/a.html", "text/x-odd"}};
	struct support_server s;
	struct support_conn c;
	support_server_prepare(
		&s, SUPPORT_PREFORK, "AddType text/markdown .md\nAddType text/x-odd html\n");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		support_site_write(s.root, types[i].path, "x", 1);
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		support_get(&c, s.port, types[i].path);
		const char *type = support_reply_field(&c.reply, "Content-Type");
		ck_assert_msg(type && strncmp(type, types[i].type, strlen(types[i].type)) == 0,
			"%s: Content-Type: %s", types[i].path, type);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* DirectoryIndex: the first name that is there; none at all when disabled. */
START_TEST(finds_indexes)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, SUPPORT_PREFORK,
		"DirectoryIndex first.html index.html\n"
		"<Location \"/off/\">\n DirectoryIndex disabled\n</Location>\n");
	support_site_write(s.root, "two/index.html", "second\n", 7);
	support_site_write(s.root, "both/index.html", "second\n", 7);
	support_site_write(s.root, "both/first.html", "first\n", 6);
	support_site_write(s.root, "off/index.html", "off\n", 4);
	support_server_launch(&s);
	static const struct {
		const char *path;
		int status;
		const char *body;
	} indexes[] = {{"/two/", 200, "second\n"}, {"/both/", 200, "first\n"}, {"/off/", 403, NULL},
		{"/off/index.html", 200, "off\n"}};
	for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
		support_get(&c, s.port, indexes[i].path);
		ck_assert_msg(c.reply.status == indexes[i].status, "%s: %s", indexes[i].path,
			c.reply.line);
		if (indexes[i].body)
			ck_assert_str_eq(c.reply.body, indexes[i].body);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Header's %D and %t: each answer has its own, whatever a worker has in memory. */
START_TEST(tells_times)
{
	enum { TIMES = 20 };
	struct support_server s;
	struct support_conn c;
	struct timespec now; /* by the fine clock: time() may be a few milliseconds behind it */
	unsigned long long took, began, last = 0, sum = 0, parts = 0;
	support_server_start(&s, SUPPORT_PREFORK, "Header set X-Times \"%D %t\"\n");
	for (int i = 0; i < TIMES; i++) {
		support_get(&c, s.port, "/hello.txt");
		const char *times = support_reply_field(&c.reply, "X-Times");
		ck_assert_msg(times && sscanf(times, "D=%llu t=%llu", &took, &began) == 2,
			"X-Times: %s", times);
		ck_assert_uint_gt(began, last);
		clock_gettime(CLOCK_REALTIME, &now);
		ck_assert_uint_le(began / 1000000, (unsigned long long)now.tv_sec);
		last = began;
		sum += took;
		parts += began % 1000000;
		support_conn_close(&c);
	}
	ck_assert_uint_gt(sum, 0);
	ck_assert_uint_gt(parts, 0);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("get", {answers_paths, SUPPORT_MODELS}, {sends_every_size, SUPPORT_MODELS},
	{redirects_to_directories, 1}, {knows_methods, SUPPORT_MODELS}, {says_its_name, 4},
	{finds_types, 1}, {finds_indexes, 1}, {tells_times, 1})
