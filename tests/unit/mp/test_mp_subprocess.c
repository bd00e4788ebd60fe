/*
 * test_mp_subprocess - other programs: streams, limits, time, ends, and nothing left behind
 *
 * Runs in:  make check; with an argument it is the program that is started
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { MIB = 1 << 20 };

/* This program, by a path that holds in every directory. */
static char self[PATH_MAX];

#define ARGV(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define SH(script) ARGV("sh", "-c", script)
#define OPTIONS(...)                                                                               \
	&(const struct mp_subprocess_options)                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* What a program prints on stdout. */
static struct mp_subprocess_result output(
	const char *const *argv, const struct mp_subprocess_options *options)
{
	struct mp_subprocess_result result;
	int done = mp_subprocess_check_output(argv, options, NULL, 0, 30, &result);
	ck_assert_msg(done == 0, "%s: %s", argv[0], strerror(errno));
	return result;
}

static void prints(
	const char *const *argv, const struct mp_subprocess_options *options, const char *expected)
{
	struct mp_subprocess_result result = output(argv, options);
	ck_assert_str_eq(result.out, expected);
	ck_assert_uint_eq(result.out_size, strlen(expected));
	mp_subprocess_result_free(&result);
}

/* Not under valgrind, which does not know pidfd_open(2). */
static bool can_have_sentinels(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(call_gives_the_code)
{
	const struct {
		const char *script;
		int code;
	} rows[] = {{"exit 0", 0}, {"exit 1", 1}, {"exit 255", 255}, {"kill -TERM $$", -SIGTERM},
		{"kill -HUP $$", -SIGHUP}, {"kill -KILL $$", -SIGKILL}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int code = 99;
		ck_assert_int_eq(mp_subprocess_call(SH(rows[i].script), NULL, -1, &code), 0);
		ck_assert_int_eq(code, rows[i].code);
		ck_assert_int_eq(mp_subprocess_call(SH(rows[i].script), NULL, 30, NULL), 0);
	}
}
END_TEST

START_TEST(check_makes_a_code_an_error)
{
	struct mp_subprocess_result result;
	int code = 99;
	ck_fails(mp_subprocess_call(SH("exit 3"), OPTIONS(.check = true), -1, &code), EREMOTEIO);
	ck_assert_int_eq(code, 3);
	ck_fails(mp_subprocess_check_output(SH("echo no; exit 4"), NULL, NULL, 0, -1, &result),
		EREMOTEIO);
	ck_assert_int_eq(result.returncode, 4);
	ck_assert_str_eq(result.out, "no\n");
	ck_assert_ptr_null(result.err);
	mp_subprocess_result_free(&result);
	ck_assert_ptr_null(result.out);
	mp_subprocess_result_free(&result);
}
END_TEST

START_TEST(run_takes_both_streams)
{
	struct mp_subprocess_result result;
	ck_assert_int_eq(
		mp_subprocess_run(SH("cat; echo bad >&2; printf ''"),
			OPTIONS(.out = MP_PIPE, .err = MP_PIPE), "in\0side", 7, -1, &result),
		0);
	ck_assert_int_eq(result.returncode, 0);
	ck_assert_mem_eq(result.out, "in\0side", 8);
	ck_assert_uint_eq(result.out_size, 7);
	ck_assert_str_eq(result.err, "bad\n");
	ck_assert_uint_eq(result.err_size, 4);
	mp_subprocess_result_free(&result);
	/* Nothing printed is not the same as no pipe. */
	ck_assert_int_eq(
		mp_subprocess_run(ARGV("true"), OPTIONS(.out = MP_PIPE), NULL, 0, -1, &result), 0);
	ck_assert_str_eq(result.out, "");
	ck_assert_ptr_null(result.err);
	mp_subprocess_result_free(&result);
	ck_assert_int_eq(
		mp_subprocess_run(ARGV("true"), OPTIONS(.out = MP_PIPE), NULL, 0, -1, NULL), 0);
}
END_TEST

START_TEST(streams)
{
	char name[] = "/tmp/test_mp_subprocess.XXXXXX", got[16] = "";
	int file = mkostemp(name, O_CLOEXEC);
	unlink(name);
	prints(SH("echo a; echo b >&2"), OPTIONS(.err = MP_STDOUT), "a\nb\n");
	prints(SH("echo a; echo b >&2"), OPTIONS(.err = MP_DEVNULL), "a\n");
	prints(SH("cat"), OPTIONS(.in = MP_DEVNULL), "");
	/* A descriptor of ours, also as both streams at once. */
	ck_assert_int_eq(mp_subprocess_call(SH("echo a; echo b >&2"),
				 OPTIONS(.out = file, .err = file), -1, NULL),
		0);
	ck_assert_int_eq(pread(file, got, sizeof got, 0), 4);
	ck_assert_str_eq(got, "a\nb\n");
	lseek(file, 2, SEEK_SET);
	prints(SH("cat"), OPTIONS(.in = file), "b\n");
	/* It stays open here. */
	ck_assert_int_eq(fcntl(file, F_GETFD), FD_CLOEXEC);
	close(file);
}
END_TEST

/* Our own 1 and 2 handed over crosswise, and closed streams. */
START_TEST(streams_in_each_others_way)
{
	struct children_word one = children_word(), two = children_word();
	char got[8] = "";
	pid_t pid = fork();
	if (pid == 0) {
		dup2(one.ends[1], 1);
		dup2(two.ends[1], 2);
		if (mp_subprocess_call(
			    SH("echo a; echo b >&2"), OPTIONS(.out = 2, .err = 1), -1, NULL) < 0)
			_exit(1);
		close(0);
		close(1);
		close(2);
		struct mp_subprocess_result result;
		/* Pipes are made on 0, 1 and 2 here, and must not be in their own way. */
		if (mp_subprocess_run(SH("cat; echo b >&2"),
			    OPTIONS(.out = MP_PIPE, .err = MP_PIPE), "a", 1, -1, &result) < 0)
			_exit(2);
		if (strcmp(result.out, "a") != 0 || strcmp(result.err, "b\n") != 0)
			_exit(3);
		mp_subprocess_result_free(&result);
		/* What is closed here is /dev/null there. */
		if (mp_subprocess_check_output(
			    SH("readlink /proc/self/fd/0; readlink /proc/$$/fd/2"), NULL, NULL, 0,
			    -1, &result) < 0)
			_exit(4);
		if (strcmp(result.out, "/dev/null\n/dev/null\n") != 0)
			_exit(5);
		mp_subprocess_result_free(&result);
		_exit(fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0 ? 0
											      : 6);
	}
	ck_assert_int_eq(children_join(pid), 0);
	ck_assert_int_eq(read(one.ends[0], got, sizeof got), 2);
	ck_assert_str_eq(got, "b\n");
	ck_assert_int_eq(read(two.ends[0], got, sizeof got), 2);
	ck_assert_str_eq(got, "a\n");
	children_word_end(&one);
	children_word_end(&two);
}
END_TEST

START_TEST(arguments)
{
	const struct {
		const char *const *argv;
		struct mp_subprocess_options options;
		int error;
	} rows[] = {
		{NULL, {0}, EINVAL},
		{(const char *const[]){NULL}, {0}, EINVAL},
		{ARGV(""), {0}, ENOENT},
		{ARGV("no-such-program-anywhere"), {0}, ENOENT},
		{ARGV("/no/such/program"), {0}, ENOENT},
		{ARGV("/etc/passwd/program"), {0}, ENOTDIR},
		{ARGV("/"), {0}, EACCES},
		{ARGV("true"), {.cwd = "/no/such/directory"}, ENOENT},
		{ARGV("true"), {.cwd = "/etc/passwd"}, ENOTDIR},
		{ARGV("true"), {.env = ARGV("PATH=/nowhere")}, ENOENT},
		{ARGV("true"), {.in = 987}, EBADF},
		{ARGV("true"), {.out = 987}, EBADF},
		{ARGV("true"), {.in = MP_STDOUT}, EINVAL},
		{ARGV("true"), {.out = MP_STDOUT}, EINVAL},
		{ARGV("true"), {.err = -4}, EINVAL},
		{ARGV("true"), {.limit_count = 1}, EINVAL},
		{ARGV("true"),
			{.limits = &(struct mp_subprocess_limit){RLIMIT_CPU, {2, 1}},
				.limit_count = 1},
			EINVAL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fds = mp_check_fds(), code = 99;
		errno = 0;
		ck_assert_ptr_null(mp_subprocess_popen(rows[i].argv, &rows[i].options));
		ck_assert_msg(errno == rows[i].error, "row %zu: %s", i, strerror(errno));
		ck_fails(mp_subprocess_call(rows[i].argv, &rows[i].options, -1, &code),
			rows[i].error);
		ck_assert_int_eq(code, MP_EXITCODE_UNKNOWN);
		ck_assert_int_eq(mp_check_fds(), fds);
		ck_assert_int_eq(mp_check_children(), 0);
	}
	ck_fails(mp_subprocess_call(ARGV("true"), OPTIONS(.out = MP_PIPE), -1, NULL), EINVAL);
	ck_fails(mp_subprocess_run(ARGV("true"), OPTIONS(.in = MP_DEVNULL), "x", 1, -1, NULL),
		EINVAL);
	ck_fails(mp_subprocess_run(ARGV("true"), NULL, NULL, 1, -1, NULL), EINVAL);
	mp_subprocess_close(NULL);
}
END_TEST

/* A script without its interpreter's name, and a file that may not be executed. */
START_TEST(what_is_no_program)
{
	char directory[] = "/tmp/test_mp_subprocess.XXXXXX", name[64], path[96];
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(name, sizeof name, "%s/program", directory);
	snprintf(path, sizeof path, "PATH=/nowhere:%s:/etc/passwd:/bin:/usr/bin", directory);
	int file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(file, "exit 0\n", 7), 7);
	close(file);
	ck_fails(mp_subprocess_call(ARGV(name), NULL, -1, NULL), EACCES);
	ck_fails(mp_subprocess_call(ARGV("program"), OPTIONS(.env = ARGV(path)), -1, NULL), EACCES);
	chmod(name, 0700);
	ck_fails(mp_subprocess_call(ARGV(name), NULL, -1, NULL), ENOEXEC);
	ck_fails(
		mp_subprocess_call(ARGV("program"), OPTIONS(.env = ARGV(path)), -1, NULL), ENOEXEC);
	/* What is not found in the first places is found in the next. */
	ck_assert_int_eq(mp_subprocess_call(ARGV("true"), OPTIONS(.env = ARGV(path)), -1, NULL), 0);
	unlink(name);
	rmdir(directory);
}
END_TEST

START_TEST(environment_and_directory)
{
	prints(ARGV("/usr/bin/env"), OPTIONS(.env = ARGV("A=1", "B=two words")),
		"A=1\nB=two words\n");
	prints(ARGV("pwd"), OPTIONS(.cwd = "/proc"), "/proc\n");
	setenv("MP_SUBPROCESS", "here", 1);
	prints(SH("echo $MP_SUBPROCESS"), NULL, "here\n");
	prints(ARGV("printf", "%s|", "", "a b", "*"), NULL, "|a b|*|");
}
END_TEST

/* The program has 0, 1 and 2, whatever is open here, close-on-exec or not. */
START_TEST(no_descriptor_leaks)
{
	int open_here[] = {open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY | O_CLOEXEC),
		fcntl(0, F_DUPFD, 500)};
	struct mp_subprocess *other = mp_subprocess_popen(
		ARGV("cat"), OPTIONS(.in = MP_PIPE, .out = MP_PIPE, .err = MP_PIPE));
	prints(ARGV(self, "fds"), NULL, "0 1 2 \n");
	prints(ARGV(self, "fds"), OPTIONS(.in = open_here[0], .err = MP_STDOUT), "0 1 2 \n");
	/* So it sees the end of its input when we close it, and not when the others end. */
	mp_subprocess_close_stdin(other);
	ck_assert_int_eq(mp_subprocess_wait(other, 30), 0);
	mp_subprocess_close(other);
	for (int i = 0; i < 3; i++)
		close(open_here[i]);
}
END_TEST

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	handled = sig;
}

