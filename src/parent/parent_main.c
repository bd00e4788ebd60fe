/*
 * parent_main - start, the loop, the end
 *
 * Runs in:  the parent
 * Owns:     struct parent and all it holds
 * Errors:   fatal only before the first worker is born: one line and exit status 1
 *
 * The parent listens, forks and learns; it serves nobody. Its loop sees signals, reports and, where
 * it accepts for others, the listeners; once a second it compares the pool with the policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"
#include "os/os_mutex.h"
#include "os/os_process.h"
#include "os/os_socket.h"
#include "os/os_address.h"
#include "parent/parent_control.h"
#include "parent/parent_entry.h"
#include "parent/parent_keeper.h"
#include "parent/parent_lab.h"
#include "parent/parent_loggers.h"
#include "parent/parent_logs.h"
#include "parent/parent_sandbox.h"
#include "parent/parent_starter.h"
#include "wire/wire_heritage.h"

#include <stdlib.h>
#include <unistd.h>

enum { ORPHANS_MS = 3000 };

void parent_view(const struct parent *p, struct parent_policy_view *view)
{
	*view = (struct parent_policy_view){.min_spare = p->config->min_spare_servers,
		.max_spare = p->config->max_spare_servers,
		.most = p->config->max_request_workers};
	LIST_EACH(member, &p->workers) {
		const struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (!w->old && w->life <= PARENT_LEAVING)
			view->workers++;
		view->spares += parent_life_is_spare(w);
	}
}

bool parent_bears(const struct parent *p)
{
	return p->stop == PARENT_RUNNING && !p->resting && p->config->process_model != CONFIG_FORK;
}

void parent_refill(struct parent *p)
{
	if (!parent_bears(p))
		return;
	struct parent_policy_view view;
	for (parent_view(p, &view); view.workers < p->config->start_servers; parent_view(p, &view))
		if (!parent_spawn_worker(p))
			break;
}

/* The spare that has least to lose: the youngest one without connections. */
static struct parent_worker *one_to_spare(const struct parent *p)
{
	struct parent_worker *found = NULL;
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (parent_life_is_spare(w) && w->life == PARENT_SERVING && w->open == 0)
			found = w;
	}
	return found;
}

static void keep_pool(struct parent *p)
{
	struct parent_policy_view view;
	parent_view(p, &view);
	struct parent_policy_step step = parent_policy_tick(&p->policy, &view, os_clock_ms());
	p->board->totals.full += step.full;
	if (step.full && !p->full_said) {
		p->full_said = true;
		log_warn("the server reached MaxRequestWorkers (%u): consider raising it",
			p->config->max_request_workers);
	}
	if (step.births >= 8)
		log_info("the server is busy: starting %u workers, %u are spare of %u", step.births,
			view.spares, view.workers);
	while (step.births-- > 0 && parent_spawn_worker(p))
		;
	struct parent_worker *leaves = step.farewells ? one_to_spare(p) : NULL;
	if (leaves) {
		leaves->farewell = WIRE_STATE_IDLE_STOP;
		leaves->why = WIRE_REASON_SPARE;
		parent_life_event(leaves, PARENT_LEAVE);
	}
}

/* Apache looks once a second. A pool whose last spare was just taken need not wait that long: the
 * same policy is asked again as soon as its newborns are taken too. */
static void on_look(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	struct parent *p = timer->data;
	struct parent_policy_view view;
	ev_timer_stop(loop, timer);
	parent_view(p, &view);
	if (parent_bears(p) && view.spares == 0)
		keep_pool(p);
}

void parent_look_soon(struct parent *p)
{
	if (!ev_is_active(&p->look) && p->config->process_model != CONFIG_FORK)
		ev_timer_again(p->loop, &p->look);
}

