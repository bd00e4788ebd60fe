/*
 * mp_serving - a server of programs that a test has, and what it asks of it
 *
 * Runs in:  the test program; the server is its child
 * Owns:     the pair, from serving_begin to serving_end
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SERVING_H
#define MP_SERVING_H

#include "mp_programs.h"

static struct mp_subprocess_server_options serving_options;
static int serving_pair[2];
static pid_t serving_pid;

static inline int serving_run(void *arg)
{
	(void)arg;
	close(serving_pair[1]);
	struct mp_subprocess_server *s =
		mp_subprocess_server_new(serving_pair[0], &serving_options);
	while (s && (mp_subprocess_server_serve(s, -1) == 0 || errno == EINTR))
		;
	bool good = s && errno == EPIPE && mp_subprocess_server_count(s) == 0;
	mp_subprocess_server_close(s);
	close(serving_pair[0]);
	return !good || mp_check_children() > 0;
}

static inline void serving_begin(struct mp_subprocess_server_options o)
{
	serving_options = o;
	ck_assert_int_eq(mp_subprocess_server_pair(serving_pair), 0);
	serving_pid = children_start(serving_run, NULL);
}

/* It ends by itself when nobody can ask any more and all its programs have. */
static inline void serving_end(void)
{
	close(serving_pair[1]);
	close(serving_pair[0]);
	ck_assert_int_eq(children_join(serving_pid), 0);
}

static inline struct mp_subprocess_options serving_with(struct mp_subprocess_options o)
{
	o.server = serving_pair[1];
	return o;
}

static inline struct mp_subprocess *serving_open(
	const char *const *argv, struct mp_subprocess_options wanted)
{
	struct mp_subprocess_options o = serving_with(wanted);
	struct mp_subprocess *p = mp_subprocess_popen(argv, &o);
	ck_assert_msg(p != NULL, "%s: %s", argv[0], strerror(errno));
	return p;
}

static inline void serving_prints(const char *const *argv, struct mp_subprocess_options wanted,
	const char *input, const char *expected)
{
	struct mp_subprocess_options o = serving_with(wanted);
	struct mp_subprocess_result result;
	int done =
		mp_subprocess_check_output(argv, &o, input, input ? strlen(input) : 0, 30, &result);
	ck_assert_msg(done == 0, "%s: %s", argv[0], strerror(errno));
	ck_assert_str_eq(result.out, expected);
	mp_subprocess_result_free(&result);
}

static inline void serving_cannot(
	const char *const *argv, struct mp_subprocess_options wanted, int why)
{
	struct mp_subprocess_options o = serving_with(wanted);
	errno = 0;
	ck_assert_ptr_null(mp_subprocess_popen(argv, &o));
	ck_assert_int_eq(errno, why);
}

static inline int serving_fds_of(pid_t pid)
{
	char name[64];
	int count = 0;
	snprintf(name, sizeof name, "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(name);
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* As many as here, without the askers' end, but with /dev/null and what it waits with; and "." and
 * "..". */
static inline int serving_fds_at_rest(void)
{
	return mp_check_fds() + 3;
}

static inline void serving_await_fds(int count)
{
	for (double until = mp_check_now() + 20;
		serving_fds_of(serving_pid) != count && mp_check_now() < until;)
		usleep(1000);
	ck_assert_int_eq(serving_fds_of(serving_pid), count);
}

static inline struct mp_subprocess *serving_ended(
	const char *const *argv, struct mp_subprocess_options wanted, const char *expected)
{
	struct mp_subprocess_result result;
	struct mp_subprocess *p = serving_open(argv, wanted);
	ck_assert_int_eq(mp_subprocess_communicate(p, NULL, 0, 30, &result), 0);
	ck_assert_str_eq(result.out, expected);
	mp_subprocess_result_free(&result);
	return p;
}

#define ECHO(word, ...)                                                                            \
	serving_ended(ARGV("echo", word),                                                          \
		(struct mp_subprocess_options){.out = MP_PIPE, __VA_ARGS__}, word "\n")

#endif
