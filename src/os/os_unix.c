/*
 * os_unix - sockets of the file system (AF_UNIX)
 *
 * Runs in:  the parent, preforkctl
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_unix.h"

#include "os/os_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

/* A path as the kernel takes it. */
struct name {
	struct sockaddr_un address;
	int directory; /* open as long as the name is used; -1: none */
};

static int put_path(struct sockaddr_un *address, const char *path)
{
	size_t size = strlen(path) + 1;
	if (size > sizeof address->sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address->sun_path, path, size);
	return 0;
}

static void end_name(struct name *name)
{
	int why = errno;
	if (name->directory >= 0)
		close(name->directory);
	errno = why;
}

static int make_name(struct name *name, const char *path)
{
	char short_path[300], directory[4096];
	const char *slash = strrchr(path, '/');
	name->address = (struct sockaddr_un){.sun_family = AF_UNIX};
	name->directory = -1;
	if (put_path(&name->address, path) == 0)
		return 0;
	if (!slash || (size_t)(slash - path) >= sizeof directory)
		return -1;
	snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path);
	name->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (name->directory < 0)
		return -1;
	snprintf(short_path, sizeof short_path, "/proc/self/fd/%d%s", name->directory, slash);
	if (put_path(&name->address, short_path) == 0)
		return 0;
	end_name(name);
	return -1;
}

static int socket_of(int flags)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

/* With a patience connect(2) says EINTR also to who was only stopped for a while (signal(7)). */
static int connect_through_signals(int fd, const struct name *name)
{
	int result;
	do
		result = connect(fd, (const struct sockaddr *)&name->address, sizeof name->address);
	while (result < 0 && errno == EINTR);
	return result;
}

/* patience_ms 0: does not wait at all. */
static int connect_to(const struct name *name, unsigned patience_ms)
{
	int fd = socket_of(patience_ms ? 0 : SOCK_NONBLOCK);
	if (fd < 0)
		return -1;
	if ((!patience_ms || os_socket_patience(fd, patience_ms) == 0) &&
		connect_through_signals(fd, name) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* Takes a socket away that nobody listens on. */
static int clear(const struct name *name, bool replace)
{
	struct stat st;
	if (lstat(name->address.sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	int fd = replace ? -1 : connect_to(name, 0);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || (!replace && errno == EAGAIN)) { /* somebody there, or a full queue */
		errno = EADDRINUSE;
		return -1;
	}
	if (!replace && errno != ECONNREFUSED)
		return -1;
	return unlink(name->address.sun_path);
}

/* The mode comes from the umask, so that there is no moment in which others could connect. */
static int bind_to(int fd, const struct name *name)
{
	mode_t before = umask(0177);
	int result = bind(fd, (const struct sockaddr *)&name->address, sizeof name->address);
	umask(before);
	return result;
}

static int listen_at(int fd, const struct name *name, struct os_unix_file *file)
{
	struct stat st;
	if (bind_to(fd, name) < 0 || lstat(name->address.sun_path, &st) < 0 ||
		listen(fd, BACKLOG) < 0)
		return -1;
	*file = (struct os_unix_file){st.st_dev, st.st_ino};
	return 0;
}

int os_unix_listen(const char *path, bool replace, struct os_unix_file *file)
{
	struct name name;
	if (make_name(&name, path) < 0)
		return -1;
	int fd = clear(&name, replace) < 0 ? -1 : socket_of(SOCK_NONBLOCK);
	if (fd >= 0 && listen_at(fd, &name, file) < 0) {
		int why = errno;
		close(fd);
		errno = why;
		fd = -1;
	}
	end_name(&name);
	return fd;
}

bool os_unix_is(const char *path, const struct os_unix_file *file)
{
	struct stat st;
	return lstat(path, &st) == 0 && st.st_dev == file->device && st.st_ino == file->inode;
}

void os_unix_remove(const char *path, const struct os_unix_file *file)
{
	if (os_unix_is(path, file))
		unlink(path);
}

int os_unix_connect(const char *path, unsigned patience_ms)
{
	struct name name;
	if (make_name(&name, path) < 0)
		return -1;
	int fd = connect_to(&name, patience_ms);
	end_name(&name);
	return fd;
}

int os_unix_accept(int listener)
{
	int fd;
	do
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	return fd;
}

int os_unix_peer(int fd, pid_t *pid, uid_t *user)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -1;
	*pid = peer.pid;
	*user = peer.uid;
	return 0;
}
