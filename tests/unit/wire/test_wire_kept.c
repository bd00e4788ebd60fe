/*
 * test_wire_kept - a connection on its way between a worker and the keeper
 *
 * Runs in:  a test program
 * Owns:     its socket pairs
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_kept.h"

#include "os/os_clock.h"
#include "os/os_rights.h"
#include "unit/unit.h"
#include "wire/wire_keeping.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int pair[2];
static char bytes[WIRE_KEPT_BYTES];

static void make_pair(void)
{
	ck_assert_int_eq(wire_kept_pair(pair), 0);
}

static void close_pair(void)
{
	close(pair[0]);
	close(pair[1]);
}

static struct wire_kept sound(void)
{
	uint64_t now = os_clock_ms();
	return (struct wire_kept){
		.magic = WIRE_KEPT_MAGIC, .served = 3, .due_ms = now + 5000, .since_ms = now};
}

static void travel(bool begun)
{
	struct wire_kept out = sound(), in;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), got = -1;
	struct stat a, b;
	memset(bytes, 'x', sizeof bytes);
	out.size = begun ? WIRE_KEPT_BYTES : 0;
	out.begun_ms = begun ? out.since_ms : 0;
	ck_assert_int_eq(wire_kept_send(pair[0], &out, bytes, fd), 0);
	memset(bytes, 0, sizeof bytes);
	ck_assert_int_eq(wire_kept_receive(pair[1], &in, bytes, &got), 0);
	ck_assert_mem_eq(&in, &out, sizeof in);
	ck_assert_int_eq(bytes[0], begun ? 'x' : 0);
	ck_assert_int_eq(bytes[WIRE_KEPT_BYTES - 1], begun ? 'x' : 0);
	ck_assert_int_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
	ck_assert(fstat(fd, &a) == 0 && fstat(got, &b) == 0 && a.st_ino == b.st_ino);
	close(fd);
	close(got);
	ck_assert_int_eq(wire_kept_receive(pair[1], &in, bytes, &got), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(arrives_as_it_was)
{
	make_pair();
	travel(false);
	travel(true);
	close_pair();
}
END_TEST

START_TEST(never_blocks_when_it_is_full)
{
	struct wire_kept out = sound(), in;
	int got, sent = 0, received = 0;
	make_pair();
	while (wire_kept_send(pair[0], &out, NULL, pair[0]) == 0)
		ck_assert_int_lt(sent++, 100000);
	ck_assert(errno == EAGAIN || errno == ETOOMANYREFS);
	for (; wire_kept_receive(pair[1], &in, bytes, &got) == 0; received++)
		close(got);
	ck_assert_int_eq(sent, received);
	ck_assert_int_gt(sent, 50);
	close_pair();
}
END_TEST

/* Every way to be wrong, each in a message that is sound otherwise. */
static void spoil(int how, struct wire_kept *k)
{
	switch (how) {
	case 0:
		k->magic++;
		break;
	case 1:
		k->size = 1; /* which is not there */
		k->begun_ms = k->since_ms;
		break;
	case 2:
		k->lingers = 2;
		break;
	case 3:
		k->begun_ms = k->since_ms; /* but nothing has come */
		break;
	case 4:
		k->since_ms += 60000; /* in the future */
		break;
	case 5:
		k->due_ms = UINT64_MAX;
		break;
	case 6:
		k->nonblock = 2;
		break;
	default:
		k->size = UINT32_MAX;
		break;
	}
}
enum { SPOILS = 8 };

static void send_raw(const void *from, size_t size, const int *fds, size_t count)
{
	OS_RIGHTS_ROOM(control, 8);
	struct iovec piece = {(void *)from, size};
	struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1};
	if (count)
		os_rights_put(&m, control, fds, count);
	ck_assert_int_ge(sendmsg(pair[0], &m, 0), 0);
}

static void expect_dropped(int before)
{
	struct wire_kept in;
	int got = 7;
	ck_assert_int_eq(wire_kept_receive(pair[1], &in, bytes, &got), -1);
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_int_eq(got, -1);
	ck_assert_int_eq(unit_fds(), before);
}

START_TEST(drops_what_is_wrong)
{
	make_pair();
	int before = unit_fds();
	for (int how = 0; how < SPOILS; how++) {
		struct wire_kept k = sound();
		spoil(how, &k);
		send_raw(&k, sizeof k, pair, 1);
		expect_dropped(before);
	}
	close_pair();
}
END_TEST

START_TEST(drops_garbage)
{
	static char large[100000];
	make_pair();
	struct wire_kept k = sound();
	int fds[] = {pair[0], pair[0], pair[0], pair[0], pair[0], pair[0], pair[0], pair[0]};
	int before = unit_fds(), got;
	send_raw("x", 1, fds, 1);
	expect_dropped(before);
	send_raw(&k, sizeof k - 1, fds, 1);
	expect_dropped(before);
	send_raw(&k, sizeof k, fds, 0); /* without a connection */
	expect_dropped(before);
	send_raw(large, sizeof large, fds, 1);
	expect_dropped(before);
	send_raw("", 0, fds, 0); /* which looks like the end and is none */
	expect_dropped(before);
	send_raw("x", 1, fds, 8); /* more descriptors than there is room for */
	expect_dropped(before);
	send_raw(&k, sizeof k, fds, 2);
	ck_assert_int_eq(wire_kept_receive(pair[1], &k, bytes, &got), 0);
	close(got);
	ck_assert_int_eq(unit_fds(), before);
	close(pair[0]);
	ck_assert_int_eq(wire_kept_receive(pair[1], &k, bytes, &got), -1);
	ck_assert_int_eq(errno, EPIPE);
	close(pair[1]);
}
END_TEST

/* Whoever has an end can do this to all who share it. */
START_TEST(notices_the_end)
{
	static const int hows[] = {SHUT_WR, SHUT_RDWR};
	for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
		struct wire_kept k;
		int got;
		make_pair();
		ck_assert_int_eq(shutdown(pair[1], hows[i]), 0);
		ck_assert_int_eq(wire_kept_receive(pair[0], &k, bytes, &got), -1);
		ck_assert_int_eq(errno, EPIPE);
		close_pair();
	}
}
END_TEST

START_TEST(judges_what_the_keeper_says)
{
	struct wire_keeping k = {.magic = WIRE_KEEPING_MAGIC,
		.pid = 17,
		.held = 2,
		.waiting = 1,
		.taken = 9,
		.passed = 4,
		.expired = 3};
	ck_assert(wire_keeping_valid(&k, sizeof k, 17));
	ck_assert(!wire_keeping_valid(&k, sizeof k, 18));
	ck_assert(!wire_keeping_valid(&k, sizeof k - 1, 17));
	k.waiting = 3;
	ck_assert(!wire_keeping_valid(&k, sizeof k, 17));
	k.waiting = 0;
	k.held = 10;
	ck_assert(!wire_keeping_valid(&k, sizeof k, 17));
	k.held = 0;
	k.passed = 10;
	ck_assert(!wire_keeping_valid(&k, sizeof k, 17));
	k.passed = 0;
	k.magic = 0;
	ck_assert(!wire_keeping_valid(&k, sizeof k, 17));
}
END_TEST

UNIT_MAIN("wire_kept", arrives_as_it_was, never_blocks_when_it_is_full, drops_what_is_wrong,
	drops_garbage, notices_the_end, judges_what_the_keeper_says)
