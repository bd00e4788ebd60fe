/*
 * test_mp_process - processes by fork: start, join, end, and what a child is born with
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
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

/* Ends when the pipe it is given says so. */
static int wait_for_eof(void *args, size_t size)
{
	char byte;
	(void)size;
	return (int)read(*(int *)args, &byte, 1);
}

static struct mp_process *started(mp_target target, const void *args, size_t size)
{
	struct mp_process *p = mp_process_new(target, args, size, NULL);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(mp_process_start(p), 0);
	return p;
}

START_TEST(exit_code_is_the_return_value)
{
	static const unsigned char codes[] = {0, 1, 42, 255};
	for (size_t i = 0; i < sizeof codes; i++)
		ck_assert_int_eq(mp_check_code(started(return_byte, &codes[i], 1)), codes[i]);
}
END_TEST

START_TEST(signal_is_a_negative_code)
{
	struct mp_process *p = started(wait_for_signal, NULL, 0);
	ck_assert(mp_process_is_alive(p));
	ck_fails(mp_process_close(p), EBUSY);
	ck_assert_int_eq(mp_process_terminate(p), 0);
	ck_assert_int_eq(mp_check_code(p), -SIGTERM);
	p = started(wait_for_signal, NULL, 0);
	ck_assert_int_eq(mp_process_kill(p), 0);
	ck_assert_int_eq(mp_check_code(p), -SIGKILL);
	p = started(wait_for_signal, NULL, 0);
	ck_assert_int_eq(mp_process_signal(p, SIGUSR1), 0);
	ck_assert_int_eq(mp_check_code(p), -SIGUSR1);
}
END_TEST

START_TEST(life_of_an_object)
{
	unsigned char code = 7;
	int seen;
	struct rusage usage;
	struct mp_process *p = mp_process_new(return_byte, &code, 1, NULL);
	ck_assert_int_eq(mp_process_pid(p), 0);
	ck_assert(!mp_process_is_alive(p));
	ck_assert(!mp_process_exitcode(p, &seen));
	ck_fails(mp_process_join(p, 0), EINVAL);
	ck_fails(mp_process_terminate(p), EINVAL);
	ck_fails(mp_process_sentinel(p), EINVAL);
	ck_assert_int_eq(mp_process_start(p), 0);
	ck_fails(mp_process_start(p), EINVAL);
	ck_assert_int_gt(mp_process_pid(p), 0);
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	ck_assert_int_eq(mp_process_join(p, 0), 0);
	ck_assert(!mp_process_is_alive(p));
	ck_assert(mp_process_exitcode(p, &seen));
	ck_assert_int_eq(seen, 7);
	ck_assert(mp_process_rusage(p, &usage));
	ck_assert_int_gt(usage.ru_maxrss, 0);
	ck_fails(mp_process_signal(p, SIGTERM), ESRCH);
	ck_assert_int_eq(mp_process_close(p), 0);
	ck_assert_int_eq(mp_process_close(NULL), 0);
}
END_TEST

START_TEST(join_waits_as_long_as_told)
{
	int ends[2];
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	struct mp_process *p = mp_process_new(wait_for_eof, &ends[0], sizeof ends[0],
		&(struct mp_process_options){.fds = ends, .fd_count = 1});
	ck_assert_int_eq(mp_process_start(p), 0);
	double start = mp_check_now();
	ck_fails(mp_process_join(p, 0), ETIMEDOUT);
	ck_fails(mp_process_join(p, 0.05), ETIMEDOUT);
	ck_assert_double_ge(mp_check_now() - start, 0.05);
	if (mp_check_valgrind()) {
		close(ends[1]);
	} else {
		struct pollfd sentinel = {.fd = mp_process_sentinel(p), .events = POLLIN};
		ck_assert_int_eq(poll(&sentinel, 1, 0), 0);
		close(ends[1]);
		ck_assert_int_eq(poll(&sentinel, 1, 10000), 1);
		ck_assert_int_eq(mp_process_sentinel(p), sentinel.fd);
	}
	ck_assert_int_eq(mp_process_join(p, 10), 0);
	ck_assert_int_eq(mp_check_code(p), 0);
	close(ends[0]);
}
END_TEST

START_TEST(sentinel_after_the_end_is_ready)
{
	struct mp_process *p = started(return_byte, NULL, 0);
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	struct pollfd sentinel = {.fd = mp_process_sentinel(p), .events = POLLIN};
	ck_assert_int_eq(poll(&sentinel, 1, 0), 1);
	ck_assert_int_eq(mp_process_close(p), 0);
}
END_TEST

