/*
 * parent_control_status - the process behind StatusListen
 *
 * Runs in:  the parent
 * Owns:     its listener, which outlives each of the processes, so nobody who asks is refused while
 *           one takes the place of another; and the process
 * Errors:   lines in the log; births that fail are tried again, ever more slowly
 *
 * It is a child like the workers, but in no slot of the scoreboard: it serves nobody but those who
 * look.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control.h"

#include "os/os_clock.h"
#include "os/os_socket.h"
#include "parent/parent_bear.h"
#include "parent/parent_lab.h"
#include "parent/parent_sandbox.h"

#include <errno.h>
#include <unistd.h>

enum { WAIT_MOST_MS = 30000, END_S = 1, BACKLOG = 128 };

static struct mp_process *bear(struct parent *p)
{
	struct parent_control_status *s = &p->control->status;
	struct wire_sandbox sandbox;
	parent_sandbox_make_status(&sandbox, p->config);
	/* In the document root it looks whether the manual is there; who is executed opens it anew.
	 */
	int root = p->config->start_method == CONFIG_START_FORK ? p->config->host.root_fd : -1;
	int kept[] = {s->listener, p->board_fd, p->config->error_log_fd, parent_lab_fd(p),
		sandbox.ruleset, root};
	struct wire_heritage heritage = parent_bear_heritage(p);
	heritage.sandbox = &sandbox;
	heritage.ask_fd = parent_lab_fd(p);
	heritage.listeners = &s->listener;
	heritage.listener_count = 1;
	struct mp_process *process = parent_bear("status", &heritage,
		(struct mp_process_options){
			.daemon = true, .closure = s, .fds = kept, .fd_count = COUNT_OF(kept)});
	int why = errno;
	parent_sandbox_free(&sandbox); /* the child has its own */
	errno = why;
	return process;
}

/* The next one is born after a while that doubles with each failure in a row. */
static void try_again(struct parent_control_status *s)
{
	ev_timer_set(&s->again, parent_bear_again(s->failed, WAIT_MOST_MS), 0);
	ev_timer_start(s->parent->loop, &s->again);
}

static void start(struct parent_control_status *s)
{
	if (s->listener < 0 || s->process || s->parent->resting)
		return;
	s->born_ms = os_clock_ms();
	s->generation = s->parent->generation;
	s->expected = false;
	s->process = bear(s->parent);
	if (s->process) {
		parent_chronicle_helper(s->parent, WIRE_ROLE_STATUS, mp_process_pid(s->process));
		return;
	}
	log_error("cannot start the process of StatusListen: %m");
	s->failed++;
	try_again(s);
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	start(timer->data);
}

/* A parent that takes over from another has its listener, so that whoever asks meanwhile waits in
 * one queue, and a port that the kernel chose stays. */
static int make_listener(const struct parent_control_status *s)
{
	int fd = parent_heir_status(s->parent, &s->address);
	return fd >= 0 ? fd
		       : os_socket_listen(
				 &s->address, &(struct os_socket_listen){.backlog = BACKLOG,
						      .wait_ms = s->parent->listeners.wait_ms});
}

static void close_listener(struct parent_control_status *s)
{
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
}

static void listen_at(struct parent_control_status *s)
{
	const struct config_listen *wanted = &s->parent->config->status_listen;
	struct os_address at;
	char address[OS_ADDRESS_TEXT];
	if (!wanted->text)
		return;
	s->address = wanted->address;
	s->listener = make_listener(s);
	if (s->listener < 0)
		log_error("%s:%u: cannot listen on %s: %m", wanted->file ? wanted->file : "",
			wanted->line, wanted->text);
	else if (os_socket_name(s->listener, &at) == 0)
		log_notice("the status is on http://%s/", os_address_format(&at, address));
}

void parent_control_status_open(struct parent *p)
{
	struct parent_control_status *s = &p->control->status;
	s->parent = p;
	s->listener = -1;
	ev_timer_init(&s->again, on_again, 0, 0);
	s->again.data = s;
	listen_at(s);
	start(s);
}

static bool is_same(const struct parent_control_status *s, const struct config_listen *wanted)
{
	return s->listener >= 0 && wanted->text && os_address_equal(&s->address, &wanted->address);
}

void parent_control_status_rest(struct parent *p)
{
	struct parent_control_status *s = &p->control->status;
	s->expected = true;
	ev_timer_stop(p->loop, &s->again);
	if (s->process)
		mp_process_terminate(s->process);
}

void parent_control_status_leave(struct parent *p)
{
	close_listener(&p->control->status);
}

/* Each process has the configuration it was born with, so another one takes over in any case. */
void parent_control_status_update(struct parent *p)
{
	struct parent_control_status *s = &p->control->status;
	if (!is_same(s, &p->config->status_listen)) {
		close_listener(s);
		listen_at(s);
	}
	s->failed = 0;
	s->expected = true;
	if (s->process)
		mp_process_terminate(s->process);
	else
		start(s);
}

int32_t parent_control_status_pid(const struct parent *p)
{
	const struct mp_process *process = p->control->status.process;
	return process ? (int32_t)mp_process_pid(process) : 0;
}

bool parent_control_status_gone(struct parent *p, const struct mp_process *process)
{
	struct parent_control_status *s = &p->control->status;
	int code = 0;
	if (!s->process || s->process != process)
		return false;
	mp_process_exitcode(s->process, &code);
	struct wire_death death = {.role = WIRE_ROLE_STATUS,
		.reason = WIRE_REASONS,
		.age_ms = os_clock_ms() - s->born_ms,
		.generation = s->generation};
	parent_death_process(p, &death, s->process, s->expected);
	mp_process_close(s->process);
	s->process = NULL;
	if (s->expected) {
		start(s);
		return true;
	}
	s->failed = os_clock_ms() - s->born_ms < PARENT_BEAR_YOUNG_MS ? s->failed + 1 : 0;
	log_error("the process of StatusListen ended (%s %d); another one takes its place",
		code < 0 ? "signal" : "status", code < 0 ? -code : code);
	try_again(s);
	return true;
}

void parent_control_status_close(struct parent *p)
{
	struct parent_control_status *s = &p->control->status;
	ev_timer_stop(p->loop, &s->again);
	if (s->process) {
		mp_process_terminate(s->process);
		if (mp_process_join(s->process, END_S) < 0) {
			mp_process_kill(s->process);
			mp_process_join(s->process, END_S);
		}
		mp_process_close(s->process);
		s->process = NULL;
	}
	close_listener(s);
}
