/*
 * load - a client of many connections, for what wrk cannot: clients in turn, many paths, bodies
 * compared
 *
 * Runs in:  a program of its own, started by bench.py; never part of the server
 * Owns:     its connections, until exit
 * Errors:   what goes wrong on a connection is counted and the connection made anew; exit status 1
 * for a wrong command line or a list that cannot be read
 *
 * usage: load -p PORT -f LIST [-r ROOT] [-c CONNECTIONS] [-d SECONDS | -n REQUESTS] [-k
 * REQUESTS-PER-CONNECTION]
 *             [-P DEPTH] [-z EXPONENT] [-H HEADER]...
 *
 * LIST has a path a line, and after a tab the host, where it matters. With -r each body is compared
 * with the file of ROOT under that path. With -z line N is asked for with a weight of 1/N^EXPONENT
 * (Zipf), without it the lines take turns. Ends early, and well, by SIGTERM. Prints one line of
 * JSON.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/load_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <http_parser.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN = 1 << 17, EVENTS = 256, DEPTH = 64 };

struct client {
	int fd;
	http_parser parser;
	struct load_target *asked[DEPTH]; /* in the order of the answers, from .next on */
	unsigned next, waiting;
	uint64_t since; /* when they were sent, in ns */
	size_t sent, got;
	unsigned answers;  /* on this connection */
	unsigned long all; /* of this client, over all its connections */
	bool wrong, finished;
};

static struct {
	const char *root;
	char headers[2048];
	struct sockaddr_in to;
	unsigned depth, each;
	int epoll;
	unsigned long limit, asked, answers, errors, wrong, connections;
	uint64_t bytes, end;
	float *took; /* milliseconds, one for each answer */
	size_t room;
} load;

static volatile sig_atomic_t enough;

