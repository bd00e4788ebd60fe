/*
 * test_os_unix - sockets of the file system: who may connect, and what is replaced
 *
 * Runs in:  a test program
 * Owns:     a directory under the test's own
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_unix.h"

#include "unit/unit.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { PATIENCE = 2000 };

static int listening(const char *path, struct os_unix_file *file)
{
	int fd = os_unix_listen(path, false, file);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

START_TEST(connects)
{
	struct os_unix_file file;
	struct stat st;
	pid_t pid;
	uid_t user;
	char byte = 0;
	const char *path = unit_path("s");
	int listener = listening(path, &file);
	unit_fails(os_unix_accept(listener), EAGAIN);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	int client = os_unix_connect(path, PATIENCE);
	ck_assert_int_ge(client, 0);
	int server = os_unix_accept(listener);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(os_unix_peer(server, &pid, &user), 0);
	ck_assert_int_eq(pid, getpid());
	ck_assert_uint_eq(user, geteuid());
	ck_assert_int_eq(write(client, "x", 1), 1);
	ck_assert_int_eq(read(server, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	close(client);
	close(server);
	close(listener);
	os_unix_remove(path, &file);
	ck_assert_int_eq(lstat(path, &st), -1);
	unit_fails(os_unix_connect(path, PATIENCE), ENOENT);
}
END_TEST

START_TEST(replaces_what_is_left_over)
{
	struct os_unix_file first, second;
	struct stat st;
	const char *path = unit_path("s");
	int listener = listening(path, &first);
	unit_fails(os_unix_listen(path, false, &second), EADDRINUSE);
	close(listener); /* its name stays, as after a crash */
	unit_fails(os_unix_connect(path, PATIENCE), ECONNREFUSED);
	listener = listening(path, &second);
	/* Its first owner does not take away what is not its own any more. */
	if (first.inode != second.inode)
		os_unix_remove(path, &first);
	ck_assert_int_eq(lstat(path, &st), 0);
	close(listener);
	os_unix_remove(path, &second);
}
END_TEST

START_TEST(takes_over)
{
	struct os_unix_file first, second;
	const char *path = unit_path("s");
	int old = listening(path, &first);
	int fresh = os_unix_listen(path, true, &second);
	ck_assert_int_ge(fresh, 0);
	int client = os_unix_connect(path, PATIENCE);
	ck_assert_int_ge(client, 0);
	unit_fails(os_unix_accept(old), EAGAIN);
	int server = os_unix_accept(fresh);
	ck_assert_int_ge(server, 0);
	os_unix_remove(path, &first);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(server);
	close(client);
	close(old);
	close(fresh);
	os_unix_remove(path, &second);
}
END_TEST

/* Who cannot be reached for being busy is not taken for dead, and does not hold others up. */
START_TEST(full_queues)
{
	struct os_unix_file file;
	const char *path = unit_path("s");
	int clients[64], count = 0, listener = listening(path, &file);
	while (count < 64 && (clients[count] = os_unix_connect(path, 50)) >= 0)
		count++;
	ck_assert_int_lt(count, 64);
	ck_assert_int_eq(errno, EAGAIN);
	unit_fails(os_unix_listen(path, false, &file), EADDRINUSE);
	while (count)
		close(clients[--count]);
	close(listener);
	os_unix_remove(path, &file);
}
END_TEST

static void on_alarm(int number)
{
	(void)number;
}

/* A signal, or that it was stopped for a while, is no reason to be told no. */
START_TEST(waits_through_signals)
{
	struct os_unix_file file;
	const struct itimerval soon = {.it_value.tv_usec = 20000};
	const char *path = unit_path("s");
	int clients[64], count = 0, listener = listening(path, &file);
	while (count < 64 && (clients[count] = os_unix_connect(path, 50)) >= 0)
		count++;
	ck_assert_int_lt(count, 64);
	signal(SIGALRM, on_alarm);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	unit_fails(os_unix_connect(path, 300), EAGAIN);
	while (count)
		close(clients[--count]);
	close(listener);
	os_unix_remove(path, &file);
}
END_TEST

START_TEST(leaves_other_files_alone)
{
	struct os_unix_file file;
	const char *path = unit_path("f");
	unit_write("f", TEXT("precious"));
	unit_fails(os_unix_listen(path, false, &file), EEXIST);
	unit_fails(os_unix_listen(path, true, &file), EEXIST);
	char *all = unit_read("f");
	ck_assert_str_eq(all, "precious");
	free(all);
	unit_fails(os_unix_listen(unit_path("no/such/s"), false, &file), ENOENT);
}
END_TEST

START_TEST(long_paths)
{
	struct os_unix_file file;
	char path[1024], name[120];
	snprintf(path, sizeof path, "%s", unit_path(""));
	for (int i = 0; i < 3; i++) {
		strcat(path, "/a-directory-with-a-name-of-fifty-six-bytes-which-is-a-lot");
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	strcat(path, "/s");
	int listener = listening(path, &file);
	int client = os_unix_connect(path, PATIENCE);
	ck_assert_int_ge(client, 0);
	close(client);
	close(listener);
	listener = listening(path, &file); /* replaced here too */
	close(listener);
	os_unix_remove(path, &file);
	ck_assert_int_eq(access(path, F_OK), -1);
	/* There is no short name for this one. */
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	path[strlen(path) - 1] = '\0';
	strcat(path, name);
	unit_fails(os_unix_listen(path, false, &file), ENAMETOOLONG);
	unit_fails(os_unix_connect(path, PATIENCE), ENAMETOOLONG);
}
END_TEST

UNIT_MAIN("os_unix", connects, replaces_what_is_left_over, takes_over, full_queues,
	waits_through_signals, leaves_other_files_alone, long_paths)