START_TEST(signals_are_at_their_defaults)
{
	sigset_t some, before;
	sigemptyset(&some);
	sigaddset(&some, SIGINT);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, handle);
	prints(ARGV(self, "signals"), NULL, "blocked 0 ignored 0\n");
	/* And here all is as it was. */
	sigset_t now;
	sigprocmask(SIG_SETMASK, &before, &now);
	ck_assert_int_eq(sigismember(&now, SIGINT), 1);
	ck_assert_int_eq(sigismember(&now, SIGTERM), 0);
	ck_assert_ptr_eq(signal(SIGPIPE, SIG_DFL), SIG_IGN);
	ck_assert_ptr_eq(signal(SIGTERM, SIG_DFL), handle);
	signal(SIGINT, SIG_DFL);
}
END_TEST

/* In and out at once, far more than any pipe holds. */
START_TEST(much_both_ways)
{
	enum { SIZE = 100 * MIB };
	char *input = malloc(SIZE);
	struct mp_subprocess_result result;
	for (size_t i = 0; i < SIZE; i++)
		input[i] = (char)(i * 2654435761u >> 13);
	ck_assert_int_eq(
		mp_subprocess_run(ARGV("cat"), OPTIONS(.out = MP_PIPE), input, SIZE, 50, &result),
		0);
	ck_assert_uint_eq(result.out_size, SIZE);
	ck_assert(memcmp(result.out, input, SIZE) == 0);
	mp_subprocess_result_free(&result);
	free(input);
}
END_TEST

