/*
 * support_client - a client that sends exactly the bytes it is given and reads exact answers
 *
 * Runs in:  black-box tests
 * Owns:     see support_client.h
 * Errors:   see support_client.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_client.h"

#include "support/support_proc.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ = 64 * 1024 };

void support_conn_open(struct support_conn *c, unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in own;
	socklen_t size = sizeof own;
	*c = (struct support_conn){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	ck_assert_int_ge(c->fd, 0);
	ck_assert_msg(connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0,
		"cannot connect to port %u: %s", port, strerror(errno));
	int on = 1;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	ck_assert_int_eq(getsockname(c->fd, (struct sockaddr *)&own, &size), 0);
	c->port = ntohs(own.sin_port);
}

static void forget_reply(struct support_reply *r)
{
	free(r->text);
	free(r->parsed);
	free(r->body);
	*r = (struct support_reply){0};
}

void support_conn_close(struct support_conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	free(c->in);
	c->in = NULL;
	c->size = c->room = 0;
	forget_reply(&c->reply);
}

/* ---- bytes ---- */

static bool wait_for(struct support_conn *c, short events, double end)
{
	struct pollfd p = {c->fd, events, 0};
	for (;;) {
		double left = end - support_now();
		int n = poll(&p, 1, left > 0 ? (int)(left * 1000) + 1 : 0);
		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

void support_conn_send(struct support_conn *c, const void *bytes, size_t size)
{
	const char *from = bytes;
	double end = support_now() + SUPPORT_PATIENCE;
	while (size && !c->error) {
		ssize_t n = send(c->fd, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			from += n;
			size -= (size_t)n;
		} else if (errno != EAGAIN) {
			c->error = errno;
		} else {
			ck_assert_msg(wait_for(c, POLLOUT, end), "the server takes no more bytes");
		}
	}
}

void support_conn_print(struct support_conn *c, const char *format, ...)
{
	char *text;
	va_list args;
	va_start(args, format);
	int size = vasprintf(&text, format, args);
	va_end(args);
	ck_assert_int_ge(size, 0);
	support_conn_send(c, text, (size_t)size);
	free(text);
}

void support_conn_send_pieces(struct support_conn *c, const void *bytes, size_t size, size_t piece)
{
	const char *from = bytes;
	for (size_t at = 0; at < size; at += piece)
		support_conn_send(c, from + at, size - at < piece ? size - at : piece);
}

void support_conn_half_close(struct support_conn *c)
{
	shutdown(c->fd, SHUT_WR);
}

/* Reads what there is, waiting for it at most until `end`. false: there was nothing in that time;
 * true with c->ended: the connection is over. */
static bool fill(struct support_conn *c, double end)
{
	if (c->ended)
		return true;
	if (c->room - c->size < READ) {
		c->room = c->room * 2 + READ;
		c->in = realloc(c->in, c->room);
		ck_assert_ptr_nonnull(c->in);
	}
	if (!wait_for(c, POLLIN, end))
		return false;
	ssize_t n = recv(c->fd, c->in + c->size, c->room - c->size - 1, 0);
	if (n > 0) {
		c->size += (size_t)n;
		return true;
	}
	c->ended = true;
	if (n < 0)
		c->error = errno;
	return true;
}

static void use(struct support_conn *c, size_t size)
{
	memmove(c->in, c->in + size, c->size - size);
	c->size -= size;
}

static const char *ending(const struct support_conn *c)
{
	return c->error ? strerror(c->error) : "closed";
}

/* Has at least `size` bytes, or fails the test. */
static void need(struct support_conn *c, size_t size, const char *what)
{
	double end = support_now() + SUPPORT_PATIENCE;
	while (c->size < size) {
		ck_assert_msg(fill(c, end), "no more came in the middle of %s: %zu of %zu bytes",
			what, c->size, size);
		ck_assert_msg(c->size >= size || !c->ended,
			"the connection ended (%s) in the middle of %s: %zu of %zu bytes",
			ending(c), what, c->size, size);
	}
}

/* ---- answers ---- */

/* The place behind the first `mark` from `from` on, reading as long as it takes. */
static size_t find_end(struct support_conn *c, size_t from, const char *mark, const char *what)
{
	double end = support_now() + SUPPORT_PATIENCE;
	for (;;) {
		const char *at = c->size > from
					 ? memmem(c->in + from, c->size - from, mark, strlen(mark))
					 : NULL;
		if (at)
			return (size_t)(at - c->in) + strlen(mark);
		ck_assert_msg(!c->ended, "the connection ended (%s) in the middle of %s: \"%.*s\"",
			ending(c), what, (int)c->size, c->size ? c->in : "");
		ck_assert_msg(fill(c, end), "no more came in the middle of %s: \"%.*s\"", what,
			(int)c->size, c->size ? c->in : "");
	}
}

static void parse_field(struct support_reply *r, char *line)
{
	char *colon = strchr(line, ':');
	ck_assert_msg(colon && colon > line, "no field: \"%s\"", line);
	ck_assert_uint_lt(r->field_count, SUPPORT_FIELDS);
	*colon = '\0';
	r->field[r->field_count].name = line;
	ck_assert_msg(colon[1] == ' ' && colon[2], "a field without a value: \"%s\"", line);
	r->field[r->field_count++].value = colon + 2;
	for (const char *at = line; *at; at++)
		ck_assert_msg(
			(unsigned char)*at > ' ' && *at != 0x7f, "no field name: \"%s\"", line);
}

static void parse_head(struct support_reply *r)
{
	ck_assert_msg(memchr(r->text, '\0', r->size) == NULL, "a NUL in the head");
	r->parsed = strndup(r->text, r->size - 4); /* without the last two line ends */
	char *at = r->parsed;
	r->line = at;
	for (bool first = true; at; first = false) {
		char *end = strstr(at, "\r\n");
		if (end)
			*end = '\0';
		ck_assert_msg(!strpbrk(at, "\r\n"), "a bare CR or LF in the head: \"%s\"", r->text);
		if (!first)
			parse_field(r, at);
		at = end ? end + 2 : NULL;
	}
	ck_assert_msg(
		strncmp(r->line, "HTTP/1.1 ", 9) == 0 && strlen(r->line) > 13 && r->line[12] == ' ',
		"no status line: \"%s\"", r->line);
	r->status = atoi(r->line + 9);
}

static void take_bytes(struct support_conn *c, size_t size)
{
	struct support_reply *r = &c->reply;
	need(c, size, "a body");
	r->body = realloc(r->body, r->body_size + size + 1);
	ck_assert_ptr_nonnull(r->body);
	memcpy(r->body + r->body_size, c->in, size);
	r->body_size += size;
	r->body[r->body_size] = '\0';
	use(c, size);
}

static void take_chunks(struct support_conn *c)
{
	size_t size;
	c->reply.chunked = true;
	do {
		char *stop;
		size_t line = find_end(c, 0, "\r\n", "a chunk");
		size = strtoul(c->in, &stop, 16);
		ck_assert_msg(stop > c->in && stop + 2 == c->in + line, "no chunk size");
		use(c, line);
		take_bytes(c, size);
		need(c, 2, "a chunk");
		ck_assert_msg(memcmp(c->in, "\r\n", 2) == 0, "no line end behind a chunk");
		use(c, 2);
	} while (size);
}

static void take_rest(struct support_conn *c)
{
	double end = support_now() + SUPPORT_PATIENCE;
	while (!c->ended)
		ck_assert_msg(fill(c, end), "a body without length never ends");
	ck_assert_int_eq(c->error, 0);
	take_bytes(c, c->size);
}

static void take_body(struct support_conn *c, const char *method)
{
	struct support_reply *r = &c->reply;
	const char *length = support_reply_field(r, "Content-Length");
	const char *coding = support_reply_field(r, "Transfer-Encoding");
	ck_assert_msg(!length || !coding, "both Content-Length and Transfer-Encoding");
	if (r->status / 100 == 1 || r->status == 204)
		ck_assert_msg(!length && !coding, "a length in an answer that has no body");
	if (strcmp(method, "HEAD") == 0 || r->status / 100 == 1 || r->status == 204 ||
		r->status == 304)
		take_bytes(c, 0);
	else if (coding)
		take_chunks(c);
	else if (length)
		take_bytes(c, strtoul(length, NULL, 10));
	else
		take_rest(c);
}

bool support_conn_read(struct support_conn *c, const char *method)
{
	double end = support_now() + SUPPORT_PATIENCE;
	forget_reply(&c->reply);
	while (c->size == 0 && !c->ended)
		ck_assert_msg(fill(c, end), "no answer came");
	if (c->size == 0)
		return false;
	struct support_reply *r = &c->reply;
	r->size = find_end(c, 0, "\r\n\r\n", "a head");
	r->text = malloc(r->size + 1);
	ck_assert_ptr_nonnull(r->text);
	memcpy(r->text, c->in, r->size);
	r->text[r->size] = '\0';
	use(c, r->size);
	parse_head(r);
	take_body(c, method);
	return true;
}

void support_conn_expect(struct support_conn *c, int status)
{
	ck_assert_msg(support_conn_read(c, "GET"), "the connection ended (%s) without an answer",
		ending(c));
	ck_assert_msg(c->reply.status == status, "\"%s\" instead of %d", c->reply.line, status);
}

enum support_end support_conn_end(struct support_conn *c, double seconds)
{
	double end = support_now() + seconds;
	while (c->size == 0 && !c->ended)
		if (!fill(c, end))
			return SUPPORT_STANDING;
	if (c->size)
		return SUPPORT_MORE;
	return c->error ? SUPPORT_RESET : SUPPORT_CLOSED;
}

void support_conn_expect_closed(struct support_conn *c)
{
	static const char *const words[] = {"closed", "reset", "given more bytes", "left open"};
	enum support_end end = support_conn_end(c, SUPPORT_PATIENCE);
	ck_assert_msg(end == SUPPORT_CLOSED, "the connection was %s instead of closed: \"%.*s\"",
		words[end], (int)(c->size < 200 ? c->size : 200), c->size ? c->in : "");
}

size_t support_conn_pending(struct support_conn *c, double seconds)
{
	double end = support_now() + seconds;
	while (c->size == 0 && !c->ended && fill(c, end))
		;
	return c->size;
}

void support_conn_more(struct support_conn *c, size_t size)
{
	size_t want = c->size + size;
	double end = support_now() + SUPPORT_PATIENCE;
	while (c->size < want && !c->ended)
		ck_assert_msg(fill(c, end), "no more came");
}

const char *support_reply_field(const struct support_reply *r, const char *name)
{
	const char *value = NULL;
	for (size_t i = 0; i < r->field_count; i++) {
		if (strcasecmp(r->field[i].name, name) != 0)
			continue;
		ck_assert_msg(!value, "two fields %s", name);
		value = r->field[i].value;
	}
	return value;
}

bool support_reply_closes(const struct support_reply *r)
{
	const char *value = support_reply_field(r, "Connection");
	return value && strcasecmp(value, "close") == 0;
}

void support_get(struct support_conn *c, unsigned port, const char *path)
{
	support_conn_open(c, port);
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
	ck_assert_msg(
		support_conn_read(c, "GET"), "%s: the connection ended (%s)", path, ending(c));
}
