/*
 * test_os_socket - listening and accepting
 *
 * Runs in:  a test program
 * Owns:     sockets on ports of the loopback interface that the kernel chose
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_socket.h"

#include "unit/unit.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

static struct os_address address_of(const char *from)
{
	struct os_address a;
	ck_assert_int_eq(os_address_parse(&a, text_of(from)), 0);
	return a;
}

/* A listener on a port the kernel chose, which goes into *at. */
static int listen_on(const char *from, struct os_address *at, const struct os_socket_listen *how)
{
	*at = address_of(from);
	int fd = os_socket_listen(at, how);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(os_socket_name(fd, at), 0);
	ck_assert_uint_ne(os_address_port(at), 0);
	return fd;
}

static int connect_to(const struct os_address *to)
{
	int fd = socket(to->of.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, &to->of.any, to->size), 0);
	return fd;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof value;
	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

static void wait_readable(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
}

START_TEST(accepts)
{
	struct os_address at, from, own;
	struct os_socket_listen how = {.backlog = 8};
	int listener = listen_on("127.0.0.1:0", &at, &how);
	unit_fails(os_socket_accept(listener, &from, 0), EAGAIN); /* never blocks */
	int client = connect_to(&at);
	wait_readable(listener);
	int fd = os_socket_accept(listener, &from, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(os_socket_name(client, &own), 0);
	ck_assert(os_address_equal(&from, &own));
	ck_assert_int_eq(os_socket_name(fd, &own), 0);
	ck_assert(os_address_equal(&at, &own));
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	close(fd);
	close(client);
	close(listener);
}
END_TEST

START_TEST(flags_of_accept)
{
	struct os_address at, from;
	struct os_socket_listen how = {.backlog = 8};
	int listener = listen_on("127.0.0.1:0", &at, &how);
	int client = connect_to(&at);
	wait_readable(listener);
	int fd = os_socket_accept(listener, &from, SOCK_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	close(client);
	close(listener);
}
END_TEST

START_TEST(what_is_accepted_inherits)
{
	struct os_address at, from;
	struct os_socket_listen how = {.backlog = 8, .timeout_ms = 2500};
	int listener = listen_on("127.0.0.1:0", &at, &how);
	int client = connect_to(&at);
	wait_readable(listener);
	int fd = os_socket_accept(listener, &from, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	struct timeval t;
	socklen_t size = sizeof t;
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, &size), 0);
	ck_assert_int_eq(t.tv_sec, 2);
	ck_assert_int_ge(t.tv_usec, 400000);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, &size), 0);
	ck_assert_int_eq(t.tv_sec, 2);
	close(fd);
	close(client);
	close(listener);
}
END_TEST

