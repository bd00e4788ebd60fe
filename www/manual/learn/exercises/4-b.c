/* 4-b - pass a descriptor to another process */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <string.h>
#include <sys/socket.h>

/* Sends one byte with the descriptor `fd` over the Unix socket `to`; 0, or -1. The descriptor rides
 * in a control message: SOL_SOCKET, SCM_RIGHTS. See unix(7) and cmsg(3). */
static int pass(int to, int fd)
{
	char byte = '!';
	struct iovec bytes = {&byte, 1};
	union {
		char space[CMSG_SPACE(sizeof fd)];
		struct cmsghdr align;
	} control = {{0}};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
	/* gap */
	(void)fd;
	(void)control;
	/* end of gap */
	return sendmsg(to, &message, 0) == 1 ? 0 : -1;
}

static int receive(int from)
{
	char byte;
	int fd = -1;
	struct iovec bytes = {&byte, 1};
	union {
		char space[CMSG_SPACE(sizeof fd)];
		struct cmsghdr align;
	} control;
	struct msghdr message = {.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space};
	if (recvmsg(from, &message, 0) != 1)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

int main(void)
{
	int pair[2], pipe_ends[2], status;
	char text[32] = "";
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "no socketpair");
	pid_t worker = fork(); /* before the pipe: it can have it only from the parent */
	if (worker == 0) {
		int fd = receive(pair[1]);
		_exit(fd >= 0 && dprintf(fd, "hello") == 5 ? 0 : 1);
	}
	check(pipe(pipe_ends) == 0, "no pipe");
	check(pass(pair[0], pipe_ends[1]) == 0, "pass() failed");
	close(pipe_ends[1]);
	waitpid(worker, &status, 0);
	check(status == 0, "the worker got the byte, but no descriptor");
	check(read(pipe_ends[0], text, sizeof text - 1) == 5, "nothing came out of the pipe");
	check(strcmp(text, "hello") == 0, "out of the pipe came \"%s\"", text);
	return solved();
}
