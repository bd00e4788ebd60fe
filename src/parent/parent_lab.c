/*
 * parent_lab - what the lab may have the parent do
 *
 * Runs in:  the parent
 * Owns:     see parent_lab.h
 * Errors:   an ask that makes no sense is dropped; a switch that gives no valid configuration is
 *           taken back
 *
 * A child asks, and nothing but the verbs of wire/asks.def with their bounds is heard: whoever took
 * a worker over gains no more than the lab's own visitors have. What is switched is kept as
 * directives that are read behind the configuration, as if they were given with -c; no file is
 * written. An upgrade hands them on.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_lab.h"

#include "os/os_address.h"
#include "os/os_clock.h"
#include "wire/wire_ask.h"
#include "wire/wire_command.h"
#include "wire/wire_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ASKS_TURN = 8, LINE = 48, LINES = 9, WORDS = 128, POOL_MOST = 64, SECRET = 16 };

struct parent_lab {
	struct mp_pipe *ends[2]; /* asks are read from the first and written to the second */
	ev_io io;
	char secret[WIRE_LAB_TOKEN];
	struct mp_process *load;
	uint64_t load_ms;        /* when it was born */
	char lines[LINES][LINE]; /* directives that were switched; "" is free */
	const struct config_source *own;
	struct config_source source; /* own, with the lines behind it */
	const char *after[WORDS + LINES + 1];
	bool switching;
};

int parent_lab_fd(const struct parent *p)
{
	return p->lab && p->lab->ends[1] ? mp_pipe_fileno(p->lab->ends[1]) : -1;
}

bool parent_lab_switches(const struct parent *p)
{
	return p->lab && p->lab->switching;
}

/* --- signals to workers --- */

static void signal_slot(struct parent *p, uint32_t slot, int number)
{
	struct parent_worker *w = slot < p->board->slots ? p->rows[slot] : NULL;
	if (w)
		mp_process_signal(w->process, number);
}

static void signal_all(struct parent *p, int number)
{
	LIST_EACH(member, &p->workers)
		mp_process_signal(LIST_ENTRY(member, struct parent_worker, link)->process, number);
}

static void hang(struct parent *p, uint32_t slot)
{
	struct wire_command command = {.magic = WIRE_COMMAND_MAGIC, .verb = WIRE_HANG};
	struct parent_worker *w = slot < p->board->slots ? p->rows[slot] : NULL;
	if (!w || !w->pipe || w->life != PARENT_SERVING)
		return;
	if (mp_pipe_send_bytes_timeout(w->pipe, &command, sizeof command, 0) == 0 && w->spoke)
		mp_process_signal(w->process, WIRE_DOORBELL);
}

/* --- load --- */

static void end_load(struct parent *p)
{
	if (p->lab->load)
		mp_process_terminate(p->lab->load);
}

/* The first address that is listened on, as a client on this machine reaches it. */
static bool find_target(const struct parent *p, struct wire_load_options *o)
{
	if (!p->listeners.count)
		return false;
	o->to = p->listeners.list[0].address;
	socklen_t size = sizeof o->to.of;
	if (getsockname(p->listeners.list[0].fd, &o->to.of.any, &size) < 0)
		return false;
	o->to.size = size;
	if (o->to.of.any.sa_family == AF_INET && o->to.of.v4.sin_addr.s_addr == INADDR_ANY)
		o->to.of.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (o->to.of.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&o->to.of.v6.sin6_addr))
		o->to.of.v6.sin6_addr = in6addr_loopback;
	os_address_format(&o->to, o->host);
	return true;
}

static void start_load(struct parent *p, uint32_t clients, bool slow)
{
	struct wire_load h = {.identity = p->identity,
		.options = {.clients = clients,
			.seconds = WIRE_LOAD_LAB_SECONDS,
			.slow = slow,
			.path = "/"}};
	if (p->lab->load || !clients || !find_target(p, &h.options))
		return; /* one at a time */
	struct mp_process_options options = {
		.context = mp_get_context("fork"), .name = "load", .daemon = true};
	p->lab->load_ms = os_clock_ms();
	p->lab->load = mp_process_new_named("load", &h, sizeof h, &options);
	if (p->lab->load && mp_process_start(p->lab->load) < 0) {
		log_error("cannot start the load: %m");
		mp_process_close(p->lab->load);
		p->lab->load = NULL;
	}
}

bool parent_lab_gone(struct parent *p, struct mp_process *process)
{
	int code = 0;
	if (!p->lab || !process || p->lab->load != process)
		return false;
	mp_process_exitcode(process, &code);
	struct wire_death death = {.role = WIRE_ROLE_LOAD,
		.reason = WIRE_REASONS,
		.age_ms = os_clock_ms() - p->lab->load_ms,
		.generation = p->generation};
	parent_death_process(p, &death, process, code == 0 || code == -SIGTERM);
	mp_process_close(process);
	p->lab->load = NULL;
	parent_chronicle(p, WIRE_EVENT_LAB_ENDED, code, 0);
	return true;
}

