/*
 * test_mp_subprocess_server - programs that another process starts, and what it believes of whom
 *
 * Runs in:  make check; the servers are children of the tests
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp/mp_subprocess_order.h"
#include "mp_programs.h"
#include "os/os_rights.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static struct mp_subprocess_server_options options;
static int pair[2];
static pid_t server;

static int serve(void *arg)
{
	(void)arg;
	close(pair[1]);
	struct mp_subprocess_server *s = mp_subprocess_server_new(pair[0], &options);
	while (s && (mp_subprocess_server_serve(s, -1) == 0 || errno == EINTR))
		;
	bool good = s && errno == EPIPE && mp_subprocess_server_count(s) == 0;
	mp_subprocess_server_close(s);
	close(pair[0]);
	return !good || mp_check_children() > 0;
}

static void begin(struct mp_subprocess_server_options o)
{
	options = o;
	ck_assert_int_eq(mp_subprocess_server_pair(pair), 0);
	server = children_start(serve, NULL);
}

/* It ends by itself when nobody can ask any more and all its programs have. */
static void end(void)
{
	close(pair[1]);
	close(pair[0]);
	ck_assert_int_eq(children_join(server), 0);
}

static struct mp_subprocess_options with(struct mp_subprocess_options o)
{
	o.server = pair[1];
	return o;
}

static struct mp_subprocess *open_program(
	const char *const *argv, struct mp_subprocess_options wanted)
{
	struct mp_subprocess_options o = with(wanted);
	struct mp_subprocess *p = mp_subprocess_popen(argv, &o);
	ck_assert_msg(p != NULL, "%s: %s", argv[0], strerror(errno));
	return p;
}

static void prints(const char *const *argv, struct mp_subprocess_options wanted, const char *input,
	const char *expected)
{
	struct mp_subprocess_options o = with(wanted);
	struct mp_subprocess_result result;
	int done =
		mp_subprocess_check_output(argv, &o, input, input ? strlen(input) : 0, 30, &result);
	ck_assert_msg(done == 0, "%s: %s", argv[0], strerror(errno));
	ck_assert_str_eq(result.out, expected);
	mp_subprocess_result_free(&result);
}

static void cannot(const char *const *argv, struct mp_subprocess_options wanted, int why)
{
	struct mp_subprocess_options o = with(wanted);
	errno = 0;
	ck_assert_ptr_null(mp_subprocess_popen(argv, &o));
	ck_assert_int_eq(errno, why);
}

