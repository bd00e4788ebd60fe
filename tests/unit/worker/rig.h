/*
 * rig - a worker without a process of its own, and a client at the other end of a socketpair
 *
 * Runs in:  the test program
 * Owns:     one worker at a time, between rig_open and rig_close
 * Errors:   ck_assert
 *
 * The real table of steps runs here; the test is the driver.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RIG_H
#define RIG_H

#include "worker/worker.h"

#include "unit/site.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

static struct {
	struct config *config;
	struct wire_scoreboard *board;
	int board_fd;
	struct wire_heritage heritage;
	struct worker w;
} rig;

/* A client and the connection that serves it. */
struct rig_client {
	int fd;            /* the client's end; -1: closed */
	struct buffer got; /* what the server said */
	bool over;         /* the server closed its end */
	struct worker_conn conn;
	bool served; /* conn has been closed */
	enum worker_place place;
};

/* As worker_main prepares it, but for what cannot be taken back in this process. */
static inline void rig_open(const char *more)
{
	rig.config = site_config(more);
	rig.board = wire_scoreboard_new(4, &rig.board_fd);
	ck_assert_ptr_nonnull(rig.board);
	rig.board->limit = 4;
	rig.heritage = (struct wire_heritage){.config = rig.config,
		.slot = 2,
		.generation = 5,
		.scoreboard = rig.board,
		.scoreboard_fd = rig.board_fd,
		.connection = -1,
		.single = true};
	struct config_host *host = &rig.config->host;
	rig.w = (struct worker){.heritage = &rig.heritage,
		.config = rig.config,
		.farewell = WIRE_STATE_GRACEFUL,
		.server = TEXT("unit"),
		.limits = {host->limit_request_line, host->limit_request_fields,
			host->limit_request_field_size, false}};
	for (size_t i = 0; i < WORKER_STAGES; i++)
		list_init(&rig.w.stages[i]);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < host->log_count; i++) {
		host->logs[i]->fd =
			open(host->logs[i]->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		ck_assert_int_ge(host->logs[i]->fd, 0);
	}
	ck_assert_int_eq(worker_log_open(&rig.w), 0);
	ck_assert_int_eq(worker_cache_init(&rig.w.cache, rig.config->file_cache_size), 0);
	worker_look_at_clock(&rig.w);
}

/* A real worker keeps all this until its process ends. */
static inline void rig_free_worker(struct worker *w)
{
	struct worker_exchange *x;
	while ((x = w->free_exchanges)) {
		w->free_exchanges = x->next;
		http_request_free(&x->request);
		http_response_free(&x->response);
		handler_free(&x->call);
		free(x);
	}
	struct worker_shelf *shelves[] = {&w->cache.files, &w->cache.refusals};
	for (size_t i = 0; i < COUNT_OF(shelves); i++) {
		LIST_EACH(member, &shelves[i]->used)
			free(LIST_ENTRY(member, struct worker_cached, link));
		free(shelves[i]->buckets);
	}
	for (size_t i = 0; i < w->config->log_count; i++)
		buffer_free(&w->logs[i].lines);
	free(w->logs);
	buffer_free(&w->in);
	buffer_free(&w->out);
}

static inline void rig_close(void)
{
	ck_assert_uint_eq(rig.w.open, 0);
	ck_assert_uint_eq(rig.w.counts.connections, rig.w.counts.closed);
	ck_assert_uint_eq(rig.w.out.size, 0); /* nothing of one client is left for the next */
	for (size_t i = 0; i < rig.config->log_count; i++)
		close(rig.config->logs[i]->fd);
	rig_free_worker(&rig.w);
	close(rig.board_fd);
	config_free(rig.config);
}

static inline void rig_connect(struct rig_client *c)
{
	int ends[2];
	struct os_address from;
	ck_assert_int_eq(os_address_parse(&from, TEXT("192.0.2.9:4711")), 0);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	*c = (struct rig_client){.fd = ends[0]};
	worker_conn_open(&rig.w, &c->conn, ends[1], &from);
}