/* --- switches --- */

static void override(struct parent_lab *lab, const char *name, const char *value)
{
	size_t size = strlen(name), free_line = LINES;
	for (size_t i = LINES; i-- > 0;) {
		if (strncmp(lab->lines[i], name, size) == 0 && lab->lines[i][size] == ' ') {
			free_line = i;
			break;
		}
		if (!lab->lines[i][0])
			free_line = i;
	}
	if (free_line < LINES)
		snprintf(lab->lines[free_line], LINE, "%s %s", name, value);
}

static void override_number(struct parent_lab *lab, const char *name, unsigned value)
{
	char digits[16];
	snprintf(digits, sizeof digits, "%u", value);
	override(lab, name, digits);
}

static void choose(struct parent_lab *lab, const char *name, const struct wire_ask *ask)
{
	char value[LINE];
	struct text choice = wire_ask_choice(ask->verb, ask->value);
	snprintf(value, sizeof value, "%.*s", TEXT_ARGS(choice));
	override(lab, name, value);
}

static void use_lines(struct parent *p)
{
	struct parent_lab *lab = p->lab;
	size_t count = 0;
	for (; lab->own->after && lab->own->after[count] && count < WORDS; count++)
		lab->after[count] = lab->own->after[count];
	for (size_t i = 0; i < LINES; i++)
		if (lab->lines[i][0])
			lab->after[count++] = lab->lines[i];
	lab->after[count] = NULL;
	lab->source = *lab->own;
	lab->source.after = lab->after;
	p->source = &lab->source;
}

