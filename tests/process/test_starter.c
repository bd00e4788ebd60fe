/*
 * test_starter - programs run, and no worker has executed one
 *
 * Runs in:  a test program, against servers of each process model and start method
 * Owns:     its servers and connections
 * Errors:   exit status
 *
 * What a worker that was taken over could ask of the starter is asked by this program, with that
 * worker's own descriptor.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "mp/mp.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const methods[] = {"", "StartMethod spawn\n", "StartMethod forkserver\n"};

#define PLAIN "Content-Type: text/plain\\n\\n"

static void start(struct support_server *s, enum support_model model, const char *more)
{
	char lines[512];
	snprintf(lines, sizeof lines, "ScriptAlias /cgi-bin/ cgi-bin/\nSetEnv SAID here\n%s", more);
	support_server_prepare(s, model, lines);
	ck_assert_int_eq(mkdir(support_server_path(s, "cgi-bin"), 0755), 0);
	support_server_script(
		s, "cgi-bin/hello", "printf '" PLAIN "%s' \"$SAID$LD_PRELOAD$ANY $*\"");
	support_server_script(s, "cgi-bin/parent", "printf '" PLAIN "%s' $PPID");
	support_server_script(s, "cgi-bin/slow", "printf '" PLAIN "begun\\n'; read x; printf end");
	support_server_script(s, "other", "printf '" PLAIN "wrong'");
	support_server_launch(s);
}

static void expect_body(const struct support_server *s, const char *path, const char *body)
{
	struct support_conn c;
	support_get(&c, s->port, path);
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_str_eq(c.reply.body, body);
	support_conn_close(&c);
}

/* The process whose child a program is. */
static pid_t starter_of(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/cgi-bin/parent");
	pid_t pid = c.reply.status == 200 ? (pid_t)atol(c.reply.body) : 0;
	support_conn_close(&c);
	return pid;
}

static bool is_child(const struct support_server *s, pid_t pid)
{
	pid_t all[SUPPORT_WORKERS];
	size_t count = support_children(s->pid, all, COUNT_OF(all));
	for (size_t i = 0; i < count; i++)
		if (all[i] == pid)
			return true;
	return false;
}

START_TEST(another_process_starts_them)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	start(&s, (enum support_model)(_i / (int)COUNT_OF(methods)),
		methods[_i % (int)COUNT_OF(methods)]);
	expect_body(&s, "/cgi-bin/hello?a+b", "here a b");
	pid_t starter = starter_of(&s);
	ck_assert(is_child(&s, starter));
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_ne(workers[i], starter);
	support_server_stop(&s);
}
END_TEST

static void begin_slow(const struct support_server *s, struct support_conn *c)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "POST /cgi-bin/slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
			      "Content-Length: 2\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(c, SUPPORT_PATIENCE), 0);
}

/* It is killed: what it started ends, and is not taken for whole; and the next one is there. */
START_TEST(dies_and_is_replaced)
{
	struct support_server s;
	struct support_conn c;
	start(&s, SUPPORT_PREFORK, methods[_i]);
	pid_t old = starter_of(&s);
	begin_slow(&s, &c);
	support_server_allow(&s, "starts programs"); /* has died, and a program with it */
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	support_conn_more(&c, 1 << 16);
	ck_assert(memmem(c.in, c.size, "begun", 5) && !memmem(c.in, c.size, "0\r\n\r\n", 5));
	support_conn_close(&c);
	/* What is asked for meanwhile waits in the pair. */
	expect_body(&s, "/cgi-bin/hello", "here ");
	pid_t now = starter_of(&s);
	ck_assert(now > 0 && now != old && is_child(&s, now));
	support_server_stop(&s);
}
END_TEST