/* Prints much on both streams before it reads, and never reads to the end. */
START_TEST(output_before_input)
{
	enum { SIZE = 5 * MIB };
	char *input = calloc(1, SIZE);
	struct mp_subprocess_result result;
	ck_assert_int_eq(mp_subprocess_run(ARGV(self, "talk"),
				 OPTIONS(.out = MP_PIPE, .err = MP_PIPE), input, SIZE, 50, &result),
		0);
	ck_assert_int_eq(result.returncode, 0);
	ck_assert_uint_eq(result.out_size, 3L * MIB);
	ck_assert_uint_eq(result.err_size, 3L * MIB);
	mp_subprocess_result_free(&result);
	free(input);
}
END_TEST

/* A program that reads nothing: no error, no SIGPIPE, neither now nor later. */
START_TEST(nobody_reads_the_input)
{
	enum { SIZE = MIB };
	char *input = calloc(1, SIZE);
	sigset_t pending;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
			mp_subprocess_run(SH("exec <&-; exit 5"), NULL, input, SIZE, 30, NULL), 0);
		sigpending(&pending);
		ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
	}
	/* One that was waiting before is not ours to take. */
	sigset_t broken, before;
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigprocmask(SIG_BLOCK, &broken, &before);
	raise(SIGPIPE);
	ck_assert_int_eq(mp_subprocess_run(SH("exec <&-"), NULL, input, SIZE, 30, NULL), 0);
	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 1);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(input);
}
END_TEST

