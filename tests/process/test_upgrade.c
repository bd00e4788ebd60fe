/*
 * test_upgrade - SIGUSR2: another program takes over, or fails and nothing has happened
 *
 * Runs in:  a test program, against a server of each process model under load
 * Owns:     its servers, the copy of the program they run, and the loads
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_load.h"
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_logged(const struct support_server *s, const char *text)
{
	return support_server_logged(s, text) > 0;
}

/* Sends the signal, and follows the server to its new process; the old one, which lives on for a
 * while. */
static pid_t upgrade(struct support_server *s)
{
	pid_t old = s->pid;
	ck_assert_int_eq(kill(old, SIGUSR2), 0);
	ck_assert_msg(
		SUPPORT_UNTIL(support_server_made_way(s), SUPPORT_PATIENCE), "nobody takes over");
	support_server_adopt(s);
	return old;
}

/* It was somebody's child, who may have collected it before it became ours. */
static bool has_ended(pid_t pid)
{
	int status = 0;
	pid_t got = waitpid(pid, &status, WNOHANG);
	ck_assert_int_eq(status, 0);
	return got == pid || (got < 0 && kill(pid, 0) < 0 && errno == ESRCH);
}

START_TEST(hands_over)
{
	struct support_server s;
	struct support_status st;
	char line[128];
	support_server_start(&s, (enum support_model)_i, "MaxKeepAliveRequests 0\n");
	struct support_load_pair l = support_load_pair_start(&s);
	support_load_pair_await(&l, 20);
	pid_t first = upgrade(&s);
	support_load_await(l.fresh, 20);
	pid_t second = upgrade(&s); /* while the first is still draining */
	support_load_pair_await(&l, 20);
	ck_assert_int_eq(support_wait(first, SUPPORT_PATIENCE), 0);
	ck_assert(SUPPORT_UNTIL(has_ended(second), SUPPORT_PATIENCE));
	support_load_pair_stop_clean(&l);
	support_status_read(&st, s.port);
	ck_assert_uint_eq(st.generation, 2);
	/* Version and process, told by both sides. */
	snprintf(line, sizeof line, "process %d (preforkd/", (int)s.pid);
	ck_assert_uint_eq(support_server_logged(&s, line), 2);
	snprintf(line, sizeof line, "take over from process %d (preforkd/", (int)second);
	ck_assert(is_logged(&s, line));
	snprintf(line, sizeof line, "upgrade: process %d is gone", (int)second);
	ck_assert(SUPPORT_UNTIL(is_logged(&s, line), SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* By the command line, and as a daemon. */
START_TEST(is_told_by_a_command)
{
	struct support_server s;
	struct support_output o;
	const char *const start[] = {"-k", "start", NULL}, *const again[] = {"-k", "upgrade", NULL},
			  *const stop[] = {"-k", "stop", NULL};
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	support_server_say(&s, &o, start);
	ck_assert_msg(o.status == 0, "%s", o.err);
	support_server_adopt(&s);
	pid_t old = s.pid;
	support_server_say(&s, &o, again);
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert(SUPPORT_UNTIL(support_server_made_way(&s), SUPPORT_PATIENCE));
	support_server_adopt(&s);
	ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	support_server_ready(&s);
	support_server_say(&s, &o, stop);
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* Runs a copy of the program, which the test may change. */
static void use_copy(const struct support_server *s)
{
	static char path[128];
	size_t size;
	snprintf(path, sizeof path, "%s", support_server_path(s, "program"));
	char *bytes = support_read_file(getenv("PREFORKD"), &size);
	ck_assert_ptr_nonnull(bytes);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	free(bytes);
	setenv("PREFORKD", path, 1);
}

static void replace_program(const struct support_server *s, const char *script)
{
	const char *path = support_server_path(s, "program");
	ck_assert_int_eq(unlink(path), 0);
	if (!script)
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, script, strlen(script)), (ssize_t)strlen(script));
	close(fd);
}

/* It is there and does not serve, until the test has it die, or its minute is over. */
#define HANGS "#!/bin/sh\nread x <${0%/*}/word\n"

static void let_die(const struct support_server *s, struct support_load *load, size_t failed)
{
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(s, "upgrade: started") > failed, SUPPORT_PATIENCE));
	support_load_await(load, 50);
	ck_assert_uint_eq(support_server_logged(s, "goes on"), failed);
	/* Open when it reads, so it has come as far as that. */
	close(open(support_server_path(s, "word"), O_WRONLY | O_CLOEXEC));
}

