/*
 * support_load - many clients at once that count every request
 *
 * Runs in:  a child of the test, one process for all its connections
 * Owns:     see support_load.h
 * Errors:   see support_load.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"

#include "support/support_proc.h"
#include "support/support_site.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEAD_MOST = 4096 };

/* One client: asleep until `wakes`, or with a request on its way. */
struct client {
	int fd; /* -1: not connected */
	unsigned port;
	bool waits;      /* for an answer */
	bool connecting; /* connect(2) is on its way */
	bool has_request_to_send;
	unsigned served; /* requests on this connection */
	double wakes;
	size_t size; /* of the file it asked for */
	char *in;    /* the answer so far */
	size_t have;
};

static struct support_load *load;
static struct client clients[SUPPORT_LOAD_CONNECTIONS];
static size_t turn, size_count, in_room;

static void hang_up(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->waits = c->connecting = c->has_request_to_send = false;
	c->served = 0;
}

static void went_wrong(struct client *c, const char *what)
{
	unsigned long n = atomic_load(&load->failed);
	if (n < SUPPORT_LOAD_FAILURES) {
		struct support_load_failure *f = &load->failures[n];
		*f = (struct support_load_failure){.port = c->port,
			.when = support_now(),
			.reused = c->served > 0,
			.silent = c->have == 0};
		snprintf(f->why, sizeof f->why, "%s (/f/%zu, %zu bytes came)", what, c->size,
			c->have);
	}
	atomic_store(&load->failed, n + 1);
	hang_up(c);
	c->wakes = support_now() + 0.005; /* no storm where nobody listens */
}

static void connect_client(struct client *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((in_port_t)load->options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in own;
	socklen_t size = sizeof own;
	c->have = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		went_wrong(c, "no socket");
		return;
	}
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
		went_wrong(c, strerror(errno));
		return;
	}
	getsockname(c->fd, (struct sockaddr *)&own, &size);
	c->port = ntohs(own.sin_port);
	c->connecting = true;
	atomic_fetch_add(&load->connected, 1);
}

static void ask(struct client *c)
{
	char text[128];
	c->size = load->options.sizes[turn++ % size_count];
	c->have = 0;
	int size = snprintf(text, sizeof text, "GET /f/%zu HTTP/1.1\r\nHost: test\r\n%s\r\n",
		c->size, load->options.keep ? "" : "Connection: close\r\n");
	c->waits = true;
	c->has_request_to_send = false;
	atomic_fetch_add(&load->sent, 1);
	if (send(c->fd, text, (size_t)size, MSG_NOSIGNAL) != size)
		went_wrong(c, errno == ECONNRESET ? "reset when asking" : strerror(errno));
}

static void start_request(struct client *c)
{
	if (c->fd < 0)
		connect_client(c);
	if (c->fd < 0)
		return;
	if (c->connecting)
		c->has_request_to_send = true;
	else
		ask(c);
}

/* The value of a field in the head, NULL: not there. */
static const char *field(const char *head, const char *name)
{
	size_t size = strlen(name);
	for (const char *at = strstr(head, "\r\n"); at; at = strstr(at + 2, "\r\n"))
		if (strncasecmp(at + 2, name, size) == 0 && at[2 + size] == ':')
			return at + 2 + size + 2;
	return NULL;
}

static void answered(struct client *c, bool closes)
{
	atomic_fetch_add(&load->good, 1);
	c->waits = false;
	c->served++;
	c->have = 0;
	if (closes || !load->options.keep)
		hang_up(c);
	c->wakes = support_now() + load->options.think_ms / 1000.0;
}

/* Is the answer whole? Then judges it. */
static void look_at_answer(struct client *c)
{
	c->in[c->have] = '\0';
	char *end = memmem(c->in, c->have, "\r\n\r\n", 4);
	if (!end) {
		if (c->have > HEAD_MOST)
			went_wrong(c, "no head");
		return;
	}
	size_t head = (size_t)(end - c->in) + 4;
	if (strncmp(c->in, "HTTP/1.1 200 ", 13) != 0) {
		char line[40];
		snprintf(line, sizeof line, "%.*s", (int)strcspn(c->in, "\r"), c->in);
		went_wrong(c, line);
		return;
	}
	*end = '\0';
	const char *length = field(c->in, "Content-Length"), *keeps = field(c->in, "Connection");
	*end = '\r';
	if (!length || strtoul(length, NULL, 10) != c->size) {
		went_wrong(c, "another length");
		return;
	}
	if (c->have < head + c->size)
		return;
	if (c->have > head + c->size)
		went_wrong(c, "more than the answer");
	else if (!support_site_is(c->in + head, c->size, 0, (unsigned)c->size))
		went_wrong(c, "other bytes");
	else
		answered(c, keeps && strncasecmp(keeps, "close", 5) == 0);
}

static void receive(struct client *c)
{
	size_t room = in_room - 1 - c->have;
	if (load->options.slowly && load->options.slowly < room) {
		room = load->options.slowly;
		c->wakes = support_now() + 0.01;
	}
	ssize_t n = recv(c->fd, c->in + c->have, room, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (!c->waits) { /* between requests: the server may close, it may say nothing */
		if (n > 0)
			went_wrong(c, "bytes nobody asked for");
		else
			hang_up(c);
		return;
	}
	if (n < 0) {
		went_wrong(c, strerror(errno));
	} else if (n == 0) {
		went_wrong(c, "closed before the answer was whole");
	} else {
		c->have += (size_t)n;
		look_at_answer(c);
	}
}

static void on_event(struct client *c, short events)
{
	if (c->connecting) {
		int error = 0;
		socklen_t size = sizeof error;
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error) {
			went_wrong(c, strerror(error));
			return;
		}
		if (!(events & POLLOUT))
			return;
		c->connecting = false;
		if (c->has_request_to_send)
			ask(c);
		return;
	}
	receive(c);
}

