/*
 * parent_loggers - programs that read a log
 *
 * Runs in:  the parent
 * Owns:     see parent_loggers.h
 * Errors:   a program that cannot be started again is said once a second at most, and tried again
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_loggers.h"

#include "parent/parent.h"

#include "os/os_clock.h"
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	PIPE_SIZE = 1 << 20, /* bytes that wait for a program, where the kernel allows so many */
	AGAIN_MS = 1000,     /* between two starts */
	END_MS = 3000        /* what a program gets to end by itself */
};

struct logger {
	struct list link;
	char **words;
	char *directory;
	int errors;                    /* -1: the parent's own */
	int from, to;                  /* the ends of the pipe; to -1: it was left */
	struct mp_subprocess *process; /* NULL: it has to be started again */
	uint64_t started_ms;
};

static struct list loggers = {&loggers, &loggers};

static void free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

static char **copy_words(const char *const *words)
{
	size_t count = 0;
	while (words[count])
		count++;
	char **copy = calloc(count + 1, sizeof *copy);
	for (size_t i = 0; copy && i < count; i++)
		if (!(copy[i] = strdup(words[i]))) {
			free_words(copy);
			return NULL;
		}
	return copy;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void free_logger(struct logger *l)
{
	list_remove(&l->link);
	mp_subprocess_close(l->process);
	close_if_open(l->errors);
	close_if_open(l->from);
	close_if_open(l->to);
	free_words(l->words);
	free(l->directory);
	free(l);
}

/* Away from the terminal: who interrupts the server there does not mean its logs. */
static int start(struct logger *l)
{
	struct mp_subprocess_options options = {.in = l->from,
		.err = l->errors >= 0 ? l->errors : MP_INHERIT,
		.cwd = l->directory,
		.new_session = true};
	l->started_ms = os_clock_ms();
	l->process = mp_subprocess_popen((const char *const *)l->words, &options);
	return l->process ? 0 : -1;
}

static int prepare(struct logger *l, const char *const *program, const char *directory, int errors)
{
	int ends[2];
	if (os_file_pipe(ends, PIPE_SIZE) < 0)
		return -1;
	l->from = ends[0];
	l->to = ends[1];
	l->words = copy_words(program);
	l->directory = strdup(directory);
	if (errors >= 0 && (l->errors = fcntl(errors, F_DUPFD_CLOEXEC, 3)) < 0)
		return -1;
	return l->words && l->directory ? 0 : -1;
}

int parent_loggers_start(const char *const *program, const char *directory, int errors)
{
	struct logger *l = calloc(1, sizeof *l);
	if (!l)
		return -1;
	l->errors = l->from = l->to = -1;
	list_append(&loggers, &l->link);
	if (prepare(l, program, directory, errors) == 0 && start(l) == 0)
		return l->to;
	int why = errno;
	free_logger(l);
	errno = why;
	return -1;
}

void parent_loggers_leave(int fd)
{
	LIST_EACH(member, &loggers) {
		struct logger *l = LIST_ENTRY(member, struct logger, link);
		if (l->to == fd)
			l->to = -1;
	}
	close(fd);
}

/* Is there something in the pipe, or somebody who may still write to it? */
static bool is_needed(const struct logger *l)
{
	struct pollfd p = {l->from, POLLIN, 0};
	return l->to >= 0 ||
	       (poll(&p, 1, 0) >= 0 && (!(p.revents & POLLHUP) || p.revents & POLLIN));
}

static void record(struct parent *p, const struct logger *l, bool needed)
{
	struct wire_death death = {.role = WIRE_ROLE_LOGGER,
		.reason = WIRE_REASONS,
		.age_ms = os_clock_ms() - l->started_ms,
		.generation = p->generation,
		.pid = (int32_t)mp_subprocess_pid(l->process)};
	struct rusage usage = {0};
	int code = 0;
	mp_subprocess_returncode(l->process, &code);
	mp_subprocess_rusage(l->process, &usage);
	parent_death_helper(p, &death, code, !needed && code == 0, &usage);
}

static void say_end(const struct logger *l)
{
	int code = 0;
	mp_subprocess_returncode(l->process, &code);
	log_warn("the log program %s (process %d) %s %d: it is started again", l->words[0],
		(int)mp_subprocess_pid(l->process),
		code < 0 ? "was killed by signal" : "exited with status", code < 0 ? -code : code);
}

/* false: it is over for good. `p` NULL: so is all. */
static bool look_at(struct parent *p, struct logger *l)
{
	if (l->process && !mp_subprocess_poll(l->process))
		return true;
	bool needed = is_needed(l);
	if (p && l->process)
		record(p, l, needed);
	if (!needed)
		return false;
	if (l->process) {
		say_end(l);
		mp_subprocess_close(l->process);
		l->process = NULL;
	}
	static struct log_throttle throttle;
	if (os_clock_ms() - l->started_ms < AGAIN_MS)
		return true;
	if (start(l) == 0 && p)
		parent_chronicle_helper(p, WIRE_ROLE_LOGGER, mp_subprocess_pid(l->process));
	else if (!l->process && log_once_a_second(&throttle))
		log_error("cannot start the log program %s: %m; trying again in a second",
			l->words[0]);
	return true;
}

void parent_loggers_look(struct parent *p)
{
	LIST_EACH(member, &loggers) {
		struct logger *l = LIST_ENTRY(member, struct logger, link);
		if (!look_at(p, l))
			free_logger(l);
	}
}

static void signal_all(int signal)
{
	LIST_EACH(member, &loggers) {
		struct logger *l = LIST_ENTRY(member, struct logger, link);
		if (l->process)
			mp_subprocess_send_signal(l->process, signal);
	}
}

/* One of them may be what the errors of another go to, so they are looked at all together. */
static void wait_for_all(unsigned ms)
{
	for (uint64_t end = os_clock_ms() + ms; !list_empty(&loggers) && os_clock_ms() < end;) {
		LIST_EACH(member, &loggers) {
			struct logger *l = LIST_ENTRY(member, struct logger, link);
			if (!l->process || mp_subprocess_wait(l->process, 0.02) == 0)
				free_logger(l);
		}
	}
}

void parent_loggers_end(void)
{
	/* What waits in the pipe of one that is dead gets a reader once more. */
	LIST_EACH(member, &loggers)
		LIST_ENTRY(member, struct logger, link)->started_ms = 0;
	parent_loggers_look(NULL);
	wait_for_all(END_MS);
	if (!list_empty(&loggers))
		log_warn("a log program does not end at the end of its input: told to");
	signal_all(SIGTERM);
	wait_for_all(END_MS / 3);
	LIST_EACH(member, &loggers)
		free_logger(LIST_ENTRY(member, struct logger, link));
}
