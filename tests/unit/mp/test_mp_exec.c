/*
 * test_mp_exec - what a program finds when it is started: streams, words, limits, and nothing of
 * ours
 *
 * Runs in:  make check; with an argument it is the program that is started
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_programs.h"

#include <sys/stat.h>

START_TEST(streams)
{
	char name[] = "/tmp/test_mp_subprocess.XXXXXX", got[16] = "";
	int file = mkostemp(name, O_CLOEXEC);
	unlink(name);
	programs_print(SH("echo a; echo b >&2"), OPTIONS(.err = MP_STDOUT), "a\nb\n");
	programs_print(SH("echo a; echo b >&2"), OPTIONS(.err = MP_DEVNULL), "a\n");
	programs_print(SH("cat"), OPTIONS(.in = MP_DEVNULL), "");
	/* A descriptor of ours, also as both streams at once. */
	ck_assert_int_eq(mp_subprocess_call(SH("echo a; echo b >&2"),
				 OPTIONS(.out = file, .err = file), -1, NULL),
		0);
	ck_assert_int_eq(pread(file, got, sizeof got, 0), 4);
	ck_assert_str_eq(got, "a\nb\n");
	lseek(file, 2, SEEK_SET);
	programs_print(SH("cat"), OPTIONS(.in = file), "b\n");
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
	programs_print(ARGV("/usr/bin/env"), OPTIONS(.env = ARGV("A=1", "B=two words")),
		"A=1\nB=two words\n");
	programs_print(ARGV("pwd"), OPTIONS(.cwd = "/proc"), "/proc\n");
	setenv("MP_SUBPROCESS", "here", 1);
	programs_print(SH("echo $MP_SUBPROCESS"), NULL, "here\n");
	programs_print(ARGV("printf", "%s|", "", "a b", "*"), NULL, "|a b|*|");
}
END_TEST

/* The program has 0, 1 and 2, whatever is open here, close-on-exec or not. */
START_TEST(no_descriptor_leaks)
{
	int open_here[] = {open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY | O_CLOEXEC),
		fcntl(0, F_DUPFD, 500)};
	struct mp_subprocess *other = mp_subprocess_popen(
		ARGV("cat"), OPTIONS(.in = MP_PIPE, .out = MP_PIPE, .err = MP_PIPE));
	programs_print(ARGV(programs_self, "fds"), NULL, "0 1 2 \n");
	programs_print(ARGV(programs_self, "fds"), OPTIONS(.in = open_here[0], .err = MP_STDOUT),
		"0 1 2 \n");
	/* So it sees the end of its input when we close it, and not when the others end. */
	mp_subprocess_close_stdin(other);
	ck_assert_int_eq(mp_subprocess_wait(other, 30), 0);
	mp_subprocess_close(other);
	for (int i = 0; i < 3; i++)
		close(open_here[i]);
}
END_TEST

START_TEST(signals_are_at_their_defaults)
{
	sigset_t some, before;
	sigemptyset(&some);
	sigaddset(&some, SIGINT);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, children_nothing);
	programs_print(ARGV(programs_self, "signals"), NULL, "blocked 0 ignored 0\n");
	/* And here all is as it was. */
	sigset_t now;
	sigprocmask(SIG_SETMASK, &before, &now);
	ck_assert_int_eq(sigismember(&now, SIGINT), 1);
	ck_assert_int_eq(sigismember(&now, SIGTERM), 0);
	ck_assert_ptr_eq(signal(SIGPIPE, SIG_DFL), SIG_IGN);
	ck_assert_ptr_eq(signal(SIGTERM, SIG_DFL), children_nothing);
	signal(SIGINT, SIG_DFL);
}
END_TEST

/* The signals of a session's or group's leader reach what it has started. */
static void all_hear(const struct mp_subprocess_options *o)
{
	struct mp_subprocess *p = mp_subprocess_popen(SH("sleep 100 & echo ready; wait"), o);
	char got[6];
	ck_assert_int_eq(read(mp_subprocess_stdout_fileno(p), got, sizeof got), 6);
	ck_assert_int_eq(mp_subprocess_kill(p), 0);
	/* Only when the sleeper has gone too is the pipe closed. */
	ck_assert_int_eq(mp_subprocess_communicate(p, NULL, 0, 30, NULL), 0);
	mp_subprocess_close(p);
}

START_TEST(new_session)
{
	programs_print(ARGV(programs_self, "session"), OPTIONS(.new_session = true), "leader\n");
	programs_print(ARGV(programs_self, "session"), NULL, "member\n");
	all_hear(OPTIONS(.out = MP_PIPE, .new_session = true));
}
END_TEST

START_TEST(new_group)
{
	programs_print(ARGV(programs_self, "session"), OPTIONS(.new_group = true), "member\n");
	programs_print(ARGV(programs_self, "group"), OPTIONS(.new_group = true), "leader\n");
	programs_print(ARGV(programs_self, "group"), NULL, "member\n");
	all_hear(OPTIONS(.out = MP_PIPE, .new_group = true));
}
END_TEST

START_TEST(death_signal)
{
	/* A program whose caller is killed; it says so to us, who hold the pipe. */
	struct mp_subprocess *caller =
		mp_subprocess_popen(ARGV(programs_self, "parent"), OPTIONS(.out = MP_PIPE));
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

START_TEST(limits_of_the_program)
{
	const rlim_t block = 512; /* of ulimit -f */
	const struct mp_subprocess_limit limits[] = {
		{RLIMIT_CORE, {0, 0}}, {RLIMIT_FSIZE, {17 * block, 18 * block}}};
	struct rlimit before, after;
	getrlimit(RLIMIT_FSIZE, &before);
	programs_print(SH("ulimit -f; ulimit -Hf"), OPTIONS(.limits = limits, .limit_count = 2),
		"17\n18\n");
	getrlimit(RLIMIT_FSIZE, &after);
	ck_assert_mem_eq(&before, &after, sizeof before);
	int code;
	const struct mp_subprocess_limit cpu = {RLIMIT_CPU, {1, 1}};
	ck_assert_int_eq(mp_subprocess_call(ARGV(programs_self, "spin"),
				 OPTIONS(.limits = &cpu, .limit_count = 1), 40, &code),
		0);
	ck_assert(code == -SIGXCPU || code == -SIGKILL);
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
	if (strcmp(name, "parent") == 0)
		return start_one_and_stay();
	if (strcmp(name, "session") == 0)
		return puts(getsid(0) == getpid() ? "leader" : "member") < 0;
	if (strcmp(name, "group") == 0)
		return puts(getpgid(0) == getpid() ? "leader" : "member") < 0;
	return spin();
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return role(argv[1]);
	if (!programs_find_self(argv[0]))
		return EXIT_FAILURE;
	const TTest *const tests[] = {streams, streams_in_each_others_way, arguments,
		what_is_no_program, environment_and_directory, no_descriptor_leaks,
		signals_are_at_their_defaults, new_session, new_group, death_signal,
		limits_of_the_program, out_of_descriptors};
	return MP_CHECK_MAIN("mp_exec", tests);
}