static void stop(int signal)
{
	(void)signal;
	enough = 1;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- answers ---- */

static int on_headers(http_parser *parser)
{
	struct client *c = parser->data;

	c->got = 0;
	c->wrong = c->waiting == 0 || parser->status_code != 200;
	return 0;
}

static int on_body(http_parser *parser, const char *at, size_t length)
{
	struct client *c = parser->data;
	const struct load_target *t = c->asked[c->next % DEPTH];

	load.bytes += length;
	if (load.root && !c->wrong &&
		(c->got + length > t->size || memcmp(t->body + c->got, at, length) != 0))
		c->wrong = true;
	c->got += length;
	return 0;
}

static int on_complete(http_parser *parser)
{
	struct client *c = parser->data;

	if (c->waiting == 0)
		return 1;
	if (c->wrong || (load.root && c->got != c->asked[c->next % DEPTH]->size))
		load.wrong++;
	if (load.answers == load.room) {
		load.room = load.room ? load.room * 2 : 65536;
		load.took = realloc(load.took, load.room * sizeof *load.took);
		if (!load.took)
			load_fail("memory");
	}
	load.took[load.answers++] = (float)(now() - c->since) / 1e6f;
	c->all++;
	c->answers++;
	c->next++;
	c->waiting--;
	if (!http_should_keep_alive(parser) || (load.each && c->answers >= load.each))
		c->finished = true;
	return 0;
}

static const http_parser_settings settings = {
	.on_headers_complete = on_headers, .on_body = on_body, .on_message_complete = on_complete};

/* ---- connections ---- */

static void join(struct client *c)
{
	int on = 1;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		load_fail("socket");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	http_parser_init(&c->parser, HTTP_RESPONSE);
	c->parser.data = c;
	c->waiting = c->next = c->answers = 0;
	c->sent = 0;
	c->finished = false;
	load.connections++;
	/* What cannot be reached is told by the first send. */
	if (connect(c->fd, (struct sockaddr *)&load.to, sizeof load.to) < 0 && errno != EINPROGRESS)
		load.errors++;
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
		load_fail("epoll_ctl");
}

static bool over(void)
{
	return enough || (load.limit ? load.asked >= load.limit : now() >= load.end);
}

/* The connection ends, and the next client comes, if one is to come. Answers that never came are
 * errors. */
static void leave(struct client *c, bool error)
{
	if (error)
		load.errors += c->waiting ? c->waiting : 1;
	close(c->fd);
	c->fd = -1;
	if (!over())
		join(c);
}

static void ask(struct client *c)
{
	while (c->waiting < load.depth && !(load.limit && load.asked >= load.limit)) {
		struct load_target *t = load_target_choose();

		load_target_read(t, load.root);
		c->asked[(c->next + c->waiting++) % DEPTH] = t;
		load.asked++;
	}
	c->sent = 0;
	c->since = now();
}

/* Sends what has been asked and not sent: all of it in one piece, as a pipelining client would.
 * False: gone. */
static bool send_all(struct client *c)
{
	char out[DEPTH * 512];
	size_t length = 0;
	ssize_t n;

	for (unsigned i = 0; i < c->waiting; i++) {
		const struct load_target *t = c->asked[(c->next + i) % DEPTH];

		if (length + t->length > sizeof out)
			break;
		memcpy(out + length, t->request, t->length);
		length += t->length;
	}
	if (c->sent >= length)
		return true;
	n = send(c->fd, out + c->sent, length - c->sent, MSG_NOSIGNAL);
	if (n > 0)
		c->sent += (size_t)n;
	return n >= 0 || errno == EAGAIN || errno == ENOTCONN;
}

/* Reads what there is. False: the connection is over, and was dealt with. */
static bool receive(struct client *c)
{
	static char in[IN];

	for (;;) {
		ssize_t n = recv(c->fd, in, sizeof in, 0);

		if (n < 0 && (errno == EAGAIN || errno == ENOTCONN))
			return true;
		if (n < 0) {
			leave(c, true);
			return false;
		}
		if (http_parser_execute(&c->parser, &settings, in, (size_t)n) != (size_t)n ||
			(n == 0 && c->waiting)) {
			leave(c, true);
			return false;
		}
		if (n == 0 || (c->finished && c->waiting == 0)) {
			leave(c, false);
			return false;
		}
		if (c->waiting == 0) {
			if (over()) {
				leave(c, false);
				return false;
			}
			ask(c);
			if (!send_all(c)) {
				leave(c, true);
				return false;
			}
		}
	}
}

static void turn(struct client *c)
{
	if (c->waiting == 0 && c->answers == 0) {
		if (load.limit && load.asked >= load.limit) {
			leave(c, false);
			return;
		}
		ask(c);
	}
	if (!send_all(c)) {
		leave(c, true);
		return;
	}
	receive(c);
}

static void run(struct client *clients, size_t count)
{
	struct epoll_event events[EVENTS];
	uint64_t patience = 0;

	for (size_t i = 0; i < count; i++)
		join(&clients[i]);
	for (;;) {
		int n = epoll_wait(load.epoll, events, EVENTS, 100);
		size_t open = 0;

		if (n < 0 && errno != EINTR)
			load_fail("epoll_wait");
		for (int i = 0; i < n; i++)
			turn(events[i].data.ptr);
		if (load.limit && n > 0)
			patience = 0;
		if (!enough && (load.limit ? load.answers + load.errors < load.limit && n > 0
					   : now() < load.end))
			continue;
		/* Time is up, or nothing moves: what is under way has ten seconds to end. */
		if (patience == 0)
			patience = now() + 10000000000u;
		for (size_t i = 0; i < count; i++)
			open += clients[i].fd >= 0 &&
				(clients[i].waiting > 0 || (load.limit && !over()));
		if (open == 0 || now() > patience) {
			load.errors += open;
			return;
		}
	}
}

/* ---- what came of it ---- */

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static double at(double part)
{
	return load.answers ? (double)load.took[(size_t)((double)(load.answers - 1) * part)] * 1000
			    : 0;
}

static void report(const struct client *clients, size_t count, double seconds)
{
	double sum = 0, squares = 0;
	unsigned long least = count ? clients[0].all : 0, most = 0;

	for (size_t i = 0; i < count; i++) {
		double n = (double)clients[i].all;

		sum += n;
		squares += n * n;
		least = clients[i].all < least ? clients[i].all : least;
		most = clients[i].all > most ? clients[i].all : most;
	}
	if (load.answers)
		qsort(load.took, load.answers, sizeof *load.took, by_size);
	printf("{\"requests\":%lu,\"seconds\":%.6f,\"rps\":%.1f,\"errors\":%lu,\"wrong\":%lu,"
	       "\"connections\":%lu,"
	       "\"bytes\":%llu,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"least\":%lu,"
	       "\"most\":%lu,\"jain\":%.4f}\n",
		load.answers, seconds, (double)load.answers / seconds, load.errors, load.wrong,
		load.connections, (unsigned long long)load.bytes, at(0.5), at(0.99), at(0.999),
		at(1), least, most, squares > 0 ? sum * sum / ((double)count * squares) : 0);
}

int main(int argc, char **argv)
{
	const char *list = NULL;
	double seconds = 1, exponent = 0;
	long count = 1;
	struct client *clients;
	uint64_t start;
	int option, port = 0;

	load.depth = 1;
	while ((option = getopt(argc, argv, "p:f:r:c:d:n:k:P:z:H:")) != -1) {
		switch (option) {
		case 'p':
			port = atoi(optarg);
			break;
		case 'f':
			list = optarg;
			break;
		case 'r':
			load.root = optarg;
			break;
		case 'c':
			count = atol(optarg);
			break;
		case 'd':
			seconds = atof(optarg);
			break;
		case 'n':
			load.limit = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			load.each = (unsigned)atoi(optarg);
			break;
		case 'P':
			load.depth = (unsigned)atoi(optarg);
			break;
		case 'z':
			exponent = atof(optarg);
			break;
		case 'H':
			if (strlen(load.headers) + strlen(optarg) + 3 > sizeof load.headers)
				load_fail("-H");
			strcat(strcat(load.headers, optarg), "\r\n");
			break;
		default:
			return 1;
		}
	}
	if (!list || port <= 0 || count <= 0 || load.depth < 1 || load.depth > DEPTH)
		load_fail("a command line that says too little");
	load_target_list(list, load.headers, exponent);
	load.to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	load.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	clients = calloc((size_t)count, sizeof *clients);
	if (load.epoll < 0 || !clients)
		load_fail("start");
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
	start = now();
	load.end = load.limit ? UINT64_MAX : start + (uint64_t)(seconds * 1e9);
	run(clients, (size_t)count);
	report(clients, (size_t)count, (double)(now() - start) / 1e9);
	free(clients);
	return 0;
}
