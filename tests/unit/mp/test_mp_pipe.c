/*
 * test_mp_pipe - whole messages, whoever is killed
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_pipe_ends.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>

START_TEST(messages_of_every_size_arrive_whole)
{
	static const size_t sizes[] = {1, 0, 5, 4096, 65535, 65536, 65537, 1 << 20, 0, 32 << 20};
	open_pipe(true);
	for (int way = 0; way < 2; way++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			char *sent = pattern(sizes[i]);
			void *got;
			ck_assert_int_eq(mp_pipe_send_bytes(ends[way], sent, sizes[i]), 0);
			ck_assert_int_eq(mp_pipe_poll(ends[!way], 0), 1);
			ck_assert_int_eq(mp_pipe_recv_bytes(ends[!way], &got), (ssize_t)sizes[i]);
			ck_assert(memcmp(got, sent, sizes[i]) == 0);
			ck_assert_int_eq(((char *)got)[sizes[i]], 0);
			ck_assert_int_eq(mp_pipe_poll(ends[!way], 0), 0);
			free(got);
			free(sent);
		}
	close_pipe();
}
END_TEST

START_TEST(order_is_kept_and_messages_are_apart)
{
	char text[16];
	open_pipe(false);
	for (int i = 0; i < 100; i++) {
		int n = snprintf(text, sizeof text, "message %d", i);
		ck_assert_int_eq(mp_pipe_send_bytes(ends[1], text, (size_t)n), 0);
	}
	for (int i = 0; i < 100; i++) {
		char want[16];
		int n = snprintf(want, sizeof want, "message %d", i);
		ck_assert_int_eq(mp_pipe_recv_bytes_into(ends[0], text, sizeof text), n);
		ck_assert_int_eq(memcmp(text, want, (size_t)n), 0);
	}
	close_pipe();
}
END_TEST

START_TEST(too_large_is_refused_whole)
{
	char byte = 0;
	open_pipe(true);
	ck_fails(mp_pipe_send_bytes(ends[0], &byte, MP_MESSAGE_MAX + 1), EMSGSIZE);
	ck_assert_int_eq(mp_pipe_poll(ends[1], 0), 0);
	close_pipe();
}
END_TEST

START_TEST(a_message_that_does_not_fit_is_kept)
{
	static const size_t sizes[] = {10, 5000, 65536, 300000};
	char small[4];
	void *got;
	open_pipe(true);
	for (size_t i = 0; i < 4; i++) {
		char *sent = pattern(sizes[i]), *large = malloc(sizes[i]);
		ck_assert_int_eq(mp_pipe_send_bytes(ends[0], sent, sizes[i]), 0);
		ck_fails(mp_pipe_recv_bytes_into(ends[1], small, sizeof small), EMSGSIZE);
		ck_assert_int_eq(mp_pipe_poll(ends[1], 0), 1);
		ck_fails(mp_pipe_recv_bytes_into(ends[1], small, sizeof small), EMSGSIZE);
		if (i % 2) {
			ck_assert_int_eq(mp_pipe_recv_bytes(ends[1], &got), (ssize_t)sizes[i]);
			ck_assert(memcmp(got, sent, sizes[i]) == 0);
			free(got);
		} else {
			ck_assert_int_eq(mp_pipe_recv_bytes_into(ends[1], large, sizes[i]),
				(ssize_t)sizes[i]);
			ck_assert(memcmp(large, sent, sizes[i]) == 0);
		}
		free(sent);
		free(large);
	}
	/* One that stays is freed by close. */
	mp_pipe_send_bytes(ends[0], "too long", 8);
	ck_fails(mp_pipe_recv_bytes_into(ends[1], small, sizeof small), EMSGSIZE);
	close_pipe();
}
END_TEST

START_TEST(one_way)
{
	char byte;
	open_pipe(false);
	ck_fails(mp_pipe_send_bytes(ends[0], "x", 1), EBADF);
	ck_fails(mp_pipe_recv_bytes_into(ends[1], &byte, 1), EBADF);
	ck_assert_int_eq(mp_pipe_send_bytes(ends[1], "x", 1), 0);
	ck_assert_int_eq(mp_pipe_recv_bytes_into(ends[0], &byte, 1), 1);
	close_pipe();
}
END_TEST