static int fds_of(pid_t pid)
{
	char name[64];
	int count = 0;
	snprintf(name, sizeof name, "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(name);
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* As many as here, without the askers' end, but with /dev/null and what it waits with; and "." and
 * "..". */
static int fds_at_rest(void)
{
	return mp_check_fds() + 3;
}

static void await_fds(int count)
{
	for (double until = mp_check_now() + 20; fds_of(server) != count && mp_check_now() < until;)
		usleep(1000);
	ck_assert_int_eq(fds_of(server), count);
}

START_TEST(all_is_as_without)
{
	const struct mp_subprocess_limit limits[] = {{RLIMIT_NOFILE, {40, 40}}};
	int code = 99;
	begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess_options o = with((struct mp_subprocess_options){0});
	ck_assert_int_eq(mp_subprocess_call(SH("exit 7"), &o, 30, &code), 0);
	ck_assert_int_eq(code, 7);
	ck_assert_int_eq(mp_subprocess_call(SH("kill -HUP $$"), &o, -1, &code), 0);
	ck_assert_int_eq(code, -SIGHUP);
	prints(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, "fed", "fed");
	prints(SH("echo a; echo b >&2"), (struct mp_subprocess_options){.err = MP_STDOUT}, NULL,
		"a\nb\n");
	prints(SH("cat; echo b >&2"),
		(struct mp_subprocess_options){.in = MP_DEVNULL, .err = MP_DEVNULL}, NULL, "");
	prints(ARGV("/usr/bin/env"), (struct mp_subprocess_options){.env = ARGV("A=1", "B=2 3")},
		NULL, "A=1\nB=2 3\n");
	prints(ARGV("pwd"), (struct mp_subprocess_options){.cwd = "/proc"}, NULL, "/proc\n");
	prints(SH("ulimit -n"), (struct mp_subprocess_options){.limits = limits, .limit_count = 1},
		NULL, "40\n");
	prints(SH("ls /proc/self/fd | tr '\\n' ' '"), (struct mp_subprocess_options){0}, NULL,
		"0 1 2 3 ");
	end();
}
END_TEST

START_TEST(what_is_no_program)
{
	const struct mp_subprocess_limit wrong[] = {{99, {1, 1}}};
	begin((struct mp_subprocess_server_options){0});
	cannot(ARGV("/no/such/program"), (struct mp_subprocess_options){0}, ENOENT);
	cannot(ARGV("/etc/passwd"), (struct mp_subprocess_options){0}, EACCES);
	cannot(ARGV("true"), (struct mp_subprocess_options){.cwd = "/no/such"}, ENOENT);
	cannot(ARGV("true"), (struct mp_subprocess_options){.limits = wrong, .limit_count = 1},
		EINVAL);
	cannot(ARGV("true"), (struct mp_subprocess_options){.out = 99}, EBADF);
	end();
}
END_TEST

/* More than a message takes, and more than anything takes. */
START_TEST(large_environments)
{
	enum { EACH = 100 * 1000, MANY = 30 };
	static char strings[MANY][EACH];
	const char *env[MANY + 1] = {NULL};
	for (int i = 0; i < MANY; i++) {
		memset(strings[i], 'x', EACH - 1);
		snprintf(strings[i], 8, "V%d", i);
		strings[i][strlen(strings[i])] = '=';
	}
	begin((struct mp_subprocess_server_options){0});
	env[0] = strings[0];
	prints(SH("echo ${#V0}"), (struct mp_subprocess_options){.env = env}, NULL, "99996\n");
	for (int i = 0; i < 10; i++)
		env[i] = strings[i];
	prints(SH("echo $((${#V1} + ${#V9}))"), (struct mp_subprocess_options){.env = env}, NULL,
		"199992\n");
	for (int i = 0; i < MANY; i++)
		env[i] = strings[i];
	cannot(ARGV("true"), (struct mp_subprocess_options){.env = env}, E2BIG);
	/* A single string is too long for the kernel. */
	char *one = malloc(200 * 1000);
	memset(one, 'y', 200 * 1000 - 1);
	one[200 * 1000 - 1] = '\0';
	cannot(ARGV("/bin/true", one), (struct mp_subprocess_options){0}, E2BIG);
	free(one);
	end();
}
END_TEST

START_TEST(signals_and_ends)
{
	struct rusage usage;
	char byte;
	int code;
	begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p = open_program(SH("trap 'exit 5' TERM; echo; read x"),
		(struct mp_subprocess_options){.in = MP_PIPE, .out = MP_PIPE, .new_session = true});
	ck_assert_int_eq(mp_subprocess_started(p), 0);
	ck_assert_int_gt(mp_subprocess_pid(p), 0);
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), &byte, 1), 1);
	ck_assert_int_eq(mp_subprocess_poll(p), 0);
	ck_assert(!mp_subprocess_returncode(p, &code));
	ck_fails(mp_subprocess_wait(p, 0), EAGAIN);
	ck_fails(mp_subprocess_wait(p, 0.01), ETIMEDOUT);
	ck_assert_int_eq(mp_subprocess_terminate(p), 0);
	struct pollfd sentinel = {.fd = mp_subprocess_sentinel(p), .events = POLLIN};
	ck_assert_int_eq(poll(&sentinel, 1, 30000), 1);
	ck_assert_int_eq(mp_subprocess_poll(p), 1);
	ck_assert(mp_subprocess_returncode(p, &code));
	ck_assert_int_eq(code, 5);
	ck_assert(mp_subprocess_rusage(p, &usage));
	ck_assert_int_gt(usage.ru_maxrss, 0);
	ck_fails(mp_subprocess_kill(p), ESRCH);
	mp_subprocess_close(p);
	/* Closed while it runs: it is killed, and nobody waits; its pipe ends with it. */
	p = open_program(SH("trap '' TERM; sleep 100 & echo; wait"),
		(struct mp_subprocess_options){.out = MP_PIPE, .new_session = true});
	int out = fcntl(mp_subprocess_stdout_fileno(p), F_DUPFD_CLOEXEC, 0);
	ck_assert_int_eq(read(out, &byte, 1), 1);
	mp_subprocess_close(p);
	ck_assert_int_eq(read(out, &byte, 1), 0);
	close(out);
	end();
}
END_TEST

