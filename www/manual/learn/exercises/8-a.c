/* 8-a - one process, many clients */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { CLIENTS = 50 };

/* The descriptor can be read. Sends each byte it has back to it, closes it at its end, and returns
 * without ever waiting: the descriptor is non-blocking. */
static void on_readable(int fd)
{
	/* gap */
	char byte;
	while (read(fd, &byte, 1) != 0)
		(void)!write(fd, &byte, 1);
	close(fd);
	/* end of gap */
}

static void loop(const int *fds)
{
	struct epoll_event events[16], event = {.events = EPOLLIN};
	int epoll = epoll_create1(0);
	for (int i = 0; i < CLIENTS; i++) {
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
		event.data.fd = fds[i];
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event);
	}
	for (int n; (n = epoll_wait(epoll, events, 16, -1)) > 0;)
		for (int i = 0; i < n; i++)
			on_readable(events[i].data.fd);
}

int main(void)
{
	int clients[CLIENTS], served[CLIENTS], pair[2];
	char byte;
	struct timeval patience = {3, 0};
	for (int i = 0; i < CLIENTS; i++) {
		check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "no socketpair");
		clients[i] = pair[0];
		served[i] = pair[1];
		setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	}
	pid_t server = fork();
	if (server == 0) {
		for (int i = 0; i < CLIENTS; i++)
			close(clients[i]);
		loop(served);
		_exit(1);
	}
	for (int i = 0; i < CLIENTS; i++)
		close(served[i]);
	for (int i = CLIENTS - 1; i >= 0; i--) { /* all stay open; the last one speaks first */
		check(write(clients[i], "x", 1) == 1, "client %d cannot write", i);
		check(read(clients[i], &byte, 1) == 1 && byte == 'x', "client %d has no answer", i);
	}
	shutdown(clients[7], SHUT_WR);
	check(read(clients[7], &byte, 1) == 0, "the end of client 7 was not seen");
	check(write(clients[8], "y", 1) == 1 && read(clients[8], &byte, 1) == 1 && byte == 'y',
		"client 8 has no answer after client 7 is gone");
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return solved();
}