START_TEST(more_than_wanted)
{
	struct mp_subprocess_result result;
	const struct mp_subprocess_options o = {.out = MP_PIPE, .most = 1000};
	ck_fails(mp_subprocess_run(ARGV("yes"), &o, NULL, 0, 30, &result), EMSGSIZE);
	ck_assert_uint_gt(result.out_size, 1000);
	ck_assert_int_eq(result.returncode, -SIGKILL);
	mp_subprocess_result_free(&result);
	ck_assert_int_eq(
		mp_subprocess_run(SH("head -c 1000 /dev/zero"), &o, NULL, 0, 30, &result), 0);
	ck_assert_uint_eq(result.out_size, 1000);
	mp_subprocess_result_free(&result);
}
END_TEST

START_TEST(time_is_over)
{
	struct mp_subprocess_result result;
	int code = 0;
	double before = mp_check_now();
	ck_fails(mp_subprocess_call(ARGV("sleep", "100"), NULL, 0.1, &code), ETIMEDOUT);
	ck_assert_int_eq(code, -SIGKILL);
	ck_fails(mp_subprocess_call(ARGV("sleep", "100"), NULL, 0, &code), EAGAIN);
	ck_assert_int_eq(code, -SIGKILL);
	/* Its streams are closed, and it stays. */
	ck_fails(mp_subprocess_check_output(SH("exec >&-; sleep 100"), NULL, NULL, 0, 0.3, NULL),
		ETIMEDOUT);
	/* What it had printed is there; a child of its own that lives on keeps nobody waiting. */
	ck_fails(
		mp_subprocess_check_output(ARGV(self, "print and stay"), NULL, NULL, 0, 3, &result),
		ETIMEDOUT);
	ck_assert_str_eq(result.out, "so far");
	ck_assert_int_eq(result.returncode, -SIGKILL);
	mp_subprocess_result_free(&result);
	ck_assert(mp_check_now() - before < 30);
}
END_TEST