/* Whatever the new one dies of, the old one goes on, and its workers have not noticed. The first
 * takes a minute, so it is tried with UPGRADE_MINUTE in the environment only. */
START_TEST(goes_on_when_the_new_one_fails)
{
	static const struct {
		const char *program; /* "": leave it; NULL: there is none */
		const char *config;
		const char *says;
	} failures[] = {
		{"#!/bin/sh\nexec sleep 600\n", "", "it did not serve within 60 seconds"},
		{"", "DocumentRoot not-there\n", "exited with status 1 before it served"},
		{"", "NoSuchDirective x\n", "Invalid command"},
		{"", "Listen 127.0.0.1:1x\n", "exited with status 1"},
		{HANGS "exit 4\n", "", "exited with status 4 before it served"},
		{HANGS "kill -15 $$\n", "", "was killed by signal 15 before it served"},
		{"#!/bin/sh\nexit 3\n", "", "exited with status 3 before it served"},
		{"#!/bin/sh\nkill -9 $$\n", "", "was killed by signal 9 before it served"},
		{"not a program", "", "cannot execute"},
		{NULL, "", "No such file or directory"},
	};
	size_t first = getenv("UPGRADE_MINUTE") ? 0 : 1, failed = 0;
	struct support_server s;
	pid_t before[SUPPORT_WORKERS], after[SUPPORT_WORKERS];
	support_server_prepare(&s, _i ? SUPPORT_FORK : SUPPORT_PREFORK, NULL);
	use_copy(&s);
	support_server_launch(&s);
	support_server_allow(&s, "upgrade: process");
	support_server_allow(&s, "preforkd: "); /* what the new one says of its configuration */
	size_t count = SUPPORT_HAS_POOL(s.model) ? support_server_workers(&s, before) : 0;
	struct support_load *fresh = support_load_start_on(&s, false);
	ck_assert_int_eq(mkfifo(support_server_path(&s, "word"), 0600), 0);
	for (size_t i = first; i < sizeof failures / sizeof *failures; i++, failed++) {
		support_server_configure(&s, failures[i].config);
		if (!failures[i].program || *failures[i].program)
			replace_program(&s, failures[i].program);
		ck_assert_int_eq(kill(s.pid, SIGUSR2), 0);
		if (failures[i].program && strncmp(failures[i].program, HANGS, strlen(HANGS)) == 0)
			let_die(&s, fresh, failed);
		ck_assert_msg(SUPPORT_UNTIL(support_server_logged(&s, "goes on") > failed &&
						    is_logged(&s, failures[i].says),
				      i ? SUPPORT_PATIENCE : SUPPORT_PATIENCE + 60),
			"failure %zu is not told: %s", i, failures[i].says);
		support_load_await(fresh, 5);
		ck_assert_int_eq(support_server_pid_in_file(&s), s.pid);
	}
	support_load_stop_clean(fresh);
	if (!SUPPORT_IS_CLASSIC(s.model)) /* whose pools breathe */
		for (size_t i = 0, now = support_server_workers(&s, after); i < count; i++)
			ck_assert(i < now && before[i] == after[i]);
	support_server_stop(&s);
}
END_TEST

/* Whoever asks at the port is told of this server. */
static bool is_status_of(unsigned port, pid_t pid)
{
	struct support_conn c;
	char says[64];
	snprintf(says, sizeof says, "\"pid\":%d,\"predecessor\":", (int)pid);
	support_get(&c, port, "/?json");
	bool is = c.reply.status == 200 && strstr(c.reply.body, says);
	support_conn_close(&c);
	return is;
}

/* The new one serves, this load and this status if there are any, and the old one is still ready to
 * come back, which it is for some seconds only. */
static pid_t upgrade_just_now(struct support_server *s, struct support_load *load, unsigned port)
{
	for (size_t late = 0;; late++) {
		pid_t old = upgrade(s);
		if (load)
			support_load_await(load, 20);
		ck_assert(!port || SUPPORT_UNTIL(is_status_of(port, s->pid), SUPPORT_PATIENCE));
		if (support_server_logged(s, "stopping when every connection") == late)
			return old;
		ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	}
}