/* Nobody waits for the start. */
START_TEST(later)
{
	begin((struct mp_subprocess_server_options){0});
	ck_assert_int_eq(kill(server, SIGSTOP), 0);
	children_await_state(server, 'T');
	struct mp_subprocess *good = open_program(ARGV("cat"),
		(struct mp_subprocess_options){.in = MP_PIPE, .out = MP_PIPE, .later = true});
	struct mp_subprocess *bad = open_program(ARGV("/no/such/program"),
		(struct mp_subprocess_options){.out = MP_PIPE, .later = true});
	ck_fails(mp_subprocess_started(good), EAGAIN);
	ck_fails(mp_subprocess_started(bad), EAGAIN);
	ck_assert_int_eq(mp_subprocess_pid(good), 0);
	ck_assert_int_eq(mp_subprocess_poll(good), 0);
	ck_assert_int_eq(kill(server, SIGCONT), 0);
	struct mp_subprocess_result result;
	ck_assert_int_eq(mp_subprocess_communicate(good, "word", 4, 30, &result), 0);
	ck_assert_str_eq(result.out, "word");
	ck_assert_int_eq(mp_subprocess_started(good), 0);
	mp_subprocess_result_free(&result);
	/* Who sees the end of its output knows why. */
	char byte;
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(bad), &byte, 1), 0);
	ck_fails(mp_subprocess_started(bad), ENOENT);
	ck_assert_int_eq(mp_subprocess_poll(bad), 1);
	mp_subprocess_close(good);
	mp_subprocess_close(bad);
	end();
}
END_TEST

static struct mp_subprocess *ended_program(
	const char *const *argv, struct mp_subprocess_options wanted, const char *expected)
{
	struct mp_subprocess_result result;
	struct mp_subprocess *p = open_program(argv, wanted);
	ck_assert_int_eq(mp_subprocess_communicate(p, NULL, 0, 30, &result), 0);
	ck_assert_str_eq(result.out, expected);
	mp_subprocess_result_free(&result);
	return p;
}

#define ECHO(word, ...)                                                                            \
	ended_program(ARGV("echo", word),                                                          \
		(struct mp_subprocess_options){.out = MP_PIPE, __VA_ARGS__}, word "\n")

/* The way of one that has ended is the next one's, whatever went by it meanwhile. */
START_TEST(one_after_the_other)
{
	static char large[100 * 1000] = "A=";
	const struct mp_subprocess_order_word kill_it = {
		.kind = MP_SUBPROCESS_ORDER_SIGNAL, .value = SIGKILL};
	int code;
	begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p = ECHO("first");
	int way = mp_subprocess_sentinel(p);
	p = ECHO("second", .after = p);
	ck_assert_int_eq(mp_subprocess_sentinel(p), way);
	p = ECHO("third", .after = p, .later = true);
	/* What was said too late to the one is not heard by the other. */
	ck_assert_int_eq(mp_subprocess_order_tell(way, &kill_it), 0);
	memset(large + 2, 'x', sizeof large - 3);
	p = ended_program(SH("echo ${#A}"),
		(struct mp_subprocess_options){
			.out = MP_PIPE, .env = ARGV(large), .after = p, .later = true},
		"99997\n");
	ck_assert(mp_subprocess_returncode(p, &code) && code == 0);
	ck_assert_int_eq(mp_subprocess_sentinel(p), way);
	/* One that cannot be started takes it along. */
	cannot(ARGV("/no/such/program"), (struct mp_subprocess_options){.after = p}, ENOENT);
	ck_fails(fcntl(way, F_GETFD), EBADF);
	/* One that runs leaves none, and ends here. */
	p = open_program(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE});
	p = ECHO("fourth", .after = p);
	/* Of one that was refused it is as good. */
	p = open_program(ARGV("/no/such/program"),
		(struct mp_subprocess_options){.after = p, .later = true});
	way = mp_subprocess_sentinel(p);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_fails(mp_subprocess_started(p), ENOENT);
	p = ECHO("fifth", .after = p);
	ck_assert_int_eq(mp_subprocess_sentinel(p), way);
	/* With nonsense it is lost. */
	struct pollfd lost = {.fd = way};
	ck_assert_int_eq(send(way, "?", 1, MSG_NOSIGNAL), 1);
	ck_assert_int_eq(poll(&lost, 1, 30000), 1);
	p = ECHO("sixth", .after = p);
	/* So it is with the server; the next one is asked as by everybody. */
	children_kill(server);
	server = children_start(serve, NULL);
	mp_subprocess_close(ECHO("seventh", .after = p));
	end();
}
END_TEST

