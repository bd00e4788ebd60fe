/*
 * fuzz_connection - any bytes as what a client sends, whole and in pieces
 *
 * Runs in:  libFuzzer
 * Owns:     a small site in a directory of its own, kept for all inputs, and one worker
 * Errors:   abort() when the answers are no answers, or a cut changes them
 *
 * The bytes go through a socket pair and the real table of steps. The first two say how large the
 * pieces are. What may differ from one time to the next is left out of the comparison: the Date,
 * the boundary of a multipart answer, and 100 (Continue), which is only for who has not sent the
 * body.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "fuzz/fuzz.h"
#include "mp/mp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static struct wire_heritage heritage;
static struct worker worker;

/* ---- the site ---- */

static const char *path_of(const char *name)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", root, name);
	return path;
}

static void make_file(const char *name, const char *bytes, size_t size)
{
	/* Long ago, so that the worker's cache keeps it. */
	const struct timespec times[2] = {{1600000000, 0}, {1600000000, 0}};
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	MUST(futimens(fd, times) == 0 && close(fd) == 0);
}

static void remove_site(void)
{
	static const char *const names[] = {"www/index.html", "www/hello.txt", "www/large.txt",
		"www/page.html.en", "www/page.html.de", "www/text.txt", "www/text.txt.gz",
		"www/dir/index.html", "www/dir", "www", "logs", "httpd.conf", ""};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)remove(path_of(names[i]));
}

static void make_site(void)
{
	static const char conf[] =
		"Listen 127.0.0.1:8080\nDocumentRoot www\nTraceEnable extended\n"
		"LimitRequestLine 400\nLimitRequestFields 20\nLimitRequestFieldSize 300\n"
		"LimitRequestBody 5000\nMaxKeepAliveRequests 20\n"
		"Options +MultiViews\nAddLanguage en .en\nAddLanguage de .de\n"
		"LanguagePriority en de\nAddType text/html .html\nAddType text/plain .txt\n"
		"AddEncoding gzip .gz\n"
		"<IfModule mod_deflate.c>\nAddOutputFilterByType DEFLATE text/html\n</IfModule>\n"
		"<Location /dir>\nMaxRanges 3\nLimitRequestBody 50\n"
		"ErrorDocument 404 /hello.txt\n</Location>\n";
	static const char page[] =
		"<p>a page a page a page a page a page a page a page a page a page a page";
	char *large = malloc(60000);
	const char *tmp = getenv("TMPDIR");
	snprintf(root, sizeof root, "%s/fuzz-connection-XXXXXX", tmp ? tmp : "/tmp");
	MUST(large && mkdtemp(root));
	atexit(remove_site);
	MUST(mkdir(path_of("www"), 0755) == 0 && mkdir(path_of("www/dir"), 0755) == 0);
	MUST(mkdir(path_of("logs"), 0755) == 0);
	for (size_t i = 0; i < 60000; i++)
		large[i] = (char)(i * 7 % 251);
	make_file("httpd.conf", conf, sizeof conf - 1);
	make_file("www/index.html", "<p>front", 8);
	make_file("www/page.html.en", page, sizeof page - 1);
	make_file("www/page.html.de", page, sizeof page - 1);
	make_file("www/text.txt", page, sizeof page - 1);
	make_file("www/text.txt.gz", "no gzip, but who knows", 22);
	make_file("www/hello.txt", "hello, world\n", 13);
	make_file("www/large.txt", large, 60000);
	make_file("www/dir/index.html", "<p>dir", 6);
	free(large);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	struct buffer error = BUFFER_INIT;
	(void)count;
	(void)words;
	make_site();
	struct config_source source = {.server_root = root, .file = "httpd.conf"};
	struct config *config = config_load(&source, &error);
	MUST(config);
	int board_fd;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &board_fd);
	MUST(board);
	heritage = (struct wire_heritage){.config = config,
		.scoreboard = board,
		.scoreboard_fd = board_fd,
		.connection = -1,
		.single = true};
	worker = (struct worker){.heritage = &heritage,
		.config = config,
		.server = TEXT("fuzz"),
		.limits = {config->host.limit_request_line, config->host.limit_request_fields,
			config->host.limit_request_field_size, false}};
	for (size_t i = 0; i < WORKER_STAGES; i++)
		list_init(&worker.stages[i]);
	signal(SIGPIPE, SIG_IGN);
	MUST(worker_log_open(&worker) == 0);
	MUST(worker_cache_init(&worker.cache, 1 << 20) == 0);
	worker_look_at_clock(&worker);
	return 0;
}

