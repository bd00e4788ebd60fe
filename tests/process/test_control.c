/*
 * test_control - the control socket, and preforkctl in front of it
 *
 * Runs in:  a test program, against a server
 * Owns:     its server, its connections to the socket
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include "os/os_unix.h"
#include "parent/parent_control_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER = 256 * 1024, CLIENTS = 16 };

/* --- the socket --- */

struct talk {
	int fd;
	char in[ANSWER];
	size_t size;   /* of in */
	bool good;     /* the last answer began with OK */
	char *body;    /* of the last answer, NUL behind it */
	size_t length; /* of body */
};

static struct talk talk; /* too large for a stack */

static int connect_to(const struct support_server *s)
{
	int fd = os_unix_connect(support_server_path(s, "logs/pid.sock"), 5000);
	ck_assert_msg(fd >= 0, "cannot connect: %s", strerror(errno));
	return fd;
}

static void say(int fd, const char *bytes)
{
	ck_assert_int_eq(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

/* Reads one answer; false: the connection ended before it. */
static bool hear(struct talk *t, int fd)
{
	char *end;
	static char body[ANSWER];
	while (!(end = memchr(t->in, '\n', t->size))) {
		ssize_t n = recv(fd, t->in + t->size, sizeof t->in - t->size, 0);
		if (n <= 0)
			return false;
		t->size += (size_t)n;
	}
	unsigned long size;
	char kind[8], space;
	ck_assert_msg(sscanf(t->in, "%7[A-Z]%c%lu", kind, &space, &size) == 3 && space == ' ',
		"\"%.*s\" is no answer", (int)(end - t->in), t->in);
	t->good = strcmp(kind, "OK") == 0;
	ck_assert(t->good || strcmp(kind, "ERROR") == 0);
	size_t head = (size_t)(end - t->in) + 1;
	ck_assert_uint_lt(head + size, sizeof t->in);
	while (t->size < head + size) {
		ssize_t n = recv(fd, t->in + t->size, sizeof t->in - t->size, 0);
		ck_assert_msg(n > 0, "the answer ended early");
		t->size += (size_t)n;
	}
	memcpy(body, t->in + head, size);
	body[size] = '\0';
	t->body = body;
	t->length = size;
	t->size -= head + size;
	memmove(t->in, t->in + head + size, t->size);
	return true;
}

/* One question on a connection of its own. */
static const char *ask(const struct support_server *s, const char *line)
{
	int fd = connect_to(s);
	talk.size = 0;
	say(fd, line);
	ck_assert_msg(hear(&talk, fd), "no answer to %s", line);
	close(fd);
	return talk.body;
}

START_TEST(answers)
{
	static const struct {
		const char *line, *begins, *holds;
	} rows[] = {
		{"status\n", "preforkd/", "\nScoreboard    "},
		{"status text\r\n", "preforkd/", "\nWorkers "},
		{"  status \t auto \n", "localhost\nServerVersion: ", "\nScoreboard: "},
		{"status json\n", "{\"schema\":1,", "\"workers\":[{\"slot\":0,"},
		{"status metrics\n", "# HELP preforkd_", "\n# EOF\n"},
		{"workers\n", "slot\tpid\t", "\n0\t"},
		{"configtest\n", "", ""},
		{"help\n", "status ", "\ngraceful "},
	};
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* In model fork nobody has to be there. */
		if (s.model == SUPPORT_FORK && strncmp(rows[i].holds, "\n0", 2) == 0)
			continue;
		const char *said = ask(&s, rows[i].line);
		ck_assert_msg(talk.good, "%s: %s", rows[i].line, said);
		ck_assert_msg(strncmp(said, rows[i].begins, strlen(rows[i].begins)) == 0,
			"%s: %.200s", rows[i].line, said);
		if (s.model != SUPPORT_FORK)
			ck_assert_msg(strstr(said, rows[i].holds) != NULL, "%s: %.2000s",
				rows[i].line, said);
	}
	ask(&s, "nonsense\n");
	ck_assert(!talk.good);
	ask(&s, "\n");
	ck_assert(!talk.good);
	support_server_stop(&s);
}
END_TEST

START_TEST(many_lines)
{
	struct support_server s;
	char long_line[PARENT_CONTROL_LINE + 2];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	/* All at once, the last half of it closed: each is answered, in order. */
	int fd = connect_to(&s);
	talk.size = 0;
	say(fd, "help\nstatus auto\nnonsense\nworkers\nhelp");
	shutdown(fd, SHUT_WR);
	ck_assert(hear(&talk, fd) && talk.good && strstr(talk.body, "configtest"));
	ck_assert(hear(&talk, fd) && talk.good && strstr(talk.body, "BusyWorkers"));
	ck_assert(hear(&talk, fd) && !talk.good);
	ck_assert(hear(&talk, fd) && talk.good && strstr(talk.body, "slot\t"));
	ck_assert(!hear(&talk, fd)); /* a line without its end is none */
	close(fd);
	/* In pieces. */
	fd = connect_to(&s);
	say(fd, "sta");
	say(fd, "tus");
	say(fd, " auto\nhe");
	ck_assert(hear(&talk, fd) && strstr(talk.body, "BusyWorkers"));
	say(fd, "lp\n");
	ck_assert(hear(&talk, fd) && strstr(talk.body, "configtest"));
	close(fd);
	/* Too long: said so, and closed. */
	memset(long_line, 'x', sizeof long_line);
	long_line[sizeof long_line - 1] = '\0';
	fd = connect_to(&s);
	say(fd, long_line);
	ck_assert(hear(&talk, fd) && !talk.good && strstr(talk.body, "too long"));
	ck_assert(!hear(&talk, fd));
	close(fd);
	support_server_stop(&s);
}
END_TEST

START_TEST(the_file)
{
	struct support_server s;
	struct stat st;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	const char *path = support_server_path(&s, "logs/pid.sock");
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* Somebody tidied up: it comes back. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(SUPPORT_UNTIL(
		access(support_server_path(&s, "logs/pid.sock"), F_OK) == 0, SUPPORT_PATIENCE));
	ck_assert_ptr_nonnull(strstr(ask(&s, "help\n"), "configtest"));
	/* Elsewhere after a restart, and nowhere after another. */
	support_server_configure(&s, "ControlSocket logs/other\n");
	ask(&s, "graceful\n");
	ck_assert(talk.good);
	ck_assert(SUPPORT_UNTIL(
		access(support_server_path(&s, "logs/other"), F_OK) == 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(access(support_server_path(&s, "logs/pid.sock"), F_OK), -1);
	support_server_configure(&s, "ControlSocket none\n");
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		access(support_server_path(&s, "logs/other"), F_OK) != 0, SUPPORT_PATIENCE));
	support_server_configure(&s, "");
	kill(s.pid, SIGUSR1);
	ck_assert(SUPPORT_UNTIL(
		access(support_server_path(&s, "logs/pid.sock"), F_OK) == 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* What is left of a server that crashed is no hindrance; what is no socket is left alone. */
START_TEST(left_over)
{
	struct support_server s;
	struct os_unix_file file;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	close(os_unix_listen(support_server_path(&s, "logs/pid.sock"), false, &file));
	support_server_launch(&s);
	ck_assert_ptr_nonnull(strstr(ask(&s, "help\n"), "configtest"));
	support_server_stop(&s);

	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	int fd = open(
		support_server_path(&s, "logs/pid.sock"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	close(fd);
	support_server_allow(&s, "no ControlSocket: cannot listen on");
	support_server_launch(&s);
	ck_assert_uint_eq(support_server_logged(&s, "no ControlSocket: cannot listen on"), 1);
	support_server_stop(&s);
}
END_TEST

static bool generation_is(const struct support_server *s, unsigned generation)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.generation == generation;
}

START_TEST(steers)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	ask(&s, "graceful\n");
	ck_assert(talk.good);
	ck_assert(SUPPORT_UNTIL(generation_is(&s, 1), SUPPORT_PATIENCE));
	ask(&s, "restart\n");
	ck_assert(talk.good);
	ck_assert(SUPPORT_UNTIL(support_server_answers(&s), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(
		strstr(ask(&s, "status json\n"), "\"generation\":2,") != NULL, SUPPORT_PATIENCE));
	/* A configuration that is wrong is refused, and nothing happens. */
	support_server_configure(&s, "Tiemout 5\n");
	static const char *const lines[] = {"configtest\n", "graceful\n", "restart\n"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *said = ask(&s, lines[i]);
		ck_assert(!talk.good);
		ck_assert_msg(strstr(said, "Tiemout") && strstr(said, "conf:"), "%s", said);
	}
	ck_assert_ptr_nonnull(strstr(ask(&s, "status json\n"), "\"generation\":2,"));
	/* Who waits for the end sees it, and not before. */
	int fd = connect_to(&s);
	talk.size = 0;
	say(fd, _i % 2 ? "stop\n" : "graceful-stop\n");
	ck_assert(hear(&talk, fd) && talk.good);
	ck_assert(!hear(&talk, fd));
	ck_assert_int_eq(access(support_server_path(&s, "logs/pid"), F_OK), -1);
	close(fd);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

static bool hung_up(int fd)
{
	struct pollfd p = {fd, 0, 0};
	return poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

/* Clients that say nothing, too much, nonsense, or never read. */
START_TEST(bad_clients)
{
	static char flood[ANSWER];
	struct support_server s;
	struct support_conn c;
	int fds[CLIENTS];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = connect_to(&s);
	/* All places are taken: the next one is told so at once. */
	int next = connect_to(&s);
	talk.size = 0;
	ck_assert(hear(&talk, next) && !talk.good && strstr(talk.body, "too many clients"));
	ck_assert(!hear(&talk, next));
	close(next);
	/* Asks for as much as it can, and reads none of it. */
	for (size_t i = 0; i + 12 < sizeof flood; i += 12)
		memcpy(flood + i, "status json\n", 12);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	while (send(fds[0], flood, sizeof flood / 12 * 12 - 12, MSG_NOSIGNAL) > 0)
		;
	/* Nonsense without end. */
	memset(flood, '\n', sizeof flood);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (send(fds[1], flood, sizeof flood, MSG_NOSIGNAL) > 0)
		;
	/* Meanwhile the server does its work, and the others are answered: before it has lost
	 * patience with who does not read. */
	support_get(&c, s.port, "/hello.txt");
	support_conn_close(&c);
	say(fds[2], "help\n");
	ck_assert(hear(&talk, fds[2]) && talk.good);
	ck_assert(!hung_up(fds[0]));
	ck_assert(SUPPORT_UNTIL(hung_up(fds[0]), SUPPORT_PATIENCE));
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	support_server_stop(&s);
}
END_TEST

/* --- preforkctl --- */

/* Runs it with these words behind -d and -f. */
static void ctl(const struct support_server *s, struct support_output *o, const char *const *words)
{
	char program[512], *preforkd = strdup(getenv("PREFORKD"));
	const char *all[16] = {"-d", s->root, "-f", "conf"};
	size_t n = 4;
	struct stat st;
	if (lstat(support_server_path(s, "conf/httpd.conf"), &st) == 0)
		all[3] = "conf/httpd.conf";
	for (; *words; words++)
		all[n++] = *words;
	all[n] = NULL;
	char *slash = strrchr(preforkd, '/');
	ck_assert_ptr_nonnull(slash);
	snprintf(program, sizeof program, "%.*s/tools/preforkctl", (int)(slash - preforkd),
		preforkd);
	setenv("PREFORKD", program, 1);
	support_run(o, all);
	setenv("PREFORKD", preforkd, 1);
	free(preforkd);
}

#define CTL(s, o, ...) ctl((s), (o), (const char *const[]){__VA_ARGS__, NULL})

static void expect(const struct support_output *o, int status, const char *out, const char *err)
{
	ck_assert_msg(o->status == status, "status %d: %s%s", o->status, o->out, o->err);
	ck_assert_msg(strstr(o->out, out) != NULL, "\"%s\" is not in \"%s\"", out, o->out);
	ck_assert_msg(strstr(o->err, err) != NULL, "\"%s\" is not in \"%s\"", err, o->err);
	/* A mistake is one line. */
	const char *end = strchr(o->err, '\n');
	ck_assert_msg(!*o->err || (end && !end[1]), "%s", o->err);
	ck_assert_int_eq(*o->err == '\0', *err == '\0');
}

START_TEST(ctl_looks)
{
	char path[512];
	struct support_server s;
	struct support_output o;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	CTL(&s, &o, "status");
	expect(&o, 0, "\nScoreboard ", "");
	CTL(&s, &o, "workers");
	expect(&o, 0, "SLOT     PID GEN S", "");
	CTL(&s, &o, "fullstatus");
	expect(&o, 0, "\nSLOT     PID GEN S", "");
	snprintf(path, sizeof path, "%s", support_server_path(&s, "logs/pid.sock"));
	CTL(&s, &o, "--socket", path, "status");
	expect(&o, 0, "\nScoreboard ", "");
	CTL(&s, &o, "configtest");
	expect(&o, 0, "Syntax OK\n", "");
	CTL(&s, &o, "start");
	expect(&o, 0, "runs already", "");
	CTL(&s, &o, "graceful");
	expect(&o, 0, "graceful restart: generation 1 begins\n", "");
	CTL(&s, &o, "restart");
	expect(&o, 0, "hard restart: generation 2 begins\n", "");
	ck_assert(SUPPORT_UNTIL(generation_is(&s, 2), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

START_TEST(ctl_mistakes)
{
	static const struct {
		const char *words[4];
		int status;
		const char *says;
	} rows[] = {
		{{"stauts"}, 2, "did you mean status?"},
		{{"xyzzy"}, 2, "no such verb \"xyzzy\""},
		{{"status", "now"}, 2, "unexpected word \"now\""},
		{{"-z", "status"}, 2, "no such option \"-z\""},
		{{"status", "-s"}, 2, "a word is missing behind \"-s\""},
		{{"-w", "0", "status"}, 2, "--wait takes seconds"},
		{{"-w", "1x", "status"}, 2, "--wait takes seconds"},
		{{"-i", "nan", "top"}, 2, "--interval takes seconds"},
		{{"-s", "/no/such", "status"}, 3, "nobody listens on /no/such"},
		{{"-s", "/no/such", "stop"}, 3, "nobody listens on /no/such"},
		{{"status"}, 3, "no server runs"},
		{{"stop"}, 3, "no server runs"},
		{{"upgrade"}, 3, "no server runs"},
		{{"top"}, 2, "top needs a terminal"},
		{{"-f", "no/such.conf", "status"}, 1, "no/such.conf"},
	};
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ctl(&s, &o, rows[i].words);
		expect(&o, rows[i].status, "", rows[i].says);
	}
	support_server_configure(&s, "Tiemout 5\n");
	CTL(&s, &o, "configtest");
	expect(&o, 1, "", "Tiemout");
	CTL(&s, &o, "start");
	expect(&o, 1, "", "Tiemout");
	support_server_configure(&s, "");
	support_server_finish(&s);
}
END_TEST

static bool has_ended(pid_t pid)
{
	char state = support_state(pid);
	return state == 'Z' || state == 0;
}

/* From nothing to nothing. */
START_TEST(ctl_starts_and_stops)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	CTL(&s, &o, "start");
	expect(&o, 0, "started as process ", "");
	support_server_adopt(&s);
	support_server_ready(&s);
	pid_t before = s.pid;
	CTL(&s, &o, "upgrade");
	expect(&o, 0, "upgraded: process ", "");
	ck_assert(SUPPORT_UNTIL(has_ended(before), SUPPORT_PATIENCE));
	support_server_adopt(&s);
	ck_assert_int_ne(s.pid, before);
	support_server_ready(&s);
	ck_assert_ptr_nonnull(strstr(ask(&s, "help\n"), "configtest"));
	CTL(&s, &o, "stop");
	expect(&o, 0, "stopped\n", "");
	ck_assert_int_eq(access(support_server_path(&s, "logs/pid"), F_OK), -1);
	s.pid = 0;
	CTL(&s, &o, "status");
	expect(&o, 3, "", "no server runs");
	/* Without its socket, by signals. */
	support_server_configure(&s, "ControlSocket none\n");
	CTL(&s, &o, "restart");
	ck_assert_msg(o.status == 0 && strstr(o.out, "started as process "), "%s%s", o.out, o.err);
	support_server_adopt(&s);
	CTL(&s, &o, "status");
	expect(&o, 4, "", "its ControlSocket is not there");
	CTL(&s, &o, "graceful-stop");
	expect(&o, 0, "stopping when every connection is served\n", "");
	ck_assert(SUPPORT_UNTIL(has_ended(s.pid), SUPPORT_PATIENCE));
	s.pid = 0;
	support_server_finish(&s);
}
END_TEST

/* As preforkd -k does it: what is to be stopped need not understand the configuration. */
START_TEST(ctl_stops_although_the_file_is_broken)
{
	struct support_server s;
	struct support_output o;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	support_server_configure(&s, "NoSuchDirective on\n");
	CTL(&s, &o, "graceful");
	expect(&o, 1, "", "NoSuchDirective");
	CTL(&s, &o, _i ? "graceful-stop" : "stop");
	ck_assert_msg(
		o.status == 0 && strstr(o.err, "NoSuchDirective") && strstr(o.err, "all the same"),
		"%s%s", o.out, o.err);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* Every worker is stopped: the answer is there within a tenth of a second, and says so. The best of
 * some looks counts: the machine has other things to do. */
START_TEST(ctl_needs_no_worker)
{
	struct support_server s;
	struct support_output o;
	pid_t workers[SUPPORT_WORKERS];
	double best = 1000;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGSTOP);
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(support_state(workers[i]) == 'T', SUPPORT_PATIENCE));
	for (int look = 0; look < 20 && best > 0.1; look++) {
		double before = support_now();
		CTL(&s, &o, "status");
		double took = support_now() - before;
		best = took < best ? took : best;
		expect(&o, 0, "stopped by a signal (SIGSTOP)", "");
	}
	ck_assert_msg(best <= 0.1, "it took %.3f s", best);
	CTL(&s, &o, "workers");
	expect(&o, 0, "[stopped by a signal]", "");
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGCONT);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("control", {answers, SUPPORT_MODELS}, {many_lines, 1}, {the_file, 1},
	{left_over, 1}, {steers, 2}, {bad_clients, 1}, {ctl_looks, 1}, {ctl_mistakes, 1},
	{ctl_starts_and_stops, 1}, {ctl_stops_although_the_file_is_broken, 2},
	{ctl_needs_no_worker, 1})
