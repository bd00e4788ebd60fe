/*
 * test_mp_subprocess - other programs: their codes and ends, and nothing left behind
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_programs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

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

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	handled = sig;
}

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

int main(void)
{
	const TTest *const tests[] = {call_gives_the_code, check_makes_a_code_an_error,
		run_takes_both_streams, poll_wait_and_signals, close_ends_what_runs,
		only_for_who_started_it, close_stream, collected_by_others, signals_while_waiting};
	return MP_CHECK_MAIN("mp_subprocess", tests);
}
