/*
 * os_socket - listening and accepted TCP sockets
 *
 * Runs in:  the parent (listen), whoever accepts
 * Owns:     nothing; see os_socket.h
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { AGAIN_MS = 10 };

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value);
}

int os_socket_no_delay(int fd)
{
	return set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int os_socket_peer(int fd, struct os_address *peer)
{
	peer->size = sizeof peer->of;
	if (getpeername(fd, &peer->of.any, &peer->size) < 0)
		return -1;
	/* The kernel says how long the name is, not how much of it there was room for. */
	if (peer->size > sizeof peer->of)
		peer->size = sizeof peer->of;
	return 0;
}

int os_socket_read_patience(int fd, unsigned ms)
{
	struct timeval t = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

int os_socket_patience(int fd, unsigned ms)
{
	struct timeval t = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
	if (os_socket_read_patience(fd, ms) < 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

static int prepare(int fd, const struct os_address *address, const struct os_socket_listen *how)
{
	/* SO_REUSEADDR: connections of a server that stopped linger in TIME_WAIT and must not keep
	 * the next one from starting. */
	if (set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0)
		return -1;
	if (how->share && set(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0)
		return -1;
	if (address->of.any.sa_family == AF_INET6 &&
		IN6_IS_ADDR_UNSPECIFIED(&address->of.v6.sin6_addr) &&
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) < 0)
		return -1;
	if (how->timeout_ms && os_socket_patience(fd, how->timeout_ms) < 0)
		return -1;
	if (how->defer_s)
		(void)set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, (int)how->defer_s); /* a favour */
	return os_socket_no_delay(fd);
}

static int bind_in_time(int fd, const struct os_address *address, unsigned wait_ms)
{
	for (unsigned waited = 0;; waited += AGAIN_MS) {
		if (bind(fd, &address->of.any, address->size) == 0)
			return 0;
		if (errno != EADDRINUSE || waited >= wait_ms)
			return -1;
		nanosleep(&(struct timespec){0, AGAIN_MS * 1000l * 1000}, NULL);
	}
}

int os_socket_listen(const struct os_address *address, const struct os_socket_listen *how)
{
	int fd = socket(address->of.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (prepare(fd, address, how) == 0 && bind_in_time(fd, address, how->wait_ms) == 0 &&
		(!how->backlog || listen(fd, (int)how->backlog) == 0))
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* What accept(2) reports of a connection that failed before it was taken. */
static bool is_of_the_connection(int error)
{
	switch (error) {
	case ECONNABORTED:
	case ENETDOWN:
	case EPROTO:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
		return true;
	default:
		return false;
	}
}

int os_socket_accept(int listener, struct os_address *from, int flags)
{
	for (;;) {
		from->size = sizeof from->of;
		int fd = accept4(listener, &from->of.any, &from->size, flags | SOCK_CLOEXEC);
		if (fd >= 0 || !is_of_the_connection(errno))
			return fd;
	}
}

int os_socket_name(int fd, struct os_address *name)
{
	name->size = sizeof name->of;
	return getsockname(fd, &name->of.any, &name->size);
}

size_t os_socket_segment(int fd)
{
	int bytes;
	socklen_t size = sizeof bytes;
	if (getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &bytes, &size) < 0 || bytes < 0)
		return 0;
	return (size_t)bytes;
}

int os_socket_queue(int listener)
{
	struct tcp_info info;
	socklen_t size = sizeof info;
	if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return -1;
	return (int)info.tcpi_unacked; /* of a listener: the length of its accept queue */
}

bool os_socket_is_untouched(int fd)
{
	enum { ESTABLISHED = 1, CLOSE_WAIT = 8 }; /* the kernel's TCP states */
	struct tcp_info info = {0};
	socklen_t size = sizeof info;
	int unread = 0;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
		size < offsetof(struct tcp_info, tcpi_bytes_sent) + sizeof info.tcpi_bytes_sent ||
		ioctl(fd, SIOCINQ, &unread) < 0)
		return false;
	bool ended = info.tcpi_state == CLOSE_WAIT; /* which counts as a byte received */
	return (ended || info.tcpi_state == ESTABLISHED) && info.tcpi_bytes_sent == 0 &&
	       info.tcpi_notsent_bytes == 0 && info.tcpi_bytes_received == (uint64_t)unread + ended;
}
