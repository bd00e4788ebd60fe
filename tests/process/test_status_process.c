/*
 * test_status_process - the process behind StatusListen
 *
 * Runs in:  a test program, against a server
 * Owns:     its server, its connections
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VIEWERS = 300, MANY = 600 };

#define LISTENS "StatusListen 127.0.0.1:0\n"
#define SAYS_WHERE "the status is on http://127.0.0.1:"

/* The port that the log named last. */
static unsigned port_of(const struct support_server *s)
{
	char *log = support_read_file(support_server_path(s, "logs/error.log"), NULL);
	unsigned port = 0;
	ck_assert_ptr_nonnull(log);
	for (const char *at = log; (at = strstr(at, SAYS_WHERE)); at++)
		port = (unsigned)strtoul(at + strlen(SAYS_WHERE), NULL, 10);
	free(log);
	ck_assert_uint_gt(port, 0);
	return port;
}

static pid_t status_process(const struct support_server *s)
{
	pid_t children[SUPPORT_WORKERS];
	size_t count = support_children(s->pid, children, SUPPORT_WORKERS);
	for (size_t i = 0; i < count && i < SUPPORT_WORKERS; i++) {
		char path[64], *name;
		snprintf(path, sizeof path, "/proc/%d/comm", (int)children[i]);
		name = support_read_file(path, NULL);
		bool is = name && strcmp(name, "preforkd-status\n") == 0;
		free(name);
		if (is)
			return children[i];
	}
	return 0;
}

static unsigned start(struct support_server *s, enum support_model model, const char *more)
{
	char lines[256];
	snprintf(lines, sizeof lines, LISTENS "%s", more);
	support_server_start(s, model, lines);
	ck_assert(SUPPORT_UNTIL(status_process(s) > 0, SUPPORT_PATIENCE));
	return port_of(s);
}

START_TEST(shows)
{
	static const struct {
		const char *path;
		int status;
		const char *holds;
	} rows[] = {
		{"/", 200, "<!doctype html>"},
		{"/server-status", 200, "<h2>Scoreboard</h2>"},
		{"/server-status?auto", 200, "\nScoreboard: "},
		{"/server-status?json", 200, "{\"schema\":1,"},
		{"/metrics", 200, "\n# EOF\n"},
		{"/hello.txt", 404, "404 Not Found\n"},
		{"/../../etc/passwd", 404, "404 Not Found\n"},
	};
	struct support_server s;
	struct support_conn c;
	unsigned port = start(&s, (enum support_model)_i, "");
	/* All on one connection. */
	support_conn_open(&c, port);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		support_conn_print(&c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].path);
		support_conn_expect(&c, rows[i].status);
		ck_assert_msg(strstr(c.reply.body, rows[i].holds) != NULL, "%s", rows[i].path);
	}
	support_conn_print(&c, "HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	ck_assert(support_conn_read(&c, "HEAD"));
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	/* Several at once are answered in order. */
	support_conn_open(&c, port);
	support_conn_print(&c, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
			       "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
			       "GET / HTTP/1.0\r\n\r\n");
	support_conn_expect(&c, 200);
	support_conn_expect(&c, 404);
	support_conn_expect(&c, 200);
	support_conn_expect_closed(&c);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(strict)
{
	static const struct {
		const char *bytes;
		int status;
	} rows[] = {
		{"garbage\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405},
		{"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505},
		{"\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n", 400},
	};
	struct support_server s;
	struct support_conn c;
	char *head = malloc(40000);
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		support_conn_open(&c, port);
		support_conn_send(&c, rows[i].bytes, strlen(rows[i].bytes));
		support_conn_expect(&c, rows[i].status);
		support_conn_expect_closed(&c);
		support_conn_close(&c);
	}
	/* A head that is too large, and one that never ends. */
	ck_assert_ptr_nonnull(head);
	size_t size = (size_t)sprintf(head, "GET / HTTP/1.1\r\n");
	while (size < 39000)
		size += (size_t)sprintf(head + size, "X: %0500d\r\n", 7);
	support_conn_open(&c, port);
	support_conn_send(&c, head, size);
	ck_assert(support_conn_read(&c, "GET"));
	ck_assert_int_eq(c.reply.status, 431);
	support_conn_close(&c);
	free(head);
	support_server_stop(&s);
}
END_TEST

/* The best of some looks counts: the machine has other things to do. */
START_TEST(needs_no_worker)
{
	struct support_server s;
	struct support_conn c;
	pid_t workers[SUPPORT_WORKERS];
	double best = 1000;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGSTOP);
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(support_state(workers[i]) == 'T', SUPPORT_PATIENCE));
	for (double end = support_now() + SUPPORT_PATIENCE; best > 0.1 && support_now() < end;) {
		double before = support_now();
		support_get(&c, port, "/?json");
		double took = support_now() - before;
		best = took < best ? took : best;
		ck_assert_ptr_nonnull(strstr(c.reply.body, "\"held\":true"));
		support_conn_close(&c);
	}
	ck_assert_msg(best <= 0.1, "it took %.3f s", best);
	support_get(&c, port, "/");
	ck_assert_ptr_nonnull(strstr(c.reply.body, "stopped by a signal"));
	support_conn_close(&c);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGCONT);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* It dies: another takes its place, and who connects meanwhile only waits. */
