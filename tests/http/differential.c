/*
 * differential - the same requests to Apache and to preforkd, and whether they are answered alike
 *
 * Runs in:  a program that differential.sh starts, with both servers running
 * Owns:     nothing
 * Errors:   exit status 1: an answer differs and the list of reasons does not say why, or a reason
 * is no difference any more
 *
 * Usage:    differential site DIR                 writes the files that both servers serve
 *           APACHE=port PREFORKD=port differential
 *
 * Alike means: the same status, the same end of the connection, and the same meaning of the fields
 * below. What error pages say is each server's own business.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_client.h"
#include "support/support_proc.h"
#include "support/support_site.h"
#include "support/support_suite.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define DATE SUPPORT_SITE_DATE
#define TAG "\"d-5af3107a40000\"" /* of /hello.txt: FileETag MTime Size */

/* ---- the requests ---- */

static const char *const paths[] = {"/", "/index.html", "/hello.txt", "/hello.txt?a=b",
	"/hello.txt?", "/dir", "/dir?a=b", "/dir/", "/dir/.", "/dir/..", "/dir/../hello.txt",
	"/./hello.txt", "//hello.txt", "/dir//index.html", "/%68ello.txt", "/hello%2Etxt",
	"/hello%252Etxt", "/sp%20ace.txt", "/sp+ace.txt", "/gr%C3%BC%C3%9F.txt", "/100%25.txt",
	"/unknown.type", "/missing", "/missing/", "/missing/x", "/hello.txt/", "/hello.txt/x",
	"/f/0", "/f/1", "/f/16385", "/f/131073", "/f/", "/a%2Fb", "/%", "/%4", "/%zz", "/a%00b",
	"/../x", "/..%2fx", "/%2e%2e/x", "/dir/%2e%2e/hello.txt", "/.../x", "/*", "/a[b]", "/a|b",
	"/a^b", "/picture.PNG", "/.hidden", "http://a/hello.txt", "http://elsewhere/dir",
	"http://a", "HTTP://A/hello.txt"};

static const char *const conditions[] = {"If-None-Match: " TAG, "If-None-Match: W/" TAG,
	"If-None-Match: \"x\"", "If-None-Match: \"x\", " TAG, "If-None-Match: *",
	"If-None-Match: x", "If-Match: " TAG, "If-Match: W/" TAG, "If-Match: \"x\"",
	"If-Match: \"x\", " TAG, "If-Match: *", "If-Modified-Since: " DATE,
	"If-Modified-Since: Sun, 13 Sep 2020 12:26:39 GMT",
	"If-Modified-Since: Sun, 13 Sep 2020 12:26:41 GMT",
	"If-Modified-Since: Sunday, 13-Sep-20 12:26:40 GMT",
	"If-Modified-Since: Sun Sep 13 12:26:40 2020", "If-Modified-Since: yesterday",
	"If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", "If-Unmodified-Since: " DATE,
	"If-Unmodified-Since: Sun, 13 Sep 2020 12:26:39 GMT",
	"If-Unmodified-Since: Sunday, 13-Sep-20 12:26:39 GMT", "If-Unmodified-Since: never",
	"If-Match: " TAG "\r\nIf-Unmodified-Since: Sun, 13 Sep 2020 12:26:39 GMT",
	"If-Match: \"x\"\r\nIf-Unmodified-Since: " DATE,
	"If-None-Match: \"x\"\r\nIf-Modified-Since: " DATE,
	"If-None-Match: " TAG "\r\nIf-Modified-Since: Sun, 13 Sep 2020 12:26:39 GMT",
	"If-Match: " TAG "\r\nIf-None-Match: " TAG, "If-Range: " TAG "\r\nRange: bytes=0-4",
	"If-Range: \"x\"\r\nRange: bytes=0-4", "If-Range: W/" TAG "\r\nRange: bytes=0-4",
	"If-Range: " DATE "\r\nRange: bytes=0-4",
	"If-Range: Sun, 13 Sep 2020 12:26:41 GMT\r\nRange: bytes=0-4", "If-Range: " TAG,
	"If-None-Match: " TAG "\r\nRange: bytes=0-4", "If-Match: \"x\"\r\nRange: bytes=0-4"};

static const char *const ranges[] = {"bytes=0-4", "bytes=0-0", "bytes=25-25", "bytes=23-",
	"bytes=23-99", "bytes=-3", "bytes=-99", "bytes=0-", "bytes=26-", "bytes=99-100", "bytes=-0",
	"bytes=4-0", "bytes=", "bytes=-", "bytes=5", "bytes=a-b", "lines=0-4", "bytes=0-1,24-",
	"bytes=-2,0-1", "bytes=0-1,99-", "bytes=99-,100-", "bytes=0-1,4-5,8-9", "bytes=0-1, 4-5",
	"bytes=,0-1", "bytes=0--4", "0-4", "bytes=0-1;4-5", "BYTES=0-4"};