START_TEST(the_end_is_epipe_both_ways)
{
	char byte;
	void *got;
	open_pipe(true);
	mp_pipe_send_bytes(ends[0], "a", 1);
	mp_pipe_send_bytes(ends[0], "", 0);
	mp_pipe_send_bytes(ends[1], "unread", 6);
	mp_pipe_close(ends[0]);
	/* What was sent before the end still arrives, the empty message too. */
	ck_assert_int_eq(mp_pipe_recv_bytes_into(ends[1], &byte, 1), 1);
	ck_assert_int_eq(mp_pipe_recv_bytes_into(ends[1], &byte, 1), 0);
	ck_fails(mp_pipe_recv_bytes_into(ends[1], &byte, 1), EPIPE);
	ck_fails((int)mp_pipe_recv_bytes(ends[1], &got), EPIPE);
	ck_assert_ptr_null(got);
	ck_assert_int_eq(mp_pipe_poll(ends[1], 0), 1);
	ck_fails(mp_pipe_send_bytes(ends[1], "b", 1), EPIPE);
	mp_pipe_close(ends[1]);
	mp_pipe_close(NULL);
}
END_TEST

START_TEST(waiting_as_told)
{
	char buffer[16], *large = pattern(65536);
	double start = mp_check_now();
	open_pipe(true);
	ck_fails(mp_pipe_recv_bytes_into_timeout(ends[0], buffer, 16, 0), EAGAIN);
	ck_fails(mp_pipe_recv_bytes_into_timeout(ends[0], buffer, 16, 0.03), ETIMEDOUT);
	ck_assert_int_eq(mp_pipe_poll(ends[0], 0.03), 0);
	ck_assert_double_ge(mp_check_now() - start, 0.06);
	int sent = 0;
	while (mp_pipe_send_bytes_timeout(ends[0], large, 65536, 0) == 0)
		sent++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(sent, 0);
	ck_fails(mp_pipe_send_bytes_timeout(ends[0], large, 65536, 0.03), ETIMEDOUT);
	for (int i = 0; i < sent; i++) {
		void *got;
		ck_assert_int_eq(mp_pipe_recv_bytes_timeout(ends[1], &got, 0), 65536);
		free(got);
	}
	free(large);
	close_pipe();
}
END_TEST

START_TEST(a_small_socket_buffer_does_not_matter)
{
	int small = 1;
	char *sent = pattern(40000);
	void *got;
	open_pipe(true);
	ck_assert_int_eq(
		setsockopt(mp_pipe_fileno(ends[0]), SOL_SOCKET, SO_SNDBUF, &small, sizeof small),
		0);
	ck_assert_int_eq(mp_pipe_send_bytes(ends[0], sent, 40000), 0);
	ck_assert_int_eq(mp_pipe_recv_bytes(ends[1], &got), 40000);
	ck_assert(memcmp(got, sent, 40000) == 0);
	free(got);
	free(sent);
	close_pipe();
}
END_TEST

/* ---- Between processes ---- */

static int echo(void *args, size_t size)
{
	struct mp_pipe *p = mp_pipe_from_share(args);
	void *data;
	ssize_t n;
	(void)size;
	while ((n = mp_pipe_recv_bytes(p, &data)) > 0) {
		if (mp_pipe_send_bytes(p, data, (size_t)n) < 0)
			return 2;
		free(data);
	}
	free(data);
	mp_pipe_close(p);
	return n < 0;
}

static struct mp_process *child_with(mp_target target, struct mp_pipe *p)
{
	struct mp_share share = mp_pipe_share(p);
	struct mp_process *child = mp_process_new(target, &share, sizeof share,
		&(struct mp_process_options){.shares = &share, .share_count = 1});
	ck_assert_int_eq(mp_process_start(child), 0);
	return child;
}

START_TEST(talking_to_a_child)
{
	open_pipe(true);
	struct mp_process *child = child_with(echo, ends[1]);
	mp_pipe_close(ends[1]);
	for (size_t size = 1; size < 1 << 20; size = size * 3 + 1) {
		char *sent = pattern(size);
		void *got;
		ck_assert_int_eq(mp_pipe_send_bytes(ends[0], sent, size), 0);
		ck_assert_int_eq(mp_pipe_recv_bytes(ends[0], &got), (ssize_t)size);
		ck_assert(memcmp(got, sent, size) == 0);
		free(got);
		free(sent);
	}
	ck_assert_int_eq(mp_pipe_send_bytes(ends[0], NULL, 0), 0);
	ck_assert_int_eq(mp_check_code(child), 0);
	void *got;
	ck_fails((int)mp_pipe_recv_bytes(ends[0], &got), EPIPE);
	mp_pipe_close(ends[0]);
}
END_TEST

