/*
 * parent_upgrade - SIGUSR2: another program takes over
 *
 * Runs in:  the parent that was there before
 * Owns:     struct parent_upgrade: the process it started and the channel to it
 * Errors:   whatever goes wrong with the successor is logged, and this one goes on
 *
 * The program is executed again, whatever stands under its name by now, with every listener under
 * the same descriptor: no queue is ever closed. It reads the configuration, gives birth to its pool
 * and says that it serves. Only then do the workers here drain; and for some seconds more this
 * parent stays ready to go on should the other die.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "parent/parent_control.h"
#include "parent/parent_keeper.h"
#include "parent/parent_lab.h"
#include "wire/wire_succession.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { START_MS = 60000, GRACE_MS = 3000, WORD = 256 };

enum stage { STARTING, GRACE, OVER };

struct parent_upgrade {
	enum stage stage;
	struct mp_process *process;
	struct mp_pipe *channel;
	ev_io watch;
	uint64_t born_ms, since_ms; /* the successor; this stage */
	char why[WORD];             /* the successor's own words about its failure */
};

/* ---- in the child, between fork and exec ---- */

struct birth {
	char **arguments;
	struct wire_succession succession;
	int error_log_fd;
};

static void inherit(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

static int become(void *args, size_t size)
{
	struct birth *b = args;
	struct buffer text = BUFFER_INIT;
	char word[WORD];
	(void)size;
	/* What the new program says before it has read its configuration belongs into the log. */
	b->succession.errors = b->error_log_fd >= 0 ? os_process_lend_stderr(b->error_log_fd) : -1;
	inherit(b->succession.channel);
	for (size_t i = 0; i < b->succession.count; i++)
		inherit(b->succession.listeners[i].fd);
	for (int i = 0; i < 2; i++)
		if (b->succession.keeper[i] >= 0)
			inherit(b->succession.keeper[i]);
	if (b->succession.status.fd >= 0)
		inherit(b->succession.status.fd);
	if (wire_succession_pack(&b->succession, &text))
		buffer_append(&text, "", 1);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!text.failed && setenv(WIRE_SUCCESSION, text.data, 1) == 0)
		os_process_execute(b->arguments);
	int length = snprintf(word, sizeof word, "%s cannot execute %s: %s", WIRE_SUCCESSION_FAILED,
		b->arguments[0], strerror(errno));
	(void)send(b->succession.channel, word,
		(size_t)length < sizeof word ? (size_t)length : sizeof word - 1, MSG_NOSIGNAL);
	return EXIT_FAILURE;
}

/* ---- the end of it ---- */

static void hang_up(struct parent *p)
{
	struct parent_upgrade *u = p->upgrade;
	if (u->channel) {
		ev_io_stop(p->loop, &u->watch);
		mp_pipe_close(u->channel);
	}
	u->channel = NULL;
}

void parent_upgrade_close(struct parent *p)
{
	struct parent_upgrade *u = p->upgrade;
	if (!u)
		return;
	/* Who stops this server does not want the next one either, as long as that is not its own
	 * master. */
	if (u->stage == STARTING && u->process)
		mp_process_terminate(u->process);
	if (u->stage == OVER && p->loop && !list_empty(&p->workers))
		return; /* the channel says to the successor that we are still here */
	hang_up(p);
	(void)mp_process_close(u->process);
	free(u);
	p->upgrade = NULL;
}

/* The workers that were told to drain do so, as those of an earlier generation. */
static void serve_again(struct parent *p)
{
	p->resting = false;
	if (p->pid_path)
		p->pid_file = parent_pidfile_take(p->pid_path, p->board->successor, NULL);
	parent_signals_generation(p);
	parent_refill(p);
	parent_notify("READY=1\nMAINPID=%d", (int)getpid());
}

