/*
 * test_deaths - every death is recorded; garbage is cut off; births come, if later
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what the status says ---- */

static char *status_text(const struct support_server *s)
{
	struct support_conn c;
	support_get(&c, s->port, "/server-status?json");
	char *text = strdup(c.reply.body);
	support_conn_close(&c);
	return text;
}

/* The record of one death, cut out of the JSON; a static text, "" for none. */
static const char *death_of(const struct support_server *s, pid_t pid)
{
	static char record[2048];
	char mark[32];
	char *text = status_text(s), *deaths = strstr(text, "\"deaths\":[");
	*record = '\0';
	snprintf(mark, sizeof mark, "\"pid\":%d,", (int)pid);
	for (char *at = deaths; at && (at = strchr(at, '{')); at++) {
		size_t size = strcspn(at, "}");
		if (size < sizeof record && memmem(at, size, mark, strlen(mark))) {
			snprintf(record, sizeof record, "%.*s", (int)size, at);
			break;
		}
	}
	free(text);
	return record;
}

static bool is_recorded(const struct support_server *s, pid_t pid, const char *words)
{
	return strstr(death_of(s, pid), words) != NULL;
}

static void expect_death(const struct support_server *s, pid_t pid, const char *words)
{
	ck_assert_msg(SUPPORT_UNTIL(is_recorded(s, pid, words), SUPPORT_PATIENCE),
		"%s is not in the record of %d: %s", words, (int)pid, death_of(s, pid));
}

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
	expect_death(&s, pid, "\"reason\":\"killed\"");
	expect_death(&s, pid, "\"signal\":9");
	expect_death(&s, pid, "\"busy\":true");
	expect_death(&s, pid, "GET /f/big HTTP/1.1");
	expect_death(&s, pid, "\"client\":\"127.0.0.1\"");
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
	struct support_conn later;
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
	support_get(&later, s->port, "/hello.txt");
	ck_assert_int_eq(later.reply.status, 200);
	support_conn_close(&later);
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
	expect_death(&s, pid, "\"reason\":\"killed\"");
	expect_death(&s, pid, words);
	expect_death(&s, pid, "\"busy\":true");
	expect_death(&s, pid, "GET /f/big HTTP/1.1");
	for (int i = 0; i < DOWNLOADS; i++)
		support_conn_close(&c[i]);
	ck_assert(support_server_logged(&s, ", at \"GET /f/big HTTP/1.1\" of 127.0.0.1") == 1);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

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
	char *text = status_text(&s);
	ck_assert_msg(strstr(text, "\"reason\":\"recycled\"") != NULL, "%s", text);
	ck_assert(strstr(text, "\"crashes\":0"));
	free(text);
	support_server_configure(&s, NULL);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_workers(&s, workers);
	kill(s.pid, SIGUSR1);
	expect_death(&s, workers[0], "\"reason\":\"done\"");
	support_server_ready(&s);
	support_server_workers(&s, workers);
	kill(s.pid, SIGHUP);
	ck_assert(SUPPORT_UNTIL(support_server_logged(&s, "hard restart") > 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	expect_death(&s, workers[0], "\"reason\":\"stopped\"");
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
	struct support_conn c;
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
		expect_death(&s, workers[0], "\"reason\":\"garbage\"");
		support_get(&c, s.port, "/hello.txt");
		ck_assert_int_eq(c.reply.status, 200);
		support_conn_close(&c);
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
	struct support_conn c;
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
	limit_births(&s, true);
	for (size_t i = 1; i < count; i++)
		kill(workers[i], SIGKILL);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "cannot start a worker: fork") >= 2, SUPPORT_PATIENCE));
	/* One is left and serves, and the parent hears what it is told. */
	ck_assert(has_workers(&s, 1));
	double began = support_now();
	support_get(&c, s.port, "/hello.txt");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "generation 1 begins") > 0, SUPPORT_PATIENCE));
	ck_assert(has_workers(&s, 1)); /* who stays while there is no successor */
	support_get(&c, s.port, "/hello.txt");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	/* A line a second, and no storm. */
	ck_assert_uint_le(support_server_logged(&s, "cannot start a worker"),
		(size_t)(support_now() - began) + 5);
	limit_births(&s, false);
	ck_assert(SUPPORT_UNTIL(!has_workers(&s, 1), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A pid of the JSON's part "server". */
static pid_t pid_of(const struct support_server *s, const char *name)
{
	char mark[32], *text = status_text(s);
	snprintf(mark, sizeof mark, "\"%s\":", name);
	char *at = strstr(text, mark);
	pid_t pid = at ? atoi(at + strlen(mark)) : 0;
	free(text);
	return pid;
}

static pid_t forkserver_of(const struct support_server *s)
{
	return pid_of(s, "forkserver");
}

/* The child of the server that runs this program; 0: none. */
static pid_t child_called(const struct support_server *s, const char *name)
{
	pid_t children[SUPPORT_WORKERS];
	char path[64], comm[32];
	size_t count = support_children(s->pid, children, SUPPORT_WORKERS);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "/proc/%d/comm", (int)children[i]);
		FILE *file = fopen(path, "r");
		bool is_it = file && fgets(comm, sizeof comm, file) && strcmp(comm, name) == 0;
		if (file)
			fclose(file);
		if (is_it)
			return children[i];
	}
	return 0;
}

