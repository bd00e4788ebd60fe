/*
 * support_server - a server of the test's own, and what must be true of it before and after
 *
 * Runs in:  black-box tests
 * Owns:     see support_server.h
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"

#include "support/support_guard.h"
#include "support/support_status.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT_TRIES = 20, PROCESSES = 1024 };

const char *const support_model_names[SUPPORT_MODELS] = {"prefork",
	"prefork, one connection a worker", "dispatch", "dispatch, one connection a worker",
	"fork"};

#define CLASSIC_POOL                                                                               \
	"WorkerConnections 1\nStartServers 3\nMinSpareServers 2\nMaxSpareServers 6\n"              \
	"MaxRequestWorkers 16\n"

static const char *const model_lines[SUPPORT_MODELS] = {
	"ProcessModel prefork\nWorkerConnections 64\nStartServers 2\n",
	"ProcessModel prefork\n" CLASSIC_POOL,
	"ProcessModel dispatch\nWorkerConnections 64\nStartServers 2\n",
	"ProcessModel dispatch\n" CLASSIC_POOL, "ProcessModel fork\nMaxRequestWorkers 32\n"};

const char *support_server_path(const struct support_server *s, const char *path)
{
	static char full[PATH_MAX];
	snprintf(full, sizeof full, "%s/%s", s->root, path);
	return full;
}

void support_server_script(const struct support_server *s, const char *path, const char *body)
{
	const char *name = support_server_path(s, path);
	FILE *f = fopen(name, "we");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(name, 0755), 0);
}

/* ---- before ---- */

/* A free port, held by a bound socket that never listens. The kernel then gives the number to
 * nobody who asks for any port; the server, which sets SO_REUSEADDR, may still have it. */
static int hold_port(unsigned *port)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof any;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&any, &size), 0);
	*port = ntohs(any.sin_port);
	return fd;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	ck_assert_msg(file != NULL, "cannot write %s: %s", path, strerror(errno));
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

void support_server_configure(struct support_server *s, const char *more)
{
	char *text;
	/* TEST_START_METHOD runs any test with workers born another way. */
	const char *method = getenv("TEST_START_METHOD");
	int size = asprintf(&text,
		"ServerRoot \"%s\"\nListen 127.0.0.1:%u\nDocumentRoot htdocs\n"
		"PidFile logs/pid\nErrorLog logs/error.log\nLogLevel notice\n"
		"CustomLog logs/access.log common\n"
		"<Location \"/server-status\">\n\tSetHandler server-status\n</Location>\n"
		"StartMethod %s\n%s%s",
		s->root, s->port, method ? method : "fork", model_lines[s->model],
		more ? more : "");
	ck_assert_int_gt(size, 0);
	write_text(support_server_path(s, "conf/httpd.conf"), text);
	free(text);
}

