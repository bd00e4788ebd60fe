/* 5-a - how a process learns that the other is gone */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum look { NOTHING, MESSAGE, GONE };

/* Looks at one end of a socketpair without waiting and without taking anything away: is there a
 * message, is there nothing yet, or is the other end closed? Use recv(2) with MSG_PEEK and
 * MSG_DONTWAIT. */
static enum look look_at(int fd)
{
	/* gap */
	char byte;
	return recv(fd, &byte, 1, 0) == 1 ? MESSAGE : GONE;
	/* end of gap */
}

int main(void)
{
	int pair[2];
	char text[8] = "";
	alarm(10); /* ends what waits */
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "no socketpair");
	pid_t worker = fork();
	if (worker == 0) {
		close(pair[0]);
		for (;;)
			pause();
	}
	check(look_at(pair[0]) == NOTHING, "nothing was said yet");
	check(write(pair[1], "ready", 5) == 5, "cannot write");
	close(pair[1]); /* now only the worker has it */
	check(look_at(pair[0]) == MESSAGE, "a message is there");
	check(read(pair[0], text, 5) == 5 && strcmp(text, "ready") == 0, "the message is damaged");
	check(look_at(pair[0]) == NOTHING, "the worker lives and has said nothing more");
	kill(worker, SIGKILL); /* it can say nothing, but the kernel closes its end */
	waitpid(worker, NULL, 0);
	check(look_at(pair[0]) == GONE, "the worker is gone");
	return solved();
}
