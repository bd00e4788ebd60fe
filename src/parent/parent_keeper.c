/*
 * parent_keeper - the process that holds the idle connections of a classic pool
 *
 * Runs in:  the parent
 * Owns:     the pair, the keepers' processes and pipes
 * Errors:   see parent_keeper.h
 *
 * One keeper takes connections; those of earlier generations may still hold some, and end with the
 * last of them, as workers do. All speak to the same workers through the same pair, also where the
 * workers of today keep their connections themselves.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_keeper.h"

#include "base/apart.h"
#include "os/os_clock.h"
#include "os/os_rights.h"
#include "parent/parent_bear.h"
#include "parent/parent_sandbox.h"
#include "parent/parent_vigil.h"
#include "wire/wire_keeping.h"
#include "wire/wire_kept.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WAIT_MOST_MS = 10000, SILENT_S = 15, CLOSE_MS = 3000, REPORTS_TURN = 64 };

struct keeper {
	struct list link; /* in parent_keeping.keepers, the youngest last */
	struct parent *parent;
	struct mp_process *process;
	struct mp_pipe *pipe;
	ev_io reports;
	struct wire_keeping said;
	uint32_t page; /* of the crowd */
	uint64_t born_ms;
	uint32_t generation; /* that it was born in */
	struct parent_vigil vigil;
	bool heard;          /* since the last look */
	bool garbage;        /* it sent what is no report */
	uint64_t closing_ms; /* when it was told to close all; 0: it was not */
	bool stubborn;       /* it did not, and was killed */
	bool leaves;         /* takes no more */
};

struct parent_keeping {
	int pair[2];
	struct list keepers;
	struct wire_sandbox sandbox;
	unsigned failed; /* times in a row that it died young or was not born */
	ev_timer again;  /* when the next one is born */
};

/* ---- the scoreboard ---- */

static void show(const struct parent *p)
{
	uint32_t held = 0, waiting = 0;
	int32_t pid = 0;
	LIST_EACH(member, &p->keeping->keepers) { /* NOLINT: who was buried is not in it */
		const struct keeper *k = LIST_ENTRY(member, struct keeper, link);
		held += k->said.held;
		waiting += k->said.waiting;
		if (!k->leaves)
			pid = (int32_t)mp_process_pid(k->process);
	}
	p->board->kept = held;
	p->board->kept_waiting = waiting;
	p->board->keeper = pid;
}

static void on_reports(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)events;
	struct keeper *k = watch->data;
	for (int i = 0; i < REPORTS_TURN; i++) { /* one that never stops is not all there is */
		struct wire_keeping said;
		ssize_t n = mp_pipe_recv_bytes_into_timeout(k->pipe, &said, sizeof said, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT))
			break;
		if (n < 0 || !wire_keeping_valid(
				     &said, (size_t)n, (int32_t)mp_process_pid(k->process))) {
			ev_io_stop(loop, watch); /* its end is noticed by SIGCHLD */
			k->garbage = n >= 0 || errno != EPIPE;
			mp_process_kill(k->process);
			break;
		}
		k->said = said;
		k->heard = true;
	}
	show(k->parent);
}

/* ---- birth ---- */

static struct mp_process *bear(struct parent *p, struct mp_pipe *pipe, uint32_t page)
{
	struct parent_keeping *own = p->keeping;
	int kept[] = {own->pair[0], p->board_fd, mp_pipe_fileno(pipe), p->config->error_log_fd,
		own->sandbox.ruleset, p->crowd_fd};
	struct wire_heritage heritage = parent_bear_heritage(p);
	heritage.sandbox = &own->sandbox;
	heritage.page = page;
	heritage.crowd = p->crowd;
	heritage.crowd_fd = p->crowd_fd;
	heritage.pipe = pipe;
	heritage.listeners = &own->pair[0];
	heritage.listener_count = 1;
	return parent_bear("keeper", &heritage,
		(struct mp_process_options){
			.closure = own, .fds = kept, .fd_count = COUNT_OF(kept)});
}

/* The next one is born after a while that doubles with each failure in a row. */
static void try_again(struct parent *p)
{
	struct parent_keeping *own = p->keeping;
	ev_timer_stop(p->loop, &own->again);
	ev_timer_set(&own->again, parent_bear_again(own->failed, WAIT_MOST_MS), 0);
	ev_timer_start(p->loop, &own->again);
}

/* Of the crowd's pages for keepers, one that nobody has, as far as they go. */
static uint32_t free_page(const struct parent *p)
{
	for (uint32_t page = p->board->slots; page < p->board->slots + WIRE_CROWD_KEEPERS; page++) {
		bool taken = false;
		LIST_EACH(member, &p->keeping->keepers)
			taken |= LIST_ENTRY(member, struct keeper, link)->page == page;
		if (!taken)
			return page;
	}
	return UINT32_MAX; /* its connections count as nobody's */
}

