/*
 * test_mp_subprocess_order - what a server of programs believes of those who ask
 *
 * Runs in:  make check; the servers are children of the tests
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_subprocess_order.h"

#include "mp/mp.h"
#include "mp_serving.h"
#include "os/os_rights.h"

#include <fcntl.h>
#include <sys/socket.h>

/* Who holds ways does not keep others from theirs. */
START_TEST(ways_are_few)
{
	enum { MANY = 5, MOST = 2 };
	struct mp_subprocess *p[MANY];
	serving_begin((struct mp_subprocess_server_options){.most = MOST});
	int before = serving_fds_at_rest();
	for (int i = 0; i < MANY; i++)
		p[i] = ECHO("word");
	serving_await_fds(before + MOST);
	for (int i = 0; i < MANY; i++)
		p[i] = ECHO("again", .after = p[i]);
	for (int i = 0; i < MANY; i++)
		mp_subprocess_close(p[i]);
	serving_end();
}
END_TEST

static int only_echo(struct mp_subprocess_order *order, void *closure)
{
	static const char *others[] = {"echo", "instead", NULL};
	if (strcmp(order->argv[0], "true") == 0)
		order->argv = others;
	ck_assert_ptr_eq(closure, &serving_options);
	return strcmp(order->argv[0], "echo") == 0 ? 0 : EPERM;
}

START_TEST(only_what_is_allowed)
{
	serving_begin((struct mp_subprocess_server_options){
		.most = 2, .check = only_echo, .closure = &serving_options});
	serving_prints(ARGV("echo", "word"), (struct mp_subprocess_options){0}, NULL, "word\n");
	serving_prints(ARGV("true"), (struct mp_subprocess_options){0}, NULL, "instead\n");
	serving_cannot(ARGV("cat"), (struct mp_subprocess_options){0}, EPERM);
	serving_end();
}
END_TEST

/* Two for each who asks, whatever limits he wants, and the limits are others. */
static int two_each(struct mp_subprocess_order *order, void *closure)
{
	static const struct mp_subprocess_limit files = {RLIMIT_NOFILE, {12, 12}};
	(void)closure;
	order->limits = &files;
	order->limit_count = 1;
	return order->asker > 0 && order->running < 2 ? 0 : EDQUOT;
}

static int ask_as_another(void *arg)
{
	struct mp_subprocess_options o =
		serving_with((struct mp_subprocess_options){.out = MP_DEVNULL});
	(void)arg;
	return mp_subprocess_call(SH("true"), &o, 30, NULL) != 0;
}

START_TEST(who_asks_is_known)
{
	static const struct mp_subprocess_limit wanted[] = {
		{RLIMIT_NOFILE, {20, 20}}, {RLIMIT_CPU, {7, 9}}};
	struct mp_subprocess *p[2];
	serving_begin((struct mp_subprocess_server_options){.check = two_each});
	serving_prints(SH("ulimit -n; ulimit -H -n; ulimit -t"),
		(struct mp_subprocess_options){.limits = wanted, .limit_count = 2}, NULL,
		"12\n12\nunlimited\n");
	for (int i = 0; i < 2; i++)
		p[i] = serving_open(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE});
	serving_cannot(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, EDQUOT);
	ck_assert_int_eq(children_join(children_start(ask_as_another, NULL)), 0);
	serving_cannot(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, EDQUOT);
	for (int i = 0; i < 2; i++) {
		mp_subprocess_close_stdin(p[i]);
		ck_assert_int_eq(mp_subprocess_wait(p[i], 30), 0);
		mp_subprocess_close(p[i]);
	}
	serving_prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	serving_end();
}
END_TEST

START_TEST(not_more_than_that)
{
	serving_begin((struct mp_subprocess_server_options){.most = 2});
	struct mp_subprocess *p[2];
	for (int i = 0; i < 2; i++)
		p[i] = serving_open(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE});
	serving_cannot(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, EAGAIN);
	mp_subprocess_close_stdin(p[0]);
	ck_assert_int_eq(mp_subprocess_wait(p[0], 30), 0);
	serving_prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	mp_subprocess_close_stdin(p[1]);
	ck_assert_int_eq(mp_subprocess_wait(p[1], 30), 0);
	for (int i = 0; i < 2; i++)
		mp_subprocess_close(p[i]);
	serving_end();
}
END_TEST

