/*
 * preforkctl_talk - questions to the control socket, and its answers
 *
 * Runs in:  preforkctl
 * Owns:     see preforkctl_talk.h
 * Errors:   see preforkctl_talk.h
 *
 * A question is a line. An answer is a line, "OK 1234" or "ERROR 26", and so many bytes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/preforkctl_talk.h"

#include "os/os_socket.h"
#include "os/os_unix.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MOST = 64, READ = 65536 };
#define BODY_MOST (256ull << 20)

void preforkctl_talk_close(struct preforkctl_talk *t)
{
	if (t->fd >= 0)
		close(t->fd);
	buffer_free(&t->in);
	*t = PREFORKCTL_TALK_INIT;
}

int preforkctl_talk_open(
	struct preforkctl_talk *t, const char *path, unsigned patience_ms, struct buffer *why)
{
	buffer_clear(&t->in);
	t->fd = os_unix_connect(path, patience_ms);
	if (t->fd >= 0)
		return PREFORKCTL_DONE;
	if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) {
		buffer_printf(why, "no server runs: nobody listens on %s", path);
		return PREFORKCTL_NOT_RUNNING;
	}
	if (errno == EACCES || errno == EPERM)
		buffer_printf(why,
			"%s: permission denied: only root, and whoever started the server, may",
			path);
	else if (errno == EAGAIN)
		buffer_printf(why, "%s: the server does not answer", path);
	else
		buffer_printf(why, "%s: %s", path, strerror(errno));
	return PREFORKCTL_NO_ANSWER;
}

static int lost(struct preforkctl_talk *t, struct buffer *why, const char *what)
{
	preforkctl_talk_close(t);
	buffer_clear(why);
	buffer_string(why, what);
	return PREFORKCTL_NO_ANSWER;
}

static int unanswered(struct preforkctl_talk *t, struct buffer *why)
{
	return lost(t, why,
		errno == EAGAIN ? "the server does not answer"
				: "the server closed the connection without an answer");
}

/* More of what the server says; false with errno, 0 when it closed. */
static bool more(struct preforkctl_talk *t)
{
	char *to = buffer_reserve(&t->in, READ);
	ssize_t n;
	if (!to) {
		errno = ENOMEM;
		return false;
	}
	do
		n = recv(t->fd, to, READ, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		errno = n == 0 ? 0 : errno;
		return false;
	}
	buffer_grew(&t->in, (size_t)n);
	return true;
}

static bool say(struct preforkctl_talk *t, const char *line)
{
	struct buffer out = BUFFER_INIT;
	bool said = true;
	buffer_printf(&out, "%s\n", line);
	for (size_t at = 0; said && at < out.size;) {
		ssize_t n = send(t->fd, out.data + at, out.size - at, MSG_NOSIGNAL);
		if (n > 0)
			at += (size_t)n;
		else
			said = n < 0 && errno == EINTR;
	}
	buffer_free(&out);
	return said;
}

/* "OK 12", "ERROR 12" */
static bool read_head(struct text head, bool *good, size_t *size)
{
	unsigned long long n;
	struct text words = head;
	struct text first = text_split(&words, ' ');
	*good = text_equal(first, TEXT("OK"));
	if (!*good && !text_equal(first, TEXT("ERROR")))
		return false;
	if (!words.at || !text_number(words, BODY_MOST, &n))
		return false;
	*size = (size_t)n;
	return true;
}

int preforkctl_talk_ask(
	struct preforkctl_talk *t, const char *line, struct buffer *answer, struct buffer *why)
{
	const char *end;
	bool good;
	size_t size;
	buffer_clear(answer);
	if (!say(t, line))
		return unanswered(t, why);
	while (!(end = t->in.size ? memchr(t->in.data, '\n', t->in.size) : NULL)) {
		if (t->in.size > HEAD_MOST)
			return lost(t, why, "what answers there is no preforkd");
		if (!more(t))
			return unanswered(t, why);
	}
	size_t head = (size_t)(end - t->in.data);
	if (!read_head(text_from(t->in.data, head), &good, &size))
		return lost(t, why, "what answers there is no preforkd");
	buffer_consume(&t->in, head + 1);
	while (t->in.size < size)
		if (!more(t))
			return unanswered(t, why);
	buffer_append(answer, t->in.data, size);
	buffer_consume(&t->in, size);
	if (good)
		return answer->failed ? lost(t, why, "out of memory") : PREFORKCTL_DONE;
	buffer_clear(why);
	buffer_text(why, buffer_view(answer));
	while (why->size && why->data[why->size - 1] == '\n')
		why->size--;
	return PREFORKCTL_FAILED;
}

bool preforkctl_talk_wait(struct preforkctl_talk *t, unsigned patience_ms)
{
	char byte;
	ssize_t n;
	os_socket_patience(t->fd, patience_ms);
	do
		n = recv(t->fd, &byte, 1, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n == 0 || errno != EAGAIN;
}
