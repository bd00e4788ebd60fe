/*
 * test_mp_subprocess_server - programs that another process starts: all is as when one starts them
 *
 * Runs in:  make check; the servers are children of the tests
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp/mp_subprocess_order.h"
#include "mp_serving.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

START_TEST(all_is_as_without)
{
	const struct mp_subprocess_limit limits[] = {{RLIMIT_NOFILE, {40, 40}}};
	int code = 99;
	serving_begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess_options o = serving_with((struct mp_subprocess_options){0});
	ck_assert_int_eq(mp_subprocess_call(SH("exit 7"), &o, 30, &code), 0);
	ck_assert_int_eq(code, 7);
	ck_assert_int_eq(mp_subprocess_call(SH("kill -HUP $$"), &o, -1, &code), 0);
	ck_assert_int_eq(code, -SIGHUP);
	serving_prints(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE}, "fed", "fed");
	serving_prints(SH("echo a; echo b >&2"), (struct mp_subprocess_options){.err = MP_STDOUT},
		NULL, "a\nb\n");
	serving_prints(SH("cat; echo b >&2"),
		(struct mp_subprocess_options){.in = MP_DEVNULL, .err = MP_DEVNULL}, NULL, "");
	serving_prints(ARGV("/usr/bin/env"),
		(struct mp_subprocess_options){.env = ARGV("A=1", "B=2 3")}, NULL, "A=1\nB=2 3\n");
	serving_prints(
		ARGV("pwd"), (struct mp_subprocess_options){.cwd = "/proc"}, NULL, "/proc\n");
	serving_prints(SH("ulimit -n"),
		(struct mp_subprocess_options){.limits = limits, .limit_count = 1}, NULL, "40\n");
	serving_prints(SH("ls /proc/self/fd | tr '\\n' ' '"), (struct mp_subprocess_options){0},
		NULL, "0 1 2 3 ");
	serving_end();
}
END_TEST

START_TEST(what_is_no_program)
{
	const struct mp_subprocess_limit wrong[] = {{99, {1, 1}}};
	serving_begin((struct mp_subprocess_server_options){0});
	serving_cannot(ARGV("/no/such/program"), (struct mp_subprocess_options){0}, ENOENT);
	serving_cannot(ARGV("/etc/passwd"), (struct mp_subprocess_options){0}, EACCES);
	serving_cannot(ARGV("true"), (struct mp_subprocess_options){.cwd = "/no/such"}, ENOENT);
	serving_cannot(ARGV("true"),
		(struct mp_subprocess_options){.limits = wrong, .limit_count = 1}, EINVAL);
	serving_cannot(ARGV("true"), (struct mp_subprocess_options){.out = 99}, EBADF);
	serving_end();
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
	serving_begin((struct mp_subprocess_server_options){0});
	env[0] = strings[0];
	serving_prints(
		SH("echo ${#V0}"), (struct mp_subprocess_options){.env = env}, NULL, "99996\n");
	for (int i = 0; i < 10; i++)
		env[i] = strings[i];
	serving_prints(SH("echo $((${#V1} + ${#V9}))"), (struct mp_subprocess_options){.env = env},
		NULL, "199992\n");
	for (int i = 0; i < MANY; i++)
		env[i] = strings[i];
	serving_cannot(ARGV("true"), (struct mp_subprocess_options){.env = env}, E2BIG);
	/* A single string is too long for the kernel. */
	char *one = malloc(200 * 1000);
	memset(one, 'y', 200 * 1000 - 1);
	one[200 * 1000 - 1] = '\0';
	serving_cannot(ARGV("/bin/true", one), (struct mp_subprocess_options){0}, E2BIG);
	free(one);
	serving_end();
}
END_TEST