static void remind_leaving(struct parent *p)
{
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (w->life == PARENT_LEAVING)
			parent_life_event(w, PARENT_LEAVE);
	}
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	struct parent *p = timer->data;
	parent_life_reap(p); /* should a SIGCHLD ever go amiss */
	parent_watchdog(p);
	parent_sample(p);
	parent_shed(p);
	parent_upgrade_tick(p);
	parent_signals_tick();
	parent_keeper_tick(p);
	parent_starter_tick(p);
	parent_loggers_look(p);
	remind_leaving(p);
	unsigned limit = p->config->graceful_shutdown_timeout;
	if (p->stop == PARENT_STOPPING_GRACEFULLY && limit &&
		os_clock_ms() - p->stop_ms >= limit * 1000ull)
		parent_signals_end(p, false);
	if (parent_bears(p))
		keep_pool(p);
	parent_cover(p);
	parent_dispatch_room(p);
	parent_dispatch_late(p);
}

void parent_check_end(struct parent *p)
{
	if (p->stop != PARENT_RUNNING && list_empty(&p->workers) &&
		(!parent_keeper_lives(p) || p->stop == PARENT_STOPPING) &&
		(list_empty(&p->waiting) || p->stop == PARENT_STOPPING))
		ev_break(p->loop, EVBREAK_ALL);
}

int parent_make_mutex(struct parent *p)
{
	os_mutex_free(p->accept_mutex);
	p->accept_mutex = NULL;
	/* Where the parent accepts there is nobody to take turns, and who held the lock would wait
	 * for a connection that comes down the pipe of another. */
	if (p->config->accept_mutex == CONFIG_MUTEX_NONE || parent_accepts(p))
		return 0;
	static const enum os_mutex_kind kinds[] = {[CONFIG_MUTEX_FCNTL] = OS_MUTEX_FCNTL,
		[CONFIG_MUTEX_FLOCK] = OS_MUTEX_FLOCK,
		[CONFIG_MUTEX_PTHREAD] = OS_MUTEX_PTHREAD};
	p->accept_mutex = os_mutex_new(kinds[p->config->accept_mutex]);
	return p->accept_mutex ? 0 : -1;
}

/* Rows for every place the pool may have, and as many for workers of earlier generations. */
static int make_board(struct parent *p)
{
	uint32_t rows = p->config->server_limit * 2 + 16;
	p->board = wire_scoreboard_new(rows, &p->board_fd);
	p->diaries = wire_diary_new(rows, &p->diary_fd);
	p->rows = calloc(rows, sizeof *p->rows);
	p->pages = calloc(rows, sizeof *p->pages);
	p->covers = calloc(rows, sizeof *p->covers);
	if (!p->board || !p->rows || !p->diaries || !p->pages || !p->covers) {
		log_crit("cannot make the scoreboard: %m");
		return -1;
	}
	parent_status_open(p);
	return 0;
}

static int prepare(struct parent *p)
{
	if (parent_sandbox_shrink() < 0) {
		log_crit("cannot give up what it needs not: %m");
		return -1;
	}
	if (parent_identity(p->config, &p->identity, NULL) < 0)
		return -1;
	if (parent_logs_open(p->config) < 0)
		return -1;
	parent_room_cap(p->config);
	if (p->config->pid_file) {
		p->pid_path = strdup(p->config->pid_file); /* however the configuration changes */
		if (!p->pid_path)
			return -1;
		/* An heir gets it when it serves. */
		bool orphans = false;
		if (!p->heir && (p->pid_file = parent_pidfile_take(p->pid_path, 0, &orphans)) < 0)
			return -1;
		p->listeners.wait_ms = orphans ? ORPHANS_MS : 0;
	}
	if (parent_listen_update(&p->listeners, p->config) < 0 || make_board(p) < 0)
		return -1;
	p->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (!p->loop || parent_make_mutex(p) < 0) {
		log_crit("cannot start: %m");
		return -1;
	}
	parent_stop_timer(p);
	ev_timer_init(&p->look, on_look, 0, 0.01);
	p->look.data = p;
	ev_timer_init(&p->tick, on_tick, 1, 1);
	p->tick.data = p;
	if (parent_signals_start(p) < 0 || parent_dispatch_start(p) < 0) {
		log_crit("cannot start: %m");
		return -1;
	}
	return 0;
}