/* Who holds ways does not keep others from theirs. */
START_TEST(ways_are_few)
{
	enum { MANY = 5, MOST = 2 };
	struct mp_subprocess *p[MANY];
	begin((struct mp_subprocess_server_options){.most = MOST});
	int before = fds_at_rest();
	for (int i = 0; i < MANY; i++)
		p[i] = ECHO("word");
	await_fds(before + MOST);
	for (int i = 0; i < MANY; i++)
		p[i] = ECHO("again", .after = p[i]);
	for (int i = 0; i < MANY; i++)
		mp_subprocess_close(p[i]);
	end();
}
END_TEST

/* Both hold the end of a pipe until they are gone. */
static int ask_and_stay(void *arg)
{
	int out = *(int *)arg;
	struct mp_subprocess_options o =
		with((struct mp_subprocess_options){.out = out, .new_session = true});
	if (!mp_subprocess_popen(
		    SH("trap 'printf t' TERM; printf s; sleep 100 & wait; wait"), &o) ||
		!mp_subprocess_popen(SH("trap '' TERM; printf s; while :; do sleep 100; done"), &o))
		return 1;
	for (;;)
		pause();
}

START_TEST(an_asker_dies)
{
	char got[2];
	begin((struct mp_subprocess_server_options){0});
	struct children_word word = children_word();
	pid_t asker = children_start(ask_and_stay, &word.ends[1]);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(read(word.ends[0], got, 1), 1);
		ck_assert_int_eq(got[0], 's');
	}
	close(word.ends[1]);
	double before = mp_check_now();
	children_kill(asker);
	ck_assert_int_eq(read(word.ends[0], got, 1), 1);
	ck_assert_int_eq(got[0], 't');
	/* The end comes with SIGKILL. */
	ck_assert_int_eq(read(word.ends[0], got, 1), 0);
	double after = mp_check_now() - before;
	ck_assert_msg(after > 2.5 && after < 20, "%g s", after);
	close(word.ends[0]);
	end();
}
END_TEST

START_TEST(the_server_dies)
{
	char byte;
	int code;
	begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p = open_program(SH("echo; exec sleep 100"),
		(struct mp_subprocess_options){.out = MP_PIPE, .death_signal = SIGKILL});
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), &byte, 1), 1);
	children_kill(server);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_assert(mp_subprocess_returncode(p, &code));
	ck_assert_int_eq(code, MP_EXITCODE_UNKNOWN);
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), &byte, 1), 0);
	mp_subprocess_close(p);
	/* What is asked for now waits for the next one. */
	p = open_program(ARGV("true"), (struct mp_subprocess_options){.later = true});
	ck_fails(mp_subprocess_started(p), EAGAIN);
	server = children_start(serve, NULL);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_assert(mp_subprocess_returncode(p, &code) && code == 0);
	mp_subprocess_close(p);
	end();
	/* There is none, and none can come. */
	ck_assert_int_eq(mp_subprocess_server_pair(pair), 0);
	close(pair[0]);
	cannot(ARGV("true"), (struct mp_subprocess_options){0}, EPIPE);
	close(pair[1]);
}
END_TEST