START_TEST(signals_and_ends)
{
	struct rusage usage;
	char byte;
	int code;
	serving_begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p = serving_open(SH("trap 'exit 5' TERM; echo; read x"),
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
	p = serving_open(SH("trap '' TERM; sleep 100 & echo; wait"),
		(struct mp_subprocess_options){.out = MP_PIPE, .new_session = true});
	int out = fcntl(mp_subprocess_stdout_fileno(p), F_DUPFD_CLOEXEC, 0);
	ck_assert_int_eq(read(out, &byte, 1), 1);
	mp_subprocess_close(p);
	ck_assert_int_eq(read(out, &byte, 1), 0);
	close(out);
	serving_end();
}
END_TEST

/* Nobody waits for the start. */
START_TEST(later)
{
	serving_begin((struct mp_subprocess_server_options){0});
	ck_assert_int_eq(kill(serving_pid, SIGSTOP), 0);
	children_await_state(serving_pid, 'T');
	struct mp_subprocess *good = serving_open(ARGV("cat"),
		(struct mp_subprocess_options){.in = MP_PIPE, .out = MP_PIPE, .later = true});
	struct mp_subprocess *bad = serving_open(ARGV("/no/such/program"),
		(struct mp_subprocess_options){.out = MP_PIPE, .later = true});
	ck_fails(mp_subprocess_started(good), EAGAIN);
	ck_fails(mp_subprocess_started(bad), EAGAIN);
	ck_assert_int_eq(mp_subprocess_pid(good), 0);
	ck_assert_int_eq(mp_subprocess_poll(good), 0);
	ck_assert_int_eq(kill(serving_pid, SIGCONT), 0);
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
	serving_end();
}
END_TEST

/* The way of one that has ended is the next one's, whatever went by it meanwhile. */
START_TEST(one_after_the_other)
{
	static char large[100 * 1000] = "A=";
	const struct mp_subprocess_order_word kill_it = {
		.kind = MP_SUBPROCESS_ORDER_SIGNAL, .value = SIGKILL};
	int code;
	serving_begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p = ECHO("first");
	int way = mp_subprocess_sentinel(p);
	p = ECHO("second", .after = p);
	ck_assert_int_eq(mp_subprocess_sentinel(p), way);
	p = ECHO("third", .after = p, .later = true);
	/* What was said too late to the one is not heard by the other. */
	ck_assert_int_eq(mp_subprocess_order_tell(way, &kill_it), 0);
	memset(large + 2, 'x', sizeof large - 3);
	p = serving_ended(SH("echo ${#A}"),
		(struct mp_subprocess_options){
			.out = MP_PIPE, .env = ARGV(large), .after = p, .later = true},
		"99997\n");
	ck_assert(mp_subprocess_returncode(p, &code) && code == 0);
	ck_assert_int_eq(mp_subprocess_sentinel(p), way);
	/* One that cannot be started takes it along. */
	serving_cannot(
		ARGV("/no/such/program"), (struct mp_subprocess_options){.after = p}, ENOENT);
	ck_fails(fcntl(way, F_GETFD), EBADF);
	/* One that runs leaves none, and ends here. */
	p = serving_open(ARGV("cat"), (struct mp_subprocess_options){.in = MP_PIPE});
	p = ECHO("fourth", .after = p);
	/* Of one that was refused it is as good. */
	p = serving_open(ARGV("/no/such/program"),
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
	/* So it is with the serving_pid; the next one is asked as by everybody. */
	children_kill(serving_pid);
	serving_pid = children_start(serving_run, NULL);
	mp_subprocess_close(ECHO("seventh", .after = p));
	serving_end();
}
END_TEST

/* Both hold the end of a pipe until they are gone. */
static int ask_and_stay(void *arg)
{
	int out = *(int *)arg;
	struct mp_subprocess_options o =
		serving_with((struct mp_subprocess_options){.out = out, .new_session = true});
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
	serving_begin((struct mp_subprocess_server_options){0});
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
	serving_end();
}
END_TEST

START_TEST(the_server_dies)
{
	char byte;
	int code;
	serving_begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p = serving_open(SH("echo; exec sleep 100"),
		(struct mp_subprocess_options){.out = MP_PIPE, .death_signal = SIGKILL});
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), &byte, 1), 1);
	children_kill(serving_pid);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_assert(mp_subprocess_returncode(p, &code));
	ck_assert_int_eq(code, MP_EXITCODE_UNKNOWN);
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), &byte, 1), 0);
	mp_subprocess_close(p);
	/* What is asked for now waits for the next one. */
	p = serving_open(ARGV("true"), (struct mp_subprocess_options){.later = true});
	ck_fails(mp_subprocess_started(p), EAGAIN);
	serving_pid = children_start(serving_run, NULL);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_assert(mp_subprocess_returncode(p, &code) && code == 0);
	mp_subprocess_close(p);
	serving_end();
	/* There is none, and none can come. */
	ck_assert_int_eq(mp_subprocess_server_pair(serving_pair), 0);
	close(serving_pair[0]);
	serving_cannot(ARGV("true"), (struct mp_subprocess_options){0}, EPIPE);
	close(serving_pair[1]);
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