/* Anything with any descriptors, then something sensible. */
static void send_to(int to, const void *bytes, size_t size, const int *fds, size_t count)
{
	OS_RIGHTS_ROOM(control, 8);
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	if (count)
		os_rights_put(&message, control, fds, count);
	ck_assert_int_eq(sendmsg(to, &message, MSG_NOSIGNAL), (ssize_t)size);
}

static void send_nonsense(const void *bytes, size_t size, const int *fds, size_t count)
{
	send_to(serving_pair[1], bytes, size, fds, count);
}

START_TEST(nonsense)
{
	static char bytes[40000];
	serving_begin((struct mp_subprocess_server_options){0});
	int fds[8], before = serving_fds_at_rest(), other[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other), 0);
	for (int i = 0; i < 8; i++)
		fds[i] = i == 0 ? other[1] : 2;
	for (size_t size = 0; size < sizeof bytes; size += size < 400 ? 1 : 5000)
		for (size_t count = 0; count <= 8; count += 4) {
			memset(bytes, (int)size, size);
			send_nonsense(bytes, size, fds, count);
		}
	/* A head that says what is not so. */
	struct mp_subprocess_order_head head = {
		.magic = 0x70664f31, .size = 5, .argc = 1, .envc = 9, .streams = {1, 2, 3}};
	memcpy(bytes, &head, sizeof head);
	memcpy(bytes + sizeof head, "true", 5);
	send_nonsense(bytes, sizeof head + 5, fds, 4);
	head.envc = 0;
	head.in_memory = 1; /* a file that is none */
	send_nonsense(&head, sizeof head, fds, 5);
	/* It is told so where there is a socket to tell it on. */
	struct mp_subprocess_order_word word;
	ck_assert_int_eq(recv(other[0], &word, sizeof word, 0), sizeof word);
	ck_assert_int_eq(word.kind, MP_SUBPROCESS_ORDER_FAILED);
	ck_assert_int_eq(word.value, EBADMSG);
	/* An asker that keeps the server's end of its socket, and speaks nonsense on its own. */
	head.in_memory = 0;
	memcpy(bytes, &head, sizeof head);
	send_nonsense(bytes, sizeof head + 5, fds, 4);
	do
		ck_assert_int_eq(recv(other[0], &word, sizeof word, 0), sizeof word);
	while (word.kind != MP_SUBPROCESS_ORDER_STARTED);
	ck_assert_int_eq(send(other[0], "?", 1, MSG_NOSIGNAL), 1);
	serving_prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	close(other[0]);
	close(other[1]);
	serving_await_fds(before);
	serving_end();
}
END_TEST

static void send_true(int to, const int *fds, size_t count)
{
	static const struct mp_subprocess_order_head head = {
		.magic = 0x70664f31, .size = 5, .argc = 1, .streams = {-1, -1, -1}};
	char bytes[sizeof head + 5];
	memcpy(bytes, &head, sizeof head);
	memcpy(bytes + sizeof head, "true", 5);
	send_to(to, bytes, sizeof bytes, fds, count);
}

/* Of a kind that stays ready when it has been read empty. */
static int shut_datagrams(void)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0 ||
		shutdown(ends[0], SHUT_RDWR) < 0)
		return -1;
	close(ends[1]);
	return ends[0];
}

static int send_what_is_no_way(void *arg)
{
	const int shut = shut_datagrams(),
		  others[] = {serving_pair[1], serving_pair[0], shut, *(int *)arg};
	for (size_t i = 0; shut >= 0 && i < sizeof others / sizeof *others; i++)
		send_true(serving_pair[1], &others[i], 1);
	close(shut);
	return shut < 0;
}

/* Only what the asker has made for the program: with its own other end the server would never see
 * that nobody can ask any more (`end` waits for that), and with others it would never rest. */