static void fail(struct parent *p, const char *how)
{
	struct parent_upgrade *u = p->upgrade;
	bool rested = p->resting;
	log_error("upgrade: process %d %s%s%s; process %d goes on", (int)mp_process_pid(u->process),
		how, *u->why ? ": " : "", u->why, (int)getpid());
	hang_up(p);
	(void)mp_process_close(u->process);
	free(u);
	p->upgrade = NULL;
	if (rested)
		serve_again(p);
	p->board->successor = 0;
}

/* ---- the way there ---- */

static void rest(struct parent *p, const char *version)
{
	struct parent_upgrade *u = p->upgrade;
	int pid = (int)mp_process_pid(u->process);
	log_notice("upgrade: process %d (%s) serves; process %d (%s) finishes what it has", pid,
		version, (int)getpid(), config_server_name(CONFIG_TOKENS_FULL));
	u->stage = GRACE;
	u->since_ms = os_clock_ms();
	p->resting = true;
	parent_pidfile_leave(p->pid_file);
	p->pid_file = -1;
	(void)mp_pipe_send_bytes_timeout(
		u->channel, WIRE_SUCCESSION_YOURS, sizeof WIRE_SUCCESSION_YOURS - 1, 0);
	parent_notify("MAINPID=%d", pid);
	parent_control_rest(p);
	parent_keeper_leave(p, false);
	parent_dispatch_stop(p);
	parent_dispatch_flush(p);
	LIST_EACH(member, &p->workers)
		parent_life_event(LIST_ENTRY(member, struct parent_worker, link), PARENT_LEAVE);
}

/* Nobody needs this one any more but those it serves. */
static void over(struct parent *p)
{
	p->upgrade->stage = OVER;
	parent_control_leave(p);
	parent_signals_end(p, true);
}

/* false: there is no word to hear. */
static bool hear(struct parent *p)
{
	struct parent_upgrade *u = p->upgrade;
	char word[WORD];
	ssize_t n = mp_pipe_recv_bytes_into_timeout(u->channel, word, sizeof word - 1, 0);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			ev_io_stop(p->loop, &u->watch); /* how it ended says SIGCHLD */
		return false;
	}
	word[n] = '\0';
	for (char *at = word; *at; at++)
		if (*at < ' ')
			*at = '?';
	char *more = strchr(word, ' ');
	if (more)
		*more++ = '\0';
	if (strcmp(word, WIRE_SUCCESSION_FAILED) == 0)
		snprintf(u->why, sizeof u->why, "%s", more ? more : "");
	if (strcmp(word, WIRE_SUCCESSION_SERVES) == 0 && u->stage == STARTING)
		rest(p, more ? more : "unknown");
	return true;
}

static void on_word(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	(void)events;
	(void)hear(watch->data);
}

bool parent_upgrade_gone(struct parent *p, const struct mp_process *process)
{
	struct parent_upgrade *u = p->upgrade;
	if (!u || u->process != process)
		return false;
	char how[96];
	int code = 0;
	/* Its last word may still be on its way. */
	while (u->channel && hear(p))
		;
	mp_process_exitcode(u->process, &code);
	const char *when =
		u->stage == STARTING ? "before it served" : "within seconds of its first service";
	if (code < 0)
		snprintf(how, sizeof how, "was killed by signal %d %s", -code, when);
	else
		snprintf(how, sizeof how, "exited with status %d %s", code, when);
	/* One that served and ended in good order was told to: nobody wants it back. */
	bool wished = u->stage != STARTING && code == 0;
	struct wire_death death = {.role = WIRE_ROLE_SUCCESSOR,
		.reason = WIRE_REASONS,
		.age_ms = os_clock_ms() - u->born_ms,
		.generation = p->generation};
	parent_death_process(p, &death, u->process, wished || u->stage == OVER);
	if (u->stage != OVER && !wished && p->stop == PARENT_RUNNING) {
		fail(p, how);
		return true;
	}
	log_notice("upgrade: the successor, process %d, ended", (int)mp_process_pid(u->process));
	(void)mp_process_close(u->process);
	u->process = NULL;
	if (u->stage == GRACE && p->stop == PARENT_RUNNING)
		over(p);
	return true;
}

