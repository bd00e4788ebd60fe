/*
 * test_os_rights - descriptors that ride along: which arrive, and that no other is left open
 *
 * Runs in:  a test program
 * Owns:     a pair of sockets and a pipe for each test
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_rights.h"

#include "unit/unit.h"

#include <sys/resource.h>

enum { MOST = 5 };

static int pair[2], carried[2];

static void begin(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(pipe2(carried, O_CLOEXEC), 0);
}

static void end(void)
{
	os_rights_close(pair, 2);
	os_rights_close(carried, 2);
}

/* A message that carries the end of the pipe to write in so many times. */
static void send_copies(size_t count)
{
	OS_RIGHTS_ROOM(room, MOST);
	struct iovec piece = {(void *)"x", 1};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	int fds[MOST];
	for (size_t i = 0; i < count; i++)
		fds[i] = carried[1];
	memset(room, 0xff, sizeof room); /* of whatever was there nothing is sent */
	os_rights_put(&message, room, fds, count);
	ck_assert_int_eq(sendmsg(pair[0], &message, 0), 1);
}

/* How many came where `expected` may come and `taken` are wanted. */
static size_t receive(size_t expected, size_t taken, int *fds, int *flags)
{
	OS_RIGHTS_ROOM(room, MOST);
	char byte;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	os_rights_expect(&message, room, expected);
	ck_assert_int_eq(recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC), 1);
	*flags = message.msg_flags & MSG_CTRUNC;
	return os_rights_take(&message, fds, taken);
}

START_TEST(arrive)
{
	int fds[MOST], flags;
	char byte = 0;
	begin();
	for (size_t count = 1; count <= MOST; count++) {
		send_copies(count);
		ck_assert_uint_eq(receive(MOST, MOST, fds, &flags), count);
		ck_assert_int_eq(flags, 0);
		for (size_t i = 0; i < count; i++) {
			ck_assert_int_eq(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
			ck_assert_int_eq(write(fds[i], "w", 1), 1);
			ck_assert_int_eq(read(carried[0], &byte, 1), 1);
		}
		os_rights_close(fds, count);
	}
	end();
}
END_TEST

/* In their order, and each where it was. */
START_TEST(keep_their_order)
{
	OS_RIGHTS_ROOM(room, 2);
	struct iovec piece = {(void *)"x", 1};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	int fds[2], flags;
	begin();
	os_rights_put(&message, room, carried, 2);
	ck_assert_int_eq(sendmsg(pair[0], &message, 0), 1);
	ck_assert_uint_eq(receive(2, 2, fds, &flags), 2);
	ck_assert_int_eq(fcntl(fds[0], F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_ACCMODE, O_WRONLY);
	os_rights_close(fds, 2);
	end();
}
END_TEST

/* Whatever is sent, expected and wanted: no more than wanted is written, and all else is closed,
 * here or by the kernel. */
START_TEST(too_many_are_closed)
{
	begin();
	int before = unit_fds();
	for (size_t sent = 1; sent <= MOST; sent++)
		for (size_t expected = 1; expected <= MOST; expected++)
			for (size_t wanted = 0; wanted <= expected; wanted++) {
				int fds[MOST] = {-2, -2, -2, -2, -2}, flags;
				size_t come = sent < expected ? sent : expected;
				size_t most = come < wanted ? come : wanted;
				send_copies(sent);
				ck_assert_uint_eq(receive(expected, wanted, fds, &flags), most);
				ck_assert_int_eq(flags != 0, sent > expected);
				ck_assert_int_eq(unit_fds(), before + (int)most);
				for (size_t i = most; i < MOST; i++)
					ck_assert_int_eq(fds[i], -2);
				os_rights_close(fds, most);
			}
	end();
}
END_TEST

START_TEST(none)
{
	int fds[MOST], flags;
	begin();
	ck_assert_int_eq(send(pair[0], "x", 1, 0), 1);
	ck_assert_uint_eq(receive(MOST, MOST, fds, &flags), 0);
	ck_assert_int_eq(flags, 0);
	end();
}
END_TEST

/* A process that may open no more gets those there was room for, and is told. */
START_TEST(no_room_in_the_process)
{
	struct rlimit limit;
	int fds[MOST], flags;
	begin();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	int lowest = fcntl(0, F_DUPFD_CLOEXEC, 0);
	close(lowest);
	send_copies(3);
	rlim_t before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)lowest + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	size_t count = receive(MOST, MOST, fds, &flags);
	limit.rlim_cur = before;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(flags, MSG_CTRUNC);
	os_rights_close(fds, count);
	end();
}
END_TEST

/* Other things come in such headers, too: whoever asked for them finds them left alone. */
START_TEST(other_headers)
{
	int on = 1, fds[MOST], count = 0;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(2 * sizeof(int))];
	} control;
	char byte;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	begin();
	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
	send_copies(2);
	ck_assert_int_eq(recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC), 1);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h))
		count++;
	ck_assert_int_eq(count, 2);
	ck_assert_uint_eq(os_rights_take(&message, fds, MOST), 2);
	ck_assert_int_ge(fcntl(fds[0], F_GETFD), 0);
	os_rights_close(fds, 2);
	end();
}
END_TEST

START_TEST(closes_what_is_one)
{
	int fds[] = {-1, dup(0), -1};
	ck_assert_int_ge(fds[1], 0);
	errno = 0;
	os_rights_close(fds, 3);
	ck_assert_int_eq(errno, 0);
	unit_fails(fcntl(fds[1], F_GETFD), EBADF);
}
END_TEST

UNIT_MAIN("os_rights", arrive, keep_their_order, too_many_are_closed, none, no_room_in_the_process,
	other_headers, closes_what_is_one)
