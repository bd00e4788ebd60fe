/*
 * os_unix - sockets of the file system (AF_UNIX)
 *
 * Runs in:  the parent listens; preforkctl connects
 * Owns:     nothing; descriptors belong to the caller, all are CLOEXEC
 * Errors:   -1 with errno
 *
 * A path may be longer than the 107 bytes of struct sockaddr_un (unix(7)): then its directory is
 * opened and named by its descriptor.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_UNIX_H
#define OS_UNIX_H

#include <stdbool.h>
#include <sys/types.h>

/* Which file a socket is bound to: a path may come to name another one. */
struct os_unix_file {
	dev_t device;
	ino_t inode;
};

/* A non-blocking listening stream socket that only its owner (and root) can connect to: mode 0600.
 * A socket that nobody listens on any more is replaced; with `replace` one that somebody listens
 * on, too. EADDRINUSE: somebody does; EEXIST: what is there is no socket; ENAMETOOLONG. */
int os_unix_listen(const char *path, bool replace, struct os_unix_file *file);

/* Does the path still name that socket? */
bool os_unix_is(const char *path, const struct os_unix_file *file);

/* Removes the path if it still names that socket. */
void os_unix_remove(const char *path, const struct os_unix_file *file);

/* A blocking connected stream socket, of which no call blocks longer than that (above 0), neither
 * this one. ENOENT, ECONNREFUSED: nobody listens there; EACCES; EAGAIN: the listener's queue stayed
 * full. */
int os_unix_connect(const char *path, unsigned patience_ms);

/* The next connection of a listener, non-blocking. EAGAIN: none waits. */
int os_unix_accept(int listener);

/* Who is at the other end of a connection, as of its connect(2). */
int os_unix_peer(int fd, pid_t *pid, uid_t *user);

#endif
