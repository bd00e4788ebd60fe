/*
 * mp_pipe_send - messages go out, each as one packet
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pipe.h"

#include "mp/mp_clock.h"
#include "os/os_rights.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int send_packet(struct mp_pipe *p, const struct msghdr *message, double timeout)
{
	int flags = MSG_NOSIGNAL | (timeout < 0 ? 0 : MSG_DONTWAIT);
	int64_t deadline = mp_clock_deadline(timeout);
	for (;;) {
		/* send(2) where it does: it is cheaper than sendmsg(2). */
		ssize_t n = message->msg_control ? sendmsg(p->fd, message, flags)
						 : send(p->fd, message->msg_iov->iov_base,
							   message->msg_iov->iov_len, flags);
		if (n >= 0)
			return 0;
		if (errno == ECONNRESET)
			errno = EPIPE;
		if (errno == EAGAIN) {
			if (mp_pipe_wait(p->fd, POLLOUT, timeout, deadline) < 0)
				return -1;
		} else if (errno == ETOOMANYREFS && timeout != 0) {
			/* Too many descriptors of this user are under way; nothing can be
			 * polled for their arrival. */
			struct timespec moment = {0, 1000000};
			if (nanosleep(&moment, NULL) < 0)
				return -1;
			if (mp_deadline_passed(deadline)) {
				errno = ETIMEDOUT;
				return -1;
			}
		} else {
			return -1;
		}
	}
}

static int file_of(const void *data, size_t size)
{
	int fd = memfd_create("mp_pipe", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)data + done, size - done);
		if (n < 0 && errno != EINTR) {
			int saved = errno;
			close(fd);
			errno = saved;
			return -1;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	return fd;
}

/* A packet with descriptors; `file` is the first of them, or -1 where the data is in the packet. */
static int send_tailed(struct mp_pipe *p, const void *data, size_t size, int file, const int *fds,
	size_t count, double timeout)
{
	struct mp_pipe_trailer trailer = {
		.where = file < 0 ? MP_PIPE_IN_PACKET : MP_PIPE_IN_FILE, .size = size};
	struct iovec parts[] = {{(void *)data, file < 0 ? size : 0}, {&trailer, sizeof trailer}};
	OS_RIGHTS_ROOM(control, MP_PIPE_FDS + 1);
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	int all[MP_PIPE_FDS + 1];
	size_t with_file = file >= 0;
	all[0] = file;
	if (count)
		memcpy(all + with_file, fds, count * sizeof *fds);
	os_rights_put(&message, control, all, count + with_file);
	return send_packet(p, &message, timeout);
}

static int send_file(struct mp_pipe *p, const void *data, size_t size, const int *fds, size_t count,
	double timeout)
{
	int file = file_of(data, size);
	if (file < 0)
		return -1;
	int result = send_tailed(p, data, size, file, fds, count, timeout);
	int saved = errno;
	close(file);
	errno = saved;
	return result;
}

int mp_pipe_send_fds(struct mp_pipe *p, const void *data, size_t size, const int *fds, size_t count,
	double timeout)
{
	if (!(p->mode & MP_PIPE_SENDS)) {
		errno = EBADF;
		return -1;
	}
	if (size > MP_MESSAGE_MAX || count > MP_PIPE_FDS) {
		errno = EMSGSIZE;
		return -1;
	}
	if (size > 0 && size <= MP_PIPE_INLINE) {
		struct iovec whole = {(void *)data, size};
		struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};
		int sent = count ? send_tailed(p, data, size, -1, fds, count, timeout)
				 : send_packet(p, &message, timeout);
		/* A socket buffer set very small refuses what we call small. */
		if (sent == 0 || errno != EMSGSIZE)
			return sent;
	}
	return send_file(p, data, size, fds, count, timeout);
}

int mp_pipe_send_bytes_timeout(struct mp_pipe *p, const void *data, size_t size, double timeout)
{
	return mp_pipe_send_fds(p, data, size, NULL, 0, timeout);
}

int mp_pipe_send_bytes(struct mp_pipe *p, const void *data, size_t size)
{
	return mp_pipe_send_fds(p, data, size, NULL, 0, -1);
}
