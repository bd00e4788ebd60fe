/*
 * attempts - what a worker that was taken over would try, and which fences stop it
 *
 * Runs in:  children of the tests of the sandbox, confined
 * Owns:     a program, in memory
 * Errors:   an attempt that did not work is negative, with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ATTEMPTS_H
#define TESTS_ATTEMPTS_H

#include "os/os_landlock.h"
#include "process/target.h"

#include <linux/keyctl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static inline long attempts_open(const char *name, int flags)
{
	return open(name, flags | O_CLOEXEC, 0644);
}

static inline long attempts_of_victim(const char *what, int flags)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/%d/%s", (int)target.victim, what);
	return attempts_open(name, flags);
}

static inline long attempts_socket(int kind, const void *to, socklen_t size,
	int (*use)(int, const struct sockaddr *, socklen_t))
{
	int fd = socket(((const struct sockaddr *)to)->sa_family, kind | SOCK_CLOEXEC, 0);
	return fd < 0 ? -1 : use(fd, to, size);
}

static inline long attempts_bind(int kind)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = target.tcp.sin_addr};
	return attempts_socket(kind, &any, sizeof any, bind);
}

static inline long attempts_run_program(void)
{
	char *const arguments[] = {(char *)"true", NULL};
	return execve("/bin/true", arguments, arguments + 1); /* which exits with 0: it worked */
}

/* A program that is in no file: its bytes were here before the fences. */
static char attempts_program[256 * 1024];
static size_t attempts_program_size;

static inline long attempts_run_from_memory(void)
{
	char *const arguments[] = {(char *)"true", NULL};
	int fd = memfd_create("program", MFD_CLOEXEC);
	if (fd < 0 || write(fd, attempts_program, attempts_program_size) !=
			      (ssize_t)attempts_program_size)
		return -1;
	return fexecve(fd, arguments, arguments + 1);
}

static inline void attempts_read_program(void)
{
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, attempts_program, sizeof attempts_program);
	ck_assert_int_gt(n, 0);
	attempts_program_size = (size_t)n;
	close(fd);
}

static inline long attempts_read_memory(void)
{
	char here[8];
	struct iovec to = {here, sizeof here}, from = {&target, sizeof here};
	return process_vm_readv(target.victim, &to, 1, &from, 1, 0);
}

static inline long attempts_take_descriptor(void)
{
	long fd = syscall(SYS_pidfd_open, target.victim, 0);
	return fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 2, 0);
}

static inline long attempts_attach(void)
{
	if (ptrace(PTRACE_ATTACH, target.victim, NULL, NULL) < 0)
		return -1;
	waitpid(target.victim, NULL, 0);
	return ptrace(PTRACE_DETACH, target.victim, NULL, NULL);
}

