/*
 * worker_send - answers on their way out
 *
 * Runs in:  worker
 * Owns:     nothing; what the kernel has no room for moves into the connection's own buffer
 * Errors:   -1 with EAGAIN: wait for room; -1 with anything else: the connection is broken
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "os/os_socket.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

/* Writes first and waits only when the kernel says so. Bytes sent, or -1. */
static ssize_t send_some(
	struct worker *w, struct worker_conn *c, const char *from, size_t size, bool more)
{
	size_t sent = 0;
	int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0) | (c->brisk ? MSG_DONTWAIT : 0);
	while (sent < size) {
		ssize_t n = send(c->fd, from + sent, size - sent, flags);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n < 0)
			break;
		sent += (size_t)n;
		c->since_ms = w->now_ms;
		c->sent_since = c->client_ended;
	}
	return (ssize_t)sent;
}

/* The connection's own leftover goes first. */
static int send_kept(struct worker *w, struct worker_conn *c, bool more)
{
	if (!c->out.size)
		return 0;
	ssize_t n = send_some(w, c, c->out.data, c->out.size, more);
	if (n < 0)
		return -1;
	buffer_consume(&c->out, (size_t)n);
	if (c->out.size) {
		errno = EAGAIN;
		return -1;
	}
	buffer_free(&c->out);
	return 0;
}

static int keep_rest(struct worker *w, struct worker_conn *c, size_t sent)
{
	buffer_append(&c->out, w->out.data + sent, w->out.size - sent);
	buffer_clear(&w->out);
	errno = c->out.failed ? ENOMEM : EAGAIN;
	return -1;
}

int worker_send_out(struct worker *w, struct worker_conn *c, bool more)
{
	if (send_kept(w, c, more) < 0)
		return errno == EAGAIN && w->out.size ? keep_rest(w, c, 0) : -1;
	if (!w->out.size)
		return 0;
	ssize_t n = send_some(w, c, w->out.data, w->out.size, more);
	if (n < 0) {
		buffer_clear(&w->out);
		return -1;
	}
	if ((size_t)n < w->out.size)
		return keep_rest(w, c, (size_t)n);
	buffer_clear(&w->out);
	return 0;
}

/* Whole segments: a turn that ends within one has that sent half full, and the next begins anew,
 * which costs the kernel a fifth of its time on the loopback. */
static size_t turn_of(const struct worker_conn *c)
{
	size_t segment = os_socket_segment(c->fd);
	if (segment == 0 || segment > WORKER_FILE_TURN)
		return WORKER_FILE_TURN;
	return WORKER_FILE_TURN - WORKER_FILE_TURN % segment;
}

int worker_send_file(struct worker *w, struct worker_conn *c, struct worker_exchange *x)
{
	struct http_response *r = &x->response;
	size_t whole = x->file_left > WORKER_FILE_TURN ? turn_of(c) : WORKER_FILE_TURN;
	size_t turn = whole;
	while (x->file_left) {
		off_t offset = (off_t)r->offset;
		size_t size = x->file_left < turn ? (size_t)x->file_left : turn;
		ssize_t n = sendfile(c->fd, r->fd, &offset, size);
		if (n <= 0) {
			if (n < 0 && errno == EINTR)
				errno = EAGAIN; /* the driver looks at its commands */
			if (n == 0)             /* the file was cut short: so is the answer */
				errno = EIO;
			return -1;
		}
		r->offset += (uint64_t)n;
		x->file_left -= (uint64_t)n;
		if (!w->loop) /* it may have blocked for long */
			worker_look_at_clock(w);
		c->since_ms = w->now_ms;
		turn -= (size_t)n;
		if (turn == 0 && w->loop) {
			errno = EAGAIN; /* not that it would block: others wait */
			return -1;
		}
		if (turn == 0)
			turn = whole;
	}
	return x->file_left ? -1 : 0;
}

bool worker_send_part(struct worker *w, struct worker_exchange *x)
{
	struct http_response *r = &x->response;
	const struct http_part *parts = (const struct http_part *)r->parts.data;
	size_t count = r->parts.size / sizeof *parts;
	if (x->part > count)
		return false;
	size_t size = x->part < count ? parts[x->part].text : r->bytes.size - x->part_text;
	buffer_append(&w->out, r->bytes.data + x->part_text, size);
	x->part_text += size;
	if (x->part < count) {
		r->offset = parts[x->part].offset;
		x->file_left = parts[x->part].length;
	}
	x->part++;
	return true;
}
