/*
 * mp_pipe_recv - packets come in, and their data goes where the caller wants it
 *
 * Runs in:  every process
 * Owns:     a buffer for what does not fit the caller's, while a call runs
 * Errors:   -1 with errno; nothing that arrived is lost for want of room
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_pipe.h"

#include "base/apart.h"
#include "mp/mp_clock.h"
#include "os/os_rights.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* A received packet: the data is in the caller's buffer as far as that reaches, and then here.
 * One for the whole process, as the library has no threads and nothing stays in it. */
static char spill[MP_PIPE_INLINE + sizeof(struct mp_pipe_trailer)] APART;

struct packet {
	char *buffer;
	size_t room;
	size_t size; /* of the data */
	size_t count;
	int fds[MP_PIPE_FDS + 1];
	int file; /* holds the data, or -1 */
};

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

/* Reads the trailer of a packet of `size` bytes that carries descriptors. */
static int take_trailer(struct packet *k, size_t size)
{
	struct mp_pipe_trailer trailer;
	if (size < sizeof trailer)
		return -1;
	copy_out(k, size - sizeof trailer, &trailer, sizeof trailer);
	k->size = size - sizeof trailer;
	if (trailer.where == MP_PIPE_IN_PACKET)
		return k->count <= MP_PIPE_FDS ? 0 : -1;
	if (trailer.where != MP_PIPE_IN_FILE || trailer.size > MP_MESSAGE_MAX || k->count == 0)
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
	OS_RIGHTS_ROOM(control, MP_PIPE_FDS + 1);
	struct iovec parts[] = {{k->buffer, k->room}, {spill, sizeof spill}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;
	for (;;) {
		os_rights_expect(&message, control, MP_PIPE_FDS + 1);
		n = recvmsg(p->fd, &message, flags);
		if (n >= 0)
			break;
		/* The other end was closed with messages unread in it; what it sent before
		 * comes after this error. */
		if (errno == ECONNRESET)
			continue;
		if (errno != EAGAIN || mp_pipe_wait(p->fd, POLLIN, timeout, deadline) < 0)
			return -1;
	}
	k->file = -1;
	k->size = (size_t)n;
	/* Reports, which are most of all messages, carry none. */
	k->count = message.msg_controllen ? os_rights_take(&message, k->fds, MP_PIPE_FDS + 1) : 0;
	if (n == 0) {
		os_rights_close(k->fds, k->count);
		errno = EPIPE;
		return -1;
	}
	bool cut = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	if (cut || (k->count && take_trailer(k, (size_t)n) < 0)) {
		os_rights_close(k->fds, k->count);
		/* This process had no room for a descriptor; or else that was not sent by this
		 * library. */
		bool full = (message.msg_flags & MSG_CTRUNC) && k->count <= MP_PIPE_FDS;
		errno = full ? EMFILE : EBADMSG;
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
	os_rights_close(k->fds, k->count);
	if (k->file >= 0)
		close(k->file);
}

/* Keeps a packet the caller had no room for. */
static int keep(struct mp_pipe *p, struct packet *k)
{
	struct mp_pipe_kept *kept = malloc(sizeof *kept + k->size + 1);
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
	struct mp_pipe_kept *kept = p->kept;
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
		os_rights_close(kept->fds, kept->count);
	}
	p->kept = NULL;
	free(kept);
	return size;
}

static int may_receive(const struct mp_pipe *p)
{
	if (p->mode & MP_PIPE_RECEIVES)
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
		os_rights_close(k.fds, k.count);
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
