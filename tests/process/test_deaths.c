/*
 * test_deaths - every death of a worker is recorded; garbage is cut off; births come, if later
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "process/deaths.h"
#include "support/support_load.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The worker that has a connection of ours. */
static pid_t holder(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	unsigned port;
	size_t count = support_server_workers(s, workers);
	for (size_t i = 0; i < count; i++)
		if (support_peers(&workers[i], 1, s->port, &port, 1))
			return workers[i];
	return 0;
}

START_TEST(records_who_was_killed)
{
	enum { SIZE = 8 * 1024 * 1024 };
	struct support_server s;
	struct support_conn c;
	pid_t pid = 0;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	support_site_pattern(s.root, "f/big", SIZE, 7);
	support_server_launch(&s);
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&c, SUPPORT_PATIENCE), 0);
	ck_assert(SUPPORT_UNTIL((pid = holder(&s)) != 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	deaths_expect(&s, pid, "\"reason\":\"killed\"");
	deaths_expect(&s, pid, "\"signal\":9");
	deaths_expect(&s, pid, "\"busy\":true");
	deaths_expect(&s, pid, "GET /f/big HTTP/1.1");
	deaths_expect(&s, pid, "\"client\":\"127.0.0.1\"");
	support_conn_close(&c);
	ck_assert(support_server_logged(&s, "\"GET /f/big HTTP/1.1\" of 127.0.0.1") == 1);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

enum { DOWNLOADS = 3 };

/* A worker in the middle of as many downloads, and with a request that came later and is over. */
static pid_t download(struct support_server *s, struct support_conn c[DOWNLOADS])
{
	enum { SIZE = 8 * 1024 * 1024 };
	pid_t pid = 0;
	support_server_prepare(s, SUPPORT_PREFORK, "StartServers 1\nMaxRequestWorkers 1\n");
	support_site_pattern(s->root, "f/big", SIZE, 7);
	support_server_launch(s);
	support_server_allow(s, "was killed by signal");
	support_server_allow(s, "died young");
	for (int i = 0; i < DOWNLOADS; i++) {
		support_conn_open(&c[i], s->port);
		support_conn_print(&c[i], "GET /f/big HTTP/1.1\r\nHost: test\r\n\r\n");
		ck_assert_uint_gt(support_conn_pending(&c[i], SUPPORT_PATIENCE), 0);
	}
	ck_assert(SUPPORT_UNTIL((pid = holder(s)) != 0, SUPPORT_PATIENCE));
	support_server_expect(s, "/hello.txt", 200);
	/* It goes back to one of the downloads at the end of its turn. */
	ck_assert(SUPPORT_UNTIL(support_state(pid) == 'S', SUPPORT_PATIENCE));
	return pid;
}

/* A loop with open requests is busy, also while it waits; and whoever is told to end by somebody
 * else than its parent was killed, even if it has time for its last words. */
START_TEST(records_a_loop_that_was_killed)
{
	static const int signals[] = {SIGKILL, SIGTERM};
	struct support_server s;
	struct support_conn c[DOWNLOADS];
	char words[32];
	pid_t pid = download(&s, c);
	ck_assert_int_eq(kill(pid, signals[_i]), 0);
	snprintf(words, sizeof words, "\"signal\":%d,", signals[_i]);
	deaths_expect(&s, pid, "\"reason\":\"killed\"");
	deaths_expect(&s, pid, words);
	deaths_expect(&s, pid, "\"busy\":true");
	deaths_expect(&s, pid, "GET /f/big HTTP/1.1");
	for (int i = 0; i < DOWNLOADS; i++)
		support_conn_close(&c[i]);
	ck_assert(support_server_logged(&s, ", at \"GET /f/big HTTP/1.1\" of 127.0.0.1") == 1);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

static bool status_holds(const struct support_server *s, const char *words)
{
	char *text = deaths_status(s);
	bool holds = strstr(text, words) != NULL;
	free(text);
	return holds;
}

/* Those that end as they should are recorded too, and are no crashes. */
START_TEST(records_good_ends)
{
	struct support_server s;
	struct support_conn c;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "MaxConnectionsPerChild 3\n");
	ck_assert_uint_ge(support_server_workers(&s, workers), 1);
	for (int i = 0; i < 40; i++) {
		support_get(&c, s.port, "/hello.txt");
		support_conn_close(&c);
	}
	ck_assert(SUPPORT_UNTIL(status_holds(&s, "\"reason\":\"recycled\""), SUPPORT_PATIENCE));
	ck_assert(status_holds(&s, "\"crashes\":0"));
	support_server_configure(&s, NULL);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_workers(&s, workers);
	kill(s.pid, SIGUSR1);
	deaths_expect(&s, workers[0], "\"reason\":\"done\"");
	support_server_ready(&s);
	size_t count = support_server_workers(&s, workers);
	kill(s.pid, SIGHUP);
	ck_assert(SUPPORT_UNTIL(support_server_logged(&s, "hard restart") > 0, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, workers, count), SUPPORT_PATIENCE));
	support_server_ready(&s);
	deaths_expect(&s, workers[0], "\"reason\":\"stopped\"");
	support_server_stop(&s);
}
END_TEST

/* ---- garbage ---- */

/* Our own copy of the worker's end of its pipe: the only packet socket it has, where there is no
 * keeper; -1: we may not look into it. */
static int pipe_of(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), found = -1;
	for (int n = 3; pidfd >= 0 && found < 0 && n < 64; n++) {
		int type = 0, fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);
		socklen_t size = sizeof type;
		if (fd < 0)
			continue;
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
			type == SOCK_SEQPACKET)
			found = fd;
		else
			close(fd);
	}
	if (pidfd >= 0)
		close(pidfd);
	return found;
}

