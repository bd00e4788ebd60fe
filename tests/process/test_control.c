/*
 * test_control - the control socket: its answers, its file, and clients that behave badly
 *
 * Runs in:  a test program, against a server
 * Owns:     its server, its connections to the socket
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control.h"
#include "parent/parent_control_line.h"
#include "process/talk.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

enum { CLIENTS = 16 };

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
		const char *said = talk_ask(&s, rows[i].line);
		ck_assert_msg(talk.good, "%s: %s", rows[i].line, said);
		ck_assert_msg(strncmp(said, rows[i].begins, strlen(rows[i].begins)) == 0,
			"%s: %.200s", rows[i].line, said);
		if (s.model != SUPPORT_FORK)
			ck_assert_msg(strstr(said, rows[i].holds) != NULL, "%s: %.2000s",
				rows[i].line, said);
	}
	talk_ask(&s, "nonsense\n");
	ck_assert(!talk.good);
	talk_ask(&s, "\n");
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
	int fd = talk_connect(&s);
	talk.size = 0;
	talk_say(fd, "help\nstatus auto\nnonsense\nworkers\nhelp");
	shutdown(fd, SHUT_WR);
	ck_assert(talk_hear(&talk, fd) && talk.good && strstr(talk.body, "configtest"));
	ck_assert(talk_hear(&talk, fd) && talk.good && strstr(talk.body, "BusyWorkers"));
	ck_assert(talk_hear(&talk, fd) && !talk.good);
	ck_assert(talk_hear(&talk, fd) && talk.good && strstr(talk.body, "slot\t"));
	ck_assert(!talk_hear(&talk, fd)); /* a line without its end is none */
	close(fd);
	/* In pieces. */
	fd = talk_connect(&s);
	talk_say(fd, "sta");
	talk_say(fd, "tus");
	talk_say(fd, " auto\nhe");
	ck_assert(talk_hear(&talk, fd) && strstr(talk.body, "BusyWorkers"));
	talk_say(fd, "lp\n");
	ck_assert(talk_hear(&talk, fd) && strstr(talk.body, "configtest"));
	close(fd);
	/* Too long: said so, and closed. */
	memset(long_line, 'x', sizeof long_line);
	long_line[sizeof long_line - 1] = '\0';
	fd = talk_connect(&s);
	talk_say(fd, long_line);
	ck_assert(talk_hear(&talk, fd) && !talk.good && strstr(talk.body, "too long"));
	ck_assert(!talk_hear(&talk, fd));
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
	ck_assert_ptr_nonnull(strstr(talk_ask(&s, "help\n"), "configtest"));
	/* Elsewhere after a restart, and nowhere after another. */
	support_server_configure(&s, "ControlSocket logs/other\n");
	talk_ask(&s, "graceful\n");
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
	ck_assert_ptr_nonnull(strstr(talk_ask(&s, "help\n"), "configtest"));
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

START_TEST(steers)
{
	struct support_server s;
	support_server_start(&s, (enum support_model)_i, NULL);
	talk_ask(&s, "graceful\n");
	ck_assert(talk.good);
	ck_assert(SUPPORT_UNTIL(talk_generation_is(&s, 1), SUPPORT_PATIENCE));
	talk_ask(&s, "restart\n");
	ck_assert(talk.good);
	ck_assert(SUPPORT_UNTIL(support_server_answers(&s), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(strstr(talk_ask(&s, "status json\n"), "\"generation\":2,") != NULL,
		SUPPORT_PATIENCE));
	/* A configuration that is wrong is refused, and nothing happens. */
	support_server_configure(&s, "Tiemout 5\n");
	static const char *const lines[] = {"configtest\n", "graceful\n", "restart\n"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *said = talk_ask(&s, lines[i]);
		ck_assert(!talk.good);
		ck_assert_msg(strstr(said, "Tiemout") && strstr(said, "conf:"), "%s", said);
	}
	ck_assert_ptr_nonnull(strstr(talk_ask(&s, "status json\n"), "\"generation\":2,"));
	/* Who waits for the end sees it, and not before. */
	int fd = talk_connect(&s);
	talk.size = 0;
	talk_say(fd, _i % 2 ? "stop\n" : "graceful-stop\n");
	ck_assert(talk_hear(&talk, fd) && talk.good);
	ck_assert(!talk_hear(&talk, fd));
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
	static char flood[TALK_ANSWER];
	struct support_server s;
	struct support_conn c;
	int fds[CLIENTS];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	double before = support_now();
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = talk_connect(&s);
	/* All places are taken: the next one is told so at once. */
	int next = talk_connect(&s);
	talk.size = 0;
	ck_assert(talk_hear(&talk, next) && !talk.good && strstr(talk.body, "too many clients"));
	ck_assert(!talk_hear(&talk, next));
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
	talk_say(fds[2], "help\n");
	ck_assert(talk_hear(&talk, fds[2]) && talk.good);
	ck_assert(!hung_up(fds[0]) || support_now() - before >= PARENT_CONTROL_SEND_S);
	ck_assert(SUPPORT_UNTIL(hung_up(fds[0]), SUPPORT_PATIENCE));
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("control", {answers, SUPPORT_MODELS}, {many_lines, 1}, {the_file, 1},
	{left_over, 1}, {steers, 2}, {bad_clients, 1})
