/*
 * test_starter_asked - what a worker that was taken over gets of the starter
 *
 * Runs in:  a test program
 * Owns:     its servers and connections
 * Errors:   exit status
 *
 * It is asked for by this program, with that worker's own descriptor, which is root's to take.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "process/starter_site.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int attempt(int starter, const char *const *argv, const char *const *env, char *said)
{
	const struct mp_subprocess_options o = {.server = starter,
		.in = MP_DEVNULL,
		.out = MP_PIPE,
		.err = MP_STDOUT,
		.env = env,
		.cwd = "/"};
	struct mp_subprocess_result result;
	if (mp_subprocess_check_output(argv, &o, NULL, 0, SUPPORT_PATIENCE, &result) < 0)
		return errno;
	snprintf(said, 100, "%s", strchr(result.out, '\n') ? result.out : "");
	mp_subprocess_result_free(&result);
	return 0;
}

START_TEST(believes_no_worker)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	char said[100] = "", hello[256], up[256], other[256];
	if (!support_is_root())
		return; /* taking a worker's descriptor is root's */
	starter_start(&s, SUPPORT_PREFORK,
		"StartServers 2\nMinSpareServers 2\nMaxSpareServers 3\nRLimitCPU 50 60\n");
	support_server_allow(&s, "a worker wanted to");
	ck_assert_uint_ge(support_server_workers(&s, workers), 2);
	int starter = support_packets_of(workers[0], workers[1], true);
	ck_assert_int_ge(starter, 0);
	snprintf(hello, sizeof hello, "%s", support_server_path(&s, "cgi-bin/hello"));
	snprintf(up, sizeof up, "%s", support_server_path(&s, "cgi-bin/../other"));
	snprintf(other, sizeof other, "%s", support_server_path(&s, "other"));
	const char *const none[] = {NULL};
	const char *const refused[] = {"/bin/sh", "sh", other, up, "/proc/self/exe", "/"};
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		ck_assert_int_eq(
			attempt(starter, (const char *const[]){refused[i], NULL}, none, said),
			EACCES);
	/* What may be run has the arguments of its query and the variables that may be. */
	const char *const env[] = {"QUERY_STRING=a+b", "SAID=there", "LD_PRELOAD=/tmp/x.so",
		"ANY=thing", "PATH=/tmp", NULL};
	ck_assert_int_eq(
		attempt(starter, (const char *const[]){hello, "-c", "evil", NULL}, env, said), 0);
	ck_assert_str_eq(said, "Content-Type: text/plain\n\n a b");
	ck_assert_uint_ge(support_server_logged(&s, "a worker wanted to start"), 1);
	ck_assert_uint_ge(support_server_logged(&s, "a worker wanted to give"), 1);
	starter_expect(&s, "/cgi-bin/hello", "here ");
	/* As long as the configuration lets it, though the worker wants it for ever. */
	support_server_script(
		&s, "cgi-bin/limit", "printf '" STARTER_PLAIN "'; ulimit -S -t; ulimit -H -t");
	snprintf(hello, sizeof hello, "%s", support_server_path(&s, "cgi-bin/limit"));
	ck_assert_int_eq(attempt(starter, (const char *const[]){hello, NULL}, none, said), 0);
	ck_assert_str_eq(said, "Content-Type: text/plain\n\n50\n60\n");
	ck_assert_uint_ge(support_server_logged(&s, "with other limits than"), 1);
	starter_expect(&s, "/cgi-bin/limit", "50\n60\n");
	/* It can end the service for the others, until a restart. */
	support_server_allow(&s, "the process that starts programs ended (status 0)");
	support_server_allow(&s, "has shut the socket");
	support_server_allow(&s, "couldn't create child process");
	ck_assert_int_eq(shutdown(starter, SHUT_RDWR), 0);
	close(starter);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "has shut the socket") == 1, SUPPORT_PATIENCE));
	support_server_expect(&s, "/cgi-bin/hello", 503);
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(starter_of(&s) > 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	starter_expect(&s, "/cgi-bin/hello", "here ");
	support_server_stop(&s);
}
END_TEST

