/*
 * load_run - the generator of load
 *
 * Runs in:  the load process of the lab, preforkctl
 * Owns:     its connections and its loop, until load_run returns
 * Errors:   see load_entry.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "load/load_entry.h"
#include "os/os_clock.h"
#include "wire/wire_scoreboard.h"

#include "base/apart.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

enum { HEAD_MOST = 16384, READ = 65536, AGAIN_MS = 50 };

struct client {
	struct run *run;
	ev_io io;
	ev_timer wait; /* before it connects again; of a slow one: before its next byte */
	size_t sent;   /* of the request */
	uint64_t since_us;
	struct buffer head;
	bool headed;
	bool good, last; /* what the head says: of the status; that the connection ends */
	uint64_t left;   /* of the body; UINT64_MAX: to the end of the connection */
};

struct run {
	const struct wire_load_options *o;
	struct load_result *result;
	struct ev_loop *loop;
	struct buffer request;
	struct client *clients;
	uint64_t begun; /* requests */
	unsigned active;
	ev_timer end;
};

static void connect_again(struct client *c);

static void hang_up(struct client *c)
{
	ev_io_stop(c->run->loop, &c->io);
	if (c->io.fd >= 0)
		close(c->io.fd);
	ev_io_set(&c->io, -1, 0);
	buffer_clear(&c->head);
}

static void rest(struct client *c)
{
	hang_up(c);
	ev_timer_set(&c->wait, AGAIN_MS / 1000.0, 0);
	ev_timer_start(c->run->loop, &c->wait);
}

/* One more request, if there is one left to send. */
static bool begin(struct client *c)
{
	struct run *r = c->run;
	if (r->o->requests && r->begun >= r->o->requests) {
		hang_up(c);
		if (--r->active == 0)
			ev_break(r->loop, EVBREAK_ALL);
		return false;
	}
	r->begun++;
	c->sent = 0;
	c->headed = false;
	c->since_us = os_clock_us();
	buffer_clear(&c->head);
	return true;
}

static void wait_for(struct client *c, int events)
{
	if (c->io.events == events)
		return;
	ev_io_stop(c->run->loop, &c->io);
	ev_io_set(&c->io, c->io.fd, events);
	ev_io_start(c->run->loop, &c->io);
}

static bool say(struct client *c)
{
	struct run *r = c->run;
	ssize_t n =
		send(c->io.fd, r->request.data + c->sent, r->request.size - c->sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	wait_for(c, c->sent < r->request.size ? EV_WRITE : EV_READ);
	return true;
}

/* The value of a field of the head, which ends in a NUL; NULL: it is not there. */
static const char *field(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);
	return at ? at + strlen(name) : NULL;
}

/* What follows the blank line, once there is one; NULL before. */
static const char *read_head(struct client *c)
{
	struct buffer *head = &c->head;
	buffer_append(head, "", 1);
	if (head->failed)
		return NULL;
	head->size--;
	const char *end = strstr(head->data, "\r\n\r\n"), *value;
	if (!end)
		return NULL;
	head->data[end + 2 - head->data] = '\0';
	c->good = head->size > 12 && head->data[9] < '4';
	value = field(head->data, "\r\nConnection: ");
	c->last = c->run->o->fresh || (value && strncasecmp(value, "close", 5) == 0);
	value = field(head->data, "\r\nContent-Length: ");
	c->left = value ? strtoull(value, NULL, 10) : UINT64_MAX;
	c->headed = true;
	return end + 4;
}

static void done(struct client *c)
{
	struct load_result *result = c->run->result;
	result->good += c->good;
	result->bad += !c->good;
	result->latency.bucket[wire_latency_bucket(os_clock_us() - c->since_us)]++;
	bool last = c->last || c->left == UINT64_MAX;
	if (last) {
		hang_up(c);
		connect_again(c);
	} else if (begin(c) && !say(c)) {
		rest(c);
	}
}

/* false: the connection is of no use any more. */
static bool hear(struct client *c)
{
	static char bytes[READ] APART;
	ssize_t n = recv(c->io.fd, bytes, sizeof bytes, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0 && c->headed && c->left == UINT64_MAX) {
		done(c);
		return true;
	}
	if (n == 0)
		return false;
	c->run->result->bytes += (uint64_t)n;
	uint64_t body = (uint64_t)n;
	if (!c->headed) {
		buffer_append(&c->head, bytes, (size_t)n);
		const char *at = read_head(c);
		if (!at)
			return c->head.size < HEAD_MOST && !c->head.failed;
		body = (uint64_t)(c->head.data + c->head.size - at);
	}
	if (c->left != UINT64_MAX)
		c->left -= body < c->left ? body : c->left;
	if (c->left == 0)
		done(c);
	return true;
}

