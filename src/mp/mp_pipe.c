/*
 * mp_pipe - whole messages between two ends of a socketpair
 *
 * Runs in:  every process
 * Owns:     the descriptor of its end and a message kept because it did not fit the caller
 * Errors:   -1 with errno
 *
 * A message without descriptors of up to INLINE bytes is the packet itself. Every other packet
 * carries descriptors and ends in a struct trailer; the data of a large one lies in a memory file,
 * the first of its descriptors. An empty message travels like a large one, because a packet of no
 * bytes looks like the end of the stream. Since every message is one packet there is no half of
 * one, whoever is killed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include "mp/mp_clock.h"
#include "mp/mp_share.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define INLINE ((size_t)64 << 10)

enum { SENDS = 1, RECEIVES = 2 };
enum { IN_PACKET = 0x70694d50, IN_FILE };

struct trailer {
	uint32_t where; /* the data: IN_PACKET before the trailer, or IN_FILE */
	uint32_t unused;
	uint64_t size;
};

/* A message whose receiver had no room for it. */
struct kept {
	size_t size;
	size_t count;
	int fds[MP_PIPE_FDS];
	char data[];
};

struct mp_pipe {
	int fd;
	unsigned mode;
	struct kept *kept;
};

/* A received packet: the data is in the caller's buffer as far as that reaches, and then here.
 * One for the whole process, as the library has no threads and nothing stays in it. */
static char spill[INLINE + sizeof(struct trailer)];

struct packet {
	char *buffer;
	size_t room;
	size_t size; /* of the data */
	size_t count;
	int fds[MP_PIPE_FDS + 1];
	int file; /* holds the data, or -1 */
};

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
	ends[0] = make(fds[0], duplex ? SENDS | RECEIVES : RECEIVES);
	ends[1] = make(fds[1], duplex ? SENDS | RECEIVES : SENDS);
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
	return make(fd, SENDS | RECEIVES);
}

/* Waits after a call that said EAGAIN: 0 to try again, -1 to give up. */
static int wait_for(int fd, short events, double timeout, int64_t deadline)
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

/* ---- Sending ---- */

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
			if (wait_for(p->fd, POLLOUT, timeout, deadline) < 0)
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
	struct trailer trailer = {.where = file < 0 ? IN_PACKET : IN_FILE, .size = size};
	struct iovec parts[] = {{(void *)data, file < 0 ? size : 0}, {&trailer, sizeof trailer}};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE((MP_PIPE_FDS + 1) * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = &control};
	size_t with_file = file >= 0;
	message.msg_controllen = CMSG_SPACE((count + with_file) * sizeof(int));
	memset(&control, 0, message.msg_controllen);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((count + with_file) * sizeof(int));
	int *at = (int *)CMSG_DATA(&control.header);
	if (with_file)
		*at++ = file;
	if (count)
		memcpy(at, fds, count * sizeof *fds);
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
	if (!(p->mode & SENDS)) {
		errno = EBADF;
		return -1;
	}
	if (size > MP_MESSAGE_MAX || count > MP_PIPE_FDS) {
		errno = EMSGSIZE;
		return -1;
	}
	if (size > 0 && size <= INLINE) {
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

/* ---- Receiving ---- */

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* Bytes of the packet from `at` on, wherever they lie. */
static void copy_out(const struct packet *k, size_t at, void *to, size_t size)
{
	size_t near = at < k->room ? k->room - at : 0;
	if (near > size)
		near = size;
	if (near)
		memcpy(to, k->buffer + at, near);
	if (size > near)
		memcpy((char *)to + near, spill + (at + near - k->room), size - near);
}

static void take_fds(struct packet *k, struct msghdr *message)
{
	k->count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		k->count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(k->fds, CMSG_DATA(c), k->count * sizeof(int));
	}
}

/* Reads the trailer of a packet of `size` bytes that carries descriptors. */
static int take_trailer(struct packet *k, size_t size)
{
	struct trailer trailer;
	if (size < sizeof trailer)
		return -1;
	copy_out(k, size - sizeof trailer, &trailer, sizeof trailer);
	k->size = size - sizeof trailer;
	if (trailer.where == IN_PACKET)
		return 0;
	if (trailer.where != IN_FILE || trailer.size > MP_MESSAGE_MAX || k->count == 0)
		return -1;
	k->file = k->fds[0];
	k->count--;
	memmove(k->fds, k->fds + 1, k->count * sizeof(int));
	k->size = trailer.size;
	return 0;
}

/* One packet; 0, or -1 with errno. k->buffer and k->room say where the data may go. */
static int recv_packet(struct mp_pipe *p, struct packet *k, double timeout)
{
	int flags = MSG_CMSG_CLOEXEC | (timeout < 0 ? 0 : MSG_DONTWAIT);
	int64_t deadline = mp_clock_deadline(timeout);
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE((MP_PIPE_FDS + 1) * sizeof(int))];
	} control;
	struct iovec parts[] = {{k->buffer, k->room}, {spill, sizeof spill}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;
	for (;;) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		n = recvmsg(p->fd, &message, flags);
		if (n >= 0)
			break;
		/* The other end was closed with messages unread in it; what it sent before
		 * comes after this error. */
		if (errno == ECONNRESET)
			continue;
		if (errno != EAGAIN || wait_for(p->fd, POLLIN, timeout, deadline) < 0)
			return -1;
	}
	k->file = -1;
	k->size = (size_t)n;
	take_fds(k, &message);
	if (n == 0) {
		close_all(k->fds, k->count);
		errno = EPIPE;
		return -1;
	}
	bool cut = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	if (cut || (k->count && take_trailer(k, (size_t)n) < 0)) {
		close_all(k->fds, k->count);
		errno = EBADMSG; /* not sent by this library */
		return -1;
	}
	return 0;
}

