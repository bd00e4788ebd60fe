/*
 * mp_children - children for tests of what processes share, and the count of what is left of them
 *
 * Runs in:  unit tests
 * Owns:     the children of the present test; none may be left at its end
 * Errors:   fail the test; see mp_check.h for what may not be left
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MP_CHILDREN_H
#define TESTS_MP_CHILDREN_H

#include "mp_check.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* A child that runs function(arg) and exits with what it returns; it dies with the test. Not
 * inlined, so that what arg points to is in memory, where valgrind finds it in the child. */
__attribute__((noinline, unused)) static pid_t children_start(int (*function)(void *arg), void *arg)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		alarm(60);
		_exit(function(arg));
	}
	return pid;
}

/* Its exit code, or minus the signal that ended it. */
static inline int children_join(pid_t pid)
{
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline void children_kill(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(children_join(pid), -SIGKILL);
}

static inline void children_nothing(int sig)
{
	(void)sig;
}

/* SIGUSR1 runs a handler from now on, here and in children born after this. */
static inline void children_catch(struct sigaction *before)
{
	struct sigaction action = {.sa_handler = children_nothing};
	sigaction(SIGUSR1, &action, before);
}

/* Sends it SIGUSR1 again and again; its exit code, once that has ended it. */
static inline int children_interrupt(pid_t pid)
{
	int status = 0;
	do {
		kill(pid, SIGUSR1);
		usleep(1000);
	} while (waitpid(pid, &status, WNOHANG) == 0);
	return WEXITSTATUS(status);
}

/* A child that is about to run function(arg), stopped under ptrace(2). */
__attribute__((noinline, unused)) static pid_t children_start_stopped(
	int (*function)(void *arg), void *arg)
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(function(arg));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSTOPPED(status));
	return pid;
}

/* One machine instruction of it. False: it has ended, with 0. */
static inline bool children_step(pid_t pid)
{
	int status;
	ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSTOPPED(status))
		return true;
	ck_assert_int_eq(status, 0);
	return false;
}

/* Runs function(arg) in children that are killed one after the other behind each store into the
 * memory file `fd` (its first 8 KiB), and calls look(arg) after each death: for code that must
 * leave shared memory whole wherever it dies. Returns how many died. */
__attribute__((unused)) static int children_die_at_each_store(
	int (*function)(void *arg), void (*look)(void *arg), void *arg, int fd)
{
	enum { WATCHED = 8192, ROOM = 200 };
	static char before[WATCHED];
	long at[ROOM], steps = 0;
	int count = 0;
	const char *memory = mmap(NULL, WATCHED, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	/* Once before, or most of the instructions are the dynamic linker's. */
	ck_assert_int_eq(function(arg), 0);
	memcpy(before, memory, WATCHED);
	pid_t pid = children_start_stopped(function, arg);
	for (; children_step(pid); steps++)
		if (memcmp(before, memory, WATCHED) != 0) {
			memcpy(before, memory, WATCHED);
			ck_assert_int_lt(count, ROOM);
			at[count++] = steps;
		}
	munmap((void *)(uintptr_t)memory, WATCHED);
	for (int i = 0; i < count; i++) {
		pid = children_start_stopped(function, arg);
		for (steps = 0; steps <= at[i]; steps++)
			ck_assert(children_step(pid));
		children_kill(pid);
		look(arg);
	}
	return count;
}

/* valgrind is the program there: /proc/self/exe is valgrind's. */
static inline bool children_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");
	return preload && strstr(preload, "vgpreload");
}

/* Whether that can be done here: not under valgrind, nor where ptrace(2) is forbidden. */
static inline bool children_can_step(void)
{
	if (children_under_valgrind())
		return false;
	pid_t pid = fork();
	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	return children_join(pid) == 0;
}

/* A pipe on which children say how far they are. */
struct children_word {
	int ends[2];
};

static inline struct children_word children_word(void)
{
	struct children_word word;
	ck_assert_int_eq(pipe(word.ends), 0);
	return word;
}

static inline void children_say(struct children_word *word)
{
	if (write(word->ends[1], "x", 1) != 1)
		_exit(99);
}

static inline void children_hear(struct children_word *word)
{
	char byte;
	ck_assert_int_eq(read(word->ends[0], &byte, 1), 1);
}

static inline void children_word_end(struct children_word *word)
{
	close(word->ends[0]);
	close(word->ends[1]);
}

/* Waits until the process sleeps in the kernel (state S) or is stopped (T), as proc(5) has it. */
static inline void children_await_state(pid_t pid, char state)
{
	char name[64], is = 0;
	snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
	for (double end = mp_check_now() + 20; is != state && mp_check_now() < end; usleep(200)) {
		FILE *file = fopen(name, "r");
		ck_assert_ptr_nonnull(file);
		ck_assert_int_eq(fscanf(file, "%*d (%*[^)]) %c", &is), 1);
		fclose(file);
	}
	ck_assert_int_eq(is, state);
}

struct children_test {
	const TTest *test;
	int times; /* with _i from 0 up */
};

/* Runs one suite of one case: the exit status of the program. */
static inline int children_run(const char *name, const struct children_test *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_add_checked_fixture(tcase, mp_check_setup, mp_check_teardown);
	tcase_set_timeout(tcase, 180);
	for (size_t i = 0; i < count; i++)
		tcase_add_loop_test(tcase, tests[i].test, 0, tests[i].times);
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}

#endif