static void on_io(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	struct client *c = watch->data;
	bool writes = (events & EV_WRITE) != 0;
	bool here = writes ? c->run->o->slow || say(c) : hear(c);
	if (here && c->run->o->slow)
		wait_for(c, EV_READ);
	if (here)
		return;
	c->run->result->broken++;
	rest(c);
}

static void connect_again(struct client *c)
{
	struct run *r = c->run;
	int fd = socket(r->o->to.of.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, &r->o->to.of.any, r->o->to.size) < 0 && errno != EINPROGRESS) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		r->result->broken++;
		rest(c);
		return;
	}
	ev_io_set(&c->io, fd, EV_WRITE);
	if (begin(c))
		ev_io_start(r->loop, &c->io);
	else
		close(fd);
	if (r->o->slow) {
		ev_timer_set(&c->wait, 1, 0);
		ev_timer_start(r->loop, &c->wait);
	}
}

/* A slow client's next byte; or the next try to connect. */
static void on_wait(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct client *c = timer->data;
	if (c->io.fd < 0) {
		connect_again(c);
		return;
	}
	static const char head[] = "GET / HTTP/1.1\r\nHost: slow\r\nX-Slow: ";
	char byte = c->sent < sizeof head - 1 ? head[c->sent] : 'a';
	c->sent++;
	if (send(c->io.fd, &byte, 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
		rest(c);
		return;
	}
	ev_timer_set(timer, 1, 0);
	ev_timer_start(loop, timer);
}

static void on_end(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)timer;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

static void open_clients(struct run *r)
{
	for (uint32_t i = 0; i < r->o->clients; i++) {
		struct client *c = &r->clients[i];
		c->run = r;
		ev_io_init(&c->io, on_io, -1, 0);
		c->io.data = c;
		ev_timer_init(&c->wait, on_wait, 0, 0);
		c->wait.data = c;
		r->active++;
	}
	for (uint32_t i = 0; i < r->o->clients; i++)
		connect_again(&r->clients[i]);
}

int load_run(const struct wire_load_options *o, struct load_result *result)
{
	struct run r = {.o = o, .result = result, .request = BUFFER_INIT};
	*result = (struct load_result){0};
	r.loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	r.clients = calloc(o->clients + 1, sizeof *r.clients);
	buffer_printf(&r.request, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: preforkctl\r\n%s\r\n",
		o->path, o->host, o->fresh ? "Connection: close\r\n" : "");
	int status = r.loop && r.clients && !r.request.failed ? 0 : -1;
	if (status == 0) {
		uint64_t began = os_clock_us();
		ev_timer_init(&r.end, on_end, o->seconds, 0);
		if (o->seconds)
			ev_timer_start(r.loop, &r.end);
		open_clients(&r);
		if (r.active)
			ev_run(r.loop, 0);
		result->seconds = (double)(os_clock_us() - began) / 1e6;
		for (uint32_t i = 0; i < o->clients; i++) {
			hang_up(&r.clients[i]);
			buffer_free(&r.clients[i].head);
		}
	}
	free(r.clients);
	buffer_free(&r.request);
	if (r.loop)
		ev_loop_destroy(r.loop);
	return status;
}

int load_main(void *args, size_t size)
{
	static struct wire_load h; /* `args` need not be aligned */
	struct load_result result;
	if (size != sizeof h)
		return WIRE_EXIT_FATAL;
	memcpy(&h, args, sizeof h);
	signal(SIGPIPE, SIG_IGN);
	os_process_name("preforkd-load");
	if (os_process_become(&h.identity) < 0)
		return WIRE_EXIT_FATAL;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (h.options.clients > WIRE_LOAD_LAB_CLIENTS ||
		h.options.seconds > WIRE_LOAD_LAB_SECONDS || !h.options.seconds)
		return WIRE_EXIT_FATAL;
	return load_run(&h.options, &result) < 0 ? WIRE_EXIT_SICK : WIRE_EXIT_DONE;
}
