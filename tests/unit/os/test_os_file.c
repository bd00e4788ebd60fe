/*
 * test_os_file - files by name and descriptor
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_file.h"

#include "unit/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static int open_root(void)
{
	int fd = open(unit_path("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void link_to(const char *to, const char *name)
{
	ck_assert_int_eq(symlink(to, unit_path(name)), 0);
}

static void make_tree(void)
{
	unit_mkdir("root");
	unit_mkdir("root/dir");
	unit_write("secret", TEXT("secret"));
	unit_write("root/file", TEXT("file"));
	unit_write("root/dir/file", TEXT("below"));
	link_to("../secret", "root/out");
	link_to(unit_path("secret"), "root/absolute");
	link_to("/", "root/slash");
	link_to("..", "root/parent");
	link_to("dir/file", "root/in");
	link_to("../file", "root/dir/up");
	link_to("loop", "root/loop");
	link_to("nothing", "root/dangling");
	ck_assert_int_eq(mkfifo(unit_path("root/fifo"), 0644), 0);
}

START_TEST(nothing_leads_out)
{
	static const struct {
		const char *path;
		int error; /* 0: opens */
	} rows[] = {
		{"/file", 0},
		{"file", 0},
		{"//file", 0},
		{"/dir/file", 0},
		{"/dir/", 0},
		{"/", 0},
		{"", 0},
		{"/dir/../file", 0},
		{"/in", 0},
		{"/dir/up", 0},
		{"/..", EXDEV},
		{"/../secret", EXDEV},
		{"/dir/../../secret", EXDEV},
		{"/out", EXDEV},
		{"/absolute", EXDEV},
		{"/slash/etc/passwd", EXDEV},
		{"/parent/secret", EXDEV},
		{"/parent/root/file", EXDEV},
		{"/loop", ELOOP},
		{"/dangling", ENOENT},
		{"/nothing", ENOENT},
		{"/file/", ENOTDIR},
		{"/file/x", ENOTDIR},
	};
	make_tree();
	int root = open_root();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		errno = 0;
		int fd = os_file_open_beneath(root, rows[i].path, O_RDONLY);
		ck_assert_msg(fd >= 0 ? rows[i].error == 0 : errno == rows[i].error,
			"\"%s\": %d %s", rows[i].path, fd, strerror(errno));
		if (fd >= 0) {
			ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
			close(fd);
		}
	}
	close(root);
}
END_TEST

START_TEST(a_fifo_is_not_waited_for)
{
	make_tree();
	int root = open_root();
	int fd = os_file_open_beneath(root, "/fifo", O_RDONLY);
	ck_assert_int_ge(fd, 0);
	close(fd);
	close(root);
}
END_TEST

START_TEST(reads_from_an_offset)
{
	char to[8] = "";
	unit_write("f", TEXT("0123456789"));
	int fd = open(unit_path("f"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(os_file_read(fd, to, 4, 3), 4);
	ck_assert_mem_eq(to, "3456", 4);
	ck_assert_int_eq(os_file_read(fd, to, 8, 7), 3); /* short at the end */
	ck_assert_mem_eq(to, "789", 3);
	ck_assert_int_eq(os_file_read(fd, to, 8, 10), 0);
	ck_assert_int_eq(os_file_read(fd, to, 8, 1000), 0);
	ck_assert_int_eq(os_file_read(fd, to, 0, 0), 0);
	close(fd);
	unit_fails(os_file_read(fd, to, 1, 0), EBADF);
}
END_TEST

static void on_alarm(int number)
{
	(void)number;
}

/* Drains a pipe and counts, in a child. */
static pid_t start_reader(const int ends[2])
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	char bytes[4096];
	size_t sum = 0;
	close(ends[1]);
	for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;)
		for (ssize_t i = 0; i < n; i++)
			sum += (unsigned char)bytes[i];
	_exit((int)(sum % 251));
}

