/*
 * test_os_landlock - which files a process may still reach
 *
 * Runs in:  a test program; each test works in a child, for what it does cannot be taken back
 * Owns:     children, which it waits for
 * Errors:   ck_assert; what the kernel lacks is left out
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_landlock.h"

#include "base/assert.h"
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static int root = -1; /* O_PATH, of the directory that is granted */

/* Runs in a child that may read below "in", and only that. 0: as it should be. */
static int code_of(int (*run)(void), unsigned access)
{
	int status, ruleset = os_landlock_new(os_landlock_abi());
	ck_assert_int_ge(ruleset, 0);
	root = open(unit_path("in"), O_PATH | O_CLOEXEC);
	ck_assert_int_ge(root, 0);
	ck_assert_int_eq(os_landlock_grant(ruleset, root, access), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(os_landlock_enter(ruleset) < 0 ? 99 : run());
	}
	close(ruleset);
	close(root);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void make_tree(void)
{
	unit_mkdir("in");
	unit_mkdir("out");
	unit_write("in/file", TEXT("inside"));
	unit_write("out/file", TEXT("outside"));
	ck_assert_int_eq(symlink("../out/file", unit_path("in/link")), 0);
	ck_assert_int_eq(chmod(unit_path("in/file"), 0777), 0);
	ck_assert_int_eq(chmod(unit_path("out/file"), 0777), 0);
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	else
		errno = errno == EACCES || errno == EPERM ? 0 : errno;
	return fd >= 0;
}

static int use_files(void)
{
	char byte;
	int fd = openat(root, "file", O_RDONLY | O_CLOEXEC); /* from a descriptor too */
	if (fd < 0 || read(fd, &byte, 1) != 1)
		return 1;
	close(fd);
	static const struct {
		const char *path;
		int flags;
		bool open;
	} cases[] = {{"in/file", O_RDONLY, true}, {"in", O_RDONLY | O_DIRECTORY, true},
		{"in/link", O_RDONLY, false}, {"out/file", O_RDONLY, false},
		{"out", O_RDONLY | O_DIRECTORY, false}, {"in/file", O_WRONLY, false},
		{"in/file", O_RDWR, false}, {"in/new", O_WRONLY | O_CREAT, false},
		{"in/../out/file", O_RDONLY, false}};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (opens(unit_path(cases[i].path), cases[i].flags) != cases[i].open ||
			(!cases[i].open && errno != 0))
			return 10 + (int)i;
	if (mkdir(unit_path("in/d"), 0755) == 0 || unlink(unit_path("in/file")) == 0 ||
		rename(unit_path("in/file"), unit_path("in/other")) == 0 ||
		symlink("x", unit_path("in/l")) == 0)
		return 2;
	if (os_landlock_abi() >= OS_LANDLOCK_TRUNCATE && truncate(unit_path("in/file"), 0) == 0)
		return 3;
	char *const arguments[] = {(char *)"true", NULL};
	execv("/bin/true", arguments);
	return errno == EACCES ? 0 : 4;
}

START_TEST(confines_files)
{
	if (!os_landlock_abi())
		return;
	make_tree();
	ck_assert_int_eq(code_of(use_files, OS_LANDLOCK_READ), 0);
}
END_TEST

static int execute(void)
{
	char *const arguments[] = {(char *)"file", NULL};
	execv(unit_path("in/file"), arguments); /* no program, but allowed to be one */
	if (errno != ENOEXEC)
		return 1;
	execv(unit_path("out/file"), arguments);
	return errno == EACCES ? 0 : 2;
}

START_TEST(grants_what_is_said)
{
	if (!os_landlock_abi())
		return;
	make_tree();
	ck_assert_int_eq(code_of(execute, OS_LANDLOCK_READ | OS_LANDLOCK_EXECUTE), 0);
	int file = open(unit_path("in/file"), O_PATH | O_CLOEXEC);
	int ruleset = os_landlock_new(1);
	ck_assert_int_ge(ruleset, 0);
	ck_assert_int_eq(os_landlock_grant(ruleset, file, OS_LANDLOCK_READ), 0);
	unit_fails(os_landlock_grant(ruleset, -1, OS_LANDLOCK_READ), EBADF);
	close(ruleset);
	close(file);
}
END_TEST

static unsigned port; /* of a listener */

static int use_tcp(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 1;
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EACCES)
		return 2;
	to.sin_port = 0;
	if (bind(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EACCES)
		return 3;
	return 0;
}

START_TEST(confines_tcp)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t size = sizeof at;
	if (os_landlock_abi() < OS_LANDLOCK_TCP)
		return;
	make_tree();
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	port = ntohs(at.sin_port);
	ck_assert_int_eq(code_of(use_tcp, OS_LANDLOCK_READ), 0);
	close(fd);
}
END_TEST