static void start(struct parent *p)
{
	struct mp_pipe *ends[2] = {NULL, NULL};
	struct keeper *k = calloc(1, sizeof *k);
	if (k && mp_pipe_new(ends, true) == 0)
		k->process = bear(p, ends[1], k->page = free_page(p));
	int why = errno;
	mp_pipe_close(ends[1]);
	if (!k || !k->process) {
		mp_pipe_close(ends[0]);
		free(k);
		errno = why;
		log_error("cannot start the keeper: %m; workers keep idle connections themselves");
		p->keeping->failed++;
		try_again(p);
		return;
	}
	k->parent = p;
	k->pipe = ends[0];
	k->born_ms = os_clock_ms();
	k->generation = p->generation;
	parent_chronicle_helper(p, WIRE_ROLE_KEEPER, mp_process_pid(k->process));
	ev_io_init(&k->reports, on_reports, mp_pipe_fileno(k->pipe), EV_READ);
	k->reports.data = k;
	ev_io_start(p->loop, &k->reports);
	list_append(&p->keeping->keepers, &k->link);
	show(p);
}

static struct keeper *youngest(const struct parent *p)
{
	struct keeper *k = list_empty(&p->keeping->keepers)
				   ? NULL
				   : LIST_ENTRY(p->keeping->keepers.prev, struct keeper, link);
	return k && !k->leaves ? k : NULL;
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct parent *p = timer->data;
	ev_timer_stop(loop, timer);
	if (p->stop == PARENT_RUNNING && !p->resting && config_has_keeper(p->config) &&
		!youngest(p))
		start(p);
}

/* ---- the pair ---- */

static struct parent_keeping *make(const int pair[2])
{
	struct parent_keeping *own = calloc(1, sizeof *own);
	if (!own)
		return NULL;
	own->sandbox = WIRE_SANDBOX_NONE;
	list_init(&own->keepers);
	ev_timer_init(&own->again, on_again, 0, 0);
	memcpy(own->pair, pair, sizeof own->pair);
	return own;
}

void parent_keeper_adopt(struct parent *p, const int ends[2])
{
	p->keeping = make(ends);
	for (int i = 0; i < 2 && !p->keeping; i++)
		close(ends[i]);
}

void parent_keeper_ends(const struct parent *p, int ends[2])
{
	for (int i = 0; i < 2; i++)
		ends[i] = p->keeping ? p->keeping->pair[i] : -1;
}

int parent_keeper_socket(const struct parent *p)
{
	return p->keeping && p->config->process_model != CONFIG_FORK ? p->keeping->pair[1] : -1;
}

/* Somebody who has an end of it, and they all have the same, has shut it down: no worker does that
 * who is what it should be. Those of this generation get another. */
static void mend_pair(struct parent_keeping *own)
{
	int pair[2];
	struct pollfd look = {.fd = own->pair[0], .events = POLLRDHUP};
	if (poll(&look, 1, 0) <= 0 || !(look.revents & (POLLRDHUP | POLLHUP)) ||
		wire_kept_pair(pair) < 0)
		return;
	close(own->pair[0]);
	close(own->pair[1]);
	memcpy(own->pair, pair, sizeof own->pair);
}

void parent_keeper_update(struct parent *p)
{
	int pair[2];
	bool wanted = config_has_keeper(p->config);
	if (wanted && !p->keeping) {
		if (wire_kept_pair(pair) == 0 && !(p->keeping = make(pair)))
			os_rights_close(pair, 2);
		if (!p->keeping)
			log_error("cannot make the keeper's socket: %m; workers keep idle "
				  "connections themselves");
	}
	if (!p->keeping)
		return;
	mend_pair(p->keeping);
	p->keeping->again.data = p;
	/* A child for one request takes none: theirs are ended while they are idle. */
	parent_keeper_leave(p, p->config->process_model == CONFIG_FORK);
	parent_sandbox_free(&p->keeping->sandbox);
	p->keeping->failed = 0;
	if (!wanted)
		return;
	parent_sandbox_make_keeper(&p->keeping->sandbox, p->config);
	start(p);
}

/* ---- the end ---- */

void parent_keeper_leave(struct parent *p, bool close)
{
	if (!p->keeping)
		return;
	ev_timer_stop(p->loop, &p->keeping->again);
	LIST_EACH(member, &p->keeping->keepers) {
		struct keeper *k = LIST_ENTRY(member, struct keeper, link);
		if (close && !k->closing_ms) {
			k->closing_ms = os_clock_ms();
			mp_process_signal(k->process, SIGTERM);
		} else if (!k->leaves) {
			mp_process_signal(k->process, SIGUSR1);
		}
		k->leaves = true;
	}
	show(p);
}