static int receive_for_ever(void *args, size_t size)
{
	struct mp_pipe *p = mp_pipe_from_share(args);
	void *data;
	(void)size;
	while (mp_pipe_recv_bytes(p, &data) >= 0)
		free(data);
	return 1;
}

/* Readers are killed while large messages are under way; the next gets only whole ones. */
START_TEST(a_killed_reader_spoils_nothing)
{
	char *sent = pattern(200000);
	open_pipe(true);
	for (int round = 0; round < 10; round++) {
		struct mp_process *child = child_with(receive_for_ever, ends[1]);
		for (int i = 0; i < 20; i++)
			ck_assert_int_eq(
				mp_pipe_send_bytes(ends[0], sent, i % 2 ? 200000 : 60000), 0);
		mp_process_kill(child);
		ck_assert_int_eq(mp_check_code(child), -SIGKILL);
	}
	void *got;
	ssize_t n;
	while ((n = mp_pipe_recv_bytes_timeout(ends[1], &got, 0)) >= 0) {
		ck_assert(n == 200000 || n == 60000);
		ck_assert(memcmp(got, sent, (size_t)n) == 0);
		free(got);
	}
	ck_assert_int_eq(errno, EAGAIN);
	free(sent);
	close_pipe();
}
END_TEST

static int send_for_ever(void *args, size_t size)
{
	struct mp_pipe *p = mp_pipe_from_share(args);
	char *data = pattern(200000);
	(void)size;
	for (unsigned i = 0; mp_pipe_send_bytes(p, data, i % 2 ? 200000 : 60000) == 0; i++)
		;
	return 1;
}

START_TEST(a_killed_writer_spoils_nothing)
{
	char *sent = pattern(200000);
	open_pipe(true);
	for (int round = 0; round < 10; round++) {
		struct mp_process *child = child_with(send_for_ever, ends[1]);
		void *got;
		ssize_t n;
		for (int i = 0; i < 20; i++) {
			ck_assert_int_gt(n = mp_pipe_recv_bytes(ends[0], &got), 0);
			ck_assert(n == 200000 || n == 60000);
			ck_assert(memcmp(got, sent, (size_t)n) == 0);
			free(got);
		}
		mp_process_kill(child);
		ck_assert_int_eq(mp_check_code(child), -SIGKILL);
		while (mp_pipe_recv_bytes_timeout(ends[0], &got, 0) > 0)
			free(got);
	}
	free(sent);
	close_pipe();
}
END_TEST

static void interrupt(int sig)
{
	(void)sig;
}

START_TEST(a_handler_ends_the_wait)
{
	struct sigaction action = {.sa_handler = interrupt};
	char byte;
	open_pipe(true);
	sigaction(SIGALRM, &action, NULL);
	/* Again and again: the first may come before the wait. */
	ualarm(20000, 20000);
	ck_fails(mp_pipe_recv_bytes_into(ends[0], &byte, 1), EINTR);
	ck_fails(mp_pipe_recv_bytes_into_timeout(ends[0], &byte, 1, 10), EINTR);
	ualarm(0, 0);
	close_pipe();
}
END_TEST

START_TEST(shares_are_of_a_type)
{
	struct mp_share share = {0};
	ck_assert(!mp_pipe_from_share(&share) && errno == EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {messages_of_every_size_arrive_whole,
		order_is_kept_and_messages_are_apart, too_large_is_refused_whole,
		a_message_that_does_not_fit_is_kept, one_way, the_end_is_epipe_both_ways,
		waiting_as_told, a_small_socket_buffer_does_not_matter, talking_to_a_child,
		a_killed_reader_spoils_nothing, a_killed_writer_spoils_nothing,
		a_handler_ends_the_wait, shares_are_of_a_type};
	return MP_CHECK_MAIN("mp_pipe", tests);
}
