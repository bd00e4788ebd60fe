/*
 * parent_signals - what each signal means
 *
 * Runs in:  the parent; libev turns each signal into a callback of the loop, so nothing here runs
 *           inside a signal handler
 * Owns:     the watchers
 * Errors:   a configuration that cannot be read leaves everything as it is
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "parent/parent_control.h"
#include "parent/parent_keeper.h"
#include "parent/parent_lab.h"
#include "parent/parent_logs.h"
#include "parent/parent_starter.h"
#include "wire/wire_heritage.h"

#include <stdlib.h>
#include <unistd.h>

/* What is wished at a wrong moment. A storm of signals is no reason for one of lines: each is said
 * once a second at most, with how often it was wished. */
static struct {
	const char *why;
	unsigned wished; /* since it was last said */
	struct log_throttle throttle;
} refusals[] = {
	[PARENT_REFUSAL_RESTART] = {"no restart during an upgrade", 0, {0}},
	[PARENT_REFUSAL_UPGRADE] = {"upgrade: one is under way already", 0, {0}},
	[PARENT_REFUSAL_CONTAINER] = {"upgrade: process 1 of a container cannot be replaced; start "
				      "a new one",
		0, {0}},
};

static void say_refusal(enum parent_refusal of)
{
	if (!log_once_a_second(&refusals[of].throttle))
		return;
	if (refusals[of].wished > 1)
		log_warn("%s (wished %u times)", refusals[of].why, refusals[of].wished);
	else
		log_warn("%s", refusals[of].why);
	refusals[of].wished = 0;
}

void parent_signals_refuse(enum parent_refusal of)
{
	refusals[of].wished++;
	say_refusal(of);
}

void parent_signals_tick(void)
{
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (refusals[i].wished)
			say_refusal((enum parent_refusal)i);
}

static struct config *read_again(struct parent *p)
{
	struct buffer error = BUFFER_INIT, names = BUFFER_INIT;
	struct os_identity identity = p->identity;
	struct config *fresh = config_load(p->source, &error);
	if (!fresh) {
		log_error("%.*s", TEXT_ARGS(buffer_view(&error)));
		log_error("the configuration was not taken: all goes on as it was");
		goto done;
	}
	parent_room_cap(fresh);
	if (config_needs_stop(p->config, fresh, &names)) {
		if (!parent_lab_switches(p)) {
			log_warn("these take effect only after stop and start: %.*s",
				TEXT_ARGS(buffer_view(&names)));
			fresh->process_model = p->config->process_model;
			fresh->start_method = p->config->start_method;
		}
		fresh->pid_file = p->pid_path;
		fresh->server_limit = p->config->server_limit;
		if (fresh->max_request_workers > fresh->server_limit)
			fresh->max_request_workers = fresh->server_limit;
		if (fresh->start_servers > fresh->max_request_workers)
			fresh->start_servers = fresh->max_request_workers;
	}
	if (parent_identity(fresh, &identity, p->config) < 0 || parent_logs_open(fresh) < 0 ||
		parent_listen_update(&p->listeners, fresh) < 0) {
		log_error("the configuration was not taken: all goes on as it was");
		parent_logs_close(fresh);
		config_free(fresh);
		fresh = NULL;
	} else {
		p->identity = identity;
	}
done:
	buffer_free(&error);
	buffer_free(&names);
	return fresh;
}

void parent_signals_generation(struct parent *p)
{
	LIST_EACH(member, &p->workers)
		parent_spawn_make_way(LIST_ENTRY(member, struct parent_worker, link));
	p->generation++;
	p->ready = 0;
	parent_lab_update(p);
	parent_policy_init(&p->policy);
	parent_status_open(p);
	parent_control_update(p);
	parent_crowd_update(p);
	parent_keeper_update(p);
	parent_starter_update(p);
	if (parent_dispatch_start(p) < 0)
		log_error("cannot watch the listeners: %m");
}

static void take(struct parent *p, struct config *fresh)
{
	struct config *old = p->config;
	parent_dispatch_stop(p);
	ev_io_stop(p->loop, &p->queue_watch);
	p->config = fresh;
	if (parent_make_mutex(p) < 0)
		log_error("cannot make the AcceptMutex, so there is none: %m");
	wire_heritage_logs(fresh);
	parent_room_say(fresh);
	parent_sandbox_renew(p);
	parent_logs_close(old);
	config_free(old);
	parent_signals_generation(p);
}

