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
	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < count; i++)
		tcase_add_loop_test(tcase, tests[i].test, 0, tests[i].times);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