/* Killed right after it has taken over: the old one comes back, with its PidFile. */
START_TEST(comes_back)
{
	struct support_server s;
	support_server_start(&s, _i ? SUPPORT_FORK : SUPPORT_PREFORK, NULL);
	support_server_allow(&s, "was killed by signal 9 within seconds");
	/* Where the parent accepts, what it holds is lost with it. */
	struct support_load *fresh = _i ? NULL : support_load_start_on(&s, false);
	if (fresh)
		support_load_await(fresh, 20);
	pid_t old = upgrade_just_now(&s, fresh, 0);
	ck_assert_int_eq(kill(s.pid, SIGKILL), 0);
	s.pid = old;
	ck_assert_msg(SUPPORT_UNTIL(support_server_pid_in_file(&s) == old, SUPPORT_PATIENCE),
		"the old one does not take its PidFile back");
	if (fresh) {
		support_load_await(fresh, 50);
		support_load_stop_clean(fresh);
	}
	support_server_ready(&s);
	pid_t again = upgrade(&s); /* and another try succeeds */
	ck_assert_int_eq(support_wait(again, SUPPORT_PATIENCE), 0);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- the status beside it ---- */

static unsigned status_port(const struct support_server *s)
{
	static const char says[] = "the status is on http://127.0.0.1:";
	char *log = support_read_file(support_server_path(s, "logs/error.log"), NULL), *at;
	unsigned port = 0;
	for (at = log; at && (at = strstr(at, says)); at++)
		port = (unsigned)strtoul(at + strlen(says), NULL, 10);
	free(log);
	ck_assert_uint_gt(port, 0);
	return port;
}

static bool is_refused(unsigned port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is = connect(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno == ECONNREFUSED;
	close(fd);
	return is;
}

/* The kernel chose the port, and would choose another one: it is handed over, given back where the
 * new server dies, and let go of at once where the new configuration names none. */
START_TEST(keeps_the_port_of_the_status)
{
	enum { SIZE = 8 * 1024 * 1024 };
	struct support_server s;
	struct support_conn c;
	support_server_prepare(
		&s, _i ? SUPPORT_FORK : SUPPORT_PREFORK, "StatusListen 127.0.0.1:0\n");
	support_site_pattern(s.root, "f/big", SIZE, 7);
	support_server_launch(&s);
	support_server_allow(&s, "was killed by signal 9 within seconds");
	unsigned port = status_port(&s);
	ck_assert(is_status_of(port, s.pid));
	pid_t old = upgrade_just_now(&s, NULL, port);
	ck_assert_int_eq(kill(s.pid, SIGKILL), 0);
	s.pid = old;
	ck_assert(SUPPORT_UNTIL(support_server_pid_in_file(&s) == old, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(is_status_of(port, old), SUPPORT_PATIENCE));
	upgrade(&s);
	ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	ck_assert(is_status_of(port, s.pid));
	ck_assert_uint_eq(status_port(&s), port);
	support_server_configure(&s, "");
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&c, SUPPORT_PATIENCE), 0);
	old = upgrade(&s);
	ck_assert(SUPPORT_UNTIL(is_refused(port), SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(old, 0), 0); /* it has the client still */
	support_conn_expect(&c, 200);
	support_conn_close(&c);
	ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Told to stop right after it has taken over: that was meant, and the old one ends too. */
START_TEST(is_not_brought_back)
{
	struct support_server s;
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	pid_t old = upgrade(&s);
	ck_assert_int_eq(kill(s.pid, SIGTERM), 0);
	/* It is a child of the old one, so that the one we can wait for is that. */
	s.pid = old;
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* What is on its way when the old one is asked to leave arrives whole. */
START_TEST(finishes_downloads)
{
	enum { SIZE = 8 * 1024 * 1024 };
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	support_site_pattern(s.root, "f/big", SIZE, 7);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
	ck_assert_uint_gt(support_conn_pending(&c, SUPPORT_PATIENCE), 0);
	pid_t old = upgrade(&s);
	support_conn_expect(&c, 200);
	ck_assert_uint_eq(c.reply.body_size, SIZE);
	ck_assert(support_site_is(c.reply.body, SIZE, 0, 7));
	support_conn_close(&c);
	ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Told to stop while the new one starts: both end. */
START_TEST(can_be_stopped_in_the_middle)
{
	struct support_server s;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	use_copy(&s);
	support_server_launch(&s);
	replace_program(&s, "#!/bin/sh\nexec sleep 60 # \"$@\"\n");
	ck_assert_int_eq(kill(s.pid, SIGUSR2), 0);
	ck_assert(SUPPORT_UNTIL(is_logged(&s, "upgrade: started"), SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGUSR2), 0);
	support_server_allow(&s, "is under way already");
	ck_assert(SUPPORT_UNTIL(is_logged(&s, "is under way already"), SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(s.pid, SIGTERM), 0);
	ck_assert_int_eq(support_server_wait(&s), 0);
	while (waitpid(-1, NULL, WNOHANG) > 0) /* the new one is ours now */
		;
	support_server_finish(&s);
}
END_TEST

/* ---- socket activation ---- */

static int listen_on(const struct support_server *s)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((in_port_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	ck_assert_msg(bind(fd, (struct sockaddr *)&at, sizeof at) == 0, "%s", strerror(errno));
	ck_assert_int_eq(listen(fd, 64), 0);
	return fd;
}

/* As systemd does: the socket is descriptor 3, and two variables say so. */
static pid_t start_activated(const struct support_server *s, int listener)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	char number[16];
	int err = open(support_server_path(s, "stderr"), O_WRONLY | O_CREAT | O_APPEND, 0644);
	snprintf(number, sizeof number, "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (dup2(err, 1) < 0 || dup2(err, 2) < 0 || dup2(listener, 3) < 0)
		_exit(126);
	fcntl(3, F_SETFD, 0);
	close_range(4, ~0u, 0);
	execl(getenv("PREFORKD"), getenv("PREFORKD"), "-d", s->root, "-f", "conf/httpd.conf", "-D",
		"FOREGROUND", NULL);
	_exit(127);
}

/* The test keeps the socket too: what comes while no server runs waits in it and is served. */
START_TEST(takes_sockets_from_systemd)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i, NULL);
	int listener = listen_on(&s);
	for (int again = 0; again < 2; again++) {
		support_conn_open(&c, s.port);
		support_conn_print(&c, "GET /hello.txt HTTP/1.1\r\nHost: test\r\nConnection: "
				       "close\r\n\r\n");
		s.pid = start_activated(&s, listener);
		support_conn_expect(&c, 200);
		support_conn_close(&c);
		support_server_ready(&s);
		if (again == 0) {
			kill(s.pid, SIGTERM);
			ck_assert_int_eq(support_server_wait(&s), 0);
		}
	}
	pid_t old = upgrade(&s);
	ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	support_get(&c, s.port, "/hello.txt");
	support_conn_close(&c);
	close(listener);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- the service manager ---- */

static int notify_socket(const struct support_server *s)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", support_server_path(s, "notify"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(chmod(at.sun_path, 0777), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	return fd;
}

static void expect_word(int fd, const char *word)
{
	char text[512];
	ssize_t n = -1;
	ck_assert_msg(SUPPORT_UNTIL((n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT)) >= 0,
			      SUPPORT_PATIENCE),
		"%s is not said", word);
	text[n] = '\0';
	ck_assert_msg(strncmp(text, word, strlen(word)) == 0, "\"%s\", not %s", text, word);
}

START_TEST(tells_the_service_manager)
{
	struct support_server s;
	char word[64];
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	int fd = notify_socket(&s);
	support_server_launch(&s);
	snprintf(word, sizeof word, "READY=1\nMAINPID=%d", (int)s.pid);
	expect_word(fd, word);
	kill(s.pid, SIGUSR1);
	expect_word(fd, "RELOADING=1\nMONOTONIC_USEC=");
	expect_word(fd, "READY=1");
	pid_t old = upgrade(&s);
	snprintf(word, sizeof word, "READY=1\nMAINPID=%d", (int)s.pid); /* by the new one */
	expect_word(fd, word);
	snprintf(word, sizeof word, "MAINPID=%d", (int)s.pid); /* and by the old one */
	expect_word(fd, word);
	ck_assert_int_eq(support_wait(old, SUPPORT_PATIENCE), 0);
	support_server_ready(&s);
	kill(s.pid, SIGTERM);
	expect_word(fd, "STOPPING=1");
	ck_assert_int_eq(support_server_wait(&s), 0);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("upgrade", {hands_over, 1}, {is_told_by_a_command, 1},
	{goes_on_when_the_new_one_fails, 2}, {comes_back, 2}, {keeps_the_port_of_the_status, 2},
	{is_not_brought_back, 1}, {finishes_downloads, SUPPORT_CLASSIC + 1},
	{can_be_stopped_in_the_middle, 1}, {takes_sockets_from_systemd, SUPPORT_CLASSIC + 1},
	{tells_the_service_manager, 1})