/* Who does not wait for the start is told at once that the socket is full, and asks again when it
 * can be written to. */
START_TEST(more_than_the_socket_holds)
{
	enum { MOST = 2000 };
	static struct mp_subprocess *all[MOST];
	int count = 0;
	ck_assert_int_eq(mp_subprocess_server_pair(serving_pair), 0);
	struct mp_subprocess_options o = serving_with(
		(struct mp_subprocess_options){.in = MP_DEVNULL, .out = MP_DEVNULL, .later = true});
	struct pollfd room = {serving_pair[1], POLLOUT, 0};
	double before = mp_check_now();
	while (count < MOST && (all[count] = mp_subprocess_popen(ARGV("true"), &o)))
		count++;
	ck_assert_int_lt(count, MOST);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(mp_check_now() - before < 10);
	ck_assert_int_eq(poll(&room, 1, 0), 0);
	serving_options = (struct mp_subprocess_server_options){.most = MOST};
	serving_pid = children_start(serving_run, NULL);
	ck_assert_int_eq(poll(&room, 1, 30000), 1);
	all[count] = serving_open(ARGV("true"), o);
	for (int i = 0; i <= count; i++) {
		ck_assert_int_eq(mp_subprocess_wait(all[i], 30), 0);
		mp_subprocess_close(all[i]);
	}
	serving_end();
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
	serving_begin((struct mp_subprocess_server_options){0});
	struct mp_subprocess *p =
		serving_open(ARGV("true"), (struct mp_subprocess_options){.later = true});
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	kill(serving_pid, SIGSTOP);
	p = serving_open(ARGV("true"), (struct mp_subprocess_options){.after = p, .later = true});
	children_kill(serving_pid);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_fails(mp_subprocess_started(p), ECONNRESET);
	mp_subprocess_close(p);
	close(serving_pair[0]);
	close(serving_pair[1]);
	serving_begin((struct mp_subprocess_server_options){.check = takes_and_stays});
	p = serving_open(ARGV("true"), (struct mp_subprocess_options){.later = true});
	struct pollfd taken = {serving_pair[0], POLLIN, 0};
	for (double until = mp_check_now() + 20; poll(&taken, 1, 0) && mp_check_now() < until;)
		usleep(1000);
	children_kill(serving_pid);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_fails(mp_subprocess_started(p), EPIPE);
	mp_subprocess_close(p);
	close(serving_pair[0]);
	close(serving_pair[1]);
}
END_TEST

/* In each program, with a descriptor of the server's. */
static int confine(void *closure)
{
	const int *fd = closure;
	return write(*fd, "c", 1) == 1 ? prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : -1;
}

START_TEST(each_is_confined)
{
	char got[4];
	struct children_word word = children_word();
	serving_begin((struct mp_subprocess_server_options){
		.confine = confine, .closure = &word.ends[1]});
	for (int i = 0; i < 2; i++)
		serving_prints(SH("grep NoNew /proc/self/status | tr -d '[:space:]'"),
			(struct mp_subprocess_options){0}, NULL, "NoNewPrivs:1");
	ck_assert_int_eq(read(word.ends[0], got, sizeof got), 2);
	serving_end();
	/* What cannot be confined is not started: a pipe is not written to at this end. */
	serving_begin((struct mp_subprocess_server_options){
		.confine = confine, .closure = &word.ends[0]});
	serving_cannot(ARGV("true"), (struct mp_subprocess_options){0}, EBADF);
	serving_end();
	children_word_end(&word);
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
		{an_asker_dies, 1},
		{the_server_dies, 1},
		{more_than_the_socket_holds, 1},
		{dies_before_and_after_it_was_asked, 1},
		{each_is_confined, 1},
		{no_pair, 1},
	};
	return children_run("mp_subprocess_server", tests, sizeof tests / sizeof *tests);
}
