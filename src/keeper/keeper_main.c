/*
 * keeper_main - birth, the loop, what the parent is told
 *
 * Runs in:  the keeper
 * Owns:     struct keeper
 * Errors:   the exit status; the parent starts another
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/keeper.h"

#include "keeper/keeper_entry.h"
#include "os/os_clock.h"
#include "os/os_process.h"
#include "wire/wire_confine.h"
#include "wire/wire_heritage.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EVENTS = 64, FDS_OWN = 64 /* that are no connections */, MOST = 1 << 20 };

static volatile sig_atomic_t asked; /* SIGTERM or SIGUSR1; 0: nothing */

static void on_signal(int number)
{
	if (asked != SIGTERM)
		asked = number;
}

/* They arrive while it waits and never else. */
static void hear_signals(sigset_t *while_waiting)
{
	sigset_t set;
	struct sigaction action = {.sa_handler = on_signal};
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, while_waiting);
	sigdelset(while_waiting, SIGTERM);
	sigdelset(while_waiting, SIGUSR1);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int watch(const struct keeper *k, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	return epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int prepare(struct keeper *k, const struct wire_heritage *h)
{
	struct rlimit limit;
	os_process_name("preforkd-keeper");
	list_init(&k->waiting);
	k->pair = h->listeners[0];
	k->crowd = h->crowd;
	k->page = h->page;
	k->soonest_ms = UINT64_MAX;
	k->taking = true;
	k->now_ms = os_clock_ms();
	k->told = (struct wire_keeping){.magic = WIRE_KEEPING_MAGIC, .pid = (int32_t)getpid()};
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return WIRE_EXIT_SICK;
	k->most = limit.rlim_cur > FDS_OWN + 1 ? (uint32_t)limit.rlim_cur - FDS_OWN : 1;
	if (limit.rlim_cur > MOST)
		k->most = MOST;
	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (k->epoll < 0 || watch(k, k->pair) < 0 || watch(k, mp_pipe_fileno(h->pipe)) < 0 ||
		wire_scoreboard_seal(h->scoreboard, h->scoreboard_fd) < 0)
		return WIRE_EXIT_SICK;
	if (wire_confine_become(h->identity, h->sandbox) < 0)
		return WIRE_EXIT_FATAL;
	/* Becoming somebody else takes that word back (prctl(2)); its pipe tells it too. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return wire_confine_enter(h->sandbox) < 0 ? WIRE_EXIT_SICK : 0;
}

/* Once a second, and ten times where anything changed. false: nobody is there to hear it. */
static bool tell(struct keeper *k, struct mp_pipe *parent)
{
	static struct wire_keeping last;
	static uint64_t told_ms;
	uint64_t since = k->now_ms - told_ms;
	if (since < WIRE_KEEPING_MS &&
		(since < WIRE_KEEPING_MS / 10 || memcmp(&last, &k->told, sizeof last) == 0))
		return true;
	last = k->told;
	told_ms = k->now_ms;
	return mp_pipe_send_bytes_timeout(parent, &last, sizeof last, 0) == 0 || errno != EPIPE;
}

static int wait_ms(const struct keeper *k)
{
	int due = keeper_hold_due(k);
	return due < 0 || due > WIRE_KEEPING_MS ? WIRE_KEEPING_MS : due;
}

/* What the events say; false: the parent is gone. */
static bool look(struct keeper *k, const struct epoll_event *events, int count, int parent)
{
	for (int i = 0; i < count; i++) {
		int fd = events[i].data.fd;
		if (fd == parent)
			return false;
		if (fd != k->pair) {
			keeper_hold_event(k, fd);
			continue;
		}
		if (events[i].events & EPOLLOUT)
			keeper_hold_pass(k);
		if (k->taking && events[i].events & ~EPOLLOUT && keeper_hold_take(k) < 0)
			return false;
	}
	return true;
}

static int run(struct keeper *k, const struct wire_heritage *h, const sigset_t *while_waiting)
{
	for (;;) {
		struct epoll_event events[EVENTS];
		int count = epoll_pwait(k->epoll, events, EVENTS, wait_ms(k), while_waiting);
		k->now_ms = os_clock_ms();
		if (!look(k, events, count, mp_pipe_fileno(h->pipe)))
			return WIRE_EXIT_ORPHAN;
		keeper_hold_expire(k);
		if (count <= 0)
			keeper_hold_pass(k);
		if (asked && k->taking)
			keeper_hold_no_more(k);
		if (asked == SIGTERM)
			keeper_hold_end(k);
		if (!k->taking && k->told.held == 0)
			return WIRE_EXIT_DONE;
		if (!tell(k, h->pipe))
			return WIRE_EXIT_ORPHAN;
	}
}

int keeper_main(void *args, size_t size)
{
	static struct keeper k; /* to the end of the process, which gives all of it back */
	struct buffer why = BUFFER_INIT;
	sigset_t while_waiting;
	const struct wire_heritage *h = wire_heritage_open(args, size, &why);
	if (!h || h->listener_count != 1 || !h->pipe) {
		log_crit("cannot start: %.*s", TEXT_ARGS(buffer_view(&why)));
		return WIRE_EXIT_FATAL;
	}
	hear_signals(&while_waiting);
	int code = prepare(&k, h);
	if (code) {
		log_crit("cannot start: %m");
		return code;
	}
	return run(&k, h, &while_waiting);
}