START_TEST(names)
{
	struct mp_process *a = mp_process_new(return_byte, NULL, 0, NULL);
	struct mp_process *b = mp_process_new(return_byte, NULL, 0, NULL);
	struct mp_process *c = mp_process_new(return_byte, "x", 1,
		&(struct mp_process_options){.name = "a name that is longer than others are",
			.daemon = true,
			.closure = &a});
	int first, second;
	/* From 1 on, where this test has a process of its own. */
	ck_assert_int_eq(sscanf(mp_process_name(a), "Process-%d", &first), 1);
	ck_assert_int_eq(sscanf(mp_process_name(b), "Process-%d", &second), 1);
	ck_assert_int_eq(second, first + 1);
	ck_assert(first == 1 || strcmp(getenv("CK_FORK") ? getenv("CK_FORK") : "", "no") == 0);
	ck_assert_str_eq(mp_process_name(c), "a name that is longer than others are");
	ck_assert(mp_process_daemon(c) && !mp_process_daemon(a));
	ck_assert_ptr_eq(mp_process_closure(c), &a);
	ck_assert_str_eq(mp_process_name(mp_current_process()), "MainProcess");
	ck_assert_int_eq(mp_process_pid(mp_current_process()), getpid());
	ck_assert_ptr_null(mp_parent_process());
	ck_assert(mp_process_is_alive(mp_current_process()));
	mp_process_close(a);
	mp_process_close(b);
	mp_process_close(c);
}
END_TEST

START_TEST(what_new_refuses)
{
	int bad = -3;
	struct mp_process_options o = {.fds = &bad, .fd_count = 1};
	ck_assert(!mp_process_new(NULL, NULL, 0, NULL) && errno == EINVAL);
	ck_assert(!mp_process_new(return_byte, NULL, 1, NULL) && errno == EINVAL);
	ck_assert(!mp_process_new(return_byte, NULL, 0, &o) && errno == EINVAL);
	ck_assert(!mp_process_new_named("nobody", NULL, 0, NULL) && errno == ENOENT);
}
END_TEST

START_TEST(named_targets)
{
	unsigned char code = 9;
	ck_assert_int_eq(mp_register("byte", return_byte), 0);
	ck_assert_int_eq(mp_register("byte", return_byte), 0);
	ck_fails(mp_register("byte", wait_for_signal), EEXIST);
	struct mp_process *p = mp_process_new_named("byte", &code, 1, NULL);
	ck_assert_int_eq(mp_process_start(p), 0);
	ck_assert_int_eq(mp_check_code(p), 9);
}
END_TEST

/* ---- What a child is born with ---- */

static void handler(int sig)
{
	(void)sig;
}

/* Bits of what is wrong. */
static int look_around(void *args, size_t size)
{
	int wrong = 0;
	const int *kept = args;
	size_t count = size / sizeof *kept;
	struct sigaction action;
	sigset_t mask;
	wrong |= mp_check_fds() != 3 + (int)count;
	for (size_t i = 0; i < count; i++)
		wrong |= (fcntl(kept[i], F_GETFD) < 0) << 1;
	sigaction(SIGUSR1, NULL, &action);
	wrong |= (action.sa_handler != SIG_DFL) << 2;
	sigaction(SIGUSR2, NULL, &action);
	wrong |= (action.sa_handler != SIG_IGN) << 3;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	wrong |= sigismember(&mask, SIGHUP) << 4;
	wrong |= (strcmp(mp_process_name(mp_current_process()), "child") != 0) << 5;
	struct mp_process *parent = mp_parent_process();
	wrong |= (!parent || mp_process_pid(parent) != getppid() || !mp_process_is_alive(parent))
		 << 6;
	wrong |= (mp_active_children(NULL, 0) != 0 ||
			 mp_process_pid(mp_current_process()) != getpid())
		 << 7;
	return wrong;
}

START_TEST(a_child_has_what_it_was_given)
{
	int many[20], kept[4];
	for (size_t i = 0; i < 20; i++)
		many[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	kept[0] = many[13];
	kept[1] = many[2];
	kept[2] = many[3];
	kept[3] = many[19];
	sigset_t hup;
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	struct mp_process *p = mp_process_new(look_around, kept, sizeof kept,
		&(struct mp_process_options){.name = "child", .fds = kept, .fd_count = 4});
	ck_assert_int_eq(mp_process_start(p), 0);
	ck_assert_int_eq(mp_check_code(p), 0);
	sigset_t mask;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ck_assert(sigismember(&mask, SIGHUP) && !sigismember(&mask, SIGUSR1));
	for (size_t i = 0; i < 20; i++)
		close(many[i]);
}
END_TEST

static int print_and_return(void *args, size_t size)
{
	printf("%.*s", (int)size, (char *)args);
	return 0;
}

START_TEST(stdio_is_written_once)
{
	int ends[2], out = dup(1);
	char text[64];
	fflush(stdout);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], 1);
	printf("parent ");
	struct mp_process *p = started(print_and_return, "child ", 6);
	int code = mp_check_code(p);
	fflush(stdout);
	dup2(out, 1);
	close(out);
	close(ends[1]);
	ck_assert_int_eq(code, 0);
	ssize_t n = read(ends[0], text, sizeof text);
	ck_assert_int_eq(n, 13);
	ck_assert_int_eq(memcmp(text, "child parent ", 13), 0);
	close(ends[0]);
}
END_TEST

