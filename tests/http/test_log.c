/*
 * test_log - the access log: every letter of LogFormat, one line a request, nothing forged
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_suite.h"

#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The lines of a log that is written a moment after the answer was read. */
static bool has_lines(const struct support_server *s, const char *name, size_t count)
{
	char *text = support_read_file(support_server_path(s, name), NULL);
	size_t lines = 0;
	for (const char *at = text; at && *at; at++)
		lines += *at == '\n';
	free(text);
	return lines >= count;
}

/* The line of that number, from 0 up, for free(). */
static char *line_of(const struct support_server *s, const char *name, size_t number)
{
	ck_assert_msg(SUPPORT_UNTIL(has_lines(s, name, number + 1), SUPPORT_PATIENCE),
		"%s has no line %zu", name, number);
	char *text = support_read_file(support_server_path(s, name), NULL), *at = text;
	for (size_t i = 0; i < number; i++)
		at = strchr(at, '\n') + 1;
	char *line = strndup(at, strcspn(at, "\n"));
	free(text);
	return line;
}

/* ---- every letter ---- */

/* Each field as name=[value]. */
static const char all_letters[] =
	"LogFormat \"a=[%a] A=[%A] B=[%B] b=[%b] D=[%D] f=[%f] h=[%h] H=[%H] "
	"agent=[%{User-Agent}i] "
	"I=[%I] k=[%k] l=[%l] m=[%m] type=[%{Content-Type}o] O=[%O] p=[%p] local=[%{local}p] "
	"remote=[%{remote}p] P=[%P] q=[%q] r=[%r] s=[%s] last=[%>s] first=[%<s] t=%t "
	"year=[%{%Y}t] T=[%T] ms=[%{ms}T] us=[%{us}T] u=[%u] U=[%U] v=[%v] V=[%V] X=[%X] "
	"none=[%{X-None}i] percent=[%%] begun=[%^FB]\" all\n"
	"CustomLog logs/all.log all\nServerName name.test\nStartServers 1\nFileCacheSize 0\n"
	"LogIOTrackTTFB On\n";

static const char *value_of(const char *line, const char *name)
{
	static char value[512];
	char mark[32];
	snprintf(mark, sizeof mark, " %s=[", name);
	const char *at = strstr(line, mark);
	if (!at && strncmp(line, mark + 1, strlen(mark) - 1) == 0)
		at = line - 1;
	ck_assert_msg(at != NULL, "no %s in: %s", name, line);
	at += strlen(mark);
	snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "]"), at);
	return value;
}

static void expect_text(const char *line, const char *name, const char *want)
{
	const char *value = value_of(line, name);
	ck_assert_msg(
		strcmp(value, want) == 0, "%s is \"%s\", not \"%s\": %s", name, value, want, line);
}

static void expect_number(const char *line, const char *name, unsigned long want)
{
	char text[32];
	snprintf(text, sizeof text, "%lu", want);
	expect_text(line, name, text);
}

static void expect_digits(const char *line, const char *name)
{
	const char *value = value_of(line, name);
	ck_assert_msg(*value && strspn(value, "0123456789") == strlen(value), "%s is \"%s\"", name,
		value);
}

/* "[21/Nov/2026:07:10:02 +0000]", of now. */
static void expect_now(const char *line)
{
	struct tm tm = {0};
	char zone[8];
	const char *stamp = value_of(line, "t");
	const char *rest = strptime(stamp, "%d/%b/%Y:%H:%M:%S ", &tm);
	ck_assert_msg(
		rest && sscanf(rest, "%7s", zone) == 1 && strlen(zone) == 5, "t is %s", stamp);
	tm.tm_isdst = -1;
	time_t age = time(NULL) - mktime(&tm);
	ck_assert_msg(age >= -1 && age < 20, "t is %s: %ld s ago", stamp, (long)age);
}