/* It fails where no descriptor is left, and leaves no numbers that could be somebody's. */
START_TEST(no_pair)
{
	struct rlimit before;
	int ends[2] = {0, 1};
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	const struct rlimit none = {0, before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	int made = mp_subprocess_server_pair(ends), why = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(made, -1);
	ck_assert_int_eq(why, EMFILE);
	ck_assert(ends[0] == -1 && ends[1] == -1);
}
END_TEST

static int only_echo(struct mp_subprocess_order *order, void *closure)
{
	static const char *others[] = {"echo", "instead", NULL};
	if (strcmp(order->argv[0], "true") == 0)
		order->argv = others;
	ck_assert_ptr_eq(closure, &options);
	return strcmp(order->argv[0], "echo") == 0 ? 0 : EPERM;
}

/* Who does not wait for the start is told at once that the socket is full, and asks again when it
 * can be written to. */
START_TEST(more_than_the_socket_holds)
{
	enum { MOST = 2000 };
	static struct mp_subprocess *all[MOST];
	int count = 0;
	ck_assert_int_eq(mp_subprocess_server_pair(pair), 0);
	struct mp_subprocess_options o = with(
		(struct mp_subprocess_options){.in = MP_DEVNULL, .out = MP_DEVNULL, .later = true});
	struct pollfd room = {pair[1], POLLOUT, 0};
	double before = mp_check_now();
	while (count < MOST && (all[count] = mp_subprocess_popen(ARGV("true"), &o)))
		count++;
	ck_assert_int_lt(count, MOST);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(mp_check_now() - before < 2);
	ck_assert_int_eq(poll(&room, 1, 0), 0);
	options = (struct mp_subprocess_server_options){.most = MOST};
	server = children_start(serve, NULL);
	ck_assert_int_eq(poll(&room, 1, 30000), 1);
	all[count] = open_program(ARGV("true"), o);
	for (int i = 0; i <= count; i++) {
		ck_assert_int_eq(mp_subprocess_wait(all[i], 30), 0);
		mp_subprocess_close(all[i]);
	}
	end();
}
END_TEST

static int takes_and_stays(struct mp_subprocess_order *order, void *closure)
{
	(void)order;
	(void)closure;
	pause();
	return 0;
}

/* A server that has not read what it was asked for has not done it; of one that has nobody knows.
 */
START_TEST(dies_before_and_after_it_was_asked)
{
	begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p =
		open_program(ARGV("true"), (struct mp_subprocess_options){.later = true});
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	kill(server, SIGSTOP);
	p = open_program(ARGV("true"), (struct mp_subprocess_options){.after = p, .later = true});
	children_kill(server);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_fails(mp_subprocess_started(p), ECONNRESET);
	mp_subprocess_close(p);
	close(pair[0]);
	close(pair[1]);
	begin((struct mp_subprocess_server_options){.check = takes_and_stays});
	p = open_program(ARGV("true"), (struct mp_subprocess_options){.later = true});
	struct pollfd taken = {pair[0], POLLIN, 0};
	for (double until = mp_check_now() + 20; poll(&taken, 1, 0) && mp_check_now() < until;)
		usleep(1000);
	children_kill(server);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_fails(mp_subprocess_started(p), EPIPE);
	mp_subprocess_close(p);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(only_what_is_allowed)
{
	begin((struct mp_subprocess_server_options){
		.most = 2, .check = only_echo, .closure = &options});
	prints(ARGV("echo", "word"), (struct mp_subprocess_options){0}, NULL, "word\n");
	prints(ARGV("true"), (struct mp_subprocess_options){0}, NULL, "instead\n");
	cannot(ARGV("cat"), (struct mp_subprocess_options){0}, EPERM);
	end();
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
	struct mp_subprocess_options o = with((struct mp_subprocess_options){.out = MP_DEVNULL});
	(void)arg;
	return mp_subprocess_call(SH("true"), &o, 30, NULL) != 0;
}

START_TEST(who_asks_is_known)
{
	static const struct mp_subprocess_limit wanted[] = {
		{RLIMIT_NOFILE, {20, 20}}, {RLIMIT_CPU, {7, 9}}};
	struct mp_subprocess *p[2];
	begin((struct mp_subprocess_server_options){.check = two_each});
	prints(SH("ulimit -n; ulimit -H -n; ulimit -t"),
		(struct mp_subprocess_options){.limits = wanted, .limit_count = 2}, NULL,
		"12\n12\nunlimited\n");
	for (int i = 0; i < 2; i++)
		p[i] = open_program(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE});
	cannot(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, EDQUOT);
	ck_assert_int_eq(children_join(children_start(ask_as_another, NULL)), 0);
	cannot(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, EDQUOT);
	for (int i = 0; i < 2; i++) {
		mp_subprocess_close_stdin(p[i]);
		ck_assert_int_eq(mp_subprocess_wait(p[i], 30), 0);
		mp_subprocess_close(p[i]);
	}
	prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	end();
}
END_TEST

START_TEST(not_more_than_that)
{
	begin((struct mp_subprocess_server_options){.most = 2});
	struct mp_subprocess *p[2];
	for (int i = 0; i < 2; i++)
		p[i] = open_program(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE});
	cannot(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, EAGAIN);
	mp_subprocess_close_stdin(p[0]);
	ck_assert_int_eq(mp_subprocess_wait(p[0], 30), 0);
	prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	mp_subprocess_close_stdin(p[1]);
	ck_assert_int_eq(mp_subprocess_wait(p[1], 30), 0);
	for (int i = 0; i < 2; i++)
		mp_subprocess_close(p[i]);
	end();
}
END_TEST

/* Anything with any descriptors, then something sensible. */
static void send_nonsense(const void *bytes, size_t size, const int *fds, size_t count)
{
	OS_RIGHTS_ROOM(control, 8);
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	if (count)
		os_rights_put(&message, control, fds, count);
	ck_assert_int_eq(sendmsg(pair[1], &message, MSG_NOSIGNAL), (ssize_t)size);
}