/* A worker that was taken over says what it likes: it is cut off and replaced, and the parent has
 * lost nothing but it. */
START_TEST(cuts_off_garbage)
{
	static char garbage[4096];
	static const size_t sizes[] = {1, 4, 64, 300, sizeof garbage};
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, (enum support_model)_i, "KeepAliveKeeper Off\n");
	support_server_allow(&s, "sent what is no report: cut off");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	memset(garbage, 0xa5, sizeof garbage);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		/* One that is being born has its siblings' pipes yet. */
		support_server_ready(&s);
		ck_assert_uint_ge(support_server_workers(&s, workers), 1);
		int fd = pipe_of(workers[0]);
		if (fd < 0) {
			fprintf(stderr, "skipped: no look into a worker's descriptors: %s\n",
				strerror(errno));
			break;
		}
		ck_assert_int_eq(send(fd, garbage, sizes[i], MSG_NOSIGNAL), (ssize_t)sizes[i]);
		close(fd);
		ck_assert_msg(SUPPORT_UNTIL(support_server_logged(&s, "sent what is no report") > i,
				      SUPPORT_PATIENCE),
			"%zu bytes of garbage are taken for a report", sizes[i]);
		deaths_expect(&s, workers[0], "\"reason\":\"garbage\"");
		support_server_expect(&s, "/hello.txt", 200);
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- births refused ---- */

/* RLIMIT_NPROC binds no root, so the server is started by nobody then. */
static pid_t start_as_nobody(const struct support_server *s)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	int err = open(support_server_path(s, "stderr"), O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (dup2(err, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	close_range(3, ~0u, 0);
	if (support_is_root() && (setgid(65534) < 0 || setuid(65534) < 0))
		_exit(126);
	execl(getenv("PREFORKD"), getenv("PREFORKD"), "-d", s->root, "-f", "conf/httpd.conf", "-D",
		"FOREGROUND", NULL);
	_exit(127);
}

static int limit_births_of(pid_t pid, bool on)
{
	struct rlimit limit;
	if (prlimit(pid, RLIMIT_NPROC, NULL, &limit) < 0)
		return -1;
	limit.rlim_cur = on ? 0 : limit.rlim_max;
	return prlimit(pid, RLIMIT_NPROC, &limit, NULL);
}

/* By a process of the same user: another would need more rights than even root has in a container.
 * With StartMethod forkserver it is a child of the parent who bears the workers. */
static void limit_births(const struct support_server *s, bool on)
{
	int status;
	pid_t children[SUPPORT_WORKERS];
	size_t count = support_children(s->pid, children, SUPPORT_WORKERS);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (support_is_root() && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(1);
		for (size_t i = 0; i < count; i++)
			if (limit_births_of(children[i], on) < 0 && errno != ESRCH)
				_exit(2);
		_exit(limit_births_of(s->pid, on) < 0 ? 3 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static bool is_up(const struct support_server *s)
{
	return support_server_answers(s);
}

static bool has_workers(const struct support_server *s, size_t count)
{
	pid_t workers[SUPPORT_WORKERS];
	return support_server_workers(s, workers) == count;
}

START_TEST(bears_later_what_is_refused_now)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_prepare(&s, (enum support_model)_i, NULL);
	ck_assert_int_eq(chmod(support_server_path(&s, "logs"), 0777), 0);
	s.pid = start_as_nobody(&s);
	ck_assert(SUPPORT_UNTIL(is_up(&s), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_allow(&s, "cannot start the keeper");
	support_server_allow(&s, "cannot start a worker");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "died young");
	size_t count = support_server_workers(&s, workers);
	double began = support_now();
	limit_births(&s, true);
	for (size_t i = 1; i < count; i++)
		kill(workers[i], SIGKILL);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "cannot start a worker: fork") >= 2, SUPPORT_PATIENCE));
	/* One is left and serves, and the parent hears what it is told. */
	ck_assert(SUPPORT_UNTIL(has_workers(&s, 1), SUPPORT_PATIENCE));
	support_server_expect(&s, "/hello.txt", 200);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	ck_assert(has_workers(&s, 1)); /* who stays while there is no successor */
	support_server_expect(&s, "/hello.txt", 200);
	/* A line a second, and no storm. */
	ck_assert_uint_le(support_server_logged(&s, "cannot start a worker"),
		(size_t)(support_now() - began) + 5);
	limit_births(&s, false);
	ck_assert(SUPPORT_UNTIL(!has_workers(&s, 1), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("deaths", {records_who_was_killed, SUPPORT_MODELS},
	{records_a_loop_that_was_killed, 2}, {records_good_ends, SUPPORT_FORK},
	{cuts_off_garbage, SUPPORT_FORK}, {bears_later_what_is_refused_now, SUPPORT_FORK})
