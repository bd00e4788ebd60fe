/*
 * mp_pipe - whole messages between two ends of a socketpair
 *
 * Runs in:  every process
 * Owns:     the descriptor of its end and a message kept because it did not fit the caller
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pipe.h"

#include "mp/mp_clock.h"
#include "mp/mp_share.h"
#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct mp_pipe *make(int fd, unsigned mode)
{
	struct mp_pipe *p = malloc(sizeof *p);
	if (p)
		*p = (struct mp_pipe){fd, mode, NULL};
	return p;
}

int mp_pipe_new(struct mp_pipe *ends[2], bool duplex)
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	ends[0] = make(fds[0], duplex ? MP_PIPE_SENDS | MP_PIPE_RECEIVES : MP_PIPE_RECEIVES);
	ends[1] = make(fds[1], duplex ? MP_PIPE_SENDS | MP_PIPE_RECEIVES : MP_PIPE_SENDS);
	if (ends[0] && ends[1])
		return 0;
	free(ends[0]);
	free(ends[1]);
	close(fds[0]);
	close(fds[1]);
	errno = ENOMEM;
	return -1;
}

struct mp_pipe *mp_pipe_from_fd(int fd)
{
	int type;
	socklen_t size = sizeof type;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return NULL;
	if (type != SOCK_SEQPACKET) {
		errno = EINVAL;
		return NULL;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return make(fd, MP_PIPE_SENDS | MP_PIPE_RECEIVES);
}

int mp_pipe_wait(int fd, short events, double timeout, int64_t deadline)
{
	if (timeout == 0) {
		errno = EAGAIN;
		return -1;
	}
	int n = mp_clock_poll(fd, events, deadline);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

int mp_pipe_poll(struct mp_pipe *p, double timeout)
{
	return p->kept ? 1 : mp_clock_poll(p->fd, POLLIN, mp_clock_deadline(timeout));
}

int mp_pipe_fileno(const struct mp_pipe *p)
{
	return p->fd;
}

void mp_pipe_close(struct mp_pipe *p)
{
	if (!p)
		return;
	close(p->fd);
	if (p->kept)
		os_rights_close(p->kept->fds, p->kept->count);
	free(p->kept);
	free(p);
}

struct mp_share mp_pipe_share(const struct mp_pipe *p)
{
	return (struct mp_share){MP_SHARE_PIPE, {p->mode}, {p->fd, -1, -1, -1}};
}

struct mp_pipe *mp_pipe_from_share(const struct mp_share *share)
{
	if (share->kind != MP_SHARE_PIPE) {
		errno = EINVAL;
		return NULL;
	}
	fcntl(share->fds[0], F_SETFD, FD_CLOEXEC);
	return make(share->fds[0], share->detail[0]);
}