START_TEST(nonsense)
{
	static char bytes[40000];
	begin((struct mp_subprocess_server_options){0});
	int fds[8], before = fds_at_rest(), other[2];
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
	prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	close(other[0]);
	close(other[1]);
	await_fds(before);
	end();
}
END_TEST

static void send_true(const int *fds, size_t count)
{
	static const struct mp_subprocess_order_head head = {
		.magic = 0x70664f31, .size = 5, .argc = 1, .streams = {-1, -1, -1}};
	char bytes[sizeof head + 5];
	memcpy(bytes, &head, sizeof head);
	memcpy(bytes + sizeof head, "true", 5);
	send_nonsense(bytes, sizeof bytes, fds, count);
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
	const int shut = shut_datagrams(), others[] = {pair[1], pair[0], shut, *(int *)arg};
	for (size_t i = 0; shut >= 0 && i < sizeof others / sizeof *others; i++)
		send_true(&others[i], 1);
	close(shut);
	return shut < 0;
}

/* Only what the asker has made for the program: with its own other end the server would never see
 * that nobody can ask any more (`end` waits for that), and with others it would never rest. */
START_TEST(ways_that_are_none)
{
	int other[2];
	begin((struct mp_subprocess_server_options){0});
	int before = fds_at_rest();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other), 0);
	ck_assert_int_eq(children_join(children_start(send_what_is_no_way, &other[1])), 0);
	prints(ARGV("echo"), (struct mp_subprocess_options){0}, NULL, "\n");
	await_fds(before);
	/* Who made it may give it. */
	send_true(&other[1], 1);
	close(other[1]);
	struct mp_subprocess_order_word word;
	ck_assert_int_eq(recv(other[0], &word, sizeof word, 0), sizeof word);
	ck_assert_int_eq(word.kind, MP_SUBPROCESS_ORDER_FAILED);
	ck_assert_int_eq(word.value, EBADMSG);
	ck_assert_int_eq(recv(other[0], &word, sizeof word, 0), sizeof word);
	ck_assert_int_eq(word.kind, MP_SUBPROCESS_ORDER_STARTED);
	close(other[0]);
	await_fds(before);
	end();
}
END_TEST

/* Who signals without a pause has some heard, then it is the others' turn. */
START_TEST(signals_by_turns)
{
	enum { MANY = 64, TURNS = 4 };
	const struct mp_subprocess_order_word word = {
		.kind = MP_SUBPROCESS_ORDER_SIGNAL, .value = SIGCONT};
	int turns = 0;
	ck_assert_int_eq(mp_subprocess_server_pair(pair), 0);
	struct mp_subprocess_server *s = mp_subprocess_server_new(pair[0], NULL);
	struct mp_subprocess_options o =
		with((struct mp_subprocess_options){.in = MP_PIPE, .later = true});
	struct mp_subprocess *p = mp_subprocess_popen(ARGV("cat"), &o);
	ck_assert(s && p);
	while (mp_subprocess_server_serve(s, 0.1) == 0)
		;
	ck_assert_int_eq(mp_subprocess_started(p), 0);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(mp_subprocess_order_tell(mp_subprocess_sentinel(p), &word), 0);
	while (mp_subprocess_server_serve(s, 0) == 0)
		turns++;
	ck_assert_int_eq(turns, TURNS);
	ck_assert_uint_eq(mp_subprocess_server_count(s), 1);
	mp_subprocess_close(p);
	mp_subprocess_server_close(s);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

int main(void)
{
	if (mp_check_valgrind())
		return 77; /* it knows no pidfd_open(2) */
	const struct children_test tests[] = {
		{all_is_as_without, 1},
		{what_is_no_program, 1},
		{large_environments, 1},
		{signals_and_ends, 1},
		{later, 1},
		{one_after_the_other, 1},
		{ways_are_few, 1},
		{an_asker_dies, 1},
		{the_server_dies, 1},
		{more_than_the_socket_holds, 1},
		{dies_before_and_after_it_was_asked, 1},
		{only_what_is_allowed, 1},
		{who_asks_is_known, 1},
		{not_more_than_that, 1},
		{nonsense, 1},
		{no_pair, 1},
		{ways_that_are_none, 1},
		{signals_by_turns, 1},
	};
	return children_run("mp_subprocess_server", tests, sizeof tests / sizeof *tests);
}