/* communicate that was too short is gone on with, and nothing is lost. */
START_TEST(communicate_again)
{
	enum { SIZE = 3 * MIB };
	char *input = malloc(SIZE);
	memset(input, 'x', SIZE);
	struct mp_subprocess_result result;
	struct mp_subprocess *p = mp_subprocess_popen(
		SH("read line; cat; sleep 0.3; echo end"), OPTIONS(.in = MP_PIPE, .out = MP_PIPE));
	ck_assert_ptr_nonnull(p);
	memcpy(input, "line\n", 5);
	int tries = 0;
	while (mp_subprocess_communicate(p, input, SIZE, tries ? 0.01 : 0, &result) < 0) {
		ck_assert_int_eq(errno, tries ? ETIMEDOUT : EAGAIN);
		ck_assert_ptr_null(result.out);
		ck_assert_int_lt(tries++, 3000);
	}
	ck_assert_int_ge(tries, 2);
	ck_assert_uint_eq(result.out_size, SIZE - 5 + 4);
	ck_assert_str_eq(result.out + SIZE - 5, "end\n");
	ck_assert_int_eq(result.returncode, 0);
	mp_subprocess_result_free(&result);
	/* Once more: it has ended, and said all. */
	ck_assert_int_eq(mp_subprocess_communicate(p, NULL, 0, -1, &result), 0);
	ck_assert_str_eq(result.out, "");
	mp_subprocess_result_free(&result);
	mp_subprocess_close(p);
	free(input);
}
END_TEST

START_TEST(poll_wait_and_signals)
{
	int code = 99;
	struct rusage usage;
	struct mp_subprocess *p = mp_subprocess_popen(
		SH("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"),
		OPTIONS(.out = MP_PIPE));
	char got[6];
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), got, sizeof got), 6);
	ck_assert_int_gt(mp_subprocess_pid(p), 0);
	ck_assert_int_eq(mp_subprocess_poll(p), 0);
	ck_assert(!mp_subprocess_returncode(p, &code));
	ck_assert(!mp_subprocess_rusage(p, &usage));
	ck_fails(mp_subprocess_wait(p, 0), EAGAIN);
	ck_fails(mp_subprocess_wait(p, 0.02), ETIMEDOUT);
	struct pollfd ended = {mp_subprocess_sentinel(p), POLLIN, 0};
	if (can_have_sentinels()) {
		ck_assert_int_eq(fcntl(ended.fd, F_GETFD), FD_CLOEXEC);
		ck_assert_int_eq(poll(&ended, 1, 0), 0);
	} else
		ck_assert_int_eq(errno, ENOSYS);
	ck_fails(mp_subprocess_send_signal(p, 12345), EINVAL);
	ck_assert_int_eq(mp_subprocess_terminate(p), 0);
	if (can_have_sentinels())
		ck_assert_int_eq(poll(&ended, 1, 30000), 1);
	ck_assert_int_eq(mp_subprocess_wait(p, 30), 0);
	ck_assert_int_eq(mp_subprocess_poll(p), 1);
	ck_assert_int_eq(mp_subprocess_wait(p, 0), 0);
	ck_assert_int_eq(mp_subprocess_wait(p, -1), 0);
	ck_assert(mp_subprocess_returncode(p, &code));
	ck_assert_int_eq(code, 7);
	ck_assert(mp_subprocess_rusage(p, &usage));
	ck_fails(mp_subprocess_terminate(p), ESRCH);
	ck_fails(mp_subprocess_kill(p), ESRCH);
	mp_subprocess_close(p);
}
END_TEST