START_TEST(comes_back)
{
	struct support_server s;
	struct support_conn c;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	support_server_allow(&s, "the process of StatusListen ended");
	for (int i = 0; i < 2; i++) {
		pid_t pid = status_process(&s);
		kill(pid, SIGKILL);
		support_get(&c, port, "/metrics");
		ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
		pid_t fresh = status_process(&s);
		ck_assert(fresh > 0 && fresh != pid);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Its own parent does not outlive it by much, however it ends. */
START_TEST(ends_with_its_parent)
{
	struct support_server s;
	start(&s, SUPPORT_PREFORK, "");
	pid_t pid = status_process(&s);
	kill(s.pid, SIGKILL);
	ck_assert(SUPPORT_UNTIL(
		support_state(pid) == 0 || support_state(pid) == 'Z', SUPPORT_PATIENCE));
	ck_assert_int_eq(support_server_wait(&s), -SIGKILL);
	unlink(support_server_path(&s, "logs/pid"));
	support_server_finish(&s);
}
END_TEST

static bool another(const struct support_server *s, pid_t than)
{
	pid_t pid = status_process(s);
	return pid > 0 && pid != than;
}

START_TEST(restarts)
{
	struct support_server s;
	struct support_conn c;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	pid_t pid = status_process(&s);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(another(&s, pid), SUPPORT_PATIENCE));
	support_get(&c, port, "/?json"); /* the same port */
	ck_assert_ptr_nonnull(strstr(c.reply.body, "\"generation\":1,"));
	support_conn_close(&c);
	/* Taken out of the configuration, and put in again. */
	support_server_configure(&s, "");
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(status_process(&s) == 0, SUPPORT_PATIENCE));
	support_server_configure(&s, LISTENS);
	size_t said = support_server_logged(&s, SAYS_WHERE);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(support_server_logged(&s, SAYS_WHERE) > said, SUPPORT_PATIENCE));
	support_get(&c, port_of(&s), "/?json");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Who had been taken when it was told to leave is answered by it, who had not by the next one. */