/* ---- a client ---- */

struct client {
	int fd;
	struct worker_conn conn;
	bool closed; /* by the server */
	struct buffer got;
};

static void receive(struct client *c)
{
	for (;;) {
		char *to = buffer_reserve(&c->got, 65536);
		MUST(to);
		ssize_t n = recv(c->fd, to, 65536, MSG_DONTWAIT);
		if (n <= 0)
			return;
		buffer_grew(&c->got, (size_t)n);
	}
}

/* Turns until the server waits for bytes that are not there. */
static void run(struct client *c)
{
	for (int turns = 0; !c->closed; turns++) {
		struct pollfd p = {c->conn.fd, POLLIN, 0};
		enum worker_place place = worker_conn_run(&worker, &c->conn);
		MUST(worker.out.size == 0 && turns < 100000);
		receive(c);
		c->closed = place == WORKER_CLOSE;
		if (c->closed)
			worker_conn_close(&worker, &c->conn);
		else if (place == WORKER_WAIT_READ && poll(&p, 1, 0) == 0)
			return;
	}
}

static void say(struct client *c, const char *bytes, size_t size)
{
	while (size && !c->closed) {
		ssize_t n = send(c->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
		run(c);
		if (n < 0 && errno != EAGAIN)
			return;
	}
}

/* All that comes back for the bytes, sent in pieces of a and b bytes in turn. */
static struct buffer answers_to(const char *bytes, size_t size, size_t a, size_t b)
{
	struct client c = {.got = BUFFER_INIT};
	struct os_address from = {0};
	int ends[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	c.fd = ends[0];
	worker_look_at_clock(&worker);
	worker_conn_open(&worker, &c.conn, ends[1], &from);
	for (size_t at = 0; at < size && !c.closed;) {
		size_t piece = size - at < a ? size - at : a, next = a;
		say(&c, bytes + at, piece);
		at += piece;
		a = b;
		b = next;
	}
	shutdown(c.fd, SHUT_WR);
	run(&c);
	MUST(c.closed && worker.open == 0);
	for (size_t i = 0; i < WORKER_STAGES; i++)
		MUST(list_empty(&worker.stages[i]));
	close(c.fd);
	return c.got;
}

/* ---- what came back ---- */

/* Up to the end of the line: TRACE sends back what looks like a mark and is none. */
static void blank(struct buffer *b, const char *behind, size_t size)
{
	char *at = b->data, *end = b->data + b->size;
	size_t mark = strlen(behind);
	while (at && (at = memmem(at, (size_t)(end - at), behind, mark)))
		for (char *c = at += mark; c < end && c < at + size && *c != '\r'; c++)
			*c = '#';
}

static void cut(struct buffer *b, const char *text)
{
	size_t size = strlen(text);
	char *at;
	while (b->size && (at = memmem(b->data, b->size, text, size))) {
		memmove(at, at + size, b->size - (size_t)(at - b->data) - size);
		b->size -= size;
	}
}

static void prepare(struct buffer *b)
{
	blank(b, "\r\nDate: ", HTTP_DATE_SIZE);
	blank(b, "boundary=", 16);
	blank(b, "\r\n--", 16);
	cut(b, "HTTP/1.1 100 Continue\r\n\r\n");
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	if (size < 2)
		return 0;
	const char *bytes = (const char *)input + 2;
	struct buffer whole = answers_to(bytes, size - 2, size, size);
	struct buffer cuts = answers_to(bytes, size - 2, 1u + input[0] % 64, 1u + input[1]);
	MUST(!whole.failed && !cuts.failed);
	MUST(!whole.size || (whole.size > 9 && memcmp(whole.data, "HTTP/1.1 ", 9) == 0));
	prepare(&whole);
	prepare(&cuts);
	if (!text_equal(buffer_view(&whole), buffer_view(&cuts))) {
		fprintf(stderr, "whole:\n%.*s\n\nin pieces:\n%.*s\n", (int)whole.size, whole.data,
			(int)cuts.size, cuts.data);
		abort();
	}
	buffer_free(&whole);
	buffer_free(&cuts);
	return 0;
}