START_TEST(close_ends_what_runs)
{
	struct mp_subprocess *p = mp_subprocess_popen(
		ARGV("cat"), OPTIONS(.in = MP_PIPE, .out = MP_PIPE, .err = MP_DEVNULL));
	ck_assert_int_eq(fcntl(mp_subprocess_stdin_fileno(p), F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(mp_subprocess_stdout_fileno(p), F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(mp_subprocess_stderr_fileno(p), -1);
	pid_t pid = mp_subprocess_pid(p);
	mp_subprocess_close(p);
	ck_fails(kill(pid, 0), ESRCH);
}
END_TEST

/* The object in a child of fork: it can neither wait for the program nor end it. */
START_TEST(only_for_who_started_it)
{
	struct mp_subprocess *p = mp_subprocess_popen(ARGV("sleep", "100"), NULL);
	pid_t pid = fork();
	if (pid == 0) {
		int code, right = mp_subprocess_poll(p) < 0 && errno == ECHILD &&
				  mp_subprocess_wait(p, 0.1) < 0 && errno == ECHILD &&
				  mp_subprocess_kill(p) < 0 && errno == ECHILD &&
				  mp_subprocess_sentinel(p) < 0 &&
				  !mp_subprocess_returncode(p, &code);
		mp_subprocess_close(p);
		_exit(right ? 0 : 1);
	}
	ck_assert_int_eq(children_join(pid), 0);
	ck_assert_int_eq(mp_subprocess_poll(p), 0);
	mp_subprocess_close(p);
}
END_TEST

/* All processes of its session hear a signal. */
START_TEST(death_signal)
{
	/* A program whose caller is killed; it says so to us, who hold the pipe. */
	struct mp_subprocess *caller =
		mp_subprocess_popen(ARGV(self, "parent"), OPTIONS(.out = MP_PIPE));
	char line[32];
	ssize_t n = read(mp_subprocess_stdout_fileno(caller), line, sizeof line - 1);
	ck_assert_int_gt(n, 0);
	line[n] = '\0';
	pid_t program = (pid_t)atoi(line);
	ck_assert_int_gt(program, 0);
	ck_assert_int_eq(mp_subprocess_kill(caller), 0);
	/* Its end closes the last copy of the pipe. */
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(caller), line, sizeof line), 0);
	mp_subprocess_close(caller);
}
END_TEST

START_TEST(close_stream)
{
	struct mp_subprocess *p =
		mp_subprocess_popen(SH("trap '' PIPE; cat; echo no 2>/dev/null || exit 7"),
			OPTIONS(.in = MP_PIPE, .out = MP_PIPE, .err = MP_PIPE));
	int code = -1;
	for (int i = -1; i < 4; i++)
		mp_subprocess_close_stream(p, i);
	ck_assert_int_eq(mp_subprocess_stdout_fileno(p), -1);
	ck_assert_int_eq(mp_subprocess_wait(p, 10), 0);
	ck_assert(mp_subprocess_returncode(p, &code));
	ck_assert_int_eq(code, 7);
	mp_subprocess_close(p);
}
END_TEST

START_TEST(new_session)
{
	prints(ARGV(self, "session"), OPTIONS(.new_session = true), "leader\n");
	prints(ARGV(self, "session"), NULL, "member\n");
	struct mp_subprocess *p = mp_subprocess_popen(
		SH("sleep 100 & echo ready; wait"), OPTIONS(.out = MP_PIPE, .new_session = true));
	char got[6];
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), got, sizeof got), 6);
	ck_assert_int_eq(mp_subprocess_kill(p), 0);
	/* Only when the sleeper has gone too is the pipe closed. */
	ck_assert_int_eq(mp_subprocess_communicate(p, NULL, 0, 30, NULL), 0);
	mp_subprocess_close(p);
}
END_TEST