static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE",
	"PROPFIND", "LOCK", "BREW", "get", "GETS"};
static const char *const method_paths[] = {"/hello.txt", "/", "/dir", "/missing"};

static const char *const languages[] = {"en", "de", "fr", "de, en;q=0.5", "en;q=0.1, de;q=0.9",
	"de-AT", "en-US,en;q=0.5", "fr, de;q=0.2", "*", "de;q=0, *", ""};

static const char *const raw[] = {"GET /hello.txt HTTP/1.1\r\n\r\n",
	"GET /hello.txt HTTP/1.0\r\n\r\n", "GET /hello.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a b\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a/b\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: u@a\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a:80\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a:x\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: [::1]\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: [::1\r\n\r\n", "GET /hello.txt HTTP/1.1\r\nHost:\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost : a\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n",
	"GET  /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /hello.txt  HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET\t/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /hello.txt HTTP/1.1 \r\nHost: a\r\n\r\n",
	"GET /hel lo.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	" GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", "GET hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /hello.txt#x HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /hello.txt http/1.1\r\nHost: a\r\n\r\n", "GET /hello.txt HTTP/1.2\r\nHost: a\r\n\r\n",
	"GET /hello.txt HTTP/2.0\r\nHost: a\r\n\r\n", "GET /hello.txt HTTP/1\r\nHost: a\r\n\r\n",
	"GET /hello.txt\r\n\r\n", "hello\r\n\r\n", "\r\nGET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /hello.txt HTTP/1.1\nHost: a\n\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
	"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET http:///hello.txt HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n",
	"GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET /hello.txt HTTP/1.0\r\nConnection: close\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
	"GET /hello.txt HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	"chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	"chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: "
	"z\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	"chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	"chunked\r\n\r\nfffffffffffffffff\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
	"POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
	"3\r\n\r\n0\r\n\r\n",
	"POST /hello.txt HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"};

/* ---- where we differ, and why ---- */

/* A difference is expected when the request holds `request` and `what` names it: "status" or a
 * field. `why` begins with the sentence that makes ours right. */
static struct reason {
	const char *request, *what, *why;
	unsigned used;
} reasons[] = {
#define REASON(request_, what_, why_) {.request = (request_), .what = (what_), .why = (why_)},
#include "http/differential.def"
#undef REASON
};

static const size_t reason_count = sizeof reasons / sizeof *reasons;

/* ---- one request ---- */

