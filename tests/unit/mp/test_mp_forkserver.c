/*
 * test_mp_forkserver - a forkserver that dies, stands still or cannot be asked is replaced, and
 * told of
 *
 * Runs in:  the test program, executed anew as forkserver
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_check.h"
#include "os/os_clock.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int return_byte(void *args, size_t size)
{
	return size ? *(unsigned char *)args : 0;
}

static int wait_for_signal(void *args, size_t size)
{
	(void)args, (void)size;
	while (pause() < 0)
		;
	return 0;
}

static struct mp_process *start(mp_target target, const void *args, size_t size)
{
	struct mp_process_options options = {.context = mp_get_context("forkserver")};
	struct mp_process *p = mp_process_new(target, args, size, &options);
	ck_assert_ptr_nonnull(p);
	ck_assert_msg(mp_process_start(p) == 0, "%s", strerror(errno));
	return p;
}

/* How one ended is told once. */
static void is_told(pid_t pid, int code, bool silent, int error)
{
	struct mp_forkserver_end end;
	ck_assert(mp_forkserver_ended(&end));
	ck_assert_int_eq(end.pid, pid);
	ck_assert_int_eq(end.exitcode, code);
	ck_assert_int_eq(end.silent, silent);
	ck_assert_int_eq(end.error, error);
	ck_assert(end.age >= 0 && end.age < 60);
	ck_assert_int_gt(end.usage.ru_maxrss, 0);
	ck_assert(!mp_forkserver_ended(&end));
}

START_TEST(a_dead_forkserver_is_replaced)
{
	unsigned char code = 3;
	struct mp_process *before = start(wait_for_signal, NULL, 0);
	pid_t first = mp_forkserver_ensure_running();
	ck_assert_int_gt(first, 0);
	ck_assert_int_eq(kill(first, SIGTERM), 0); /* is for others */
	ck_assert_int_eq(mp_check_code(start(return_byte, &code, 1)), 3);
	ck_assert_int_eq(mp_forkserver_ensure_running(), first);
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	ck_assert_int_eq(mp_check_code(start(return_byte, &code, 1)), 3);
	ck_assert_int_ne(mp_forkserver_ensure_running(), first);
	is_told(first, -SIGKILL, false, 0);
	/* A child outlives the server it came from, and its code is known. */
	ck_assert(mp_process_is_alive(before));
	mp_process_terminate(before);
	ck_assert_int_eq(mp_check_code(before), -SIGTERM);
	pid_t second = mp_forkserver_ensure_running();
	ck_assert_int_eq(mp_forkserver_stop(), 0);
	ck_assert_int_eq(mp_forkserver_stop(), 0);
	is_told(second, 0, false, 0);
}
END_TEST

/* What ails every forkserver executed while it is in the environment. */
static const char ailment[] = "TEST_MP_SPAWN_AILMENT";

static void only_forkservers(const char *what)
{
	mp_forkserver_stop();
	if (what)
		setenv(ailment, what, 1);
	else
		unsetenv(ailment);
}

/* Kills its children before they can say a word: this is the first call that they make. */
static void kill_children(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_set_robust_list, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(1);
}

static void fall_ill(int argc, char **argv)
{
	const char *what = getenv(ailment);
	if (!what || argc != 3 || strcmp(argv[1], "mp:forkserver") != 0)
		return;
	if (strcmp(what, "stopped") == 0)
		raise(SIGSTOP);
	else
		kill_children();
}

/* Of one that dies while it is told of a birth it is told how it ended, not that it was silent. */
START_TEST(who_died_was_not_silent)
{
	enum { TIMES = 100 };
	unsigned char code = 3;
	for (int i = 0; i < TIMES; i++) {
		pid_t pid = mp_forkserver_ensure_running();
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		for (volatile int n = 0; n < i * 2000; n++)
			;
		ck_assert_int_eq(mp_check_code(start(return_byte, &code, 1)), 3);
		is_told(pid, -SIGKILL, false, 0);
	}
	mp_forkserver_stop();
}
END_TEST

/* Half a request goes to nobody else: who has it is ended, and that is told with what it was. */
START_TEST(half_a_request_is_told)
{
	unsigned char code = 3;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct mp_process_options options = {
		.context = mp_get_context("forkserver"), .fds = &fd, .fd_count = 1};
	struct mp_process *p = mp_process_new(return_byte, &code, 1, &options);
	pid_t first = mp_forkserver_ensure_running();
	ck_assert_int_gt(first, 0);
	ck_assert_int_eq(close(fd), 0);
	ck_fails(mp_process_start(p), EBADF);
	ck_assert_int_eq(mp_process_close(p), 0);
	is_told(first, -SIGKILL, false, EBADF);
	ck_assert_int_eq(mp_check_code(start(return_byte, &code, 1)), 3);
	mp_forkserver_stop();
}
END_TEST

/* Before its time is over, for which the asker would stand still as well. */
START_TEST(a_stopped_forkserver_is_replaced)
{
	enum { PATIENCE_MS = 3000 };
	unsigned char code = 3;
	pid_t first = mp_forkserver_ensure_running();
	ck_assert_int_gt(first, 0);
	ck_assert_int_eq(kill(first, SIGSTOP), 0);
	uint64_t before = os_clock_ms();
	struct mp_process *p = start(return_byte, &code, 1);
	ck_assert_uint_lt(os_clock_ms() - before, PATIENCE_MS);
	ck_assert_int_eq(mp_check_code(p), 3);
	ck_assert_int_ne(mp_forkserver_ensure_running(), first);
	ck_fails(kill(first, 0), ESRCH);
	is_told(first, -SIGKILL, true, 0);
	mp_forkserver_stop();
}
END_TEST

START_TEST(forkservers_that_never_answer)
{
	struct mp_process *p = mp_process_new(return_byte, NULL, 0,
		&(struct mp_process_options){.context = mp_get_context("forkserver")});
	only_forkservers("stopped");
	ck_fails(mp_process_start(p), ETIMEDOUT);
	ck_assert_int_eq(mp_check_children(), 0);
	only_forkservers(NULL);
	/* Nothing was started, so it can be later. */
	ck_assert_int_eq(mp_process_start(p), 0);
	ck_assert_int_eq(mp_check_code(p), 0);
	mp_forkserver_stop();
}
END_TEST

START_TEST(a_child_killed_at_its_birth)
{
	only_forkservers("kills");
	ck_assert_int_eq(mp_check_code(start(return_byte, NULL, 0)), -SIGSYS);
	only_forkservers(NULL);
}
END_TEST

int main(int argc, char **argv)
{
	mp_register("return_byte", return_byte);
	mp_register("wait_for_signal", wait_for_signal);
	fall_ill(argc, argv);
	mp_main(argc, argv);
	Suite *suite = suite_create("mp_forkserver");
	TCase *tcase = tcase_create("forkserver");
	tcase_set_timeout(tcase, 180);
	tcase_add_checked_fixture(tcase, mp_check_setup, mp_check_teardown);
	if (!mp_check_valgrind()) {
		tcase_add_test(tcase, a_dead_forkserver_is_replaced);
		tcase_add_test(tcase, who_died_was_not_silent);
		tcase_add_test(tcase, half_a_request_is_told);
		tcase_add_test(tcase, a_stopped_forkserver_is_replaced);
		tcase_add_test(tcase, forkservers_that_never_answer);
		tcase_add_test(tcase, a_child_killed_at_its_birth);
	}
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}