static int use_others(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "%.90s", unit_dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno != EPERM)
		return 1;
	if (kill(getppid(), SIGCONT) == 0 || errno != EPERM)
		return 2;
	return kill(getpid(), SIGCONT) == 0 ? 0 : 3;
}

START_TEST(confines_signals_and_abstract_sockets)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (os_landlock_abi() < OS_LANDLOCK_SCOPE)
		return;
	make_tree();
	snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "%.90s", unit_dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(code_of(use_others, OS_LANDLOCK_READ), 0);
	close(fd);
}
END_TEST

/* A ruleset of an older ABI is taken, and confines what that one could. */
static int use_less(void)
{
	return opens(unit_path("out/file"), O_RDONLY) ? 1 : kill(getppid(), 0) < 0 ? 2 : 0;
}

START_TEST(goes_without_what_is_newer)
{
	int status;
	make_tree();
	for (int abi = 1; abi <= os_landlock_abi() && abi < OS_LANDLOCK_SCOPE; abi++) {
		int ruleset = os_landlock_new(abi);
		ck_assert_int_ge(ruleset, 0);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			_exit(os_landlock_enter(ruleset) < 0 ? 99 : use_less());
		}
		close(ruleset);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

/* Apart: it leaves files alone, those that go from one directory to another included, and what
 * belongs to a process outside is out of reach; what is inside is not, in both directions. */
static bool reads_memory_of(pid_t pid)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/%d/mem", (int)pid);
	return opens(name, O_RDONLY);
}

static int be_apart(pid_t outside, bool scoped)
{
	if (!opens(unit_path("out/file"), O_RDWR) || !reads_memory_of(getpid()))
		return 1;
	if (rename(unit_path("in/file"), unit_path("out/moved")) < 0 ||
		link(unit_path("out/moved"), unit_path("in/file")) < 0 ||
		unlink(unit_path("out/moved")) < 0)
		return 2;
	if (reads_memory_of(outside))
		return 3;
	return (kill(outside, 0) < 0 && errno == EPERM) == scoped ? 0 : 4;
}

/* The first who enters starts another, which enters once more. */
static int be_apart_twice(int ruleset, bool scoped)
{
	int status;
	pid_t first = getpid(), outside = getppid();
	if (!reads_memory_of(outside) || os_landlock_enter(ruleset) < 0)
		return 5;
	pid_t pid = fork();
	if (pid == 0) {
		int at = os_landlock_enter(ruleset) < 0 ? 6 : be_apart(first, scoped);
		_exit(at ? at : be_apart(outside, scoped));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 7;
	if (WEXITSTATUS(status))
		return 10 + WEXITSTATUS(status);
	pid = fork();
	if (pid == 0) {
		os_landlock_enter(ruleset);
		for (;;)
			pause();
	}
	/* Who is further in is within reach. */
	if (kill(pid, SIGKILL) < 0 || waitpid(pid, &status, 0) != pid)
		return 8;
	return be_apart(outside, scoped);
}

START_TEST(keeps_processes_apart)
{
	int status;
	make_tree();
	unit_fails(os_landlock_new_apart(0), ENOTSUP);
	unit_fails(os_landlock_new_apart(1), ENOTSUP);
	for (int abi = OS_LANDLOCK_REFER; abi <= os_landlock_abi(); abi++) {
		int ruleset = os_landlock_new_apart(abi);
		ck_assert_int_ge(ruleset, 0);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			_exit(be_apart_twice(ruleset, abi >= OS_LANDLOCK_SCOPE));
		}
		close(ruleset);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFEXITED(status));
		ck_assert_msg(WEXITSTATUS(status) == 0, "ABI %d: %d", abi, WEXITSTATUS(status));
	}
}
END_TEST

UNIT_MAIN("os_landlock", confines_files, grants_what_is_said, confines_tcp,
	confines_signals_and_abstract_sockets, goes_without_what_is_newer, keeps_processes_apart)