/* What a listener is told it is told for all who share it. */
static inline long attempts_deafen_listener(void)
{
	int seconds = 30;
	return setsockopt(target.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

/* It only appends: what is in it stays. */
static inline long attempts_write_over_log(void)
{
	if (fcntl(target.log, F_SETFL, 0) < 0)
		return -1;
	int flags = fcntl(target.log, F_GETFL);
	(void)fcntl(target.log, F_SETFL, O_APPEND);
	return flags & O_APPEND ? -1 : 0;
}

/* The pages of a file follow each other, also behind the one that was mapped. */
static inline long attempts_grow_into_the_next_page(void)
{
	char *own = target.diary;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	own = mremap(own, size, 2 * size, MREMAP_MAYMOVE);
	if (own == MAP_FAILED)
		return -1;
	own[size] = 1;
	return 0;
}

/* Whoever has the connection besides waits at its end. */
static inline long attempts_let_linger(void)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 3600};
	return setsockopt(target.spare, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/* A socket that speaks signals its owner. */
static inline long attempts_signal_by_owner(void)
{
	return fcntl(target.listener, F_SETOWN, target.victim);
}

/* Which is one of its own here, as others are in the one it was born in. */
static inline long attempts_slow_group(void)
{
	(void)setpgid(0, 0);
	return setpriority(PRIO_PGRP, 0, 19);
}

static inline long attempts_keep_to_processors(void)
{
	cpu_set_t all;
	return sched_getaffinity(target.victim, sizeof all, &all) < 0
		       ? -1
		       : sched_setaffinity(target.victim, sizeof all, &all);
}

static inline long attempts_make_code(bool later)
{
	int protection = PROT_READ | PROT_WRITE | (later ? 0 : PROT_EXEC);
	void *at = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return -1;
	return later ? mprotect(at, 4096, PROT_READ | PROT_EXEC) : 0;
}

static inline long attempts_fork_once(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

/* ATTEMPT(name, fences, how): FILES and later are what Landlock confines from that ABI on, CALLS is
 * seccomp; with OPEN the attempt works without fences; POOL is at what a child for one request has
 * not: a listener; PROGRAM is what programs (CGI) are kept from too. */
enum { OPEN = 1, CALLS = 2, POOL = 4, PROGRAM = 8, LANDLOCK = 16 };
enum {
	FILES = 1 * LANDLOCK,
	TRUNCATION = OS_LANDLOCK_TRUNCATE * LANDLOCK,
	TCP = OS_LANDLOCK_TCP * LANDLOCK,
	SCOPE = OS_LANDLOCK_SCOPE * LANDLOCK
};
#define ATTEMPTS                                                                                   \
	ATTEMPT("read the passwords", OPEN | FILES, attempts_open("/etc/passwd", O_RDONLY))        \
	ATTEMPT("list the machine", OPEN | FILES, attempts_open("/", O_RDONLY | O_DIRECTORY))      \
	ATTEMPT("read what is not served", OPEN | FILES,                                           \
		attempts_open(target_path("out/file"), O_RDONLY))                                  \
	ATTEMPT("climb out of the root", OPEN | FILES,                                             \
		openat(target.root, "../out/file", O_RDONLY | O_CLOEXEC))                          \
	ATTEMPT("follow a link out of the root", OPEN | FILES,                                     \
		openat(target.root, "link", O_RDONLY | O_CLOEXEC))                                 \
	ATTEMPT("write a document", OPEN | FILES, attempts_open(target_path("in/file"), O_WRONLY)) \
	ATTEMPT("make a document", OPEN | FILES,                                                   \
		attempts_open(target_path("in/new"), O_WRONLY | O_CREAT))                          \
	ATTEMPT("cut a document", OPEN | TRUNCATION | CALLS, truncate(target_path("in/file"), 4))  \
	ATTEMPT("remove a document", OPEN | FILES | CALLS, unlink(target_path("in/new")))          \
	ATTEMPT("rename a document", OPEN | FILES | CALLS,                                         \
		rename(target_path("in/file"), target_path("in/file")))                            \
	ATTEMPT("link a document", OPEN | FILES | CALLS,                                           \
		symlink("/etc/passwd", target_path("in/l")))                                       \
	ATTEMPT("make a directory", OPEN | FILES | CALLS, mkdir(target_path("in/d"), 0755))        \
	ATTEMPT("make a pipe", OPEN | FILES | CALLS, mkfifo(target_path("in/p"), 0644))            \
	ATTEMPT("change modes", OPEN | CALLS, chmod(target_path("in/file"), 0777))                 \
	ATTEMPT("change times", OPEN | CALLS, utimensat(target.root, "file", NULL, 0))             \
	ATTEMPT("write a file elsewhere", OPEN | FILES,                                            \
		attempts_open(target_path("out/new"), O_WRONLY | O_CREAT))                         \
	ATTEMPT("write over the log", OPEN | CALLS, attempts_write_over_log())                     \
	ATTEMPT("write another's diary", OPEN | CALLS, attempts_grow_into_the_next_page())         \
	ATTEMPT("cut the log", OPEN | CALLS, ftruncate(target.log, 0))                             \
	ATTEMPT("read another's memory by its file", OPEN | FILES | PROGRAM,                       \
		attempts_of_victim("mem", O_RDWR))                                                 \
	ATTEMPT("read another's environment", OPEN | FILES | PROGRAM,                              \
		attempts_of_victim("environ", O_RDONLY))                                           \
	ATTEMPT("read another's memory", OPEN | FILES | CALLS | PROGRAM, attempts_read_memory())   \
	ATTEMPT("trace another", OPEN | FILES | CALLS | PROGRAM, attempts_attach())                \
	ATTEMPT("take another's descriptor", OPEN | FILES | CALLS | PROGRAM,                       \
		attempts_take_descriptor())                                                        \
	ATTEMPT("signal another", OPEN | SCOPE | CALLS | PROGRAM, kill(target.victim, SIGUSR1))    \
	ATTEMPT("signal all", OPEN | CALLS, kill(-1, 0))                                           \
	ATTEMPT("signal a thread of another", OPEN | SCOPE | CALLS | PROGRAM,                      \
		syscall(SYS_tgkill, target.victim, target.victim, SIGUSR1))                        \
	ATTEMPT("queue a signal", OPEN | SCOPE | CALLS | PROGRAM,                                  \
		sigqueue(target.victim, SIGUSR1, (union sigval){0}))                               \
	ATTEMPT("have a socket signal another", OPEN | CALLS, attempts_signal_by_owner())          \
	ATTEMPT("limit another", OPEN | CALLS | PROGRAM,                                           \
		prlimit(target.victim, RLIMIT_CORE, NULL, &(struct rlimit){0}))                    \
	ATTEMPT("slow another down", OPEN | CALLS | PROGRAM,                                       \
		setpriority(PRIO_PROCESS, (id_t)target.victim, 19))                                \
	ATTEMPT("slow a group down", OPEN | CALLS | PROGRAM, attempts_slow_group())                \
	ATTEMPT("have another wait for all else", OPEN | CALLS | PROGRAM,                          \
		sched_setscheduler(target.victim, SCHED_IDLE, &(struct sched_param){0}))           \
	ATTEMPT("keep another to its processors", OPEN | CALLS | PROGRAM,                          \
		attempts_keep_to_processors())                                                     \
	ATTEMPT("slow another's files down", OPEN | CALLS | PROGRAM,                               \
		syscall(SYS_ioprio_set, 1, target.victim, 2 << 13 | 7))                            \
	ATTEMPT("connect", OPEN | TCP | CALLS,                                                     \
		attempts_socket(SOCK_STREAM, &target.tcp, sizeof target.tcp, connect))             \
	ATTEMPT("connect with a socket that is there", OPEN | TCP | CALLS,                         \
		connect(target.spare, (struct sockaddr *)&target.tcp, sizeof target.tcp))          \
	ATTEMPT("open a port", OPEN | TCP | CALLS, attempts_bind(SOCK_STREAM))                     \
	ATTEMPT("end the listener for everybody", OPEN | CALLS | POOL,                             \
		shutdown(target.listener, SHUT_RD))                                                \
	ATTEMPT("end the listener wholly", OPEN | CALLS | POOL,                                    \
		shutdown(target.listener, SHUT_RDWR))                                              \
	ATTEMPT("have the listener hear nobody", OPEN | CALLS | POOL, attempts_deafen_listener())  \
	ATTEMPT("have the listener hear only neighbours", OPEN | CALLS | POOL,                     \
		setsockopt(target.listener, IPPROTO_IP, IP_MINTTL, &(int){255}, sizeof(int)))      \
	ATTEMPT("have a connection linger", OPEN | CALLS, attempts_let_linger())                   \
	ATTEMPT("limit itself", OPEN | CALLS, prlimit(0, RLIMIT_CORE, NULL, &(struct rlimit){0}))  \
	ATTEMPT("send datagrams", OPEN | CALLS,                                                    \
		attempts_socket(SOCK_DGRAM, &target.tcp, sizeof target.tcp, connect))              \
	ATTEMPT("receive datagrams", OPEN | CALLS, attempts_bind(SOCK_DGRAM))                      \
	ATTEMPT("connect to a local service", OPEN | CALLS,                                        \
		attempts_socket(SOCK_STREAM, &target.unix_path, sizeof target.unix_path, connect)) \
	ATTEMPT("connect to an abstract socket", OPEN | SCOPE | CALLS | PROGRAM,                   \
		attempts_socket(                                                                   \
			SOCK_STREAM, &target.unix_abstract, sizeof target.unix_abstract, connect)) \
	ATTEMPT("ask the kernel by netlink", OPEN | CALLS,                                         \
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0))                                    \
	ATTEMPT("listen to the wire", CALLS, socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0))        \
	ATTEMPT("run a program", OPEN | FILES | CALLS, attempts_run_program())                     \
	ATTEMPT("run a program from memory", OPEN | FILES | CALLS, attempts_run_from_memory())     \
	ATTEMPT("fork", OPEN | CALLS, attempts_fork_once())                                        \
	ATTEMPT("make code", OPEN | CALLS, attempts_make_code(false))                              \
	ATTEMPT("make data code", OPEN | CALLS, attempts_make_code(true))                          \
	ATTEMPT("write its own code", OPEN | FILES, attempts_open("/proc/self/mem", O_RDWR))       \
	ATTEMPT("become root", CALLS, setresuid(0, 0, 0))                                          \
	ATTEMPT("take back privileges", CALLS, prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0))             \
	ATTEMPT("be root in a world of its own", CALLS | PROGRAM, unshare(CLONE_NEWUSER))          \
	ATTEMPT("use a keyring", CALLS | PROGRAM,                                                  \
		syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1))              \
	ATTEMPT("load code into the kernel", CALLS | PROGRAM,                                      \
		syscall(SYS_bpf, 0, &(char[128]){0}, 128))                                         \
	ATTEMPT("go round the filter", CALLS | PROGRAM,                                            \
		syscall(SYS_io_uring_setup, 1, &(char[128]){0}))                                   \
	ATTEMPT("stop page faults", CALLS | PROGRAM, syscall(SYS_userfaultfd, 1))                  \
	ATTEMPT("change the root directory", CALLS | PROGRAM, chroot(target.dir))

static const struct attempt {
	const char *name;
	unsigned fences;
} attempts[] = {
#define ATTEMPT(name, fences, how) {name, fences},
	ATTEMPTS
#undef ATTEMPT
};

static inline long attempts_make(size_t which)
{
	size_t i = 0;
#define ATTEMPT(name, fences, how)                                                                 \
	if (which == i++)                                                                          \
		return (how);
	ATTEMPTS
#undef ATTEMPT
	return -1;
}

#endif