void parent_upgrade_tick(struct parent *p)
{
	struct parent_upgrade *u = p->upgrade;
	if (!u || u->stage == OVER || p->stop != PARENT_RUNNING)
		return;
	uint64_t waited = os_clock_ms() - u->since_ms;
	if (u->stage == STARTING && waited >= START_MS) {
		snprintf(u->why, sizeof u->why, "it did not serve within %d seconds",
			START_MS / 1000);
		mp_process_kill(u->process); /* and it is gone, and so we go on */
	} else if (u->stage == GRACE && waited >= GRACE_MS) {
		over(p);
	}
}

/* Adds what of it is open to the descriptors that the successor keeps; how many there are then. */
static size_t keep(struct birth *birth, int *fds, size_t count)
{
	if (birth->succession.status.fd >= 0)
		fds[count++] = birth->succession.status.fd;
	for (int i = 0; i < 2; i++)
		if (birth->succession.keeper[i] >= 0)
			fds[count++] = birth->succession.keeper[i];
	if (birth->error_log_fd > STDERR_FILENO)
		fds[count++] = birth->error_log_fd;
	return count;
}

static int start(struct parent *p, struct parent_upgrade *u)
{
	struct mp_pipe *ends[2];
	size_t count = p->listeners.count;
	struct wire_listener list[count + 1];
	int fds[count + 5];
	if (mp_pipe_new(ends, true) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct wire_listener){
			p->listeners.list[i].fd, p->listeners.list[i].address};
		fds[i] = list[i].fd;
	}
	fds[count] = mp_pipe_fileno(ends[1]);
	struct birth birth = {.arguments = p->arguments,
		.error_log_fd = p->config->error_log_fd,
		.succession = {.generation = p->generation,
			.pid = (int32_t)getpid(),
			.channel = fds[count],
			.count = count,
			.listeners = list}};
	parent_lab_lines(p, birth.succession.lab);
	birth.succession.status = parent_control_listener(p);
	parent_keeper_ends(p, birth.succession.keeper);
	size_t kept = keep(&birth, fds, count + 1);
	/* A forked child sees all this where it is. */
	u->process = mp_process_new(become, &birth, sizeof birth,
		&(struct mp_process_options){.context = mp_get_context("fork"),
			.name = "successor",
			.fds = fds,
			.fd_count = kept});
	int result = u->process ? mp_process_start(u->process) : -1;
	int why = errno;
	mp_pipe_close(ends[1]);
	u->channel = ends[0];
	errno = why;
	return result;
}

void parent_upgrade(struct parent *p)
{
	if (p->stop != PARENT_RUNNING)
		return;
	if (p->upgrade) {
		parent_signals_refuse(PARENT_REFUSAL_UPGRADE);
		return;
	}
	if (getpid() == 1) {
		parent_signals_refuse(PARENT_REFUSAL_CONTAINER);
		return;
	}
	struct parent_upgrade *u = calloc(1, sizeof *u);
	if (!u || start(p, u) < 0) {
		log_error("upgrade: cannot start the new program: %m");
		if (u) {
			mp_pipe_close(u->channel);
			(void)mp_process_close(u->process);
		}
		free(u);
		return;
	}
	u->born_ms = u->since_ms = os_clock_ms();
	p->upgrade = u;
	p->board->totals.upgrades++;
	p->board->successor = (int32_t)mp_process_pid(u->process);
	ev_io_init(&u->watch, on_word, mp_pipe_fileno(u->channel), EV_READ);
	u->watch.data = p;
	parent_chronicle_helper(p, WIRE_ROLE_SUCCESSOR, mp_process_pid(u->process));
	ev_io_start(p->loop, &u->watch);
	log_notice("upgrade: started %s as process %d to take over from process %d (%s)",
		p->arguments[0], (int)mp_process_pid(u->process), (int)getpid(),
		config_server_name(CONFIG_TOKENS_FULL));
}
