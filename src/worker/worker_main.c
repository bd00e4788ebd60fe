/*
 * worker_main - birth, and which of the drivers runs
 *
 * Runs in:  worker
 * Owns:     struct worker
 * Errors:   what a worker cannot live without makes it exit FATAL or SICK, and the parent slows
 * down
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "wire/wire_ask.h"

#include "handler/handler_cgi_process.h"
#include "os/os_crash.h"
#include "worker/worker_entry.h"
#include "wire/wire_confine.h"

#include <signal.h>
#include <stdlib.h>
#include <malloc.h>
#include <unistd.h>

enum { KEPT_FREE = 1 << 20 /* bytes */ };

void worker_look_at_clock(struct worker *w)
{
	time_t now = os_clock_now();
	w->now_ms = os_clock_ms();
	wire_diary_beat(w->diary);
	if (now != w->now) {
		w->now = now;
		http_date_format(w->date, now);
	}
}

struct worker_exchange *worker_lend_exchange(struct worker *w)
{
	struct worker_exchange *x = w->free_exchanges;
	if (x) {
		w->free_exchanges = x->next;
		return x;
	}
	x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	if (handler_init(&x->call) < 0) {
		free(x);
		return NULL;
	}
	http_request_init(&x->request);
	http_response_init(&x->response);
	x->spool_fd = -1;
	return x;
}

/* Fit for the next request at once: what a large answer needed is given back here. */
void worker_return_exchange(struct worker *w, struct worker_exchange *x)
{
	if (x == w->noted) {
		w->noted = NULL;
		wire_diary_pause(w->diary);
	}
	if (x->request.body == HTTP_FRAMING_CHUNKED) /* others leave nothing */
		worker_body_end(x);
	http_request_reset(&x->request);
	handler_reset(&x->call);
	if (x->cached)
		worker_cache_release(x->cached);
	else
		http_response_reset(&x->response);
	x->cached = NULL;
	x->reading_body = x->in_parts = x->routed = x->handed_on = false;
	x->continued = x->draining = x->pipe_ended = x->pipe_over = x->cut = x->too_long = false;
	x->spool_at = 0;
	x->part = x->part_text = 0;
	x->refused = 0;
	x->body_left = x->body_skipped = x->body_size = x->file_left = x->pipe_left = 0;
	x->answered_us = 0;
	x->next = w->free_exchanges;
	w->free_exchanges = x;
}

bool worker_may_take(const struct worker *w)
{
	return !w->draining && w->open < w->config->worker_connections;
}

void worker_took(struct worker *w)
{
	/* In model dispatch the parent counts. */
	bool own = w->config->process_model == CONFIG_PREFORK;
	unsigned most = own ? w->config->max_connections_per_child : 0;
	w->open++;
	w->changed = true;
	if (++w->counts.connections == most && most && !w->draining) {
		w->draining = w->recycled = true;
		w->farewell = WIRE_STATE_GRACEFUL;
	}
}

void worker_let_go(struct worker *w)
{
	if (w->let_go || w->heritage->single)
		return;
	w->let_go = true;
	for (size_t i = 0; i < w->heritage->listener_count; i++)
		close(w->heritage->listeners[i]);
}

int worker_exit_code(const struct worker *w)
{
	if (w->orphan)
		return WIRE_EXIT_ORPHAN;
	return w->recycled ? WIRE_EXIT_RECYCLED : WIRE_EXIT_DONE;
}

static int prepare(struct worker *w, const struct wire_heritage *heritage)
{
	*w = (struct worker){
		.heritage = heritage, .config = heritage->config, .farewell = WIRE_STATE_GRACEFUL};
	const struct config_host *host = &w->config->host;
	w->limits = (struct http_limits){.line = host->limit_request_line,
		.fields = host->limit_request_fields,
		.field_size = host->limit_request_field_size};
	w->server = text_of(config_server_name(w->config->server_tokens));
	for (size_t i = 0; i < WORKER_STAGES; i++)
		list_init(&w->stages[i]);
	list_init(&w->waiting);
	/* The page is its own from here on, those of the others out of its reach. */
	wire_ask_open(heritage->ask_fd > 0 ? heritage->ask_fd : -1);
	handler_cgi_process_by(heritage->starter, config_cgi_left_most(w->config));
	if (heritage->diary_fd > 0) {
		w->diary = wire_diary_open(heritage->diary_fd, heritage->page);
		close(heritage->diary_fd);
	}
	worker_look_at_clock(w);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (heritage->scoreboard_fd >= 0 &&
		wire_scoreboard_seal(heritage->scoreboard, heritage->scoreboard_fd) < 0)
		return -1;
	return worker_log_open(w);
}

/* For os_crash, so nothing but memory is read here. */
static const struct wire_diary *last_diary;

static const char *at_what(void)
{
	return wire_diary_words(last_diary);
}

/* Whatever method it was born by, it finds its heritage and takes its place. */
static int take_place(struct worker *w, void *args, size_t size)
{
	struct buffer why = BUFFER_INIT;
	const struct wire_heritage *heritage = wire_heritage_open(args, size, &why);
	if (!heritage) {
		log_crit("cannot start: %.*s", TEXT_ARGS(buffer_view(&why)));
		return WIRE_EXIT_FATAL;
	}
	if (prepare(w, heritage) == 0) {
		last_diary = w->diary;
		os_crash_catch(w->config->error_log_fd, at_what);
		return 0;
	}
	log_crit("cannot start: %m");
	return WIRE_EXIT_SICK;
}

int worker_main(void *args, size_t size)
{
	static struct worker w; /* to the end of the process, which gives all of it back */
	int code = take_place(&w, args, size);
	if (code)
		return code;
	/* What one request gave back is what the next one wants: memory that went to the kernel in
	 * between comes back with a page fault for each page. */
	mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
	if (worker_cache_init(&w.cache, w.config->file_cache_size) < 0)
		return WIRE_EXIT_SICK;
	if (wire_confine_become(w.heritage->identity, w.heritage->sandbox) < 0)
		return WIRE_EXIT_FATAL;
	return w.config->worker_connections > 1 ? worker_event_run(&w) : worker_classic_run(&w);
}

int worker_oneshot(void *args, size_t size)
{
	static struct worker w;
	int code = take_place(&w, args, size);
	if (code)
		return code;
	if (worker_cache_init(&w.cache, 0) < 0)
		return WIRE_EXIT_SICK;
	if (wire_confine_become(w.heritage->identity, w.heritage->sandbox) < 0)
		return WIRE_EXIT_FATAL;
	w.oneshot = true;
	return worker_classic_oneshot(&w, w.heritage->connection, &w.heritage->from);
}