START_TEST(writes_everything)
{
	/* More than a pipe holds, while a timer interrupts. */
	enum { SIZE = 1 << 20 };
	unsigned char *bytes = malloc(SIZE);
	size_t sum = 0;
	int ends[2], status;
	struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
	struct itimerval often = {{0, 500}, {0, 500}}, off = {{0, 0}, {0, 0}};
	for (int i = 0; i < SIZE; i++)
		sum += bytes[i] = (unsigned char)(i * 31);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = start_reader(ends);
	close(ends[0]);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	int result = os_file_write(ends[1], bytes, SIZE);
	setitimer(ITIMER_REAL, &off, NULL);
	close(ends[1]);
	free(bytes);
	ck_assert_int_eq(result, 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ck_assert(WIFEXITED(status));
	ck_assert_uint_eq((unsigned)WEXITSTATUS(status), (unsigned)(sum % 251));
}
END_TEST

START_TEST(writes_into_nothing)
{
	int ends[2];
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	unit_fails(os_file_write(ends[1], "x", 1), EPIPE);
	ck_assert_int_eq(os_file_write(ends[1], "", 0), 0);
	close(ends[1]);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	unit_fails(os_file_write(full, "x", 1), ENOSPC);
	close(full);
}
END_TEST

/* In a child: takes the lock, says so, and holds it until it is told to end. */
static pid_t start_holder(const char *path, int *word, int *end)
{
	int up[2], down[2];
	char byte;
	ck_assert_int_eq(pipe2(up, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(down, O_CLOEXEC), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		pid_t holder;
		close(up[0]);
		close(down[1]);
		int fd = open(path, O_RDWR | O_CLOEXEC);
		if (os_file_lock(fd, &holder) == 0 && write(up[1], "x", 1) == 1)
			(void)!read(down[0], &byte, 1);
		_exit(0);
	}
	close(up[1]);
	close(down[0]);
	*word = up[0];
	*end = down[1];
	return pid;
}

START_TEST(locks)
{
	int word, end, status;
	char byte;
	pid_t holder = 99;
	unit_write("lock", TEXT(""));
	int fd = open(unit_path("lock"), O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(os_file_locked_by(fd), 0);
	pid_t pid = start_holder(unit_path("lock"), &word, &end);
	ck_assert_int_eq(read(word, &byte, 1), 1);
	ck_assert_int_eq(os_file_locked_by(fd), pid);
	unit_fails(os_file_lock(fd, &holder), EAGAIN);
	ck_assert_int_eq(holder, pid);
	close(end); /* it ends, and its lock with it */
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(os_file_locked_by(fd), 0);
	ck_assert_int_eq(os_file_lock(fd, &holder), 0);
	ck_assert_int_eq(holder, 0);
	close(word);
	close(fd);
	unit_fails(os_file_lock(fd, &holder), EBADF);
	unit_fails(os_file_locked_by(fd), EBADF);
}
END_TEST

START_TEST(memory)
{
	struct stat st;
	char bytes[10];
	int fd = os_file_memory("unit", 10);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 10);
	ck_assert_int_eq(pread(fd, bytes, sizeof bytes, 0), 10);
	ck_assert_mem_eq(bytes, "\0\0\0\0\0\0\0\0\0", 10);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(nonblocking)
{
	int ends[2];
	char byte;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(os_file_nonblocking(ends[0], true), 0);
	unit_fails(read(ends[0], &byte, 1), EAGAIN);
	ck_assert_int_eq(os_file_nonblocking(ends[0], false), 0);
	ck_assert_int_eq(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
	close(ends[0]);
	close(ends[1]);
	unit_fails(os_file_nonblocking(ends[0], true), EBADF);
}
END_TEST

START_TEST(the_limit_of_open_files)
{
	struct rlimit limit;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max < 64 ? limit.rlim_max : 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(os_file_raise_limit(), limit.rlim_max);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
	ck_assert_uint_eq(os_file_raise_limit(), limit.rlim_max);
}
END_TEST

UNIT_MAIN("os_file", nothing_leads_out, a_fifo_is_not_waited_for, reads_from_an_offset,
	writes_everything, writes_into_nothing, locks, memory, nonblocking, the_limit_of_open_files)