/* Starts a daemon that holds the write end and ends at once. */
static int abandon_daemon(void *args, size_t size)
{
	struct mp_process *p = mp_process_new(wait_for_signal, NULL, 0,
		&(struct mp_process_options){
			.daemon = true, .fds = args, .fd_count = size / sizeof(int)});
	return mp_process_start(p);
}

START_TEST(a_daemon_dies_with_its_parent)
{
	int ends[2];
	char byte;
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	struct mp_process *p = mp_process_new(abandon_daemon, &ends[1], sizeof(int),
		&(struct mp_process_options){.fds = &ends[1], .fd_count = 1});
	ck_assert_int_eq(mp_process_start(p), 0);
	close(ends[1]);
	ck_assert_int_eq(mp_check_code(p), 0);
	/* The end of file is the end of the last holder. */
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	while (mp_check_children())
		mp_reap(NULL, NULL, NULL);
}
END_TEST

static int start_another(void *args, size_t size)
{
	struct mp_process *sibling = *(struct mp_process **)args, *p;
	unsigned char five = 5;
	int code;
	(void)size;
	/* A copy of an object of the parent is no child here. */
	if (mp_process_join(sibling, 0) != -1 || errno != ECHILD)
		return 1;
	if (!mp_process_is_alive(sibling) || mp_process_exitcode(sibling, &code))
		return 2;
	p = mp_process_new(return_byte, &five, 1, NULL);
	if (mp_process_start(p) < 0 || mp_process_close(sibling) < 0)
		return 3;
	if (mp_active_children(NULL, 0) > 1)
		return 4;
	if (mp_process_join(p, -1) < 0 || !mp_process_exitcode(p, &code) || code != 5)
		return 6;
	mp_process_close(p);
	return 5;
}

START_TEST(children_of_children)
{
	struct mp_process *sibling = started(wait_for_signal, NULL, 0);
	struct mp_process *p = started(start_another, &sibling, sizeof sibling);
	ck_assert_int_eq(mp_check_code(p), 5);
	mp_process_kill(sibling);
	ck_assert_int_eq(mp_check_code(sibling), -SIGKILL);
}
END_TEST

START_TEST(active_children_are_those_alive)
{
	struct mp_process *a = started(wait_for_signal, NULL, 0),
			  *b = started(return_byte, NULL, 0), *seen[4];
	ck_assert_int_eq(mp_process_join(b, -1), 0);
	ck_assert_uint_eq(mp_active_children(seen, 4), 1);
	ck_assert_ptr_eq(seen[0], a);
	mp_process_kill(a);
	ck_assert_int_eq(mp_check_code(a), -SIGKILL);
	ck_assert_uint_eq(mp_active_children(seen, 4), 0);
	mp_process_close(b);
}
END_TEST

static int watch_parent(void *args, size_t size)
{
	(void)args, (void)size;
	return mp_process_join(mp_parent_process(), 0) == -1 && errno == ETIMEDOUT ? 0 : 1;
}

START_TEST(a_child_can_join_its_parent)
{
	if (!mp_check_valgrind())
		ck_assert_int_eq(mp_check_code(started(watch_parent, NULL, 0)), 0);
}
END_TEST

START_TEST(contexts)
{
	const char *const *methods = mp_get_all_start_methods();
	ck_assert_str_eq(methods[0], "fork");
	ck_assert_str_eq(methods[1], "spawn");
	ck_assert_str_eq(methods[2], "forkserver");
	ck_assert_ptr_null(methods[3]);
	ck_assert_str_eq(mp_get_start_method(), "fork");
	ck_fails(mp_set_start_method("thread"), EINVAL);
	ck_assert_int_eq(mp_set_start_method("spawn"), 0);
	ck_assert_str_eq(mp_get_start_method(), "spawn");
	ck_assert_ptr_eq(mp_get_context(NULL), mp_get_context("spawn"));
	ck_assert_ptr_null(mp_get_context("x"));
	ck_assert_uint_ge(mp_cpu_count(), mp_usable_cpu_count());
	ck_assert_uint_ge(mp_usable_cpu_count(), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {exit_code_is_the_return_value, signal_is_a_negative_code,
		life_of_an_object, join_waits_as_long_as_told, sentinel_after_the_end_is_ready,
		names, what_new_refuses, named_targets, a_child_has_what_it_was_given,
		stdio_is_written_once, a_daemon_dies_with_its_parent, children_of_children,
		active_children_are_those_alive, a_child_can_join_its_parent, contexts};
	return MP_CHECK_MAIN("mp_process", tests);
}
