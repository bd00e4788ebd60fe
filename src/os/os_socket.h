/*
 * os_socket - listening and accepted TCP sockets
 *
 * Runs in:  the parent (listen), whoever accepts
 * Owns:     nothing; descriptors belong to the caller, all are CLOEXEC
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_SOCKET_H
#define OS_SOCKET_H

#include "os/os_address.h"

/* How a listener is made. */
struct os_socket_listen {
	unsigned backlog;    /* listen(2); the kernel cuts it at net.core.somaxconn; 0: bound, and
				nobody listens */
	bool share;          /* SO_REUSEPORT: several listeners of one address, each with a queue */
	unsigned timeout_ms; /* the longest block of one recv or send on what it accepts: accepted
				sockets inherit SO_RCVTIMEO and SO_SNDTIMEO, so nobody sets them
				again; 0: none */
	unsigned defer_s;    /* TCP_DEFER_ACCEPT: hand a connection over when its first bytes are
				there, or after so many seconds; 0: at once */
	unsigned wait_ms;    /* for somebody to leave the address (EADDRINUSE) */
};

/* A non-blocking listening socket bound to the address. An IPv6 wildcard takes IPv4 too. */
int os_socket_listen(const struct os_address *address, const struct os_socket_listen *how);

/* The next connection of a listener and who it is from. `flags` of accept4(2): SOCK_NONBLOCK for an
 * event loop; SOCK_CLOEXEC is added. EAGAIN: none is waiting. Errors that concern only the
 * connection that was about to be accepted are skipped (accept(2), "Error handling"). */
int os_socket_accept(int listener, struct os_address *from, int flags);

/* The address a socket is bound to; for a connection, the server's side of it. */
int os_socket_name(int fd, struct os_address *name);

/* Who is at the other end of a connection. */
int os_socket_peer(int fd, struct os_address *peer);

/* The longest block of one recv or send from now on. */
int os_socket_patience(int fd, unsigned ms);
int os_socket_read_patience(int fd, unsigned ms); /* of a recv alone */

/* TCP_NODELAY: answers leave at once. Listeners have it, and what they accept inherits it. */
int os_socket_no_delay(int fd);

/* Bytes of a full segment of a TCP connection (tcp(7) TCP_MAXSEG); 0: unknown. */
size_t os_socket_segment(int fd);

/* How many connections wait in a listener's queue; -1: unknown (Linux, tcp(7) TCP_INFO). */
int os_socket_queue(int listener);

/* Is a TCP connection as the kernel took it: nobody has read of it, written to it or shut it down?
 * By the kernel's own count (TCP_INFO), so it is true whoever else had the descriptor. false also
 * of one that is broken, and where the kernel does not count (before Linux 4.19). */
bool os_socket_is_untouched(int fd);

#endif
