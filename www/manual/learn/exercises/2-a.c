/* 2-a - one child for each connection */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void answer(int fd)
{
	dprintf(fd, "%d\n", (int)getpid());
}

/* Accepts `count` connections, one after the other; for each one a child answers and exits. Think
 * of who holds the connection: the client sees its end when nobody has it open any more. Returns
 * without waiting for the children. */
static void serve(int listener, int count)
{
	/* gap */
	while (count-- > 0)
		answer(accept(listener, NULL, NULL));
	/* end of gap */
}

/* Connects and reads to the end; the pid that answered. */
static int ask(const struct sockaddr_in *address)
{
	char text[32] = "";
	size_t size = 0;
	ssize_t n;
	struct timeval patience = {10, 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	check(connect(fd, (const struct sockaddr *)address, sizeof *address) == 0, "no connection");
	while ((n = read(fd, text + size, sizeof text - 1 - size)) > 0)
		size += (size_t)n;
	check(n == 0, "the answer has no end: somebody still holds the connection");
	close(fd);
	return atoi(text);
}

int main(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), pids[3];
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 8) == 0,
		"no port is free");
	getsockname(listener, (struct sockaddr *)&address, &size);
	pid_t server = fork();
	if (server == 0) {
		serve(listener, 3);
		sleep(15); /* until it is killed; it still has what it did not close */
		_exit(0);
	}
	close(listener);
	for (int i = 0; i < 3; i++) {
		pids[i] = ask(&address);
		check(pids[i] > 0 && pids[i] != server, "the server answered itself");
		check(i == 0 || pids[i] != pids[i - 1], "one child answered twice");
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return solved();
}