static bool is_worker(const struct support_server *s, long pid)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(s, workers);
	for (size_t i = 0; i < count; i++)
		if (workers[i] == pid)
			return true;
	return false;
}

/* What holds for every line. */
static void expect_common(const struct support_server *s, const struct support_conn *c,
	const char *line, unsigned served)
{
	char year[8];
	time_t now = time(NULL);
	strftime(year, sizeof year, "%Y", localtime(&now));
	expect_text(line, "a", "127.0.0.1");
	expect_text(line, "A", "127.0.0.1");
	expect_text(line, "h", "127.0.0.1");
	expect_text(line, "l", "-");
	expect_text(line, "u", "-");
	expect_text(line, "v", "name.test");
	expect_text(line, "none", "-");
	expect_text(line, "percent", "%");
	expect_text(line, "year", year);
	expect_number(line, "p", 80); /* ServerName says no other, as Apache understands it */
	expect_number(line, "local", s->port);
	expect_number(line, "remote", c->port);
	expect_number(line, "k", served);
	expect_number(line, "s", (unsigned long)c->reply.status);
	expect_number(line, "last", (unsigned long)c->reply.status);
	expect_number(line, "first", (unsigned long)c->reply.status);
	expect_number(line, "B", c->reply.body_size);
	expect_number(line, "O", c->reply.size + c->reply.body_size);
	expect_digits(line, "D");
	expect_digits(line, "T");
	expect_digits(line, "ms");
	expect_digits(line, "us");
	expect_digits(line, "begun");
	long begun = atol(value_of(line, "begun"));
	ck_assert_int_le(begun, atol(value_of(line, "D")));
	expect_now(line);
	long pid = atol(value_of(line, "P"));
	ck_assert_msg(
		pid > 1 && (!SUPPORT_HAS_POOL(s->model) || is_worker(s, pid)), "P is %ld", pid);
	const char *type = support_reply_field(&c->reply, "Content-Type");
	char plain[64];
	snprintf(
		plain, sizeof plain, "%.*s", type ? (int)strcspn(type, ";") : 1, type ? type : "-");
	expect_text(line, "type", plain);
}

static const struct {
	const char *method, *request;
	const char *file, *agent, *query, *line, *path, *host, *protocol;
	bool kept;
} requests[] = {
	{"GET", "GET /hello.txt?a=b HTTP/1.1\r\nHost: asked.test\r\nUser-Agent: me\r\n\r\n",
		"/htdocs/hello.txt", "me", "?a=b", "GET /hello.txt?a=b HTTP/1.1", "/hello.txt",
		"asked.test", "HTTP/1.1", true},
	{"HEAD", "HEAD /f/16385 HTTP/1.1\r\nHost: asked.test\r\n\r\n", "/htdocs/f/16385", "-", "",
		"HEAD /f/16385 HTTP/1.1", "/f/16385", "asked.test", "HTTP/1.1", true},
	{"GET", "GET /f/131073 HTTP/1.1\r\nHost: asked.test\r\n\r\n", "/htdocs/f/131073", "-", "",
		"GET /f/131073 HTTP/1.1", "/f/131073", "asked.test", "HTTP/1.1", true},
	{"POST",
		"POST /hello.txt HTTP/1.1\r\nHost: asked.test\r\nContent-Length: "
		"10\r\n\r\n0123456789",
		"/htdocs/hello.txt", "-", "", "POST /hello.txt HTTP/1.1", "/hello.txt",
		"asked.test", "HTTP/1.1", true},
	{"GET", "GET /missing? HTTP/1.0\r\n\r\n", NULL, "-", "?", "GET /missing? HTTP/1.0",
		"/missing", "name.test", "HTTP/1.0", false},
};

