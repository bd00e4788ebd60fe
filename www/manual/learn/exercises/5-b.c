/* 5-b - report without ever waiting for the parent */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>
#include <sys/socket.h>

struct report {
	int slot;
	unsigned long requests;
	char request[200];
};

/* Sends a report as one message. Returns 0 when it was sent, and also when there is no room for it:
 * the next one says more. Returns -1 when the parent is gone. Must not wait, and no SIGPIPE may end
 * the worker: see MSG_DONTWAIT and MSG_NOSIGNAL in send(2). */
static int tell(int fd, const struct report *r)
{
	/* gap */
	return send(fd, r, sizeof *r, 0) == sizeof *r ? 0 : -1;
	/* end of gap */
}

int main(void)
{
	int pair[2];
	struct report got;
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "no socketpair");
	for (unsigned long i = 1; i <= 100000; i++) {
		if (i % 1000 == 1)
			alarm(10); /* ends what waits */
		check(tell(pair[1], &(struct report){.slot = 1, .requests = i}) == 0,
			"report %lu failed though the parent lives", i);
	}
	for (unsigned long i = 1; i <= 10; i++)
		check(recv(pair[0], &got, sizeof got, 0) == sizeof got && got.requests == i,
			"report %lu did not arrive whole", i);
	while (recv(pair[0], &got, sizeof got, MSG_DONTWAIT) > 0)
		;
	close(pair[0]);
	check(tell(pair[1], &(struct report){.slot = 1}) == -1, "the parent is gone, unnoticed");
	return solved();
}
