/*
 * test_mp_reap - all ends are collected in one place, once
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp/mp_reap.h"
#include "mp_check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int nothing(void *args, size_t size)
{
	(void)args, (void)size;
	return 3;
}

static int sleeper(void *args, size_t size)
{
	(void)args, (void)size;
	while (pause() < 0)
		;
	return 0;
}

struct seen {
	int gone, strangers, last_status;
	pid_t last;
};

static void gone(struct mp_process *p, void *closure)
{
	struct seen *seen = closure;
	int code;
	seen->gone++;
	ck_assert(mp_process_exitcode(p, &code));
	ck_assert_int_eq(code, 3);
	ck_assert_int_eq(mp_process_close(p), 0);
}

static void stranger(pid_t pid, int status, void *closure)
{
	struct seen *seen = closure;
	seen->strangers++;
	seen->last = pid;
	seen->last_status = status;
}

static struct mp_process *started(mp_target target)
{
	struct mp_process *p = mp_process_new(target, NULL, 0, NULL);
	ck_assert_int_eq(mp_process_start(p), 0);
	return p;
}

/* Until all children are gone: SIGCHLD is what a server would wait for. */
static void reap_all(struct seen *seen)
{
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	struct timespec soon = {0, 20000000};
	while (mp_check_children()) {
		mp_reap(gone, stranger, seen);
		if (mp_check_children())
			sigtimedwait(&chld, NULL, &soon);
	}
	mp_reap(gone, stranger, seen);
}

START_TEST(hundreds_without_a_pointer_kept)
{
	struct seen seen = {0};
	for (int i = 0; i < 300; i++)
		started(nothing);
	reap_all(&seen);
	ck_assert_int_eq(seen.gone, 300);
	ck_assert_int_eq(seen.strangers, 0);
	ck_assert_uint_eq(mp_active_children(NULL, 0), 0);
}
END_TEST

START_TEST(strangers_are_told_apart)
{
	struct seen seen = {0};
	started(nothing);
	pid_t pid = fork();
	if (pid == 0)
		_exit(8);
	reap_all(&seen);
	ck_assert_int_eq(seen.gone, 1);
	ck_assert_int_eq(seen.strangers, 1);
	ck_assert_int_eq(seen.last, pid);
	ck_assert_int_eq(WEXITSTATUS(seen.last_status), 8);
}
END_TEST

START_TEST(reported_once_whoever_noticed)
{
	struct seen seen = {0};
	struct mp_process *a = started(nothing), *b = started(nothing), *c = started(nothing);
	ck_assert_int_eq(mp_process_join(a, -1), 0);
	ck_assert_int_eq(mp_process_join(b, 10), 0);
	ck_assert_int_eq(mp_process_close(b), 0);
	reap_all(&seen);
	ck_assert_int_eq(seen.gone, 2);
	mp_reap(gone, stranger, &seen);
	ck_assert_int_eq(seen.gone, 2);
	(void)c;
}
END_TEST

START_TEST(recorded_without_a_callback)
{
	struct mp_process *p = started(nothing);
	int code;
	while (!mp_reap(NULL, NULL, NULL))
		;
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	ck_assert(mp_process_exitcode(p, &code) && code == 3);
	ck_assert_int_eq(mp_process_close(p), 0);
	ck_assert_int_eq(mp_reap(NULL, NULL, NULL), 0);
}
END_TEST

static void restart(struct mp_process *p, void *closure)
{
	struct seen *seen = closure;
	mp_process_close(p);
	if (++seen->gone < 10)
		started(nothing);
}

START_TEST(the_callback_may_start_more)
{
	struct seen seen = {0};
	started(nothing);
	while (mp_check_children())
		mp_reap(restart, NULL, &seen);
	ck_assert_int_eq(seen.gone, 10);
}
END_TEST

START_TEST(a_status_taken_elsewhere_is_unknown)
{
	struct mp_process *p = started(nothing);
	int code, status;
	ck_assert_int_eq(waitpid(mp_process_pid(p), &status, 0), mp_process_pid(p));
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	ck_assert(mp_process_exitcode(p, &code));
	ck_assert_int_eq(code, MP_EXITCODE_UNKNOWN);
	mp_process_close(p);
}
END_TEST

START_TEST(a_join_leaves_others_alone)
{
	struct mp_process *p = started(nothing);
	pid_t pid = fork();
	int status;
	if (pid == 0)
		_exit(4);
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 4);
	mp_process_close(p);
}
END_TEST

START_TEST(a_watch_without_a_process)
{
	struct mp_reap_watch w = {0};
	struct seen seen = {0};
	pid_t pid = fork();
	if (pid == 0)
		_exit(6);
	mp_reap_watch(&w, pid, NULL);
	ck_assert_int_eq(mp_reap_wait(&w, 10, -1), 0);
	ck_assert(w.over);
	ck_assert_int_eq(mp_reap_code(&w), 6);
	mp_reap_forget(&w);
	pid = fork();
	if (pid == 0)
		sleeper(NULL, 0);
	mp_reap_watch(&w, pid, NULL);
	ck_assert(!mp_reap_poll(&w));
	ck_fails(mp_reap_wait(&w, 0.01, -1), ETIMEDOUT);
	kill(pid, SIGKILL);
	reap_all(&seen);
	ck_assert_int_eq(seen.gone + seen.strangers, 0);
	ck_assert_int_eq(mp_reap_code(&w), -SIGKILL);
}
END_TEST

static void interrupt(int sig)
{
	(void)sig;
}

START_TEST(a_handler_ends_the_wait)
{
	struct sigaction action = {.sa_handler = interrupt};
	struct mp_process *p = started(sleeper);
	sigaction(SIGALRM, &action, NULL);
	/* Again and again: the first may come before the wait. */
	ualarm(20000, 20000);
	ck_fails(mp_process_join(p, -1), EINTR);
	ck_fails(mp_process_join(p, 10), EINTR);
	ualarm(0, 0);
	mp_process_kill(p);
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	mp_process_close(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {hundreds_without_a_pointer_kept, strangers_are_told_apart,
		reported_once_whoever_noticed, recorded_without_a_callback,
		the_callback_may_start_more, a_status_taken_elsewhere_is_unknown,
		a_join_leaves_others_alone, a_watch_without_a_process, a_handler_ends_the_wait};
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	return MP_CHECK_MAIN("mp_reap", tests);
}