/* The data of the packet to `to`, which has room for it; closes its file. */
static int unload(struct packet *k, void *to)
{
	if (k->file < 0) {
		if (to != k->buffer)
			copy_out(k, 0, to, k->size);
		else if (k->size > k->room)
			return -1;
		return 0;
	}
	size_t done = 0;
	while (done < k->size) {
		ssize_t n = pread(k->file, (char *)to + done, k->size - done, (off_t)done);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	close(k->file);
	k->file = -1;
	if (done == k->size)
		return 0;
	errno = EBADMSG; /* cut short while it was under way */
	return -1;
}

static void drop_packet(struct packet *k)
{
	close_all(k->fds, k->count);
	if (k->file >= 0)
		close(k->file);
}

/* Keeps a packet the caller had no room for. */
static int keep(struct mp_pipe *p, struct packet *k)
{
	struct kept *kept = malloc(sizeof *kept + k->size + 1);
	if (!kept) {
		drop_packet(k);
		return -1;
	}
	kept->size = k->size;
	kept->count = k->count;
	memcpy(kept->fds, k->fds, k->count * sizeof(int));
	if (unload(k, kept->data) < 0) {
		drop_packet(k);
		free(kept);
		return -1;
	}
	p->kept = kept;
	errno = EMSGSIZE;
	return -1;
}

static ssize_t from_kept(
	struct mp_pipe *p, void *buffer, size_t room, int *fds, size_t *count, size_t fd_room)
{
	struct kept *kept = p->kept;
	if (kept->size > room || (fds && kept->count > fd_room)) {
		errno = EMSGSIZE;
		return -1;
	}
	ssize_t size = (ssize_t)kept->size;
	memcpy(buffer, kept->data, kept->size);
	if (fds) {
		memcpy(fds, kept->fds, kept->count * sizeof *fds);
		*count = kept->count;
	} else {
		close_all(kept->fds, kept->count);
	}
	p->kept = NULL;
	free(kept);
	return size;
}

static int may_receive(const struct mp_pipe *p)
{
	if (p->mode & RECEIVES)
		return 0;
	errno = EBADF;
	return -1;
}

/* fds NULL: descriptors are closed. */
static ssize_t receive(
	struct mp_pipe *p, void *buffer, size_t room, int *fds, size_t *count, double timeout)
{
	size_t fd_room = fds ? *count : 0;
	if (fds)
		*count = 0;
	if (may_receive(p) < 0)
		return -1;
	if (p->kept)
		return from_kept(p, buffer, room, fds, count, fd_room);
	struct packet k = {.buffer = buffer, .room = room};
	if (recv_packet(p, &k, timeout) < 0)
		return -1;
	if (k.size > room || (fds && k.count > fd_room))
		return keep(p, &k);
	if (unload(&k, buffer) < 0) {
		drop_packet(&k);
		return -1;
	}
	if (fds) {
		memcpy(fds, k.fds, k.count * sizeof *fds);
		*count = k.count;
	} else {
		close_all(k.fds, k.count);
	}
	return (ssize_t)k.size;
}

ssize_t mp_pipe_recv_fds(
	struct mp_pipe *p, void *buffer, size_t room, int *fds, size_t *count, double timeout)
{
	return receive(p, buffer, room, fds, count, timeout);
}

ssize_t mp_pipe_recv_bytes_into_timeout(
	struct mp_pipe *p, void *buffer, size_t room, double timeout)
{
	return receive(p, buffer, room, NULL, NULL, timeout);
}

ssize_t mp_pipe_recv_bytes_into(struct mp_pipe *p, void *buffer, size_t room)
{
	return receive(p, buffer, room, NULL, NULL, -1);
}

ssize_t mp_pipe_recv_bytes_timeout(struct mp_pipe *p, void **data, double timeout)
{
	*data = NULL;
	if (may_receive(p) < 0)
		return -1;
	struct packet k = {.buffer = NULL, .room = 0};
	if (!p->kept && recv_packet(p, &k, timeout) < 0)
		return -1;
	size_t size = p->kept ? p->kept->size : k.size;
	char *memory = malloc(size + 1);
	if (!memory) {
		if (!p->kept)
			keep(p, &k);
		errno = ENOMEM;
		return -1;
	}
	if (p->kept) {
		from_kept(p, memory, size, NULL, NULL, 0);
	} else {
		int failed = unload(&k, memory);
		drop_packet(&k);
		if (failed) {
			free(memory);
			errno = EBADMSG;
			return -1;
		}
	}
	memory[size] = '\0';
	*data = memory;
	return (ssize_t)size;
}

ssize_t mp_pipe_recv_bytes(struct mp_pipe *p, void **data)
{
	return mp_pipe_recv_bytes_timeout(p, data, -1);
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
		close_all(p->kept->fds, p->kept->count);
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
