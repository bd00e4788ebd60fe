/*
 * test_mp_subprocess_communicate - much in and much out at once, and programs that do not keep to
 * it
 *
 * Runs in:  make check; with an argument it is the program that is started
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_programs.h"

enum { MIB = 1 << 20 };

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
	ck_assert_int_eq(mp_subprocess_run(ARGV(programs_self, "talk"),
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
	ck_fails(mp_subprocess_check_output(
			 ARGV(programs_self, "print and stay"), NULL, NULL, 0, 3, &result),
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

/* ---- The programs that are started ---- */

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

static int role(const char *name)
{
	if (strcmp(name, "talk") == 0)
		return talk();
	return print_and_stay();
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return role(argv[1]);
	if (!programs_find_self(argv[0]))
		return EXIT_FAILURE;
	const TTest *const tests[] = {much_both_ways, output_before_input, nobody_reads_the_input,
		more_than_wanted, time_is_over, communicate_again};
	return MP_CHECK_MAIN("mp_subprocess_communicate", tests);
}