/* A worker shuts the socket while there is no starter: the next one has another. */
START_TEST(is_shut_while_it_is_dead)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	if (!support_is_root())
		return;
	starter_start(
		&s, SUPPORT_PREFORK, "StartServers 2\nMinSpareServers 2\nMaxSpareServers 3\n");
	support_server_allow(&s, "the process that starts programs ended (signal 9)");
	support_server_allow(&s, "has shut the socket");
	ck_assert_uint_ge(support_server_workers(&s, workers), 2);
	int socket = support_packets_of(workers[0], workers[1], true);
	pid_t old = starter_of(&s);
	ck_assert_int_ge(socket, 0);
	ck_assert_int_eq(kill(s.pid, SIGSTOP), 0);
	ck_assert(SUPPORT_UNTIL(support_state(s.pid) == 'T', SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	ck_assert(SUPPORT_UNTIL(support_state(old) == 'Z', SUPPORT_PATIENCE));
	ck_assert_int_eq(shutdown(socket, SHUT_RDWR), 0);
	close(socket);
	ck_assert_int_eq(kill(s.pid, SIGCONT), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "has shut the socket") == 1, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(starter_number(&s, "StarterPID") > 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	starter_expect(&s, "/cgi-bin/hello", "here ");
	support_server_stop(&s);
}
END_TEST

/* It has as many programs as it can have use for, and the others have theirs. */
START_TEST(has_no_more_than_it_can_use)
{
	enum { MOST = 2 * (1 + 64) };
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	struct mp_subprocess *all[MOST + 3];
	char slow[256];
	if (!support_is_root())
		return;
	starter_start(
		&s, SUPPORT_CLASSIC, "KeepAliveKeeper Off\n"); /* whose socket is such a one too */
	support_server_allow(&s, "gets no more of them");
	ck_assert_uint_ge(support_server_workers(&s, workers), 2);
	const char *const none[] = {NULL};
	const struct mp_subprocess_options o = {
		.server = support_packets_of(workers[0], workers[1], true),
		.in = MP_PIPE,
		.out = MP_DEVNULL,
		.env = none};
	ck_assert_int_ge(o.server, 0);
	snprintf(slow, sizeof slow, "%s", support_server_path(&s, "cgi-bin/slow"));
	for (int i = 0; i < MOST + 3; i++) {
		errno = 0;
		all[i] = mp_subprocess_popen((const char *const[]){slow, NULL}, &o);
		ck_assert_msg((all[i] != NULL) == (i < MOST), "%d: %m", i);
		ck_assert(all[i] || errno == EAGAIN);
	}
	ck_assert_uint_eq(support_server_logged(&s, "gets no more of them"), 1);
	ck_assert(SUPPORT_UNTIL(starter_number(&s, "ProgramsRunning") == MOST, SUPPORT_PATIENCE));
	starter_expect(&s, "/cgi-bin/hello", "here ");
	for (int i = 0; i < MOST; i++)
		mp_subprocess_close(all[i]);
	ck_assert(SUPPORT_UNTIL(starter_number(&s, "ProgramsRunning") == 0, SUPPORT_PATIENCE));
	close(o.server);
	support_server_stop(&s);
}
END_TEST

/* Programs that go on behind their answer are ended after 5 seconds, or when they are too many. */
START_TEST(few_run_on)
{
	enum { MOST = 1 + 64 };
	struct support_server s;
	starter_start(&s, SUPPORT_CLASSIC,
		"KeepAliveKeeper Off\nStartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n"
		"MaxRequestWorkers 1\n");
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_server_script(
		&s, "cgi-bin/stays", "printf '" STARTER_PLAIN "x'; exec sleep 60 <&- >&- 2>&-");
	double before = support_now();
	for (int i = 0; i < MOST + 30; i++)
		starter_expect(&s, "/cgi-bin/stays", "x");
	ck_assert(SUPPORT_UNTIL(
		starter_number(&s, "ProgramsRunning") == MOST || support_now() - before >= 5,
		SUPPORT_PATIENCE));
	/* One over the limit counts until it has ended. */
	ck_assert(SUPPORT_UNTIL(starter_number(&s, "ProgramsRunning") <= MOST, SUPPORT_PATIENCE));
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("starter_asked", {believes_no_worker, 1}, {is_shut_while_it_is_dead, 1},
	{has_no_more_than_it_can_use, 1}, {few_run_on, 1})
