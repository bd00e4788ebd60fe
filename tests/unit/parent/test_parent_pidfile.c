/*
 * test_parent_pidfile - the pid file, and who asks it
 *
 * Runs in:  a test program
 * Owns:     children, which it waits for
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "parent/parent_entry.h"
#include "unit/site.h"

#include <signal.h>
#include <sys/wait.h>

static int errors = -1;

static void catch_errors(void)
{
	errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	log_to(errors);
	log_level(NULL, LOG_NOTICE);
}

static char *caught(void)
{
	log_level(NULL, LOG_WARN);
	log_to(2);
	close(errors);
	return unit_read("errors");
}

/* A child that holds the file and ends by the signals of -k. */
static pid_t start_server(const char *path)
{
	int ends[2];
	char byte;
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		sigset_t set;
		int number;
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigaddset(&set, SIGHUP);
		sigaddset(&set, SIGUSR1);
		sigaddset(&set, SIGWINCH);
		sigprocmask(SIG_BLOCK, &set, NULL);
		if (parent_pidfile_take(path, 0, NULL) < 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		sigwait(&set, &number);
		_exit(number);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

START_TEST(take_and_give)
{
	char line[32];
	bool stale = true;
	int fd = parent_pidfile_take(unit_path("pid"), 0, &stale);
	ck_assert_int_ge(fd, 0);
	ck_assert(!stale);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	char *said = unit_read("pid");
	snprintf(line, sizeof line, "%d\n", (int)getpid());
	ck_assert_str_eq(said, line);
	free(said);
	parent_pidfile_give(unit_path("pid"), fd);
	ck_assert_int_eq(access(unit_path("pid"), F_OK), -1);
	parent_pidfile_give(unit_path("pid"), -1);
}
END_TEST

START_TEST(left_over)
{
	/* A longer number is written over whole, and the lock says that nobody is there. */
	unit_write("pid", TEXT("999999999\nrubbish\n"));
	bool stale = false;
	catch_errors();
	int fd = parent_pidfile_take(unit_path("pid"), 0, &stale);
	char *said = caught(), *now = unit_read("pid");
	ck_assert_int_ge(fd, 0);
	ck_assert(stale);
	ck_assert_ptr_nonnull(strstr(said, "left over from process 999999999, which is gone"));
	ck_assert_int_eq(atoi(now), getpid());
	ck_assert_ptr_null(strstr(now, "rubbish"));
	parent_pidfile_give(unit_path("pid"), fd);
	free(said);
	free(now);
}
END_TEST

START_TEST(held_by_another)
{
	int status;
	char words[64];
	pid_t pid = start_server(unit_path("pid"));
	catch_errors();
	int fd = parent_pidfile_take(unit_path("pid"), 0, NULL);
	char *said = caught(), *holds = unit_read("pid");
	ck_assert_int_eq(fd, -1);
	snprintf(words, sizeof words, "already running as process %d", (int)pid);
	ck_assert_ptr_nonnull(strstr(said, words));
	ck_assert_int_eq(atoi(holds), pid); /* untouched */
	free(said);
	free(holds);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	fd = parent_pidfile_take(unit_path("pid"), 0, NULL); /* a crash leaves no lock */
	ck_assert_int_ge(fd, 0);
	parent_pidfile_give(unit_path("pid"), fd);
}
END_TEST

START_TEST(what_cannot_be_taken)
{
	unit_mkdir("dir");
	unit_write("other", TEXT("precious"));
	ck_assert_int_eq(symlink("other", unit_path("link")), 0);
	static const char *const names[] = {"dir", "none/pid", "link"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		catch_errors();
		int fd = parent_pidfile_take(unit_path(names[i]), 0, NULL);
		char *said = caught();
		ck_assert_int_eq(fd, -1);
		ck_assert_ptr_nonnull(strstr(said, names[i]));
		free(said);
	}
	char *other = unit_read("other");
	ck_assert_str_eq(other, "precious");
	free(other);
}
END_TEST

START_TEST(the_verbs_of_k)
{
	static const struct {
		const char *verb;
		int signal;
	} rows[] = {{"stop", SIGTERM}, {"restart", SIGHUP}, {"graceful", SIGUSR1},
		{"graceful-stop", SIGWINCH}};
	struct config *config = site_config("PidFile pid\n");
	ck_assert_int_eq(parent_running(config), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status;
		pid_t pid = start_server(config->pid_file);
		ck_assert_int_eq(parent_running(config), pid);
		ck_assert_int_eq(parent_kill(config, rows[i].verb), EXIT_SUCCESS);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), rows[i].signal);
		ck_assert_int_eq(parent_running(config), 0);
	}
	config_free(config);
}
END_TEST

START_TEST(nobody_to_signal)
{
	/* The file names this very process, but nobody holds it: nobody is signalled. */
	char line[32];
	struct config *config = site_config("PidFile pid\n");
	snprintf(line, sizeof line, "%d\n", (int)getpid());
	unit_write("pid", text_of(line));
	catch_errors();
	ck_assert_int_eq(parent_kill(config, "stop"), EXIT_FAILURE);
	char *said = caught();
	ck_assert_ptr_nonnull(strstr(said, "no server runs"));
	free(said);
	config_free(config);
}
END_TEST

UNIT_MAIN("parent_pidfile", take_and_give, left_over, held_by_another, what_cannot_be_taken,
	the_verbs_of_k, nobody_to_signal)