START_TEST(ways_that_are_none)
{
	int other[2];
	serving_begin((struct mp_subprocess_server_options){0});
	int before = serving_fds_at_rest();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other), 0);
	ck_assert_int_eq(children_join(children_start(send_what_is_no_way, &other[1])), 0);
	serving_prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	serving_await_fds(before);
	/* Who made it may give it. */
	send_true(serving_pair[1], &other[1], 1);
	close(other[1]);
	struct mp_subprocess_order_word word;
	ck_assert_int_eq(recv(other[0], &word, sizeof word, 0), sizeof word);
	ck_assert_int_eq(word.kind, MP_SUBPROCESS_ORDER_FAILED);
	ck_assert_int_eq(word.value, EBADMSG);
	ck_assert_int_eq(recv(other[0], &word, sizeof word, 0), sizeof word);
	ck_assert_int_eq(word.kind, MP_SUBPROCESS_ORDER_STARTED);
	close(other[0]);
	serving_await_fds(before);
	serving_end();
}
END_TEST

static void expect_word(int way, int kind)
{
	struct mp_subprocess_order_word word;
	ck_assert_int_eq(recv(way, &word, sizeof word, 0), sizeof word);
	ck_assert_int_eq(word.kind, kind);
}

/* An asker chooses what the kernel adds to messages on the way it has made: a descriptor of who
 * writes, which nobody has sent. None of them stays, nor any that no stream needs. */
START_TEST(a_way_that_brings_more)
{
	enum { TIMES = 20, PASSPIDFD = 76 /* SO_PASSPIDFD, newer than the C library's headers */ };
	const int on = 1, more[] = {1, 1, 1};
	int way[2];
	serving_begin((struct mp_subprocess_server_options){0});
	int before = serving_fds_at_rest();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, way), 0);
	/* Linux 6.5. An older one adds nothing. */
	int done = setsockopt(way[1], SOL_SOCKET, PASSPIDFD, &on, sizeof on);
	ck_assert(done == 0 || errno == ENOPROTOOPT);
	send_true(serving_pair[1], &way[1], 1);
	close(way[1]);
	for (int i = 0; i < TIMES; i++) {
		expect_word(way[0], MP_SUBPROCESS_ORDER_STARTED);
		expect_word(way[0], MP_SUBPROCESS_ORDER_ENDED);
		send_true(way[0], more, (size_t)i % 4);
	}
	expect_word(way[0], MP_SUBPROCESS_ORDER_STARTED);
	expect_word(way[0], MP_SUBPROCESS_ORDER_ENDED);
	serving_await_fds(before + 1);
	close(way[0]);
	serving_await_fds(before);
	serving_end();
}
END_TEST

/* Who signals without a pause has some heard, then it is the others' turn. */
START_TEST(signals_by_turns)
{
	enum { MANY = 64, TURNS = 4 };
	const struct mp_subprocess_order_word word = {
		.kind = MP_SUBPROCESS_ORDER_SIGNAL, .value = SIGCONT};
	int turns = 0;
	ck_assert_int_eq(mp_subprocess_server_pair(serving_pair), 0);
	struct mp_subprocess_server *s = mp_subprocess_server_new(serving_pair[0], NULL);
	struct mp_subprocess_options o =
		serving_with((struct mp_subprocess_options){.in = MP_PIPE, .later = true});
	struct mp_subprocess *p = mp_subprocess_popen(ARGV("cat"), &o);
	ck_assert(s && p);
	while (mp_subprocess_server_serve(s, 0.1) == 0)
		;
	ck_assert_int_eq(mp_subprocess_started(p), 0);
	int way = mp_subprocess_sentinel(p); /* the first word */
	for (int i = 1; i < MANY; i++)
		ck_assert_int_eq(mp_subprocess_order_tell(way, &word), 0);
	while (mp_subprocess_server_serve(s, 0) == 0)
		turns++;
	ck_assert_int_eq(turns, TURNS);
	ck_assert_uint_eq(mp_subprocess_server_count(s), 1);
	mp_subprocess_close(p);
	mp_subprocess_server_close(s);
	close(serving_pair[0]);
	close(serving_pair[1]);
}
END_TEST

int main(void)
{
	if (mp_check_valgrind())
		return 77; /* it knows no pidfd_open(2) */
	const struct children_test tests[] = {
		{only_what_is_allowed, 1},
		{who_asks_is_known, 1},
		{not_more_than_that, 1},
		{ways_are_few, 1},
		{nonsense, 1},
		{ways_that_are_none, 1},
		{a_way_that_brings_more, 1},
		{signals_by_turns, 1},
	};
	return children_run("mp_subprocess_order", tests, sizeof tests / sizeof *tests);
}
