/*
 * test_mp_pipe_fds - descriptors that ride along with messages, also from who means ill
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_pipe_ends.h"
#include "os/os_rights.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

START_TEST(descriptors_ride_along)
{
	static const size_t sizes[] = {3, 0, 100000};
	int fds[MP_PIPE_FDS], got[MP_PIPE_FDS];
	open_pipe(true);
	for (size_t i = 0; i < MP_PIPE_FDS; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	for (size_t i = 0; i < 3; i++) {
		char *sent = pattern(sizes[i]), *data = malloc(100000);
		size_t count = MP_PIPE_FDS;
		int before = mp_check_fds();
		ck_assert_int_eq(mp_pipe_send_fds(ends[0], sent, sizes[i], fds, count, -1), 0);
		ck_assert_int_eq(mp_pipe_recv_fds(ends[1], data, 100000, got, &count, -1),
			(ssize_t)sizes[i]);
		ck_assert_uint_eq(count, MP_PIPE_FDS);
		ck_assert(memcmp(sent, data, sizes[i]) == 0);
		ck_assert_int_eq(mp_check_fds(), before + MP_PIPE_FDS);
		for (size_t k = 0; k < count; k++) {
			ck_assert_int_eq(fcntl(got[k], F_GETFD), FD_CLOEXEC);
			close(got[k]);
		}
		free(sent);
		free(data);
	}
	ck_fails(mp_pipe_send_fds(ends[0], "", 0, fds, MP_PIPE_FDS + 1, -1), EMSGSIZE);
	for (size_t i = 0; i < MP_PIPE_FDS; i++)
		close(fds[i]);
	close_pipe();
}
END_TEST

START_TEST(descriptors_never_leak)
{
	int fds[3] = {0, 1, 2}, got[3];
	char text[16];
	size_t count = 2;
	void *data;
	open_pipe(true);
	int before = mp_check_fds();
	/* Room for too few: kept, and had with more room. */
	mp_pipe_send_fds(ends[0], "three", 5, fds, 3, -1);
	ck_fails(mp_pipe_recv_fds(ends[1], text, sizeof text, got, &count, -1), EMSGSIZE);
	ck_assert_uint_eq(count, 0);
	count = 3;
	ck_assert_int_eq(mp_pipe_recv_fds(ends[1], text, sizeof text, got, &count, -1), 5);
	ck_assert_uint_eq(count, 3);
	for (int i = 0; i < 3; i++)
		close(got[i]);
	ck_assert_int_eq(mp_check_fds(), before);
	/* Received by a call that knows of none. */
	mp_pipe_send_fds(ends[0], "three", 5, fds, 3, -1);
	ck_assert_int_eq(mp_pipe_recv_bytes_into(ends[1], text, sizeof text), 5);
	ck_assert_int_eq(mp_check_fds(), before);
	mp_pipe_send_fds(ends[0], "three", 5, fds, 3, -1);
	ck_assert_int_eq(mp_pipe_recv_bytes(ends[1], &data), 5);
	free(data);
	ck_assert_int_eq(mp_check_fds(), before);
	/* Kept for want of room, then read by a call that knows of none; and kept till close. */
	mp_pipe_send_fds(ends[0], "three", 5, fds, 3, -1);
	ck_fails(mp_pipe_recv_bytes_into(ends[1], text, 2), EMSGSIZE);
	ck_assert_int_eq(mp_pipe_recv_bytes(ends[1], &data), 5);
	free(data);
	ck_assert_int_eq(mp_check_fds(), before);
	mp_pipe_send_fds(ends[0], "three", 5, fds, 3, -1);
	ck_fails(mp_pipe_recv_bytes_into(ends[1], text, 2), EMSGSIZE);
	close_pipe();
}
END_TEST

