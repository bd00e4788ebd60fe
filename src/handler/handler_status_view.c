/*
 * handler_status_view - all that the status shows, looked at once
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     see handler_status_view.h
 * Errors:   NULL: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_view.h"

#include "base/assert.h"
#include "os/os_clock.h"
#include "os/os_proc.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

enum { TRIES = 100 };

static void copy_rows(struct handler_status_view *v, const struct wire_scoreboard *board)
{
	for (uint32_t i = 0; i < v->rows; i++)
		wire_scoreboard_read(board, i, &v->row[i]);
	wire_scoreboard_totals(board, &v->totals);
}

/* A process that ends moves what it did from its row to the totals, both within one change of the
 * totals: a copy during which these did not change counts nothing twice and loses nothing. */
static void copy_whole(struct handler_status_view *v, const struct wire_scoreboard *board)
{
	struct wire_look look = {0};
	while (wire_scoreboard_look(&board->totals_sequence, &look)) {
		copy_rows(v, board);
		if (wire_scoreboard_same(&board->totals_sequence, &look))
			return;
	}
	copy_rows(v, board);
}

int64_t handler_status_view_since(const struct handler_status_view *v, int64_t ms)
{
	return v->clock_ms > ms ? (v->clock_ms - ms) / 1000 : 0;
}

static void copy_server(struct handler_status_view *v, const struct wire_scoreboard *board)
{
	v->parent = board->parent;
	v->predecessor = board->predecessor;
	v->successor = board->successor;
	v->status_process = board->status_process;
	v->forkserver = board->forkserver;
	v->keeper = board->keeper;
	v->starter = board->starter;
	v->programs = board->programs;
	v->starter_silent_s = board->starter_silent_s;
	v->kept = board->kept;
	v->kept_waiting = board->kept_waiting;
	v->generation = board->generation;
	v->process_model = board->process_model;
	memcpy(v->sandbox, board->sandbox, sizeof v->sandbox - 1); /* its end stays */
	v->started = board->started;
	v->restarted = board->restarted;
	v->uptime = handler_status_view_since(v, board->started_ms);
	v->places = board->limit;
	v->queue = board->queue;
	v->queue_limit = board->queue_limit;
	v->young_dead = board->young_dead;
	v->births_wait_ms = board->births_wait_ms;
}

/* The counts are how many there ever were: they number the copies. */
static void copy_rings(struct handler_status_view *v, const struct wire_scoreboard *board)
{
	for (int i = 0; i < TRIES; i++) {
		v->death_count = board->death_count;
		v->deaths = wire_scoreboard_deaths(board, v->death);
		v->sample_count = board->sample_count;
		v->samples = wire_scoreboard_samples(board, v->sample);
		atomic_thread_fence(memory_order_acquire);
		if (v->death_count == board->death_count && v->sample_count == board->sample_count)
			return;
	}
}

static void count_row(struct handler_status_view *v, const struct wire_slot *row)
{
	wire_counts_add(&v->counts, &row->counts);
	wire_latency_add(&v->latency, &row->latency);
	if (row->state < WIRE_STATES)
		v->by_state[row->state]++;
	if (row->state == WIRE_STATE_OPEN)
		return;
	v->processes++;
	v->open += row->open;
	v->open_idle += row->idle;
	v->memory += row->memory;
	v->pss += row->pss_kib * 1024ull;
	v->pss_unknown += !row->pss_kib;
	v->leaving += row->state == WIRE_STATE_GRACEFUL;
	v->busy += wire_state_busy(row->state);
	v->idle += row->state == WIRE_STATE_READY;
}

/* sysinfo(2) needs no file, so a worker in its sandbox can ask too. */
static void ask_load(double load[3])
{
	struct sysinfo info;
	bool known = sysinfo(&info) == 0;
	for (size_t i = 0; i < 3; i++)
		load[i] = known ? (double)info.loads[i] / (1 << SI_LOAD_SHIFT) : -1;
}

/* The rows, of which there may be more by the time they have been copied. */
static bool take_rows(struct handler_status_view *v, const struct wire_scoreboard *board)
{
	for (int i = 0; i < TRIES && (!v->row || board->used > v->rows); i++) {
		free(v->row);
		v->rows = board->used < board->slots ? board->used : board->slots;
		v->row = calloc(v->rows + 1, sizeof *v->row);
		if (!v->row)
			return false;
		copy_whole(v, board);
	}
	return true;
}