START_TEST(answers_before_it_leaves)
{
	struct support_server s;
	struct support_conn asks, rests, waits;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	struct support_conn *kept[] = {&asks, &rests};
	for (int i = 0; i < 2; i++) {
		support_conn_open(kept[i], port);
		support_conn_print(kept[i], "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
		support_conn_expect(kept[i], 200);
	}
	pid_t pid = status_process(&s);
	kill(pid, SIGSTOP);
	ck_assert(SUPPORT_UNTIL(support_state(pid) == 'T', SUPPORT_PATIENCE));
	support_conn_print(&asks, "GET /?json HTTP/1.1\r\nHost: a\r\n\r\n");
	support_conn_open(&waits, port);
	support_conn_print(&waits, "GET /?json HTTP/1.1\r\nHost: a\r\n\r\n");
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	kill(pid, SIGCONT);
	support_conn_expect(&asks, 200);
	ck_assert(support_reply_closes(&asks.reply));
	support_conn_expect_closed(&asks);
	support_conn_expect_closed(&rests);
	support_conn_expect(&waits, 200);
	ck_assert(!support_reply_closes(&waits.reply));
	support_conn_close(&asks);
	support_conn_close(&rests);
	support_conn_close(&waits);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A client that takes nothing of its answer holds nobody up. */
START_TEST(does_not_wait_for_ever)
{
	struct support_server s;
	struct support_conn c;
	int small = 2048;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	pid_t pid = status_process(&s);
	support_conn_open(&c, port);
	setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (int i = 0; i < 2000 && !c.error; i++)
		support_conn_print(&c, "GET /?json HTTP/1.1\r\nHost: a\r\n\r\n");
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(another(&s, pid), SUPPORT_PATIENCE));
	support_conn_close(&c);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Every way a child may be born. */
START_TEST(born_in_any_way)
{
	static const char *const methods[] = {
		"StartMethod fork\n", "StartMethod spawn\n", "StartMethod forkserver\n"};
	struct support_server s;
	struct support_conn c;
	unsigned port = start(&s, SUPPORT_PREFORK, methods[_i]);
	support_get(&c, port, "/?json");
	const char *said = strstr(c.reply.body, "\"start_method\":\"");
	ck_assert_ptr_nonnull(said);
	ck_assert_int_eq(strncmp(said + 16, methods[_i] + 12, 4), 0);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* --- the stream --- */

/* Reads what there is; the end of the text is kept for searching. */
struct viewer {
	int fd;
	char last[8192];
	size_t size;
	unsigned snapshots, deltas;
	bool ended;
};

static void open_viewer(struct viewer *v, unsigned port)
{
	struct support_conn c;
	support_conn_open(&c, port);
	support_conn_print(&c, "GET /?events HTTP/1.1\r\nHost: a\r\n\r\n");
	*v = (struct viewer){.fd = c.fd};
	fcntl(v->fd, F_SETFL, O_NONBLOCK);
	free(c.in);
}

static unsigned count_of(const char *text, const char *word)
{
	unsigned n = 0;
	for (const char *at = text; (at = strstr(at, word)); at++)
		n++;
	return n;
}

/* Looks for the events in what came; a word may be cut by the end of a read. */
static void watch(struct viewer *v)
{
	for (ssize_t n; !v->ended;) {
		n = recv(v->fd, v->last + v->size, sizeof v->last - 1 - v->size, 0);
		v->ended = n == 0 || (n < 0 && errno != EAGAIN);
		if (n <= 0)
			return;
		v->size += (size_t)n;
		v->last[v->size] = '\0';
		ck_assert_uint_eq(strlen(v->last), v->size); /* no NUL hides the rest */
		char *whole = strrchr(v->last, '\n');
		if (!whole) {
			/* a line longer than the buffer: its beginning is not needed */
			if (v->size == sizeof v->last - 1) {
				memmove(v->last, v->last + 4096, v->size - 4096);
				v->size -= 4096;
			}
			continue;
		}
		*whole = '\0';
		v->snapshots += count_of(v->last, "event: snapshot");
		v->deltas += count_of(v->last, "event: delta");
		size_t rest = v->size - (size_t)(whole + 1 - v->last);
		memmove(v->last, whole + 1, rest);
		v->size = rest;
	}
}

static bool saw(struct viewer *v, unsigned snapshots, unsigned deltas)
{
	watch(v);
	return v->snapshots >= snapshots && v->deltas >= deltas;
}

/* What happens is told, at most four times a second. */
START_TEST(tells)
{
	static struct viewer v;
	struct support_server s;
	struct support_conn c;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	double opened = support_now(); /* what comes late was sent since then all the same */
	open_viewer(&v, port);
	ck_assert(SUPPORT_UNTIL(saw(&v, 1, 0), SUPPORT_PATIENCE));
	double before = support_now();
	unsigned had = v.deltas;
	for (double past = 0; past < 2 || (v.deltas - had < 2 && past < SUPPORT_PATIENCE);
		past = support_now() - before) {
		support_get(&c, s.port, "/hello.txt");
		support_conn_close(&c);
		watch(&v);
	}
	unsigned most = (unsigned)((support_now() - opened) * 4) + 2;
	ck_assert_msg(
		v.deltas - had >= 2 && v.deltas <= most, "%u deltas, at most %u", v.deltas, most);
	ck_assert_uint_eq(v.snapshots, 1);
	ck_assert(!v.ended);
	close(v.fd);
	support_server_stop(&s);
}
END_TEST

/* Hundreds look on, one never reads; the others are not held up, and the parent does no more than
 * before. */
START_TEST(hundreds_of_viewers)
{
	static struct viewer viewers[VIEWERS];
	struct support_server s;
	struct support_conn c;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	for (int i = 0; i < VIEWERS; i++)
		open_viewer(&viewers[i], port);
	for (int i = 1; i < VIEWERS; i++)
		ck_assert(SUPPORT_UNTIL(saw(&viewers[i], 1, 1), SUPPORT_PATIENCE));
	support_get(&c, port, "/metrics");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	for (int i = 1; i < VIEWERS; i++)
		ck_assert(!viewers[i].ended && viewers[i].snapshots == 1);
	for (int i = 0; i < VIEWERS; i++)
		close(viewers[i].fd);
	/* They are forgotten: as many again find room, and again. */
	for (int round = 0; round < MANY / VIEWERS; round++) {
		for (int i = 0; i < VIEWERS; i++)
			open_viewer(&viewers[i], port);
		for (int i = 0; i < VIEWERS; i++)
			ck_assert(SUPPORT_UNTIL(saw(&viewers[i], 1, 0), SUPPORT_PATIENCE));
		for (int i = 0; i < VIEWERS; i++)
			close(viewers[i].fd);
	}
	int fds = 0;
	pid_t pid = status_process(&s);
	ck_assert_msg(SUPPORT_UNTIL((fds = support_fds(pid)) < 30, SUPPORT_PATIENCE),
		"%d descriptors", fds);
	support_server_stop(&s);
}
END_TEST

static bool is_closed(int fd)
{
	struct pollfd p = {fd, 0, 0};
	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR);
}

/* A viewer with no room for what comes is let go after a while, and costs little until then. */
START_TEST(never_reads)
{
	struct support_server s;
	struct support_conn c;
	int small = 2048;
	unsigned port = start(&s, SUPPORT_PREFORK, "");
	support_conn_open(&c, port);
	setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	/* More answers than all buffers hold. */
	for (int i = 0; i < 2000 && !c.error; i++)
		support_conn_print(&c, "GET /?json HTTP/1.1\r\nHost: a\r\n\r\n");
	support_conn_close(&c);
	struct support_conn slow;
	support_conn_open(&slow, port);
	support_conn_print(&slow, "GET / HT"); /* and no more */
	support_get(&c, port, "/metrics");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	ck_assert(SUPPORT_UNTIL(is_closed(slow.fd) || support_conn_pending(&slow, 0) || slow.ended,
		SUPPORT_PATIENCE));
	support_conn_close(&slow);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("status_process", {shows, SUPPORT_MODELS}, {strict, 1}, {needs_no_worker, 1},
	{comes_back, 1}, {ends_with_its_parent, 1}, {restarts, 1}, {answers_before_it_leaves, 1},
	{does_not_wait_for_ever, 1}, {born_in_any_way, 3}, {tells, 1}, {hundreds_of_viewers, 1},
	{never_reads, 1})