START_TEST(has_every_letter)
{
	struct support_server s;
	struct support_conn c;
	char file[128];
	support_server_prepare(&s, (enum support_model)_i, all_letters);
	support_server_launch(&s);
	size_t number = 0;
	while (has_lines(
		&s, "logs/all.log", number + 1)) /* of the helpers that looked at the start */
		number++;
	bool open = false;
	unsigned served = 0;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (!open) {
			support_conn_open(&c, s.port);
			served = 0;
		}
		support_conn_send(&c, requests[i].request, strlen(requests[i].request));
		ck_assert(support_conn_read(&c, requests[i].method));
		open = requests[i].kept && SUPPORT_HAS_POOL(s.model);
		char *line = line_of(&s, "logs/all.log", number++);
		expect_common(&s, &c, line, served++);
		expect_text(line, "m", requests[i].method);
		expect_text(line, "agent", requests[i].agent);
		expect_text(line, "q", requests[i].query);
		expect_text(line, "r", requests[i].line);
		expect_text(line, "U", requests[i].path);
		expect_text(line, "V", requests[i].host);
		expect_text(line, "H", requests[i].protocol);
		expect_text(line, "X", open ? "+" : "-");
		expect_number(line, "I", strlen(requests[i].request));
		if (c.reply.body_size)
			expect_number(line, "b", c.reply.body_size);
		else
			expect_text(line, "b", "-");
		snprintf(file, sizeof file, "%s%s", s.root,
			requests[i].file ? requests[i].file : "/htdocs/missing");
		expect_text(line, "f", file);
		free(line);
		if (!open)
			support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* ---- the formats that are there ---- */

START_TEST(knows_common_and_combined)
{
	struct support_server s;
	struct support_conn c;
	char want[256];
	support_server_prepare(
		&s, SUPPORT_PREFORK, "CustomLog logs/combined.log combined\nStartServers 1\n");
	support_server_launch(&s);
	size_t number = 0;
	while (has_lines(&s, "logs/combined.log", number + 1))
		number++;
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\nReferer: http://a/?b\r\n"
			       "User-Agent: some \"one\"\r\n\r\n");
	support_conn_expect(&c, 200);
	support_conn_close(&c);
	char *combined = line_of(&s, "logs/combined.log", number);
	char *common = line_of(&s, "logs/access.log", number);
	char *stamp = strchr(common, '[');
	ck_assert_msg(stamp && strncmp(common, "127.0.0.1 - - [", 15) == 0, "%s", common);
	ck_assert_str_eq(strchr(stamp, ']'), "] \"GET /hello.txt HTTP/1.1\" 200 13");
	snprintf(want, sizeof want, "%s \"http://a/?b\" \"some \\\"one\\\"\"", common);
	ck_assert_str_eq(combined, want);
	free(common);
	free(combined);
	support_server_stop(&s);
}
END_TEST

/* ---- what clients choose ---- */

static const struct {
	const char *agent, *logged;
} agents[] = {
	{"plain", "plain"},
	{"quote \" and \\ backslash", "quote \\\" and \\\\ backslash"},
	{"tab\tinside", "tab\\tinside"},
	{"\xc3\xa9 and \xff", "\\xc3\\xa9 and \\xff"},
	{"\\n is two bytes", "\\\\n is two bytes"},
	{"%s%n%{x}i", "%s%n%{x}i"},
	{"[] ' < > &", "[] ' < > &"},
};

START_TEST(escapes)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i,
		"CustomLog logs/agents.log \"%{User-Agent}i\"\nStartServers 1\n");
	support_server_launch(&s);
	size_t number = 0;
	while (has_lines(&s, "logs/agents.log", number + 1))
		number++;
	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c,
			"GET / HTTP/1.1\r\nHost: test\r\nUser-Agent: %s\r\nConnection: "
			"close\r\n\r\n",
			agents[i].agent);
		support_conn_expect(&c, 200);
		support_conn_close(&c);
		char *line = line_of(&s, "logs/agents.log", number++);
		ck_assert_str_eq(line, agents[i].logged);
		free(line);
	}
	support_server_stop(&s);
}
END_TEST