/* The client reads what there is. */
static inline void rig_receive(struct rig_client *c)
{
	while (c->fd >= 0 && !c->over) {
		char *to = buffer_reserve(&c->got, 65536);
		ck_assert_ptr_nonnull(to);
		ssize_t n = recv(c->fd, to, 65536, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		c->over = n <= 0;
		if (n > 0)
			buffer_grew(&c->got, (size_t)n);
	}
}

static inline void rig_end_conn(struct rig_client *c)
{
	worker_conn_close(&rig.w, &c->conn);
	c->served = true;
}

/* One turn of the connection. */
static inline void rig_turn(struct rig_client *c)
{
	if (c->served)
		return;
	c->place = worker_conn_run(&rig.w, &c->conn);
	if (c->place == WORKER_CLOSE)
		rig_end_conn(c);
}

/* Turns until the server waits for bytes that the client has not sent; the client reads all. */
static inline void rig_run(struct rig_client *c)
{
	for (int i = 0; i < 100000; i++) {
		struct pollfd p = {c->conn.fd, POLLIN, 0};
		rig_turn(c);
		rig_receive(c);
		if (c->served)
			return;
		if (c->place == WORKER_WAIT_READ && poll(&p, 1, 0) == 0)
			return;
	}
	ck_abort_msg("the connection does not come to rest");
}

static inline void rig_send(struct rig_client *c, struct text bytes)
{
	while (bytes.size && c->fd >= 0) {
		ssize_t n = send(c->fd, bytes.at, bytes.size, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) { /* the server has to read first */
			rig_run(c);
			continue;
		}
		if (n < 0) /* it has closed */
			return;
		bytes = text_from(bytes.at + n, bytes.size - (size_t)n);
	}
}

/* Sends, lets the server work, reads. */
static inline void rig_say(struct rig_client *c, struct text bytes)
{
	rig_send(c, bytes);
	rig_run(c);
}

/* The client goes; the server notices. */
static inline void rig_hang_up(struct rig_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	for (int i = 0; i < 1000 && !c->served; i++)
		rig_turn(c);
	ck_assert(c->served);
	buffer_free(&c->got);
}

/* The value of Date depends on when a test runs. */
static inline void rig_mask_dates(struct buffer *b)
{
	static const char name[] = "\r\nDate: ";
	size_t size = sizeof name - 1;
	for (size_t i = 0; i + size + HTTP_DATE_SIZE <= b->size; i++)
		if (memcmp(b->data + i, name, size) == 0)
			memset(b->data + i + size, 'D', HTTP_DATE_SIZE);
}

/* How often `what` stands in the text. */
static inline unsigned rig_count(struct text t, const char *what)
{
	unsigned count = 0;
	size_t size = strlen(what);
	for (size_t i = 0; i + size <= t.size; i++)
		count += memcmp(t.at + i, what, size) == 0;
	return count;
}

/* ---- sites ---- */

enum { RIG_LARGE = 300 * 1000 };

static inline void rig_open_site(const char *more)
{
	rig_open(more);
	unit_write("www/index.html", TEXT("<p>front"));
	unit_write("www/hello.txt", TEXT("hello, world\n"));
	unit_age("www/index.html", 1000);
	unit_age("www/hello.txt", 1000);
	site_pattern("www/medium.txt", 20000);
	site_pattern("www/large.txt", RIG_LARGE);
}

/* Its requests are logged in this format. */
static inline void rig_open_logged(const char *format)
{
	char more[1024];
	snprintf(more, sizeof more, "ServerName www.example.org\nCustomLog access_log \"%s\"\n",
		format);
	rig_open(more);
	unit_write("www/a b.txt", TEXT("0123456789"));
	unit_write("www/a.txt", TEXT("0123456789"));
	unit_age("www/a.txt", 100);
}

#endif
