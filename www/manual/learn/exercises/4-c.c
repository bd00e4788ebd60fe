/* 4-c - wake one, not the herd */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { WORKERS = 6 };

/* Adds the listener to an epoll that is this worker's own, so that a connection wakes one of the
 * workers that wait and not all of them; 0, or -1. See EPOLLEXCLUSIVE in epoll_ctl(2). */
static int watch(int epoll, int listener)
{
	struct epoll_event event = {.data.fd = listener};
	/* gap */
	event.events = EPOLLIN;
	/* end of gap */
	return epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
}

/* Says "r" when it is about to wait, "w" when it is woken. */
static void worker(int listener, int out)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);
	if (watch(epoll, listener) < 0 || write(out, "r", 1) != 1)
		_exit(1);
	if (epoll_wait(epoll, &event, 1, -1) == 1 && write(out, "w", 1) != 1)
		_exit(1);
	_exit(0);
}

/* Until no worker runs: each sleeps, or has ended. The letter in /proc/PID/stat says so. */
static void settle(const pid_t *workers)
{
	for (int i = 0; i < WORKERS;) {
		char path[64], letter = 'R';
		snprintf(path, sizeof path, "/proc/%d/stat", (int)workers[i]);
		FILE *file = fopen(path, "r");
		check(file && fscanf(file, "%*d (%*[^)]) %c", &letter) == 1, "no /proc");
		fclose(file);
		if (letter == 'S' || letter == 'Z')
			i++;
		else
			usleep(1000);
	}
}

int main(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	pid_t workers[WORKERS];
	int out[2], woken = 0, listener = socket(AF_INET, SOCK_STREAM, 0);
	char letter;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 8) == 0,
		"no port is free");
	getsockname(listener, (struct sockaddr *)&address, &size);
	check(pipe(out) == 0, "no pipe");
	for (int i = 0; i < WORKERS; i++)
		if ((workers[i] = fork()) == 0)
			worker(listener, out[1]);
	close(out[1]);
	for (int i = 0; i < WORKERS; i++)
		check(read(out[0], &letter, 1) == 1 && letter == 'r', "watch() failed");
	settle(workers);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	check(connect(client, (struct sockaddr *)&address, size) == 0, "no connection");
	while (read(out[0], &letter, 1) == 1) {
		if (woken++ > 0)
			continue;
		settle(workers); /* who was woken with the first has said so as well */
		for (int i = 0; i < WORKERS; i++)
			kill(workers[i], SIGKILL);
	}
	while (wait(NULL) > 0)
		;
	check(woken > 0, "nobody woke up");
	check(woken < WORKERS, "one connection woke all %d workers", woken);
	return solved();
}