/* Who is in no slot is recorded as well, with who it was and what it used. */
static const struct {
	const char *role, *member, *said;
} helpers[] = {
	{"keeper", "keeper", "the keeper ended (signal 9)"},
	{"starter", "starter", "the process that starts programs ended (signal 9)"},
	{"status", "status_process", "the process of StatusListen ended (signal 9)"},
	{"forkserver", "forkserver", "has taken its place"},
	{"logger", NULL, "the log program"},
};

static pid_t helper_of(const struct support_server *s, int i)
{
	return helpers[i].member ? pid_of(s, helpers[i].member) : child_called(s, "dd\n");
}

/* The others go on as they are: one that died young is not counted as a worker. */
static void is_counted(const struct support_server *s, const char *role)
{
	char mark[64], *text = status_text(s);
	snprintf(mark, sizeof mark, "\"%s\":1", role);
	char *deaths = strstr(text, "\"helper_deaths\":"),
	     *at = deaths ? strstr(deaths, mark) : NULL;
	ck_assert_msg(at && at < strchr(deaths, '}'), "%.200s", deaths ? deaths : "");
	at = strstr(deaths, "\"helper_crashes\":");
	ck_assert(at && strstr(at, mark) && strstr(at, mark) < strchr(at, '}'));
	ck_assert_ptr_nonnull(strstr(text, "\"deaths\":0,\"crashes\":0"));
	free(text);
}