/* Whoever started it in a terminal reads where to go; of Listen 0, what the kernel chose. */
static void say_where(const struct parent *p)
{
	struct os_address at;
	for (size_t i = 0; i < p->listeners.count; i++)
		if ((i == 0 || !os_address_equal(&p->listeners.list[i].address,
				       &p->listeners.list[i - 1].address)) &&
			os_socket_name(p->listeners.list[i].fd, &at) == 0)
			log_line(LOG_AREA, LOG_NOTICE, "serving %s on http://localhost:%u/",
				p->config->host.document_root, os_address_port(&at));
}

static void clean_up(struct parent *p)
{
	parent_upgrade_close(p);
	parent_heir_close(p);
	parent_listen_close(&p->listeners);
	parent_dispatch_close(p);
	if (p->pid_path)
		parent_pidfile_give(p->pid_path, p->pid_file);
	free(p->pid_path);
	parent_lab_close(p);
	parent_control_close(p);
	parent_keeper_close(p);
	parent_starter_close(p);
	parent_crowd_close(p);
	if (p->queue)
		mp_queue_close(p->queue);
	os_mutex_free(p->accept_mutex);
	parent_sandbox_free(&p->sandbox);
	if (p->loop) {
		parent_dispatch_stop(p);
		ev_loop_destroy(p->loop);
	}
	free(p->rows);
	free(p->pages);
	free(p->covers);
	if (p->board_fd >= 0)
		close(p->board_fd);
	if (p->diary_fd >= 0)
		close(p->diary_fd);
	parent_logs_close(p->config);
	parent_loggers_end();
	config_free(p->config);
}

static void run(struct parent *p)
{
	parent_chronicle(p, WIRE_EVENT_START,
		p->config->process_model == CONFIG_FORK ? 0 : p->config->start_servers,
		p->config->process_model);
	parent_crowd_update(p);
	parent_keeper_update(p);
	parent_starter_update(p);
	parent_lab_update(p);
	parent_refill(p);
	parent_control_open(p);
	p->listeners.wait_ms = 0; /* whoever serves already does not stand still for a port */
	if (p->config->process_model == CONFIG_FORK)
		parent_heir_serves(p);
	ev_timer_start(p->loop, &p->tick);
	parent_notify("READY=1\nMAINPID=%d", (int)getpid());
	ev_run(p->loop, 0);
	log_notice("stopped");
	parent_signals_stop(p);
}

int parent_main(struct config *config, const struct config_source *source, char **arguments,
	bool foreground)
{
	struct parent p = {.config = config,
		.source = source,
		.arguments = arguments,
		.pid_file = -1,
		.board_fd = -1,
		.diary_fd = -1,
		.crowd_fd = -1,
		.sandbox = WIRE_SANDBOX_NONE};
	list_init(&p.workers);
	list_init(&p.waiting);
	parent_policy_init(&p.policy);
	int status = parent_heir_open(&p) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	/* An heir is a daemon already if the one before it was. */
	bool splits = !foreground && !p.heir;
	int word = splits && status == EXIT_SUCCESS ? os_process_daemon() : -1;
	if (splits && word < 0 && status == EXIT_SUCCESS) {
		log_crit("cannot become a daemon: %m");
		status = EXIT_FAILURE;
	}
	if (status == EXIT_SUCCESS && prepare(&p) < 0)
		status = EXIT_FAILURE;
	if (status == EXIT_SUCCESS) {
		if (foreground && !p.heir)
			say_where(&p);
		wire_heritage_logs(p.config);
		log_notice("%s started as process %d", config_server_name(CONFIG_TOKENS_FULL),
			(int)getpid());
		parent_room_say(p.config);
		parent_sandbox_renew(&p);
	}
	if (word >= 0)
		os_process_ready(word, status);
	if (status == EXIT_SUCCESS)
		run(&p);
	clean_up(&p);
	return status;
}