void parent_signals_restart(struct parent *p, bool graceful)
{
	if (p->stop != PARENT_RUNNING)
		return;
	if (p->upgrade) {
		parent_signals_refuse(PARENT_REFUSAL_RESTART);
		return;
	}
	parent_notify("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)os_clock_us());
	struct config *fresh = read_again(p);
	parent_notify("READY=1");
	if (!fresh)
		return;
	take(p, fresh);
	parent_chronicle(p, WIRE_EVENT_GENERATION, graceful, p->config->process_model);
	bool now = !graceful || p->config->process_model == CONFIG_FORK;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->old && now)
			parent_life_event(w, graceful ? PARENT_LEAVE : PARENT_END);
	}
	parent_refill(p);
	/* Last, so that who reads it finds that generation on the scoreboard, and nobody of the one
	 * before a hard restart who was not told to end. */
	log_notice(
		"%s restart: generation %u begins", graceful ? "graceful" : "hard", p->generation);
}

static void end_workers(struct parent *p, bool graceful)
{
	LIST_EACH(member, &p->workers)
		parent_life_event(LIST_ENTRY(member, struct parent_worker, link),
			graceful ? PARENT_LEAVE : PARENT_END);
}

void parent_signals_end(struct parent *p, bool graceful)
{
	enum parent_stop wish = graceful ? PARENT_STOPPING_GRACEFULLY : PARENT_STOPPING;
	if (p->stop == PARENT_STOPPING || p->stop == wish)
		return;
	log_notice(graceful ? "stopping when every connection is served" : "stopping");
	p->stop = wish;
	parent_chronicle(p, WIRE_EVENT_STOP, graceful, 0);
	p->stop_ms = os_clock_ms();
	if (!p->resting)
		parent_notify("STOPPING=1");
	parent_dispatch_stop(p);
	if (graceful)
		parent_dispatch_flush(p);
	parent_upgrade_close(p);
	/* What a keeper passes on at its end wants a worker. One whose successor serves may take
	 * its time: the successor's workers read from it too. */
	parent_keeper_leave(p, !p->resting);
	if (!graceful || p->resting || !parent_keeper_lives(p))
		end_workers(p, graceful);
	parent_listen_close(&p->listeners); /* who comes now is refused, and need not wait */
	parent_check_end(p);
}

void parent_signals_kept(struct parent *p)
{
	if (p->stop == PARENT_STOPPING_GRACEFULLY)
		end_workers(p, true);
	parent_check_end(p);
}

static void on_stop(struct parent *p)
{
	parent_signals_end(p, false);
}

static void on_graceful_stop(struct parent *p)
{
	parent_signals_end(p, true);
}

static void on_restart(struct parent *p)
{
	parent_signals_restart(p, false);
}

static void on_graceful(struct parent *p)
{
	parent_signals_restart(p, true);
}

static void on_upgrade(struct parent *p)
{
	parent_upgrade(p);
}

static const struct {
	int number;
	void (*act)(struct parent *);
} signals[] = {
	{SIGCHLD, parent_life_reap},
	{SIGTERM, on_stop},
	{SIGINT, on_stop},
	{SIGHUP, on_restart},
	{SIGUSR1, on_graceful},
	{SIGWINCH, on_graceful_stop},
	{SIGUSR2, on_upgrade},
};

static ev_signal watchers[COUNT_OF(signals)];

static void on_signal(struct ev_loop *loop, ev_signal *watch, int events)
{
	(void)loop;
	(void)events;
	signals[watch - watchers].act(watch->data);
}

int parent_signals_start(struct parent *p)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* write(2) says so too: EFBIG */
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		ev_signal_init(&watchers[i], on_signal, signals[i].number);
		watchers[i].data = p;
		ev_signal_start(p->loop, &watchers[i]);
	}
	return 0;
}

void parent_signals_stop(struct parent *p)
{
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		ev_signal_stop(p->loop, &watchers[i]);
}