/* Lets everybody begin whose time has come; false: all is over. */
static bool begin(double now, bool stopping)
{
	bool busy = false;
	for (unsigned i = 0; i < load->options.connections; i++) {
		struct client *c = &clients[i];
		bool engaged = c->waits || c->has_request_to_send;
		if (!engaged && stopping)
			hang_up(c); /* others may wait for its worker */
		else if (!engaged && c->wakes <= now)
			start_request(c);
		busy |= c->waits || c->has_request_to_send;
	}
	return busy || !stopping;
}

static void wait_for_events(double now)
{
	static struct pollfd polls[SUPPORT_LOAD_CONNECTIONS];
	unsigned count = load->options.connections;
	bool asleep = false;
	for (unsigned i = 0; i < count; i++) {
		const struct client *c = &clients[i];
		bool rests = c->wakes > now && (load->options.slowly || !c->waits);
		asleep |= rests;
		polls[i] = (struct pollfd){
			rests && c->waits ? -1 : c->fd, c->connecting ? POLLOUT : POLLIN, 0};
	}
	if (poll(polls, count, asleep ? 2 : 50) <= 0)
		return;
	for (unsigned i = 0; i < count; i++)
		if (polls[i].revents && clients[i].fd >= 0)
			on_event(&clients[i], polls[i].revents);
}

static _Noreturn void run(void)
{
	double end = 0;
	for (unsigned i = 0; i < load->options.connections; i++) {
		clients[i] = (struct client){.fd = -1, .in = malloc(in_room)};
		if (!clients[i].in)
			_exit(1);
	}
	for (;;) {
		double now = support_now();
		bool stopping = atomic_load(&load->stop);
		if (stopping && end == 0)
			end = now + SUPPORT_PATIENCE;
		if (!begin(now, stopping))
			break;
		if (stopping && now > end) {
			for (unsigned i = 0; i < load->options.connections; i++)
				if (clients[i].waits)
					went_wrong(&clients[i], "no answer in time");
			break;
		}
		wait_for_events(now);
	}
	for (unsigned i = 0; i < load->options.connections; i++)
		hang_up(&clients[i]);
	_exit(0);
}

struct support_load *support_load_start(const struct support_load_options *options)
{
	load = mmap(NULL, sizeof *load, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(load, MAP_FAILED);
	load->options = *options;
	ck_assert_uint_le(options->connections, SUPPORT_LOAD_CONNECTIONS);
	in_room = HEAD_MOST;
	for (size_count = 0; size_count < SUPPORT_LOAD_SIZES && options->sizes[size_count];
		size_count++)
		if (in_room < options->sizes[size_count] + HEAD_MOST)
			in_room = options->sizes[size_count] + HEAD_MOST;
	ck_assert_uint_gt(size_count, 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close_range(3, ~0u, 0);
		run();
	}
	load->pid = pid;
	return load;
}

static bool has_reached(struct support_load *l, unsigned long good)
{
	return atomic_load(&l->good) >= good;
}

void support_load_await(struct support_load *l, unsigned long more)
{
	unsigned long good = atomic_load(&l->good) + more;
	ck_assert_msg(SUPPORT_UNTIL(has_reached(l, good), SUPPORT_PATIENCE),
		"the load comes to nothing: %lu sent, %lu good, %lu failed, first: %s",
		atomic_load(&l->sent), atomic_load(&l->good), atomic_load(&l->failed),
		l->failures[0].why);
}

void support_load_stop(struct support_load *l)
{
	atomic_store(&l->stop, true);
	ck_assert_int_eq(support_wait(l->pid, 2 * SUPPORT_PATIENCE), 0);
}

void support_load_free(struct support_load *l)
{
	munmap(l, sizeof *l);
}

void support_load_stop_clean(struct support_load *l)
{
	support_load_stop(l);
	const struct support_load_failure *f = &l->failures[0];
	ck_assert_msg(atomic_load(&l->failed) == 0,
		"%lu of %lu requests failed; the first from port %u%s: %s", atomic_load(&l->failed),
		atomic_load(&l->sent), f->port, f->reused ? " on a kept connection" : "", f->why);
	ck_assert_uint_eq(atomic_load(&l->sent), atomic_load(&l->good));
	ck_assert_uint_gt(atomic_load(&l->good), 0);
	support_load_free(l);
}

/* ---- of a server ---- */

struct support_load *support_load_start_on(const struct support_server *s, bool keep)
{
	struct support_load_options options = {.port = s->port,
		.connections = SUPPORT_IS_CLASSIC(s->model) ? 4 : 8,
		.keep = keep,
		.think_ms = 1,
		.sizes = {1024, 131073, 100}};
	return support_load_start(&options);
}

struct support_load_pair support_load_pair_start(const struct support_server *s)
{
	struct support_load *kept = support_load_start_on(s, true);
	return (struct support_load_pair){kept, support_load_start_on(s, false)};
}

void support_load_pair_await(const struct support_load_pair *l, unsigned long more)
{
	support_load_await(l->kept, more);
	support_load_await(l->fresh, more);
}

void support_load_pair_stop_clean(const struct support_load_pair *l)
{
	support_load_stop_clean(l->kept);
	support_load_stop_clean(l->fresh);
}
