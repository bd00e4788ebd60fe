/* 8-b - send what fits, and come back for the rest */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

struct answer {
	const char *bytes;
	size_t size, sent;
};

enum outcome { DONE, LATER, FAILED };

/* Sends as much of the answer as the socket takes now, and counts it in `sent`. DONE: all is sent;
 * LATER: the socket is full (EAGAIN), call again when it can be written; FAILED: anything else. */
static enum outcome go_on(int fd, struct answer *a)
{
	/* gap */
	a->sent += (size_t)write(fd, a->bytes, a->size);
	return a->sent == a->size ? DONE : LATER;
	/* end of gap */
}

int main(void)
{
	enum { SIZE = 4 * 1024 * 1024 };
	char *bytes = malloc(SIZE), *got = malloc(SIZE);
	size_t size = 0;
	int pair[2], turns = 0;
	enum outcome outcome;
	check(bytes && got && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "no socketpair");
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	struct answer answer = {bytes, SIZE, 0};
	alarm(10);
	while ((outcome = go_on(pair[1], &answer)) == LATER) {
		check(answer.sent <= SIZE, "more is sent than there is");
		ssize_t n = read(pair[0], got + size, SIZE - size);
		check(n > 0 && ++turns < 100000, "LATER, but nothing was sent");
		size += (size_t)n;
	}
	check(outcome == DONE && answer.sent == SIZE, "%zu of %d bytes are sent", answer.sent,
		SIZE);
	for (ssize_t n; size < SIZE; size += (size_t)n)
		check((n = read(pair[0], got + size, SIZE - size)) > 0, "bytes are missing");
	check(memcmp(bytes, got, SIZE) == 0, "other bytes arrived than were sent");
	close(pair[0]);
	signal(SIGPIPE, SIG_IGN);
	answer.sent = 0;
	check(go_on(pair[1], &answer) == FAILED, "the client is gone, and nobody said so");
	return solved();
}