/* A program that has begun goes on to its end, under the starter it was begun by. */
START_TEST(restarts)
{
	struct support_server s;
	struct support_conn c;
	start(&s, SUPPORT_PREFORK, methods[_i]);
	pid_t old = starter_of(&s);
	begin_slow(&s, &c);
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "restart: generation") > 0, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(starter_of(&s) != old, SUPPORT_PATIENCE));
	ck_assert(is_child(&s, old));
	support_conn_print(&c, "x\n");
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "begun\nend");
	support_conn_close(&c);
	/* With the last worker of its generation it goes by itself. */
	ck_assert(SUPPORT_UNTIL(!is_child(&s, old), SUPPORT_PATIENCE));
	support_server_ready(&s);
	expect_body(&s, "/cgi-bin/hello", "here ");
	support_server_stop(&s);
}
END_TEST

/* ---- one that stands still ---- */

static long number_of(const struct support_server *s, const char *field)
{
	struct support_status st;
	support_status_read(&st, s->port);
	const char *value = support_status_field(&st, field);
	return value ? atol(value) : -1;
}

static void ask(struct support_conn *c, const struct support_server *s, const char *path)
{
	support_conn_open(c, s->port);
	support_conn_print(c, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
}

static void ask_hello(struct support_conn *c, const struct support_server *s)
{
	ask(c, s, "/cgi-bin/hello");
}

static double time_of_file(const struct support_server *s)
{
	double before = support_now();
	support_server_expect(s, "/hello.txt", 200);
	return support_now() - before;
}

/* It is stopped: people are told, it is aborted and killed, and what was asked for meanwhile is
 * started by the one that takes its place. */
START_TEST(hangs_and_is_replaced)
{
	struct support_server s;
	struct support_conn waits;
	start(&s, (enum support_model)_i, "WorkerTimeout 4\n");
	support_server_allow(&s, "the starter of programs");
	support_server_allow(&s, "the process that starts programs ended (signal 9)");
	pid_t old = starter_of(&s);
	ck_assert_int_eq(number_of(&s, "StarterPID"), old);
	ck_assert_int_eq(kill(old, SIGSTOP), 0);
	ask_hello(&waits, &s);
	if (!SUPPORT_IS_CLASSIC(s.model))
		ck_assert(SUPPORT_UNTIL(number_of(&s, "StarterSilent") > 1, SUPPORT_PATIENCE));
	support_conn_expect(&waits, 200);
	ck_assert_str_eq(waits.reply.body, "here ");
	support_conn_close(&waits);
	ck_assert_uint_eq(support_server_logged(&s, "has not moved for"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "has not moved for 3 seconds"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "hangs and is aborted after 4 seconds"), 1);
	ck_assert_uint_eq(support_server_logged(&s, "is killed after 6 seconds"), 1);
	pid_t now = starter_of(&s);
	ck_assert(now > 0 && now != old && number_of(&s, "StarterPID") == now);
	ck_assert(SUPPORT_UNTIL(number_of(&s, "ProgramsRunning") == 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* More ask than its socket holds. Nobody looks after it: who waits has an answer in time all the
 * same, and who wants a file waits for nobody. */
START_TEST(hangs_and_they_are_answered)
{
	enum { MANY = 300 };
	static struct support_conn all[MANY];
	struct support_server s;
	start(&s, SUPPORT_PREFORK,
		"WorkerTimeout 0\nTimeout 4\nWorkerConnections 512\n"
		"<Location /cgi-bin/later>\nCGIScriptTimeout 60\n</Location>\n");
	support_server_script(&s, "cgi-bin/later", "printf '" PLAIN "later'");
	support_server_allow(&s, "Script timed out before returning headers");
	pid_t old = starter_of(&s);
	ck_assert_int_eq(kill(old, SIGSTOP), 0);
	for (int i = 0; i < MANY; i++)
		ask_hello(&all[i], &s);
	ck_assert(SUPPORT_MOSTLY(time_of_file(&s) < 2));
	for (int i = 0; i < MANY; i++) {
		support_conn_expect(&all[i], 504);
		support_conn_close(&all[i]);
	}
	/* And who asks while it has more than it can take has what was asked for, a little later.
	 */
	for (int i = 0; i < MANY; i++)
		ask(&all[i], &s, "/cgi-bin/later");
	time_of_file(&s);
	ck_assert_int_eq(kill(old, SIGCONT), 0);
	for (int i = 0; i < MANY; i++) {
		support_conn_expect(&all[i], 200);
		ck_assert_str_eq(all[i].reply.body, "later");
		support_conn_close(&all[i]);
	}
	ck_assert_int_eq(starter_of(&s), old);
	support_server_stop(&s);
}
END_TEST

/* It dies while its socket is full and everybody stands still: what it had not read is asked again,
 * and what waited for room is started. */
START_TEST(dies_while_many_wait)
{
	enum { MANY = 400 };
	static struct support_conn all[MANY];
	struct support_server s;
	pid_t worker[SUPPORT_WORKERS];
	start(&s, SUPPORT_PREFORK,
		"StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 1\n"
		"WorkerConnections 512\nWorkerTimeout 30\n");
	support_server_allow(&s, "the process that starts programs ended (signal 9)");
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_server_allow(&s, "has not moved for");
	pid_t old = starter_of(&s);
	ck_assert_uint_eq(support_server_workers(&s, worker), 1);
	expect_body(&s, "/cgi-bin/hello", "here ");
	ck_assert_int_eq(kill(old, SIGSTOP), 0);
	for (int i = 0; i < MANY; i++)
		ask_hello(&all[i], &s);
	support_server_expect(&s, "/hello.txt", 200); /* it has taken them all */
	ask_hello(&all[0], &s);
	kill(s.pid, SIGSTOP);
	kill(worker[0], SIGSTOP);
	for (double end = support_now() + 2.5; support_now() < end;)
		support_pause(); /* longer than it waits to look */
	kill(old, SIGKILL);
	kill(worker[0], SIGCONT);
	for (double end = support_now() + 0.5; support_now() < end;)
		support_pause();
	kill(s.pid, SIGCONT);
	for (int i = 0; i < MANY; i++) {
		support_conn_expect(&all[i], 200);
		ck_assert_str_eq(all[i].reply.body, "here ");
		support_conn_close(&all[i]);
	}
	size_t count = support_server_workers(&s, worker);
	ck_assert_uint_eq(count, 1);
	support_server_stop(&s);
}
END_TEST

static size_t starters(const struct support_server *s)
{
	pid_t all[SUPPORT_WORKERS], workers[SUPPORT_WORKERS];
	return support_children(s->pid, all, COUNT_OF(all)) - support_server_workers(s, workers);
}

/* While workers of an earlier generation drain, theirs is replaced too: whoever had begun to ask
 * before the restart gets his program. And with the last of them the replacement goes. */
START_TEST(an_earlier_one_is_replaced)
{
	enum { MANY = 20 };
	struct support_server s;
	struct support_conn all[MANY];
	int good = 0;
	char more[128];
	snprintf(more, sizeof more, "%sKeepAliveKeeper Off\n", methods[_i]);
	start(&s, SUPPORT_PREFORK, more);
	size_t others = starters(&s); /* with the forkserver, where there is one */
	pid_t old = starter_of(&s);
	for (int i = 0; i < MANY; i++) {
		support_conn_open(&all[i], s.port);
		support_conn_print(&all[i], "GET /cgi-bin/hello HTTP/1.1\r\nHost: test\r\n");
	}
	ck_assert(SUPPORT_UNTIL(number_of(&s, "ConnsAsyncWriting") >= MANY, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(starter_of(&s) > 0 && starter_of(&s) != old, SUPPORT_PATIENCE));
	ck_assert(is_child(&s, old));
	support_server_allow(&s, "the process that starts programs ended (signal 9); another one");
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	ck_assert(SUPPORT_UNTIL(!is_child(&s, old), SUPPORT_PATIENCE));
	for (int i = 0; i < MANY; i++)
		support_conn_print(&all[i], "Connection: close\r\n\r\n");
	for (int i = 0; i < MANY; i++) {
		if (support_conn_read(&all[i], "GET"))
			good += all[i].reply.status == 200 &&
				strcmp(all[i].reply.body, "here ") == 0;
		support_conn_close(&all[i]);
	}
	ck_assert_msg(good == MANY, "%d of %d have their program", good, MANY);
	ck_assert(SUPPORT_UNTIL(starters(&s) == others, SUPPORT_PATIENCE));
	expect_body(&s, "/cgi-bin/hello", "here ");
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- a worker taken over ---- */

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
	start(&s, SUPPORT_PREFORK,
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
	expect_body(&s, "/cgi-bin/hello", "here ");
	/* As long as the configuration lets it, though the worker wants it for ever. */
	support_server_script(
		&s, "cgi-bin/limit", "printf '" PLAIN "'; ulimit -S -t; ulimit -H -t");
	snprintf(hello, sizeof hello, "%s", support_server_path(&s, "cgi-bin/limit"));
	ck_assert_int_eq(attempt(starter, (const char *const[]){hello, NULL}, none, said), 0);
	ck_assert_str_eq(said, "Content-Type: text/plain\n\n50\n60\n");
	ck_assert_uint_ge(support_server_logged(&s, "with other limits than"), 1);
	expect_body(&s, "/cgi-bin/limit", "50\n60\n");
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
	expect_body(&s, "/cgi-bin/hello", "here ");
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
	start(&s, SUPPORT_PREFORK, "StartServers 2\nMinSpareServers 2\nMaxSpareServers 3\n");
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
	ck_assert(SUPPORT_UNTIL(number_of(&s, "StarterPID") > 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	expect_body(&s, "/cgi-bin/hello", "here ");
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
	start(&s, SUPPORT_CLASSIC, "KeepAliveKeeper Off\n"); /* whose socket is such a one too */
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
	ck_assert(SUPPORT_UNTIL(number_of(&s, "ProgramsRunning") == MOST, SUPPORT_PATIENCE));
	expect_body(&s, "/cgi-bin/hello", "here ");
	for (int i = 0; i < MOST; i++)
		mp_subprocess_close(all[i]);
	ck_assert(SUPPORT_UNTIL(number_of(&s, "ProgramsRunning") == 0, SUPPORT_PATIENCE));
	close(o.server);
	support_server_stop(&s);
}
END_TEST

/* Programs that go on behind their answer are ended after 5 seconds, or when they are too many. */
START_TEST(few_run_on)
{
	enum { MOST = 1 + 64 };
	struct support_server s;
	start(&s, SUPPORT_CLASSIC,
		"KeepAliveKeeper Off\nStartServers 1\nMinSpareServers 1\nMaxSpareServers 2\n"
		"MaxRequestWorkers 1\n");
	support_server_allow(&s, "reached MaxRequestWorkers");
	support_server_script(
		&s, "cgi-bin/stays", "printf '" PLAIN "x'; exec sleep 60 <&- >&- 2>&-");
	double before = support_now();
	for (int i = 0; i < MOST + 30; i++)
		expect_body(&s, "/cgi-bin/stays", "x");
	ck_assert(SUPPORT_UNTIL(
		number_of(&s, "ProgramsRunning") == MOST || support_now() - before >= 5,
		SUPPORT_PATIENCE));
	/* One over the limit counts until it has ended. */
	ck_assert(SUPPORT_UNTIL(number_of(&s, "ProgramsRunning") <= MOST, SUPPORT_PATIENCE));
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("starter", {another_process_starts_them, SUPPORT_MODELS *(int)COUNT_OF(methods)},
	{dies_and_is_replaced, (int)COUNT_OF(methods)}, {restarts, (int)COUNT_OF(methods)},
	{hangs_and_is_replaced, SUPPORT_MODELS}, {hangs_and_they_are_answered, 1},
	{dies_while_many_wait, 1}, {an_earlier_one_is_replaced, (int)COUNT_OF(methods)},
	{believes_no_worker, 1}, {is_shut_while_it_is_dead, 1}, {has_no_more_than_it_can_use, 1},
	{few_run_on, 1})