static struct config *load(const struct parent *p)
{
	struct buffer error = BUFFER_INIT;
	struct config *fresh = config_load(p->source, &error);
	if (!fresh)
		log_error("the lab: %.*s", TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	return fresh;
}

static bool is_good(const struct parent *p)
{
	struct config *fresh = load(p);
	if (fresh)
		config_free(fresh);
	return fresh != NULL;
}

static void resize(struct parent *p, int by)
{
	const struct config *c = p->config;
	unsigned room = c->max_spare_servers - c->min_spare_servers;
	unsigned n = c->start_servers + (unsigned)by;
	if (n < 1 || n > POOL_MOST || n > c->server_limit)
		return;
	/* A pool that cannot grow by itself stays one. */
	if (n > c->max_request_workers || c->start_servers == c->max_request_workers)
		override_number(p->lab, "MaxRequestWorkers", n);
	override_number(p->lab, "StartServers", n);
	override_number(p->lab, "MinSpareServers", n);
	override_number(p->lab, "MaxSpareServers", n + room);
}

static void switch_to(struct parent *p, const struct wire_ask *ask)
{
	struct parent_lab *lab = p->lab;
	char before[LINES][LINE];
	memcpy(before, lab->lines, sizeof before);
	if (ask->verb == WIRE_ASK_GROW || ask->verb == WIRE_ASK_SHRINK)
		resize(p, ask->verb == WIRE_ASK_GROW ? 1 : -1);
	else if (ask->verb == WIRE_ASK_MODEL)
		choose(lab, "ProcessModel", ask);
	else if (ask->verb == WIRE_ASK_CONNECTIONS)
		override_number(lab, "WorkerConnections", ask->value ? ask->value : 1);
	else if (ask->verb == WIRE_ASK_METHOD)
		choose(lab, "StartMethod", ask);
	else if (ask->verb == WIRE_ASK_MUTEX)
		choose(lab, "AcceptMutex", ask);
	else if (ask->verb == WIRE_ASK_KEEPER)
		choose(lab, "KeepAliveKeeper", ask);
	else if (ask->verb == WIRE_ASK_RESET)
		memset(lab->lines, 0, sizeof lab->lines);
	use_lines(p);
	if (!is_good(p)) {
		memcpy(lab->lines, before, sizeof before);
		use_lines(p);
		return;
	}
	lab->switching = true;
	parent_signals_restart(p, true);
	if (p->lab) /* the configuration may have no lab any more */
		p->lab->switching = false;
}

/* --- asks --- */

static void obey(struct parent *p, const struct wire_ask *ask)
{
	parent_chronicle(p, WIRE_EVENT_LAB, ask->verb, ask->value);
	switch (ask->verb) {
	case WIRE_ASK_KILL:
		signal_slot(p, ask->value, SIGKILL);
		break;
	case WIRE_ASK_STOP:
		signal_slot(p, ask->value, SIGSTOP);
		break;
	case WIRE_ASK_CONTINUE:
		signal_slot(p, ask->value, SIGCONT);
		break;
	case WIRE_ASK_HANG:
		hang(p, ask->value);
		break;
	case WIRE_ASK_STOP_ALL:
		signal_all(p, SIGSTOP);
		break;
	case WIRE_ASK_CONTINUE_ALL:
		signal_all(p, SIGCONT);
		break;
	case WIRE_ASK_LOAD:
	case WIRE_ASK_SLOW:
		start_load(p, ask->value, ask->verb == WIRE_ASK_SLOW);
		break;
	case WIRE_ASK_LOAD_END:
		end_load(p);
		break;
	default:
		switch_to(p, ask);
		break;
	}
}

static void on_ask(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	(void)events;
	struct parent *p = watch->data;
	for (int i = 0; i < ASKS_TURN && p->lab; i++) {
		struct wire_ask ask;
		char bytes[sizeof ask + 1]; /* one more: what is longer shows */
		ssize_t n =
			recv(mp_pipe_fileno(p->lab->ends[0]), bytes, sizeof bytes, MSG_DONTWAIT);
		if (n < 0)
			return;
		if (!wire_ask_valid(bytes, (size_t)n) || p->stop != PARENT_RUNNING || p->upgrade)
			continue;
		memcpy(&ask, bytes, sizeof ask);
		obey(p, &ask);
	}
}

/* --- open and closed --- */

static int make_secret(char to[WIRE_LAB_TOKEN])
{
	unsigned char bytes[SECRET];
	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return -1;
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/* An upgrade brought one without ends, with lines that count already. */
static void open_lab(struct parent *p)
{
	struct parent_lab *lab = p->lab ? p->lab : calloc(1, sizeof *lab);
	if (!lab || make_secret(lab->secret) < 0 || mp_pipe_new(lab->ends, false) < 0) {
		log_error("there is no lab: %m");
		if (lab && !p->lab)
			free(lab);
		return;
	}
	if (!p->lab)
		lab->own = p->source;
	memcpy(p->board->lab_token, lab->secret, sizeof lab->secret);
	p->lab = lab;
	ev_io_init(&lab->io, on_ask, mp_pipe_fileno(lab->ends[0]), EV_READ);
	lab->io.data = p;
	ev_io_start(p->loop, &lab->io);
	log_notice(
		"LabControls On: whoever sits at this machine can kill workers and switch models "
		"on the status page");
}

void parent_lab_close(struct parent *p)
{
	struct parent_lab *lab = p->lab;
	if (!lab)
		return;
	if (lab->ends[0]) {
		ev_io_stop(p->loop, &lab->io);
		mp_pipe_close(lab->ends[0]);
		mp_pipe_close(lab->ends[1]);
		memset(p->board->lab_token, 0, sizeof p->board->lab_token);
	}
	if (lab->load) {
		mp_process_kill(lab->load);
		mp_process_join(lab->load, 1);
		mp_process_close(lab->load);
	}
	p->source = lab->own;
	p->lab = NULL;
	free(lab);
}

void parent_lab_update(struct parent *p)
{
	if (p->config->lab_controls && parent_lab_fd(p) < 0)
		open_lab(p);
	else if (!p->config->lab_controls)
		parent_lab_close(p);
}

void parent_lab_lines(const struct parent *p, char to[WIRE_SUCCESSION_LAB])
{
	size_t used = 0;
	*to = '\0';
	for (size_t i = 0; p->lab && i < LINES; i++) {
		const char *line = p->lab->lines[i];
		size_t name = strcspn(line, " ");
		if (*line)
			used += (size_t)snprintf(to + used, WIRE_SUCCESSION_LAB - used, "%s%.*s:%s",
				used ? "," : "", (int)name, line, line + name + 1);
	}
}

void parent_lab_adopt(struct parent *p, const char *lines)
{
	struct parent_lab *lab = *lines && p->config->lab_controls ? calloc(1, sizeof *lab) : NULL;
	if (!lab)
		return;
	struct text rest = text_of(lines);
	for (size_t i = 0; rest.at && i < LINES; i++) {
		struct text value = text_split(&rest, ','), name = text_split(&value, ':');
		snprintf(lab->lines[i], LINE, "%.*s %.*s", TEXT_ARGS(name), TEXT_ARGS(value));
	}
	lab->own = p->source;
	p->lab = lab;
	use_lines(p);
	struct config *fresh = load(p);
	if (fresh) {
		config_free(p->config);
		p->config = fresh;
	} else {
		p->source = lab->own;
		p->lab = NULL;
		free(lab);
	}
}