void support_server_prepare(struct support_server *s, enum support_model model, const char *more)
{
	const char *tmp = getenv("TMPDIR");
	*s = (struct support_server){.model = model};
	snprintf(s->root, sizeof s->root, "%s/preforkd-test-XXXXXX",
		tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_msg(mkdtemp(s->root) != NULL, "cannot make %s", s->root);
	support_guard_start(s);
	support_server_allow(s, "; the kernel has no "); /* fence: the machine's fault */
	/* A daemon, and workers whose parent was killed, become our children. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	s->keep_port = hold_port(&s->port);
	ck_assert_int_eq(chmod(s->root, 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(s, "conf"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(s, "logs"), 0755), 0);
	support_site_make(s->root);
	write_text(support_server_path(s, "conf/mime.types"),
		"text/html html\ntext/plain txt\nimage/png png\n");
	support_server_configure(s, more);
}

/* ---- start ---- */

bool support_server_answers(const struct support_server *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((in_port_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = connect(fd, (struct sockaddr *)&to, sizeof to);
	close(fd);
	return result == 0;
}

void support_server_expect(const struct support_server *s, const char *path, int status)
{
	struct support_conn c;
	support_get(&c, s->port, path);
	ck_assert_msg(
		c.reply.status == status, "%s: \"%s\" instead of %d", path, c.reply.line, status);
	support_conn_close(&c);
}

/* Still running and accepting; *status when it has ended instead. */
static bool is_up_or_dead(struct support_server *s, int *status)
{
	int how;
	*status = INT_MIN;
	if (waitpid(s->pid, &how, WNOHANG) == s->pid) {
		*status = WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
		s->pid = 0;
		return true;
	}
	return support_server_answers(s);
}

static bool try_launch(struct support_server *s)
{
	int status;
	const char *const arguments[] = {
		"-d", s->root, "-f", "conf/httpd.conf", "-D", "FOREGROUND", NULL};
	int fd = open(
		support_server_path(s, "stderr"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	s->pid = support_start(arguments, fd);
	close(fd);
	ck_assert_msg(SUPPORT_UNTIL(is_up_or_dead(s, &status), SUPPORT_PATIENCE),
		"the server does not accept connections");
	if (status == INT_MIN)
		return true;
	char *said = support_read_file(support_server_path(s, "stderr"), NULL);
	ck_assert_msg(
		said && strstr(said, "in use"), "the server ended at once (%d): %s", status, said);
	free(said);
	return false;
}

void support_server_launch(struct support_server *s)
{
	for (int i = 0; !try_launch(s); i++) {
		ck_assert_msg(i < PORT_TRIES, "no port is free");
		char *text = support_read_file(support_server_path(s, "conf/httpd.conf"), NULL);
		char *at = text ? strstr(text, "127.0.0.1:") : NULL;
		ck_assert_ptr_nonnull(at);
		close(s->keep_port);
		s->keep_port = hold_port(&s->port);
		char *rest = at + strcspn(at, "\n"), *fresh;
		ck_assert_int_gt(asprintf(&fresh, "%.*s127.0.0.1:%u%s", (int)(at - text), text,
					 s->port, rest),
			0);
		write_text(support_server_path(s, "conf/httpd.conf"), fresh);
		unlink(support_server_path(s, "stderr"));
		free(text);
		free(fresh);
	}
	support_server_ready(s);
}

void support_server_start(struct support_server *s, enum support_model model, const char *more)
{
	support_server_prepare(s, model, more);
	support_server_launch(s);
}

void support_server_say(
	struct support_server *s, struct support_output *o, const char *const *arguments)
{
	const char *all[16] = {"-d", s->root, "-f", "conf/httpd.conf"};
	for (size_t i = 4; *arguments && i < 15; i++)
		all[i] = *arguments++;
	support_run(o, all);
}

pid_t support_server_pid_in_file(const struct support_server *s)
{
	char *text = support_read_file(support_server_path(s, "logs/pid"), NULL);
	pid_t pid = text ? atoi(text) : 0;
	free(text);
	return pid;
}

bool support_server_made_way(const struct support_server *s)
{
	pid_t pid = support_server_pid_in_file(s);
	return pid > 0 && pid != s->pid;
}

void support_server_adopt(struct support_server *s)
{
	s->pid = support_server_pid_in_file(s);
	ck_assert_msg(s->pid > 1 && kill(s->pid, 0) == 0, "the PidFile says %d", (int)s->pid);
}

/* ---- while it runs ---- */

/* With StartMethod forkserver the parent has one child that is no worker, and with StatusListen
 * another; and so on, to a program that reads a log, for which tests take dd(1). */
static bool is_no_worker(pid_t pid)
{
	char path[64], name[32] = "";
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, name, sizeof name - 1) < 0)
		*name = '\0';
	if (fd >= 0)
		close(fd);
	return strcmp(name, "forkserver\n") == 0 || strcmp(name, "preforkd-status\n") == 0 ||
	       strcmp(name, "preforkd-keeper\n") == 0 || strcmp(name, "preforkd-cgi\n") == 0 ||
	       strcmp(name, "dd\n") == 0;
}

size_t support_server_workers(const struct support_server *s, pid_t workers[SUPPORT_WORKERS])
{
	size_t count = support_children(s->pid, workers, SUPPORT_WORKERS), kept = 0;
	for (size_t i = 0; i < count; i++)
		if (!is_no_worker(workers[i]))
			workers[kept++] = workers[i];
	return kept;
}

static bool is_one_of(pid_t pid, const pid_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == pid)
			return true;
	return false;
}

bool support_server_relieved(const struct support_server *s, const pid_t *old, size_t count)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t now = support_server_workers(s, workers);
	for (size_t i = 0; i < now; i++)
		if (is_one_of(workers[i], old, count))
			return false;
	return now > 0 || !SUPPORT_HAS_POOL(s->model);
}

/* Counts the descriptors. false: a worker has a client, or they have not all as many, or one is
 * about to do something: a connection that has ended is in no table any more while the worker that
 * is to close it waits for a processor. */
static bool count_fds(struct support_server *s, size_t *workers_count)
{
	pid_t workers[SUPPORT_WORKERS];
	unsigned port;
	size_t count = support_server_workers(s, workers);
	int fds = count ? support_fds(workers[0]) : 0;
	for (size_t i = 0; i < count; i++)
		if (support_state(workers[i]) != 'S' || support_fds(workers[i]) != fds)
			return false;
	/* One look for all of them: the list of connections is long. */
	if (count && support_peers(workers, count, s->port, &port, 1) != 0)
		return false;
	s->worker_fds = fds;
	s->parent_fds = support_fds(s->pid) - (int)count;
	*workers_count = count;
	return true;
}

static bool is_alone(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	return support_server_workers(s, workers) == 0;
}

/* Two looks have to see the same: a connection may be on its way through the parent. */
static bool is_settled(struct support_server *s)
{
	struct support_status st;
	size_t count;
	support_status_read(&st, s->port);
	/* The child that answered is on its way out; another question would only bear another. */
	if (!SUPPORT_HAS_POOL(s->model))
		(void)SUPPORT_UNTIL(is_alone(s), SUPPORT_PATIENCE / 4);
	if (!count_fds(s, &count))
		return false;
	int before = s->parent_fds;
	support_pause();
	if (!count_fds(s, &count) || s->parent_fds != before)
		return false;
	if (!SUPPORT_HAS_POOL(s->model))
		return count == 0;
	return count > 0 && st.processes == count && support_status_count(&st, "S") == 0;
}

void support_server_ready(struct support_server *s)
{
	ck_assert_msg(SUPPORT_UNTIL(is_settled(s), SUPPORT_PATIENCE), "the pool is not ready");
}

/* What a worker keeps for half a second, a way to the starter, may have been counted when it was
 * ready; fewer than that are no leak. */
static bool is_quiet(struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(s, workers);
	for (size_t i = 0; i < count; i++)
		if (support_fds(workers[i]) > s->worker_fds)
			return false;
	return support_fds(s->pid) - (int)count == s->parent_fds;
}

static const char *leak(struct support_server *s)
{
	static char text[16384];
	pid_t workers[SUPPORT_WORKERS];
	size_t count = support_server_workers(s, workers);
	size_t used =
		(size_t)snprintf(text, sizeof text, "parent %d, %d and one a worker wanted:%s",
			(int)s->pid, s->parent_fds, support_fd_names(s->pid));
	for (size_t i = 0; i < count && used < sizeof text; i++)
		if (support_fds(workers[i]) > s->worker_fds)
			used += (size_t)snprintf(text + used, sizeof text - used,
				"\nworker %d, %d wanted:%s", (int)workers[i], s->worker_fds,
				support_fd_names(workers[i]));
	return text;
}

void support_server_quiet(struct support_server *s)
{
	ck_assert_msg(
		SUPPORT_UNTIL(is_quiet(s), SUPPORT_PATIENCE), "descriptors leaked: %s", leak(s));
}

/* ---- the logs ---- */

void support_server_allow(struct support_server *s, const char *text)
{
	ck_assert_uint_lt(s->allowed_count, SUPPORT_ALLOWED);
	snprintf(s->allowed[s->allowed_count++], sizeof *s->allowed, "%s", text);
}

static bool is_allowed(const struct support_server *s, const char *line)
{
	for (size_t i = 0; i < s->allowed_count; i++)
		if (strstr(line, s->allowed[i]))
			return true;
	return false;
}

/* A client was refused what is not his to have; the test looks at the answer. */
static bool is_refusal(const char *line)
{
	return strstr(line, ":error] ") && strstr(line, "] [client ") &&
	       (strstr(line, "] Cannot serve directory ") ||
		       strstr(line, "] file permissions or links deny server access: ") ||
		       strstr(line, "] a link leads to ") ||
		       strstr(line,
			       "] Symbolic link not allowed or link target not accessible: ") ||
		       strstr(line, "] access denied: "));
}

/* A line of the form the manual says, of a level below warn. */
static bool is_harmless(const char *line)
{
	char area[32], level[16];
	int pid;
	return is_refusal(line) ||
	       (sscanf(line, "[%*[^]]] [%31[a-z_0-9]:%15[a-z0-9]] [pid %d] ", area, level, &pid) ==
			       3 &&
		       (strcmp(level, "notice") == 0 || strcmp(level, "info") == 0 ||
			       strcmp(level, "debug") == 0));
}

/* What a server in the foreground tells the person who started it. */
static bool is_greeting(const char *line)
{
	return strncmp(line, "preforkd: serving ", 18) == 0;
}

static void check_lines(
	const struct support_server *s, const char *name, bool (*harmless)(const char *line))
{
	char *text = support_read_file(support_server_path(s, name), NULL);
	char *rest = text;
	for (char *line; (line = strsep(&rest, "\n"));)
		ck_assert_msg(!*line || harmless(line) || is_allowed(s, line),
			"unexpected line in %s: %s", name, line);
	free(text);
}

size_t support_server_logged(const struct support_server *s, const char *text)
{
	size_t count = 0;
	char *all = support_read_file(support_server_path(s, "logs/error.log"), NULL);
	char *rest = all;
	for (char *line; (line = strsep(&rest, "\n"));)
		count += strstr(line, text) != NULL;
	free(all);
	return count;
}

char *support_server_access_log(const struct support_server *s)
{
	char *text = support_read_file(support_server_path(s, "logs/access.log"), NULL);
	return text ? text : strdup("");
}

/* ---- the end ---- */

int support_server_wait(struct support_server *s)
{
	int status = support_wait(s->pid, SUPPORT_PATIENCE);
	s->pid = 0;
	return status;
}

static bool all_gone(const struct support_server *s)
{
	struct support_process list[PROCESSES];
	return support_processes(s->root, list, PROCESSES) == 0;
}

void support_server_finish(struct support_server *s)
{
	struct support_process left[8];
	ck_assert_int_eq(s->pid, 0);
	ck_assert_msg(SUPPORT_UNTIL(all_gone(s), SUPPORT_PATIENCE),
		"%zu processes are left, %d first", support_processes(s->root, left, 8),
		(int)left[0].pid);
	check_lines(s, "logs/error.log", is_harmless);
	check_lines(s, "stderr", is_greeting);
	close(s->keep_port);
	support_guard_end(s);
}

void support_server_stop(struct support_server *s)
{
	support_server_quiet(s);
	ck_assert_int_eq(kill(s->pid, SIGTERM), 0);
	ck_assert_int_eq(support_server_wait(s), 0);
	ck_assert_msg(access(support_server_path(s, "logs/pid"), F_OK) < 0, "the PidFile is left");
	support_server_finish(s);
}
