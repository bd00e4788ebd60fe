/*
 * prefork_server - the smallest honest prefork HTTP server
 *
 * Runs in:  the parent, and a pool of workers that each serve one connection at a time
 * Owns:     the listener; each worker its connection
 * Errors:   says so and exits with 1; a worker that dies is replaced
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
	stopping = signal;
}

/* Answers the GETs of one connection, also several that came at once. */
static void serve(int fd)
{
	char request[8192], response[256], *end;
	size_t size = 0;
	for (ssize_t n; (n = recv(fd, request + size, sizeof request - 1 - size, 0)) > 0;) {
		size += (size_t)n;
		request[size] = '\0';
		while ((end = strstr(request, "\r\n\r\n"))) {
			end[2] = '\0';
			bool old = strstr(request, " HTTP/1.0\r\n");
			bool keep = old ? strcasestr(request, "\nConnection: keep-alive") != NULL
					: !strcasestr(request, "\nConnection: close");
			int length = snprintf(response, sizeof response,
				"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
				"Content-Length: 14\r\nConnection: %s\r\n\r\nHello, world!\n",
				keep ? "keep-alive" : "close");
			if (send(fd, response, (size_t)length, MSG_NOSIGNAL) < 0 || !keep)
				return;
			size -= (size_t)(end + 4 - request);
			memmove(request, end + 4, size + 1);
		}
	}
}

static int worker(void *args, size_t size)
{
	int listener = *(int *)args;
	struct timeval patience = {.tv_sec = 5};
	(void)size;
	for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		serve(fd);
		close(fd);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 8080))};
	socklen_t length = sizeof address;
	struct mp_process *workers[8] = {NULL};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 511) < 0) {
		perror("prefork_server");
		return 1;
	}
	getsockname(listener, (struct sockaddr *)&address, &length);
	printf("http://127.0.0.1:%d/\n", ntohs(address.sin_port));
	fflush(stdout);
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	struct mp_process_options options = {.daemon = true, .fds = &listener, .fd_count = 1};
	while (!stopping) {
		for (size_t i = 0; i < 8; i++) {
			if (workers[i] && mp_process_is_alive(workers[i]))
				continue;
			mp_process_close(workers[i]);
			workers[i] = mp_process_new(worker, &listener, sizeof listener, &options);
			if (!workers[i] || mp_process_start(workers[i]) < 0)
				perror("worker");
		}
		usleep(200000);
	}
	for (size_t i = 0; i < 8; i++)
		if (workers[i] && mp_process_terminate(workers[i]) == 0)
			mp_process_join(workers[i], -1);
	return 0;
}
