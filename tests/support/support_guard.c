/*
 * support_guard - cleans up behind a test that fails
 *
 * Runs in:  a child of the test, in a session of its own
 * Owns:     see support_guard.h
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_guard.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 1024 };

static void show(const struct support_server *s, const char *name)
{
	size_t size;
	char *text = support_read_file(support_server_path(s, name), &size);
	if (text && size)
		dprintf(2, "---- %s of the server whose test failed ----\n%s", name, text);
	free(text);
}

static void kill_all(const struct support_server *s)
{
	static struct support_process list[PROCESSES];
	for (size_t count; (count = support_processes(s->root, list, PROCESSES)) > 0;) {
		bool alive = false;
		for (size_t i = 0; i < count; i++) {
			alive |= list[i].state != 'Z';
			kill(list[i].pid, SIGKILL);
		}
		if (!alive)
			return;
		support_pause();
	}
}

static _Noreturn void watch(const struct support_server *s, int fd)
{
	char word;
	ssize_t n;
	setsid();
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN); /* nobody may be reading what it shows */
	/* Other ends of pipes the test has open are not ours to hold. */
	if (dup2(fd, 0) < 0)
		_exit(1);
	close_range(3, ~0u, 0);
	n = read(0, &word, 1);
	if (n != 1) {
		kill_all(s);
		show(s, "logs/error.log");
		show(s, "stderr");
	}
	if (n == 1 || !getenv("SUPPORT_KEEP"))
		support_site_remove(s->root);
	_exit(0);
}

void support_guard_start(struct support_server *s)
{
	int ends[2];
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	s->guard = fork();
	ck_assert_int_ge(s->guard, 0);
	if (s->guard == 0)
		watch(s, ends[0]);
	close(ends[0]);
	s->guard_word = ends[1];
}

void support_guard_end(struct support_server *s)
{
	ck_assert_int_eq(write(s->guard_word, "x", 1), 1);
	close(s->guard_word);
	ck_assert_int_eq(waitpid(s->guard, NULL, 0), s->guard);
}