/* What the name service says of 127.0.0.1; that itself, where it says nothing. */
static void name_of_client(char *to, size_t room)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	if (getnameinfo((const struct sockaddr *)&here, sizeof here, to, (socklen_t)room, NULL, 0,
		    NI_NAMEREQD) != 0)
		snprintf(to, room, "127.0.0.1");
}

/* HostnameLookups, whoever waits for the name: first for the question, then because it is known.
 * The body that a client sends meanwhile is not lost. */
START_TEST(names_clients)
{
	struct support_server s;
	struct support_conn c;
	char name[1025], want[1200];
	name_of_client(name, sizeof name);
	support_server_prepare(&s, (enum support_model)_i,
		"Sandbox Off\nHostnameLookups On\nCustomLog logs/names.log \"%h %a %m "
		"%U\"\nStartServers 1\n"
		"<Location /off>\nHostnameLookups Off\n</Location>\n");
	support_server_launch(&s);
	size_t number = 0;
	while (has_lines(&s, "logs/names.log", number + 1))
		number++;
	static const char *const asked[] = {
		"POST /index.html HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nConnection: "
		"close\r\n\r\nbody",
		"GET /index.html HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
		"GET /index.html HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
		"GET /off HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"};
	static const char *const logged[] = {
		"POST /index.html", "GET /index.html", "GET /index.html", "GET /off"};
	static const int statuses[] = {200, 200, 200, 404};
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "%s", asked[i]);
		support_conn_expect(&c, statuses[i]);
		support_conn_close(&c);
		char *line = line_of(&s, "logs/names.log", number++);
		snprintf(want, sizeof want, "%s 127.0.0.1 %s", i == 3 ? "127.0.0.1" : name,
			logged[i]);
		ck_assert_str_eq(line, want);
		free(line);
	}
	support_server_stop(&s);
}
END_TEST

