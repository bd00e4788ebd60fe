/*
 * handler_cgi_process - programs, while they run and when their answers are out
 *
 * Runs in:  worker
 * Owns:     the programs left to it, until they have ended
 * Errors:   NULL with errno; a program that will not end is killed
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_cgi_process.h"

#include "base/apart.h"
#include "base/assert.h"
#include "base/list.h"
#include "config/config_cgi.h"
#include "os/os_clock.h"
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ALONE_MS = 5000, /* a program may go on for so long when its answer is out */
	TERM_MS = 3000,  /* and for so long when it was told to end, as in Apache */
	HURRY_MS = 100,
	WAYS = 16,    /* to the starter that are kept */
	WAYS_MS = 500 /* for so long, when no program comes */
};

static struct list left = {&left, &left};
static struct mp_subprocess *ended[WAYS]; /* whose ways the next ones go */
static size_t ended_count;
static uint64_t ended_ms; /* when the last one came */
static unsigned left_count, left_most;
static int starter = -1;
static bool full; /* its socket was, the last time */

void handler_cgi_process_by(int server, unsigned most)
{
	starter = server;
	left_most = most;
}

int handler_cgi_process_starter(void)
{
	return starter;
}

/* --- the start --- */

/* Collects those that were left first, if they have ended: so they never become many. */
static void collect_oldest(void);

bool handler_cgi_process_may_ask(void)
{
	struct pollfd look = {.fd = starter, .events = POLLOUT};
	full = full && poll(&look, 1, 0) == 0;
	return !full;
}

static bool set_nonblocking(int fd)
{
	return fd < 0 || os_file_nonblocking(fd, true) == 0;
}

/* As the configuration says it: the starter knows it too, and what of it can be had. */
static size_t limits_of(const struct config_cgi *config, struct mp_subprocess_limit *to)
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(config->limits); i++) {
		const struct config_cgi_limit *wanted = &config->limits[i];
		if (wanted->said)
			to[count++] = (struct mp_subprocess_limit){
				config_cgi_resource(i), {wanted->soft, wanted->hard}};
	}
	return count;
}

/* The directory and the other arguments follow from what is sent: the starter adds them. */
struct handler_cgi_process *handler_cgi_process_start(
	const char *file, const char *const *env, int input, const struct config_cgi *config)
{
	const char *const argv[] = {file, NULL};
	struct mp_subprocess_limit limits[CONFIG_CGI_LIMITS];
	struct mp_subprocess_options options = {.in = input,
		.out = MP_PIPE,
		.err = MP_PIPE,
		.env = env,
		.new_group = true,
		.death_signal = SIGTERM,
		.limits = limits,
		.limit_count = limits_of(config, limits),
		.server = starter,
		.later = true};
	if (starter <= 0) {
		errno = EPIPE;
		return NULL;
	}
	collect_oldest();
	struct handler_cgi_process *p = calloc(1, sizeof *p);
	if (!p || !(p->said.file = strdup(file))) {
		free(p);
		return NULL;
	}
	options.after = ended_count ? ended[--ended_count] : NULL;
	struct mp_subprocess *program = p->program = mp_subprocess_popen(argv, &options);
	if (program && set_nonblocking(mp_subprocess_stdin_fileno(program)) &&
		set_nonblocking(mp_subprocess_stdout_fileno(program)) &&
		set_nonblocking(mp_subprocess_stderr_fileno(program))) {
		p->said.fd = mp_subprocess_stderr_fileno(program);
		return p;
	}
	int why = errno;
	full = !program && why == EAGAIN;
	mp_subprocess_close(program);
	handler_cgi_said_end(&p->said);
	free(p);
	errno = why;
	return NULL;
}

/* --- the end --- */

/* What nobody wants any more: but a program that is to end in its own time must not be stopped by
 * the end of its pipe. */
static void drop_output(struct handler_cgi_process *p)
{
	static char nowhere[64 * 1024] APART;
	int fd = mp_subprocess_stdout_fileno(p->program);
	for (int i = 0; i < 16 && fd >= 0 && read(fd, nowhere, sizeof nowhere) > 0; i++)
		;
}

static void tell(struct handler_cgi_process *p, uint64_t now_ms)
{
	mp_subprocess_terminate(p->program);
	p->stage = HANDLER_CGI_TOLD;
	p->since_ms = now_ms;
}

static void forget(struct handler_cgi_process *p)
{
	list_remove(&p->link);
	left_count--;
	handler_cgi_said_more(&p->said);
	handler_cgi_said_end(&p->said);
	if (ended_count < WAYS && mp_subprocess_poll(p->program) == 1 &&
		mp_subprocess_started(p->program) == 0) {
		for (int i = 0; i < 3; i++)
			mp_subprocess_close_stream(p->program, i);
		ended[ended_count++] = p->program;
		ended_ms = os_clock_ms();
	} else {
		mp_subprocess_close(p->program); /* kills it where it still runs */
	}
	free(p);
}

static void collect_oldest(void)
{
	LIST_EACH(member, &left) {
		struct handler_cgi_process *p =
			LIST_ENTRY(member, struct handler_cgi_process, link);
		if (!mp_subprocess_poll(p->program))
			return;
		forget(p);
	}
}

void handler_cgi_process_leave(struct handler_cgi_process *p, bool unwanted, uint64_t now_ms)
{
	mp_subprocess_close_stream(p->program, 0);
	if (unwanted)
		mp_subprocess_close_stream(p->program, 1);
	/* A pipe that has ended would wake the event loop until it is closed. */
	if (!handler_cgi_said_more(&p->said))
		mp_subprocess_close_stream(p->program, 2);
	if (left_count >= left_most && !list_empty(&left))
		forget(LIST_ENTRY(left.next, struct handler_cgi_process, link));
	list_append(&left, &p->link);
	left_count++;
	p->since_ms = now_ms;
	p->stage = HANDLER_CGI_LEFT;
	if (mp_subprocess_poll(p->program))
		forget(p);
	else if (unwanted)
		tell(p, now_ms);
}

static void close_ways(void)
{
	while (ended_count)
		mp_subprocess_close(ended[--ended_count]);
}

enum handler_rest handler_cgi_process_look(uint64_t now_ms)
{
	LIST_EACH(member, &left) {
		struct handler_cgi_process *p =
			LIST_ENTRY(member, struct handler_cgi_process, link);
		uint64_t age = now_ms - p->since_ms;
		handler_cgi_said_more(&p->said);
		drop_output(p);
		if (mp_subprocess_poll(p->program) ||
			(p->stage == HANDLER_CGI_TOLD && age >= TERM_MS))
			forget(p);
		else if (p->stage == HANDLER_CGI_LEFT && age >= ALONE_MS)
			tell(p, now_ms);
	}
	if (now_ms >= ended_ms + WAYS_MS)
		close_ways();
	return !list_empty(&left) ? HANDLER_PROGRAMS : ended_count ? HANDLER_WAYS : HANDLER_NOTHING;
}

void handler_cgi_process_end_all(bool at_once)
{
	uint64_t hurry = os_clock_ms() + HURRY_MS;
	LIST_EACH(member, &left)
		if (at_once)
			tell(LIST_ENTRY(member, struct handler_cgi_process, link), os_clock_ms());
	while (handler_cgi_process_look(os_clock_ms()), !list_empty(&left)) {
		struct handler_cgi_process *p =
			LIST_ENTRY(left.next, struct handler_cgi_process, link);
		mp_subprocess_wait(p->program, HURRY_MS / 1000.0);
		if (at_once && os_clock_ms() >= hurry)
			forget(p);
	}
	close_ways();
}