bool parent_keeper_lives(const struct parent *p)
{
	return p->keeping && !list_empty(&p->keeping->keepers);
}

/* No keeper takes anything any more, and none that does will come: what workers handed over in that
 * very moment is theirs again; when all end, only a request that has begun. */
static void clear_pair(const struct parent *p)
{
	static char bytes[WIRE_KEPT_BYTES] APART;
	struct pollfd pair = {p->keeping->pair[0], POLLIN | POLLOUT, 0};
	struct wire_kept kept = {0};
	bool runs = p->stop == PARENT_RUNNING;
	int fd;
	if (p->resting || (runs ? config_has_keeper(p->config) : parent_keeper_lives(p)))
		return;
	while (poll(&pair, 1, 0) > 0 && (pair.revents & pair.events) == pair.events) {
		if (wire_kept_receive(pair.fd, &kept, bytes, &fd) < 0) {
			if (errno != EBADMSG && errno != EMFILE)
				return;
			continue;
		}
		if (kept.size || (runs && p->config->process_model != CONFIG_FORK))
			(void)wire_kept_send(pair.fd, &kept, bytes, fd);
		close(fd);
	}
}

/* Whoever was sent a connection has it by now. */
static bool is_empty(const int pair[2])
{
	for (int i = 0; i < 2; i++) {
		int unread = 0;
		if (ioctl(pair[i], SIOCOUTQ, &unread) < 0 || unread)
			return false;
	}
	return true;
}

static void record(const struct keeper *k, bool expected)
{
	struct wire_death death = {.role = WIRE_ROLE_KEEPER,
		.reason = k->garbage    ? WIRE_REASON_GARBAGE
			  : k->stubborn ? WIRE_REASON_STUBBORN
					: parent_vigil_reason(&k->vigil),
		.age_ms = os_clock_ms() - k->born_ms,
		.generation = k->generation,
		.open = k->said.held,
		.silent_ms = k->vigil.silent_s * 1000};
	parent_death_process(k->parent, &death, k->process, expected || k->stubborn);
}

static void bury(struct keeper *k)
{
	list_remove(&k->link);
	wire_crowd_clear(k->parent->crowd, k->page);
	ev_io_stop(k->parent->loop, &k->reports);
	mp_pipe_close(k->pipe);
	mp_process_close(k->process);
	free(k);
}

bool parent_keeper_gone(struct parent *p, struct mp_process *process)
{
	struct keeper *k = NULL;
	int code = 0;
	if (!p->keeping || mp_process_closure(process) != p->keeping)
		return false;
	LIST_EACH(member, &p->keeping->keepers)
		if (LIST_ENTRY(member, struct keeper, link)->process == process)
			k = LIST_ENTRY(member, struct keeper, link);
	ASSERT(k);
	mp_process_exitcode(process, &code);
	uint32_t held = k->said.held;
	/* A newborn may be told before it listens to signals. */
	bool expected = k->leaves && (code == 0 || code == -SIGTERM || code == -SIGUSR1);
	bool young = os_clock_ms() - k->born_ms < PARENT_BEAR_YOUNG_MS;
	record(k, expected);
	bury(k);
	show(p);
	if (!expected)
		log_error("the keeper ended (%s %d) with %u connections; another one takes its "
			  "place",
			code < 0 ? "signal" : "status", code < 0 ? -code : code, held);
	p->keeping->failed = expected || !young ? 0 : p->keeping->failed + 1;
	if (!expected)
		try_again(p);
	clear_pair(p);
	if (!parent_keeper_lives(p))
		parent_signals_kept(p);
	return true;
}

void parent_keeper_tick(struct parent *p)
{
	if (!p->keeping)
		return;
	uint64_t now = os_clock_ms();
	clear_pair(p);
	if (is_empty(p->keeping->pair))
		wire_crowd_settle(p->crowd);
	LIST_EACH(member, &p->keeping->keepers) {
		struct keeper *k = LIST_ENTRY(member, struct keeper, link);
		parent_vigil_look(&k->vigil, k->process, k->heard, SILENT_S, "keeper", "");
		k->heard = false;
		if (k->closing_ms && now - k->closing_ms >= CLOSE_MS) {
			k->stubborn = true;
			mp_process_kill(k->process);
		}
	}
}

void parent_keeper_close(struct parent *p)
{
	struct parent_keeping *own = p->keeping;
	if (!own)
		return;
	if (p->loop)
		ev_timer_stop(p->loop, &own->again);
	LIST_EACH(member, &own->keepers) {
		struct keeper *k = LIST_ENTRY(member, struct keeper, link);
		mp_process_kill(k->process);
		mp_process_join(k->process, 1);
		bury(k);
	}
	parent_sandbox_free(&own->sandbox);
	close(own->pair[0]);
	close(own->pair[1]);
	free(own);
	p->keeping = NULL;
}