enum { MOST = 1024, ANSWER = 256 };
static char *requests[MOST];
static size_t count;

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	ck_assert_uint_lt(count, MOST);
	ck_assert_int_ge(vasprintf(&requests[count++], format, args), 0);
	va_end(args);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void make_requests(void)
{
	for (size_t i = 0; i < COUNT(paths); i++) {
		add("GET %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
		add("HEAD %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
		add("GET %s HTTP/1.0\r\n\r\n", paths[i]);
	}
	for (size_t i = 0; i < COUNT(conditions); i++) {
		add("GET /hello.txt HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", conditions[i]);
		add("HEAD /hello.txt HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", conditions[i]);
		add("GET /missing HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", conditions[i]);
	}
	for (size_t i = 0; i < COUNT(ranges); i++) {
		add("GET /alphabet.txt HTTP/1.1\r\nHost: a\r\nRange: %s\r\n\r\n", ranges[i]);
		add("HEAD /alphabet.txt HTTP/1.1\r\nHost: a\r\nRange: %s\r\n\r\n", ranges[i]);
		add("GET /f/131073 HTTP/1.1\r\nHost: a\r\nRange: %s\r\n\r\n", ranges[i]);
		add("GET /f/0 HTTP/1.1\r\nHost: a\r\nRange: %s\r\n\r\n", ranges[i]);
	}
	for (size_t i = 0; i < COUNT(methods) * COUNT(method_paths); i++)
		add("%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
			methods[i / COUNT(method_paths)], method_paths[i % COUNT(method_paths)]);
	for (size_t i = 0; i < COUNT(languages); i++) {
		add("GET /page HTTP/1.1\r\nHost: a\r\nAccept-Language: %s\r\n\r\n", languages[i]);
		add("GET /page.html HTTP/1.1\r\nHost: a\r\nAccept-Language: %s\r\n\r\n",
			languages[i]);
	}
	for (size_t i = 0; i < COUNT(raw); i++)
		add("%s", raw[i]);
}

/* Read less strictly than support_client does: Apache sends "Allow:" with nothing behind it. */
struct answer {
	int status; /* 0: the connection ended without an answer */
	char *text; /* all that came */
	size_t size;
	const char *body;
	size_t body_size;
};

/* All that comes until the server closes. */
static void read_all(struct answer *a, int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	ssize_t n = 1;
	*a = (struct answer){0};
	for (size_t room = 0; n > 0; a->size += (size_t)n) {
		if (room - a->size < 65536)
			a->text = realloc(a->text, room = room * 2 + 131072);
		ck_assert_ptr_nonnull(a->text);
		ck_assert_msg(poll(&p, 1, (int)(SUPPORT_PATIENCE * 1000)) > 0, "it does not end");
		n = recv(fd, a->text + a->size, room - a->size - 1, 0);
		if (n < 0)
			n = 0; /* a reset ends it too */
	}
	a->text[a->size] = '\0';
}

static void ask(struct answer *a, const char *server, const char *request)
{
	struct support_conn c;
	const char *port = getenv(server);
	ck_assert_msg(port != NULL, "%s is not set", server);
	support_conn_open(&c, (unsigned)atoi(port));
	support_conn_print(&c, "%s", request);
	support_conn_half_close(&c);
	read_all(a, c.fd);
	char *end = strstr(a->text, "\r\n\r\n");
	support_conn_close(&c);
	if (!end)
		return;
	a->status = atoi(a->text + 9);
	a->body = end + 4;
	a->body_size = a->size - (size_t)(a->body - a->text);
	end[2] = '\0';
}

/* The value of a field, NULL: it is not there or empty; one of some static texts. */
static const char *field(const struct answer *a, const char *name)
{
	static char values[4][ANSWER];
	static unsigned turn;
	size_t size = strlen(name);
	for (const char *line = strchr(a->text, '\n'); line && line[1]; line = strchr(line, '\n')) {
		if (strncasecmp(++line, name, size) != 0 || line[size] != ':')
			continue;
		const char *value = line + size + 1 + strspn(line + size + 1, " ");
		char *to = values[turn++ % 4];
		snprintf(to, ANSWER, "%.*s", (int)strcspn(value, "\r"), value);
		return *to ? to : NULL;
	}
	return NULL;
}

/* ---- what an answer means ---- */

/* Apache names itself in Location, we do not; both are the same URI (RFC 9110 10.2.2). */
static const char *without_host(const char *value)
{
	const char *path = strncmp(value, "http://", 7) == 0 ? strchr(value + 7, '/') : NULL;
	return path ? path : value;
}

/* Is every word of one list in the other? */
static bool covers(const char *list, const char *other)
{
	char words[ANSWER], others[ANSWER];
	snprintf(words, ANSWER, "%s", list);
	for (char *rest = words, *w; (w = strsep(&rest, ", "));) {
		bool found = *w == '\0';
		snprintf(others, ANSWER, "%s", other);
		for (char *more = others, *o; !found && (o = strsep(&more, ", "));)
			found = strcasecmp(w, o) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Apache's is relative to the directory of the request, which is the root here. */
static const char *without_slash(const char *value)
{
	return value + (*value == '/');
}

static bool same_value(const char *name, const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	if (strcmp(name, "Location") == 0)
		return strcmp(without_host(a), without_host(b)) == 0;
	if (strcmp(name, "Allow") == 0 || strcmp(name, "Vary") == 0)
		return covers(a, b) && covers(b, a);
	if (strcmp(name, "Content-Location") == 0)
		return strcmp(without_slash(a), without_slash(b)) == 0;
	if (strncmp(a, "multipart/", 10) == 0 && strncmp(b, "multipart/", 10) == 0)
		return true;
	return strcasecmp(a, b) == 0;
}

/* The parts of a multipart body, whatever the boundary and the order of their fields: each
 * Content-Range and the bytes behind it. */
static void read_parts(const struct answer *r, char *to)
{
	const char *at = r->body, *end = r->body + r->body_size;
	while ((at = memmem(at, (size_t)(end - at), "Content-", 8)) && strlen(to) < 400) {
		const char *range = strncasecmp(at, "Content-Range: ", 15) == 0 ? at : NULL;
		at += 8;
		if (!range)
			continue;
		const char *line = strchr(range, '\r'), *bytes = strstr(range, "\r\n\r\n");
		sprintf(to + strlen(to), "%.*s %.1s\n", (int)(line - range - 15), range + 15,
			bytes + 4);
	}
}

static bool same_body(const struct answer *a, const struct answer *b)
{
	const char *type = field(a, "Content-Type");
	if (a->status >= 300)
		return true; /* a page */
	if (type && strncmp(type, "multipart/", 10) == 0) {
		char parts[2][1024] = {"", ""};
		read_parts(a, parts[0]);
		read_parts(b, parts[1]);
		return strcmp(parts[0], parts[1]) == 0;
	}
	return a->body_size == b->body_size && memcmp(a->body, b->body, a->body_size) == 0;
}

/* ---- the comparison ---- */

static bool is_known(const char *request, const char *what)
{
	for (size_t i = 0; i < reason_count; i++)
		if (strstr(request, reasons[i].request) && strcmp(what, reasons[i].what) == 0) {
			reasons[i].used++;
			return true;
		}
	return false;
}

static size_t differ(const char *request, const char *what, const char *apache, const char *ours)
{
	if (is_known(request, what))
		return 0;
	printf("%s\n    %s: Apache %s, preforkd %s\n", request, what, apache ? apache : "(none)",
		ours ? ours : "(none)");
	return 1;
}

static size_t compare_fields(const char *request, const struct answer *a, const struct answer *b)
{
	static const char *const names[] = {"Content-Length", "Content-Type", "Content-Range",
		"ETag", "Last-Modified", "Accept-Ranges", "Location", "Allow", "Vary",
		"Content-Language", "Content-Location", "Transfer-Encoding"};
	size_t faults = 0;
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *x = field(a, names[i]);
		const char *y = field(b, names[i]);
		/* A page about an error is each server's own, and so is what describes it. */
		if (a->status >= 300 && a->status != 304 && strcmp(names[i], "Location") != 0 &&
			strcmp(names[i], "Allow") != 0 && strcmp(names[i], "Content-Range") != 0)
			continue;
		bool parts = x && y && i == 0 && field(a, "Content-Type") &&
			     strncmp(field(a, "Content-Type"), "multipart/", 10) == 0;
		if (!parts && !same_value(names[i], x, y))
			faults += differ(request, names[i], x, y);
	}
	return faults;
}

static bool closes(const struct answer *a)
{
	const char *value = field(a, "Connection");
	return value && strcasecmp(value, "close") == 0;
}

static size_t compare(const char *request)
{
	struct answer a, b;
	char x[ANSWER], y[ANSWER];
	size_t faults = 0;
	ask(&a, "APACHE", request);
	ask(&b, "PREFORKD", request);
	if (a.status != b.status) {
		snprintf(x, sizeof x, "%d", a.status);
		snprintf(y, sizeof y, "%d", b.status);
		faults += differ(request, "status", x, y);
	} else if (a.status) {
		faults += compare_fields(request, &a, &b);
		if (!same_body(&a, &b))
			faults += differ(request, "body", "one", "another");
		if (closes(&a) != closes(&b))
			faults += differ(request, "Connection", closes(&a) ? "closes" : "keeps",
				closes(&b) ? "closes" : "keeps");
	}
	free(a.text);
	free(b.text);
	return faults;
}

START_TEST(answers_alike)
{
	size_t faults = 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_requests();
	ck_assert_uint_ge(count, 300);
	for (size_t i = 0; i < count; i++) {
		faults += compare(requests[i]);
		free(requests[i]);
	}
	for (size_t i = 0; i < reason_count; i++) {
		if (reasons[i].used)
			continue;
		printf("no difference any more: \"%s\", %s\n", reasons[i].request, reasons[i].what);
		faults++;
	}
	printf("%zu requests, %zu reasons to differ\n", count, reason_count);
	ck_assert_msg(faults == 0, "%zu differences without a reason", faults);
}
END_TEST

static const char *root;

START_TEST(makes_the_site)
{
	support_site_make(root);
	support_site_write(root, "dir/index.html", "<p>dir", 6);
	support_site_write(root, "sp ace.txt", "space", 5);
	support_site_write(root, "gr\xc3\xbc\xc3\x9f.txt", "UTF-8", 5);
	support_site_write(root, "100%.txt", "percent", 7);
	support_site_write(root, "unknown.type", "what", 4);
	support_site_write(root, "picture.PNG", "png", 3);
	support_site_write(root, ".hidden", "hidden", 6);
	support_site_write(root, "alphabet.txt", "abcdefghijklmnopqrstuvwxyz", 26);
	support_site_write(root, "page.html.en", "<p>English", 10);
	support_site_write(root, "page.html.de", "<p>Deutsch", 10);
}
END_TEST

int main(int words, char **word)
{
	const struct support_test compares[] = {{answers_alike, 1}},
				  makes[] = {{makes_the_site, 1}};
	if (words < 3)
		return support_suite_run("differential", compares, 1);
	root = word[2];
	return support_suite_run("site", makes, 1);
}