/* The message goes, the next one comes. */
START_TEST(without_room_for_descriptors)
{
	struct rlimit limit, none;
	char text[8];
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), got;
	size_t count = 1;
	open_pipe(true);
	ck_assert_int_eq(mp_pipe_send_fds(ends[0], "one", 3, &fd, 1, 0), 0);
	ck_assert_int_eq(mp_pipe_send_fds(ends[0], "two", 3, &fd, 1, 0), 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){3, limit.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_fails(mp_pipe_recv_fds(ends[1], text, sizeof text, &got, &count, 0), EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	count = 1;
	ck_assert_int_eq(mp_pipe_recv_fds(ends[1], text, sizeof text, &got, &count, 0), 3);
	ck_assert_int_eq(memcmp(text, "two", 3), 0);
	ck_assert_uint_eq(count, 1);
	close(got);
	close(fd);
	close_pipe();
}
END_TEST

START_TEST(what_others_send_is_judged)
{
	int raw[2], fds[2] = {0, 1};
	char text[16];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, raw), 0);
	struct mp_pipe *p = mp_pipe_from_fd(raw[0]);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(fcntl(raw[0], F_GETFD), FD_CLOEXEC);
	int before = mp_check_fds();
	/* Descriptors without our trailer, and with nonsense in its place. */
	for (size_t size = 1; size < 40; size += 13) {
		char junk[64] = "junk";
		OS_RIGHTS_ROOM(room, 2);
		struct iovec part = {junk, size};
		struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
		os_rights_put(&m, room, fds, 2);
		ck_assert_int_eq(sendmsg(raw[1], &m, 0), (ssize_t)size);
		ck_fails(mp_pipe_recv_bytes_into(p, text, sizeof text), EBADMSG);
		ck_assert_int_eq(mp_check_fds(), before);
	}
	/* Larger than any packet of ours. */
	char *large = pattern(70000);
	ck_assert_int_eq(send(raw[1], large, 70000, 0), 70000);
	ck_fails(mp_pipe_recv_bytes_into(p, text, sizeof text), EBADMSG);
	free(large);
	mp_pipe_close(p);
	close(raw[1]);
	ck_assert_ptr_null(mp_pipe_from_fd(0));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, raw), 0);
	ck_assert_ptr_null(mp_pipe_from_fd(raw[0]));
	close(raw[0]);
	close(raw[1]);
}
END_TEST

/* More descriptors than a message can have, in a packet that is sound otherwise and too large for
 * its receiver: they are not taken for others, nor is anything else. The data names a descriptor of
 * the receiver, which must stay open. */
START_TEST(too_many_descriptors_are_dropped)
{
	enum { MOST = MP_PIPE_FDS + 3 };
	int raw[2], fds[MOST], mine = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct {
		int data[8];
		struct mp_pipe_trailer trailer;
	} packet = {.trailer = {.where = MP_PIPE_IN_PACKET}};
	ck_assert_int_ge(mine, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, raw), 0);
	for (size_t i = 0; i < MOST; i++)
		fds[i] = 0;
	for (size_t i = 0; i < 8; i++)
		packet.data[i] = mine;
	int before = mp_check_fds();
	for (size_t count = MP_PIPE_FDS + 1; count <= MOST; count++) {
		char text[4];
		OS_RIGHTS_ROOM(room, MOST);
		struct iovec part = {&packet, sizeof packet};
		struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
		os_rights_put(&m, room, fds, count);
		int copy = fcntl(raw[0], F_DUPFD_CLOEXEC, 0);
		struct mp_pipe *p = mp_pipe_from_fd(copy);
		ck_assert_int_eq(sendmsg(raw[1], &m, 0), (ssize_t)sizeof packet);
		ck_fails(mp_pipe_recv_bytes_into(p, text, sizeof text), EBADMSG);
		mp_pipe_close(p);
		ck_assert_int_ge(fcntl(mine, F_GETFD), 0);
		ck_assert_int_eq(mp_check_fds(), before);
	}
	close(mine);
	close(raw[0]);
	close(raw[1]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {descriptors_ride_along, descriptors_never_leak,
		without_room_for_descriptors, what_others_send_is_judged,
		too_many_descriptors_are_dropped};
	return MP_CHECK_MAIN("mp_pipe_fds", tests);
}