START_TEST(limits_of_the_program)
{
	const rlim_t block = 512; /* of ulimit -f */
	const struct mp_subprocess_limit limits[] = {
		{RLIMIT_CORE, {0, 0}}, {RLIMIT_FSIZE, {17 * block, 18 * block}}};
	struct rlimit before, after;
	getrlimit(RLIMIT_FSIZE, &before);
	prints(SH("ulimit -f; ulimit -Hf"), OPTIONS(.limits = limits, .limit_count = 2),
		"17\n18\n");
	getrlimit(RLIMIT_FSIZE, &after);
	ck_assert_mem_eq(&before, &after, sizeof before);
	int code;
	const struct mp_subprocess_limit cpu = {RLIMIT_CPU, {1, 1}};
	ck_assert_int_eq(mp_subprocess_call(ARGV(self, "spin"),
				 OPTIONS(.limits = &cpu, .limit_count = 1), 40, &code),
		0);
	ck_assert(code == -SIGXCPU || code == -SIGKILL);
}
END_TEST

/* mp_reap for all children takes the status, and nothing is lost. */
START_TEST(collected_by_others)
{
	struct mp_subprocess *p = mp_subprocess_popen(SH("exit 6"), NULL);
	while (mp_reap(NULL, NULL, NULL) == 0)
		usleep(100);
	int code;
	ck_assert(mp_subprocess_returncode(p, &code));
	ck_assert_int_eq(code, 6);
	mp_subprocess_close(p);
	/* Where children are not to be waited for, the end is seen and the code is not. */
	signal(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(mp_subprocess_call(SH("exit 6"), NULL, 30, &code), 0);
	ck_assert_int_eq(code, MP_EXITCODE_UNKNOWN);
	ck_fails(mp_subprocess_call(ARGV("/no/such/program"), NULL, 30, NULL), ENOENT);
	signal(SIGCHLD, SIG_DFL);
}
END_TEST

/* A handler runs and the program runs on; communicate says so instead. */
START_TEST(signals_while_waiting)
{
	struct sigaction action = {.sa_handler = handle};
	sigaction(SIGUSR1, &action, NULL);
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		for (;;) {
			if (getppid() != parent || kill(parent, SIGUSR1) < 0)
				_exit(0);
			usleep(5000);
		}
	struct mp_subprocess_result result;
	handled = 0;
	ck_assert_int_eq(
		mp_subprocess_check_output(SH("sleep 0.3; echo done"), NULL, NULL, 0, 30, &result),
		0);
	ck_assert_str_eq(result.out, "done\n");
	ck_assert_int_eq(handled, SIGUSR1);
	mp_subprocess_result_free(&result);
	struct mp_subprocess *p = mp_subprocess_popen(ARGV("sleep", "100"), NULL);
	ck_fails(mp_subprocess_wait(p, -1), EINTR);
	ck_fails(mp_subprocess_communicate(p, NULL, 0, 30, NULL), EINTR);
	mp_subprocess_close(p);
	while (kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}
END_TEST

START_TEST(out_of_descriptors)
{
	struct rlimit limit, few;
	getrlimit(RLIMIT_NOFILE, &limit);
	/* So that the failure comes at each of the descriptors that are made on the way. */
	int highest = fcntl(0, F_DUPFD, 3);
	close(highest);
	for (int more = 0;; more++) {
		few = limit;
		few.rlim_cur = (unsigned)(highest + more);
		setrlimit(RLIMIT_NOFILE, &few);
		struct mp_subprocess *p = mp_subprocess_popen(
			ARGV("true"), OPTIONS(.in = MP_DEVNULL, .out = MP_PIPE, .err = MP_PIPE));
		int why = errno;
		setrlimit(RLIMIT_NOFILE, &limit);
		if (p) {
			ck_assert_int_ge(more, 5);
			mp_subprocess_close(p);
			break;
		}
		ck_assert_int_eq(why, EMFILE);
		ck_assert_int_lt(more, 20);
		mp_check_teardown();
	}
}
END_TEST

/* ---- The programs that are started ---- */

static int print_fds(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	puts("");
	return 0;
}

static int print_signals(void)
{
	sigset_t mask;
	int blocked = 0, ignored = 0;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int sig = 1; sig < 32; sig++) {
		struct sigaction action;
		blocked += sigismember(&mask, sig);
		ignored += sigaction(sig, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
	}
	printf("blocked %d ignored %d\n", blocked, ignored);
	return 0;
}

static int talk(void)
{
	static char piece[MIB];
	for (int i = 0; i < 3; i++)
		for (int fd = 1; fd < 3; fd++)
			for (size_t done = 0; done < MIB;) {
				ssize_t n = write(fd, piece, MIB - done);
				if (n < 0)
					return 1;
				done += (size_t)n;
			}
	return read(0, piece, 1) == 1 ? 0 : 2;
}

static int print_and_stay(void)
{
	printf("so far");
	fflush(stdout);
	if (fork() == 0) { /* keeps the pipe open for longer than the test has */
		alarm(40);
		pause();
	}
	while (pause() < 0)
		continue;
	return 0;
}

static int spin(void)
{
	for (volatile unsigned i = 0;; i++)
		continue;
	return 0;
}

/* Prints the pid of a program that would go on for long and would outlive this one. */
static int start_one_and_stay(void)
{
	struct mp_subprocess *p =
		mp_subprocess_popen(ARGV("sleep", "100"), OPTIONS(.death_signal = SIGKILL));
	printf("%d\n", p ? (int)mp_subprocess_pid(p) : 0);
	fflush(stdout);
	pause();
	return EXIT_FAILURE;
}

static int role(const char *name)
{
	if (strcmp(name, "fds") == 0)
		return print_fds();
	if (strcmp(name, "signals") == 0)
		return print_signals();
	if (strcmp(name, "talk") == 0)
		return talk();
	if (strcmp(name, "print and stay") == 0)
		return print_and_stay();
	if (strcmp(name, "parent") == 0)
		return start_one_and_stay();
	if (strcmp(name, "session") == 0)
		return puts(getsid(0) == getpid() ? "leader" : "member") < 0;
	return spin();
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return role(argv[1]);
	if (!realpath(argv[0], self))
		return EXIT_FAILURE;
	const struct children_test tests[] = {
		{call_gives_the_code, 1},
		{check_makes_a_code_an_error, 1},
		{run_takes_both_streams, 1},
		{streams, 1},
		{streams_in_each_others_way, 1},
		{arguments, 1},
		{what_is_no_program, 1},
		{environment_and_directory, 1},
		{no_descriptor_leaks, 1},
		{signals_are_at_their_defaults, 1},
		{much_both_ways, 1},
		{output_before_input, 1},
		{nobody_reads_the_input, 1},
		{more_than_wanted, 1},
		{time_is_over, 1},
		{communicate_again, 1},
		{poll_wait_and_signals, 1},
		{close_ends_what_runs, 1},
		{only_for_who_started_it, 1},
		{new_session, 1},
		{death_signal, 1},
		{close_stream, 1},
		{limits_of_the_program, 1},
		{collected_by_others, 1},
		{signals_while_waiting, 1},
		{out_of_descriptors, 1},
	};
	return children_run("mp_subprocess", tests, sizeof tests / sizeof *tests);
}
