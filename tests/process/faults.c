/*
 * faults - system calls that fail when the test says so
 *
 * Runs in:  the server under test, by LD_PRELOAD
 * Owns:     a mapping of the file that FAULTS_FILE names, shared with the test
 * Errors:   those it is told
 *
 * One call fails at a time, in the parent or in all others, the next so many times. What fails has
 * not been done, but for close(2), which Linux always does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "../unit/openat2.h"
#include "told.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* As faults.py writes it. */
static struct {
	char call[32];
	int error;
	int in_parent;
	int parent;
	atomic_int left; /* how many more fail; below 0: all */
	atomic_int hits;
	atomic_int repeated; /* descriptors closed that were closed already */
} * told;

__attribute__((constructor)) static void open_file(void)
{
	told = told_page("FAULTS_FILE", sizeof *told);
}

static int fails(const char *call)
{
	if (!told || strcmp(told->call, call) != 0 ||
		(getpid() == told->parent) != !!told->in_parent)
		return 0;
	int left = atomic_load(&told->left);
	while (left > 0 && !atomic_compare_exchange_weak(&told->left, &left, left - 1))
		;
	if (left == 0)
		return 0;
	atomic_fetch_add(&told->hits, 1);
	errno = told->error;
	return 1;
}

#define FAULT(type, name, parameters, arguments)                                                   \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (!real)                                                                         \
			real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                        \
		return fails(#name) ? (type)-1 : real arguments;                                   \
	}

FAULT(int, fstat, (int fd, struct stat *st), (fd, st))
FAULT(ssize_t, pread, (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
FAULT(ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))
FAULT(ssize_t, sendfile, (int to, int from, off_t *at, size_t size), (to, from, at, size))
FAULT(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
FAULT(int, accept4, (int fd, struct sockaddr *from, socklen_t *size, int flags),
	(fd, from, size, flags))
FAULT(int, epoll_ctl, (int fd, int what, int of, struct epoll_event *event), (fd, what, of, event))
FAULT(int, epoll_wait, (int fd, struct epoll_event *events, int most, int ms),
	(fd, events, most, ms))
FAULT(int, poll, (struct pollfd * fds, nfds_t count, int ms), (fds, count, ms))
FAULT(int, shutdown, (int fd, int how), (fd, how))
FAULT(pid_t, fork, (void), ())
FAULT(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size))
FAULT(int, getsockname, (int fd, struct sockaddr *name, socklen_t *size), (fd, name, size))
FAULT(int, getpeername, (int fd, struct sockaddr *name, socklen_t *size), (fd, name, size))
FAULT(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
	(fd, level, name, value, size))
FAULT(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
FAULT(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
FAULT(int, pipe2, (int ends[2], int flags), (ends, flags))
FAULT(int, socketpair, (int domain, int type, int protocol, int ends[2]),
	(domain, type, protocol, ends))
FAULT(int, epoll_create1, (int flags), (flags))
FAULT(int, eventfd, (unsigned start, int flags), (start, flags))
FAULT(void *, mmap, (void *at, size_t size, int may, int flags, int fd, off_t from),
	(at, size, may, flags, fd, from))

/* The library below is asked for the real ones once. */
#define REAL(type, name, parameters)                                                               \
	static type(*real) parameters;                                                             \
	if (!real)                                                                                 \
	real = (type(*) parameters)dlsym(RTLD_NEXT, name)

static int option(int fd, int level, int name, void *value, socklen_t *size)
{
	REAL(int, "getsockopt", (int, int, int, void *, socklen_t *));
	return real(fd, level, name, value, size);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	return fails("getsockopt") ? -1 : option(fd, level, name, value, size);
}

int close(int fd)
{
	REAL(int, "close", (int));
	int done = real(fd);
	if (done < 0 && errno == EBADF && fd >= 0 && told)
		atomic_fetch_add(&told->repeated, 1);
	return fails("close") ? -1 : done;
}

/* Both take one argument more, or none. */
#define CONTROL(name, what_type)                                                                   \
	int name(int fd, what_type what, ...)                                                      \
	{                                                                                          \
		REAL(int, #name, (int, what_type, ...));                                           \
		va_list args;                                                                      \
		va_start(args, what);                                                              \
		void *arg = va_arg(args, void *);                                                  \
		va_end(args);                                                                      \
		return fails(#name) ? -1 : real(fd, what, arg);                                    \
	}
CONTROL(fcntl, int)
CONTROL(ioctl, unsigned long)

int openat(int in, const char *name, int flags, ...)
{
	REAL(int, "openat", (int, const char *, int, ...));
	va_list args;
	va_start(args, flags);
	mode_t mode = va_arg(args, mode_t);
	va_end(args);
	return fails("openat") ? -1 : real(in, name, flags, mode);
}

int clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
	REAL(int, "clone", (int (*)(void *), void *, int, void *, ...));
	return fails("clone") ? -1 : real(run, stack, flags, arg);
}

/* To clients alone: a worker that cannot speak to its parent ends, and should. */
ssize_t send(int fd, const void *from, size_t size, int flags)
{
	int domain = 0;
	socklen_t room = sizeof domain;
	if (told && told->left)
		option(fd, SOL_SOCKET, SO_DOMAIN, &domain, &room);
	return domain == AF_INET && fails("send") ? -1 : sendto(fd, from, size, flags, NULL, 0);
}

/* For getdents64(2), which is the library's own. */
struct dirent *readdir(DIR *dir)
{
	static struct dirent *(*real)(DIR *);
	if (!real)
		real = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
	return fails("readdir") ? NULL : real(dir);
}

void *__libc_malloc(size_t size);
void *malloc(size_t size)
{
	return fails("malloc") ? NULL : __libc_malloc(size);
}

void *__libc_realloc(void *old, size_t size);
void *realloc(void *old, size_t size)
{
	return fails("realloc") ? NULL : __libc_realloc(old, size);
}

static int openat2_fails(const char *path, const struct open_how *how)
{
	(void)path, (void)how;
	return fails("openat2") ? errno : 0;
}
