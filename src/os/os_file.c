/*
 * os_file - files by name and descriptor
 *
 * Runs in:  the parent (logs, pid file), workers (documents)
 * Owns:     nothing; see os_file.h
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_file.h"

#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int os_file_open_beneath(int root, const char *path, int flags)
{
	return os_file_open_links(root, path, flags, OS_FILE_LINKS_FOLLOW);
}

int os_file_open_links(int root, const char *path, int flags, enum os_file_links links)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC |
				    ((flags & O_PATH) ? 0 : O_NONBLOCK | O_NOCTTY)),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (links == OS_FILE_LINKS_FOLLOW ? 0 : RESOLVE_NO_SYMLINKS),
	};
	while (*path == '/') /* "/" is root here, not the machine's */
		path++;
	long fd;
	do /* EAGAIN: a rename raced with the resolution, which could not be proved safe */
		fd = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

ssize_t os_file_read(int fd, void *to, size_t size, off_t offset)
{
	size_t have = 0;
	while (have < size) {
		ssize_t n = pread(fd, (char *)to + have, size - have, offset + (off_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int os_file_write(int fd, const void *bytes, size_t size)
{
	const char *from = bytes;
	while (size > 0) {
		ssize_t n = write(fd, from, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		from += n;
		size -= (size_t)n;
	}
	return 0;
}

pid_t os_file_locked_by(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_GETLK, &lock) < 0)
		return -1;
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

int os_file_lock(int fd, pid_t *holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	*holder = 0;
	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	int why = errno;
	if (why == EACCES || why == EAGAIN) {
		*holder = os_file_locked_by(fd);
		why = EAGAIN;
	}
	errno = why;
	return -1;
}

int os_file_memory(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0 || !size || ftruncate(fd, (off_t)size) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

int os_file_temporary(void)
{
	const char *folder = getenv("TMPDIR");
	return open(
		folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
}

int os_file_nonblocking(int fd, bool on)
{
	/* Not F_SETFL, which a worker may not: it would take O_APPEND from a log. */
	int value = on;
	return ioctl(fd, FIONBIO, &value);
}

int os_file_pipe(int ends[2], int size)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	(void)fcntl(ends[1], F_SETPIPE_SZ, size);
	if (os_file_nonblocking(ends[1], true) == 0)
		return 0;
	os_rights_close(ends, 2);
	return -1;
}

unsigned long os_file_raise_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = {limit.rlim_max, limit.rlim_max};
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur;
}