/* Requests that are no requests get a line too, which stays one line. */
static const struct {
	const char *request;
	size_t size;
	const char *logged; /* the request line in the log */
	int status;
	const char *words; /* and what is taken for its method, path, query and protocol */
} broken[] = {
#define RAW(raw) (raw), sizeof(raw) - 1
	{RAW("GET /a\x01"
	     "b HTTP/1.1\r\n\r\n"),
		"GET /a\\x01b HTTP/1.1", 400, "GET /a\\x01b  HTTP/1.1"},
	{RAW("GET /\"quoted\" HTTP/1.1\r\nHost: a\r\n\r\n"), "GET /\\\"quoted\\\" HTTP/1.1", 400,
		"GET /\\\"quoted\\\"  HTTP/1.1"},
	{RAW("GET / HTTP/1.1\r\n\r\n"), "GET / HTTP/1.1", 400, "GET /  HTTP/1.1"},
	{RAW("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), "GET / HTTP/3.0", 505, "GET /  HTTP/3.0"},
	{RAW("GET /%0a%0d\"x HTTP/1.1\r\nHost: a\r\n\r\n"), "GET /%0a%0d\\\"x HTTP/1.1", 400,
		"GET /\\n\\r\\\"x  HTTP/1.1"},
	{RAW("GET  /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n"), "GET  /a?b=c HTTP/1.1", 400,
		"GET /a ?b=c HTTP/1.1"},
	{RAW("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), "GET a HTTP/1.1", 400, "GET a  HTTP/1.1"},
	{RAW("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), "GET * HTTP/1.1", 400, "GET *  HTTP/1.1"},
	{RAW("G@T /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), "G@T /a#b HTTP/1.1", 400, "G@T /a  HTTP/1.1"},
	{RAW("GET /a?b HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n"), "GET /a?b HTTP/1.1", 400,
		"GET /a ?b HTTP/1.1"},
	{RAW("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"), "GET /a HTTP/1.1", 400,
		"GET /a  HTTP/1.1"},
	{RAW("GARBAGE\r\n\r\n"), "GARBAGE", 400, "GARBAGE /  HTTP/1.0"},
	{RAW("\x16\x03\x01\r\n\r\n"), "\\x16\\x03\\x01", 400, "- -  HTTP/1.0"},
	{RAW("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "OPTIONS * HTTP/1.1", 200,
		"OPTIONS *  HTTP/1.1"},
};

START_TEST(tells_of_bad_requests)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i,
		"CustomLog logs/bad.log \"%>s %r %m %U %q %H\"\nStartServers 1\n");
	support_server_launch(&s);
	size_t number = 0;
	while (has_lines(&s, "logs/bad.log", number + 1))
		number++;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		char want[160];
		support_conn_open(&c, s.port);
		support_conn_send(&c, broken[i].request, broken[i].size);
		support_conn_expect(&c, broken[i].status);
		support_conn_close(&c);
		char *line = line_of(&s, "logs/bad.log", number++);
		snprintf(want, sizeof want, "%d %s %s", broken[i].status, broken[i].logged,
			broken[i].words);
		ck_assert_str_eq(line, want);
		free(line);
	}
	support_server_stop(&s);
}
END_TEST

/* Fields behind a body are for the log alone, and for that of their own request. */
START_TEST(tells_trailers)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i,
		"CustomLog logs/behind.log \"%U <%{sum}^ti> <%{Sum}i> <%{Sum}^to>\"\n");
	for (int i = 0; i < 2; i++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c,
			"POST /hello.txt HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: "
			"chunked\r\n\r\n"
			"1\r\nx\r\n0\r\n%s\r\n",
			i ? "" : "Sum: a \"b\"\r\nX: y\r\nSUM: c\r\n");
		support_conn_expect(&c, 200);
		support_conn_close(&c);
	}
	support_server_quiet(&s);
	char *text = support_read_file(support_server_path(&s, "logs/behind.log"), NULL);
	ck_assert_ptr_nonnull(strstr(text, "/hello.txt <a \\\"b\\\", c> <-> <->\n"));
	ck_assert_ptr_nonnull(strstr(text, "/hello.txt <-> <-> <->\n"));
	free(text);
	support_server_stop(&s);
}
END_TEST

/* As many lines as requests, each whole, whoever wrote it. */
START_TEST(has_a_line_for_each_request)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i,
		"CustomLog logs/each.log \"<%r %>s %B %{Host}i>\"\nMaxKeepAliveRequests 0\n");
	struct support_load_options options = {.port = s.port,
		.connections = 8,
		.keep = SUPPORT_HAS_POOL(_i),
		.sizes = {1024, 16385}};
	struct support_load *l = support_load_start(&options);
	support_load_await(l, 500);
	support_load_stop(l);
	unsigned long good = atomic_load(&l->good);
	ck_assert_uint_eq(atomic_load(&l->failed), 0);
	support_load_free(l);
	support_server_quiet(&s);
	char *text = support_read_file(support_server_path(&s, "logs/each.log"), NULL);
	char *rest = text;
	unsigned long lines = 0;
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (!*line || strstr(line, "server-status"))
			continue;
		lines++;
		ck_assert_msg(strcmp(line, "<GET /f/1024 HTTP/1.1 200 1024 test>") == 0 ||
				      strcmp(line, "<GET /f/16385 HTTP/1.1 200 16385 test>") == 0,
			"a mangled line: %s", line);
	}
	free(text);
	ck_assert_uint_eq(lines, good);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("log", {has_every_letter, SUPPORT_MODELS}, {knows_common_and_combined, 1},
	{escapes, SUPPORT_MODELS}, {names_clients, SUPPORT_MODELS},
	{tells_of_bad_requests, SUPPORT_MODELS}, {tells_trailers, SUPPORT_MODELS},
	{has_a_line_for_each_request, SUPPORT_MODELS})