START_TEST(records_helpers)
{
	struct support_server s;
	pid_t pid = 0;
	char role[64];
	support_server_prepare(&s, SUPPORT_CLASSIC,
		"StartMethod forkserver\nStatusListen 127.0.0.1:0\nKeepAliveKeeper On\n"
		"ScriptAlias /cgi-bin/ cgi-bin/\nCustomLog \"|/bin/dd of=/dev/null status=none\" "
		"combined\n");
	ck_assert_int_eq(mkdir(support_server_path(&s, "cgi-bin"), 0755), 0);
	support_server_launch(&s);
	support_server_allow(&s, helpers[_i].said);
	ck_assert(SUPPORT_UNTIL((pid = helper_of(&s, _i)) > 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	snprintf(role, sizeof role, "\"role\":\"%s\",\"slot\":null", helpers[_i].role);
	expect_death(&s, pid, role);
	expect_death(&s, pid, "\"reason\":\"killed\"");
	expect_death(&s, pid, "\"failure\":true,\"signal\":9,");
	expect_death(&s, pid, "\"state_name\":null");
	ck_assert_ptr_null(strstr(death_of(&s, pid), "\"memory\":0,"));
	ck_assert_ptr_null(strstr(death_of(&s, pid), "\"minor_faults\":0,"));
	is_counted(&s, helpers[_i].role);
	ck_assert(
		SUPPORT_UNTIL(helper_of(&s, _i) > 0 && helper_of(&s, _i) != pid, SUPPORT_PATIENCE));
	ck_assert(support_server_logged(&s, helpers[_i].said) == 1);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A keeper that was taken over says what it likes, also more than a report has room for. */
START_TEST(cuts_off_a_keeper)
{
	static const char garbage[4096];
	struct support_server s;
	pid_t pid = 0;
	support_server_start(&s, SUPPORT_CLASSIC, "KeepAliveKeeper On\n");
	support_server_allow(&s, "the keeper ended (signal 9)");
	ck_assert(SUPPORT_UNTIL((pid = pid_of(&s, "keeper")) > 0, SUPPORT_PATIENCE));
	int fd = support_packets_of(pid, s.pid, false);
	if (fd < 0) {
		fprintf(stderr, "skipped: no look into the keeper's descriptors: %s\n",
			strerror(errno));
	} else {
		size_t size = _i ? sizeof garbage : 1;
		ck_assert_int_eq(send(fd, garbage, size, MSG_NOSIGNAL), (ssize_t)size);
		close(fd);
		expect_death(&s, pid, "\"reason\":\"garbage\"");
		support_server_ready(&s);
	}
	support_server_stop(&s);
}
END_TEST

/* Those that a graceful restart ends in good order are told of, and are no failures. */
START_TEST(records_helpers_that_were_done)
{
	static const char *const names[] = {"keeper", "starter", "status_process"};
	struct support_server s;
	pid_t pids[3];
	support_server_prepare(&s, SUPPORT_CLASSIC,
		"StatusListen 127.0.0.1:0\nKeepAliveKeeper On\n"
		"ScriptAlias /cgi-bin/ cgi-bin/\n");
	ck_assert_int_eq(mkdir(support_server_path(&s, "cgi-bin"), 0755), 0);
	support_server_launch(&s);
	for (int i = 0; i < 3; i++)
		ck_assert(SUPPORT_UNTIL((pids[i] = pid_of(&s, names[i])) > 0, SUPPORT_PATIENCE));
	kill(s.pid, SIGUSR1);
	for (int i = 0; i < 3; i++) {
		expect_death(&s, pids[i], "\"slot\":null");
		expect_death(&s, pids[i], "\"failure\":false");
		expect_death(&s, pids[i], "\"generation\":0");
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Who bears the workers may itself be stopped, or be stuck. */
START_TEST(replaces_a_stopped_forkserver)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_CLASSIC, "StartMethod forkserver\n");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "has taken its place");
	ck_assert(SUPPORT_UNTIL(forkserver_of(&s) > 0, SUPPORT_PATIENCE));
	pid_t forkserver = forkserver_of(&s);
	size_t count = support_server_workers(&s, workers);
	ck_assert_int_eq(kill(forkserver, SIGSTOP), 0);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGKILL);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "has taken its place") > 0, SUPPORT_PATIENCE));
	ck_assert_int_ne(forkserver_of(&s), forkserver);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_ne(kill(workers[i], 0), 0);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("deaths", {records_who_was_killed, SUPPORT_MODELS},
	{records_a_loop_that_was_killed, 2}, {records_good_ends, SUPPORT_FORK},
	{cuts_off_garbage, SUPPORT_FORK}, {bears_later_what_is_refused_now, SUPPORT_FORK},
	{replaces_a_stopped_forkserver, 1}, {cuts_off_a_keeper, 2},
	{records_helpers, sizeof helpers / sizeof *helpers}, {records_helpers_that_were_done, 1})
