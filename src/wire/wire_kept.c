/*
 * wire_kept - a connection on its way between a worker and the keeper
 *
 * Runs in:  workers, the keeper
 * Owns:     nothing
 * Errors:   see wire_kept.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_kept.h"

#include "mp/mp.h"
#include "os/os_clock.h"
#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FARTHEST_MS = 1000 * 1000 * 1000 + 60000 /* no directive allows more */ };

bool wire_kept_valid(const struct wire_kept *kept, size_t size, uint64_t now_ms)
{
	return size >= sizeof *kept && kept->magic == WIRE_KEPT_MAGIC &&
	       kept->size == size - sizeof *kept && kept->size <= WIRE_KEPT_BYTES &&
	       kept->lingers <= 1 && kept->nonblock <= 1 && !(kept->lingers && kept->size) &&
	       (kept->begun_ms != 0) == (kept->size != 0) && kept->begun_ms <= now_ms &&
	       kept->since_ms <= now_ms && kept->due_ms <= now_ms + FARTHEST_MS;
}

int wire_kept_pair(int ends[2])
{
	struct mp_pipe *pipe[2];
	if (mp_pipe_new(pipe, true) < 0)
		return -1;
	/* Bare descriptors: messages that carry others are not those of the process library. */
	ends[0] = fcntl(mp_pipe_fileno(pipe[0]), F_DUPFD_CLOEXEC, 0);
	ends[1] = fcntl(mp_pipe_fileno(pipe[1]), F_DUPFD_CLOEXEC, 0);
	int why = errno;
	mp_pipe_close(pipe[0]);
	mp_pipe_close(pipe[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	if (ends[0] >= 0)
		close(ends[0]);
	errno = why;
	return -1;
}

int wire_kept_send(int socket, const struct wire_kept *kept, const void *bytes, int fd)
{
	struct iovec pieces[] = {{(void *)kept, sizeof *kept}, {(void *)bytes, kept->size}};
	OS_RIGHTS_ROOM(control, 1);
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = kept->size ? 2 : 1};
	os_rights_put(&message, control, &fd, 1);
	ssize_t n;
	do
		n = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

/* Nobody can ever send any more; or somebody has sent a message of no bytes at all. */
static bool has_ended(int socket)
{
	struct pollfd p = {.fd = socket, .events = POLLRDHUP};
	return poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP);
}

int wire_kept_receive(int socket, struct wire_kept *kept, void *bytes, int *fd)
{
	struct iovec pieces[] = {{kept, sizeof *kept}, {bytes, WIRE_KEPT_BYTES}};
	OS_RIGHTS_ROOM(control, 1);
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	os_rights_expect(&message, control, 1);
	ssize_t n;
	do
		n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if (!os_rights_take(&message, fd, 1))
		*fd = -1;
	if (n == 0 && *fd < 0) {
		errno = has_ended(socket) ? EPIPE : EBADMSG;
		return -1;
	}
	if (*fd >= 0 && !(message.msg_flags & MSG_TRUNC) &&
		wire_kept_valid(kept, (size_t)n, os_clock_ms()))
		return 0;
	/* The kernel says with MSG_CTRUNC alone that there was no room for a descriptor. */
	errno = *fd < 0 && message.msg_flags & MSG_CTRUNC ? EMFILE : EBADMSG;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return -1;
}