struct handler_status_view *handler_status_view_take(const struct config *config,
	const struct wire_scoreboard *board, struct text name, int64_t now)
{
	struct handler_status_view *v = calloc(1, sizeof *v);
	if (!v || !take_rows(v, board)) {
		free(v);
		return NULL;
	}
	v->config = config;
	v->name = config->host.server_name ? text_of(config->host.server_name)
		  : name.size              ? name
					   : TEXT("localhost");
	v->now = now;
	v->clock_ms = (int64_t)os_clock_ms();
	copy_server(v, board);
	copy_rings(v, board);
	v->events = wire_chronicle_read(&board->chronicle, v->event, &v->event_count);
	v->counts = v->totals.gone;
	v->latency = v->totals.latency;
	for (uint32_t i = 0; i < v->rows; i++)
		count_row(v, &v->row[i]);
	v->open += v->kept;
	v->open_idle += v->kept;
	struct stat st;
	v->manual = fstatat(config->host.root_fd, "manual/status.html", &st, 0) == 0;
	ask_load(v->load);
	return v;
}

void handler_status_view_probe(struct handler_status_view *v)
{
	if (!v->held)
		v->held = calloc(v->rows + 1, 1);
	v->held_count = 0;
	for (uint32_t i = 0; v->held && i < v->rows; i++) {
		bool alive = v->row[i].state != WIRE_STATE_OPEN && v->row[i].pid > 0;
		char state = alive ? os_proc_state(v->row[i].pid) : 0;
		v->held[i] = state == 'T' || state == 't';
		v->held_count += v->held[i] != 0;
	}
}

void handler_status_view_free(struct handler_status_view *view)
{
	if (view) {
		free(view->row);
		free(view->held);
	}
	free(view);
}

const char *handler_status_view_model(const struct handler_status_view *view)
{
	static const char *const models[] = {[CONFIG_PREFORK] = "prefork",
		[CONFIG_FORK] = "fork",
		[CONFIG_DISPATCH] = "dispatch"};
	return view->process_model < COUNT_OF(models) ? models[view->process_model] : "unknown";
}

const char *handler_status_view_start_method(const struct handler_status_view *view)
{
	static const char *const methods[] = {[CONFIG_START_FORK] = "fork",
		[CONFIG_START_SPAWN] = "spawn",
		[CONFIG_START_FORKSERVER] = "forkserver"};
	return methods[view->config->start_method];
}

const char *handler_status_view_accept_mutex(const struct handler_status_view *view)
{
	static const char *const mutexes[] = {[CONFIG_MUTEX_NONE] = "none",
		[CONFIG_MUTEX_FCNTL] = "fcntl",
		[CONFIG_MUTEX_FLOCK] = "flock",
		[CONFIG_MUTEX_PTHREAD] = "pthread"};
	return mutexes[view->config->accept_mutex];
}

const char *handler_status_view_state(uint32_t state)
{
	static const char *const names[] = {
		[WIRE_STATE_OPEN] = "open",
		[WIRE_STATE_STARTING] = "starting",
		[WIRE_STATE_READY] = "ready",
		[WIRE_STATE_READING] = "reading",
		[WIRE_STATE_WRITING] = "writing",
		[WIRE_STATE_KEEPALIVE] = "keepalive",
		[WIRE_STATE_GRACEFUL] = "graceful",
		[WIRE_STATE_IDLE_STOP] = "idle_stop",
	};
	_Static_assert(COUNT_OF(names) == WIRE_STATES, "each state has a name");
	return state < WIRE_STATES ? names[state] : "unknown";
}

double handler_status_view_rate(const struct handler_status_view *view, unsigned seconds)
{
	uint32_t count = view->samples < seconds ? view->samples : seconds;
	uint64_t requests = 0;
	for (uint32_t i = view->samples - count; i < view->samples; i++)
		requests += view->sample[i].requests;
	return handler_status_view_per((double)requests, count);
}

void handler_status_view_limits(const struct handler_status_view *view,
	struct handler_status_limit limits[HANDLER_STATUS_LIMITS])
{
	const struct config *c = view->config;
	const struct handler_status_limit all[HANDLER_STATUS_LIMITS] = {
		{"start_servers", "StartServers", c->start_servers, NULL},
		{"min_spare_servers", "MinSpareServers", c->min_spare_servers, NULL},
		{"max_spare_servers", "MaxSpareServers", c->max_spare_servers, NULL},
		{"max_request_workers", "MaxRequestWorkers", c->max_request_workers, NULL},
		{"server_limit", "ServerLimit", c->server_limit, NULL},
		{"worker_connections", "WorkerConnections", c->worker_connections, NULL},
		{"max_connections_per_child", "MaxConnectionsPerChild",
			c->max_connections_per_child, "none"},
		{"listen_backlog", "ListenBacklog", c->listen_backlog, NULL},
		{"graceful_shutdown_timeout_seconds", "GracefulShutdownTimeout",
			c->graceful_shutdown_timeout, "none"},
		{"file_cache_bytes", "FileCacheSize", c->file_cache_size, "none"},
	};
	memcpy(limits, all, sizeof all);
}