START_TEST(how_a_listener_is_made)
{
	struct os_address at;
	struct os_socket_listen how = {.backlog = 8, .share = true, .defer_s = 3};
	int a = listen_on("127.0.0.1:0", &at, &how);
	int b = os_socket_listen(&at, &how);
	ck_assert_int_ge(b, 0);
	ck_assert_int_eq(fcntl(a, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_ne(fcntl(a, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(option(a, SOL_SOCKET, SO_REUSEADDR), 1);
	ck_assert_int_eq(option(a, SOL_SOCKET, SO_REUSEPORT), 1);
	ck_assert_int_gt(option(a, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
	close(a);
	close(b);
}
END_TEST

START_TEST(a_port_in_use)
{
	struct os_address at;
	struct os_socket_listen alone = {.backlog = 8}, shared = {.backlog = 8, .share = true};
	int a = listen_on("127.0.0.1:0", &at, &shared);
	unit_fails(os_socket_listen(&at, &alone), EADDRINUSE);
	close(a);
	a = listen_on("127.0.0.1:0", &at, &alone);
	unit_fails(os_socket_listen(&at, &shared), EADDRINUSE);
	struct os_socket_listen bound = {.backlog = 0};
	unit_fails(os_socket_listen(&at, &bound), EADDRINUSE);
	close(a);
	int again = os_socket_listen(&at, &alone); /* at once, thanks to SO_REUSEADDR */
	ck_assert_int_ge(again, 0);
	close(again);
	at = address_of("192.0.2.1:0"); /* of the documentation, RFC 5737: nobody's */
	unit_fails(os_socket_listen(&at, &alone), EADDRNOTAVAIL);
}
END_TEST

/* A client that comes while an address is looked at only is refused, and not reset later. */
START_TEST(bound_is_not_listening)
{
	struct os_address at;
	struct os_socket_listen how = {.backlog = 0};
	ck_assert_int_eq(os_address_parse(&at, TEXT("127.0.0.1:0")), 0);
	int fd = os_socket_listen(&at, &how);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(os_socket_name(fd, &at), 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unit_fails(connect(client, &at.of.any, at.size), ECONNREFUSED);
	close(client);
	close(fd);
}
END_TEST

START_TEST(the_v6_wildcard_takes_v4)
{
	struct os_address at, from;
	struct os_socket_listen how = {.backlog = 8};
	int listener = listen_on("0", &at, &how);
	char to[OS_ADDRESS_TEXT];
	snprintf(to, sizeof to, "127.0.0.1:%u", os_address_port(&at));
	struct os_address v4 = address_of(to);
	int client = connect_to(&v4);
	wait_readable(listener);
	int fd = os_socket_accept(listener, &from, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(os_address_host(&from, to), "127.0.0.1");
	close(fd);
	close(client);
	close(listener);
}
END_TEST

START_TEST(the_length_of_the_queue)
{
	struct os_address at, from;
	struct os_socket_listen how = {.backlog = 8};
	int clients[3], listener = listen_on("127.0.0.1:0", &at, &how);
	ck_assert_int_eq(os_socket_queue(listener), 0);
	for (int i = 0; i < 3; i++) {
		clients[i] = connect_to(&at);
		wait_readable(listener);
	}
	ck_assert_int_eq(os_socket_queue(listener), 3);
	close(os_socket_accept(listener, &from, 0));
	ck_assert_int_eq(os_socket_queue(listener), 2);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	close(listener);
	ck_assert_int_eq(os_socket_queue(listener), -1);
}
END_TEST

START_TEST(the_bytes_of_a_segment)
{
	struct os_address at, from;
	struct os_socket_listen how = {.backlog = 8};
	int pair[2], listener = listen_on("127.0.0.1:0", &at, &how);
	int client = connect_to(&at);
	wait_readable(listener);
	int fd = os_socket_accept(listener, &from, 0);
	size_t segment = os_socket_segment(fd);
	/* No network has less room (RFC 9293 3.7.1), no IPv4 packet more. */
	ck_assert_uint_ge(segment, 536);
	ck_assert_uint_le(segment, 65535 - 40);
	close(fd);
	close(client);
	close(listener);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_uint_eq(os_socket_segment(pair[0]), 0);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* Who sent so much (and then no more) sees what the server did. */
START_TEST(untouched_is_what_nobody_read_or_wrote)
{
	struct os_address at, from;
	struct os_socket_listen how = {.backlog = 8};
	int listener = listen_on("127.0.0.1:0", &at, &how);
	for (int i = 0; i < 8; i++) {
		bool says = i & 1, ends = i & 2;
		char byte;
		int client = connect_to(&at);
		wait_readable(listener);
		int fd = os_socket_accept(listener, &from, 0);
		ck_assert(os_socket_is_untouched(fd));
		if (says)
			ck_assert_int_eq(send(client, "four", 4, 0), 4);
		if (ends)
			ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
		if (says || ends)
			wait_readable(fd);
		ck_assert(os_socket_is_untouched(fd));
		ck_assert_int_eq(recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT), says   ? 1
									      : ends ? 0
										     : -1);
		ck_assert(os_socket_is_untouched(fd));
		if (i < 4 && says)
			ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
		else if (i < 4)
			ck_assert_int_eq(send(fd, "x", 1, 0), 1);
		else
			ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
		ck_assert(!os_socket_is_untouched(fd));
		close(fd);
		close(client);
	}
	ck_assert(!os_socket_is_untouched(listener));
	close(listener);
	ck_assert(!os_socket_is_untouched(listener));
}
END_TEST

UNIT_MAIN("os_socket", the_bytes_of_a_segment, untouched_is_what_nobody_read_or_wrote, accepts,
	flags_of_accept, what_is_accepted_inherits, how_a_listener_is_made, a_port_in_use,
	the_v6_wildcard_takes_v4, the_length_of_the_queue, bound_is_not_listening)
