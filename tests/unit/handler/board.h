/*
 * board - a scoreboard filled by hand, and a view of it
 *
 * Runs in:  tests of the forms of the status
 * Owns:     struct board, between board_begin and board_end
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_H
#define BOARD_H

#include "handler/handler_status.h"
#include "os/os_clock.h"

#include "unit/site.h"

#include <signal.h>
#include <sys/mman.h>

enum { BOARD_ROWS = 8, BOARD_NOW = 1700000000 };

struct board {
	struct config *config;
	struct wire_scoreboard *shared;
	int fd;
};

static inline struct wire_slot *board_row(
	struct board *b, uint32_t i, enum wire_state state, unsigned open)
{
	struct wire_slot *row = &b->shared->slot[i];
	row->state = state;
	row->pid = 1000 + (int32_t)i;
	row->generation = 2;
	row->open = open;
	row->idle = open / 2;
	row->memory = 1000000;
	row->born = BOARD_NOW - 90;
	row->born_ms = (int64_t)os_clock_ms() - 90 * 1000;
	row->last_us = 1500;
	row->counts = (struct wire_counts){.connections = 10,
		.closed = 10 - open,
		.requests = 100,
		.bytes = 2048,
		.took_us = 500000,
		.user_us = 250000,
		.system_us = 750000};
	row->latency.bucket[wire_latency_bucket(5000)] = 100;
	return row;
}

/* Six places; five processes, one of which is beyond the places; three deaths, and a keeper's
 * before them; two seconds. */
static inline void board_begin(struct board *b)
{
	b->config =
		site_config("ServerName www.example.org\nStartServers 2\nMaxRequestWorkers 6\n");
	b->shared = wire_scoreboard_new(BOARD_ROWS, &b->fd);
	ck_assert_ptr_nonnull(b->shared);
	struct wire_scoreboard *s = b->shared;
	s->limit = 6;
	s->used = 7;
	s->generation = 2;
	s->starter = 998;
	s->programs = 3;
	s->process_model = CONFIG_DISPATCH;
	s->parent = 999;
	s->started = BOARD_NOW - 1000;
	s->started_ms = (int64_t)os_clock_ms() - 1000 * 1000;
	s->restarted = BOARD_NOW - 500;
	s->queue = 3;
	s->queue_limit = 511;
	board_row(b, 0, WIRE_STATE_READY, 0);
	board_row(b, 1, WIRE_STATE_WRITING, 3);
	board_row(b, 2, WIRE_STATE_KEEPALIVE, 2);
	board_row(b, 4, WIRE_STATE_STARTING, 0);
	board_row(b, 6, WIRE_STATE_GRACEFUL, 1);
	s->totals.gone = (struct wire_counts){.requests = 500, .bytes = 10240, .took_us = 2500000};
	s->totals.latency.bucket[wire_latency_bucket(100)] = 500;
	s->totals.births = 8;
	s->totals.deaths = 3;
	s->totals.deaths_by[WIRE_REASON_CRASHED] = 1;
	s->totals.deaths_by[WIRE_REASON_SPARE] = 2;
	s->totals.helper_deaths[WIRE_ROLE_KEEPER] = 2;
	s->totals.helper_crashes[WIRE_ROLE_KEEPER] = 1;
	wire_scoreboard_bury(s, &(struct wire_death){.when = BOARD_NOW - 61,
					.role = WIRE_ROLE_KEEPER,
					.reason = WIRE_REASON_KILLED,
					.pid = 899,
					.signal = SIGKILL,
					.open = 7,
					.most_memory = 3000000,
					.faults = 1200,
					.major_faults = 3,
					.switches = 40,
					.forced_switches = 5,
					.counts = {.user_us = 12000, .system_us = 3000}});
	for (int i = 0; i < 3; i++)
		wire_scoreboard_bury(
			s, &(struct wire_death){.when = BOARD_NOW - 60 + i,
				   .age_ms = 61500,
				   .reason = i == 2 ? WIRE_REASON_CRASHED : WIRE_REASON_SPARE,
				   .pid = 900 + i,
				   .signal = i == 2 ? SIGSEGV : 0,
				   .busy = i == 2,
				   .request = "GET /crash HTTP/1.1"});
	for (int i = 0; i < 2; i++)
		wire_scoreboard_sample(s, &(struct wire_sample){.when = BOARD_NOW - 2 + i,
						  .requests = 10 + 20 * (unsigned)i,
						  .busy = 3,
						  .cpu_ms = 250});
}

static inline struct handler_status_view *board_look(const struct board *b)
{
	struct handler_status_view *v =
		handler_status_view_take(b->config, b->shared, (struct text){NULL, 0}, BOARD_NOW);
	ck_assert_ptr_nonnull(v);
	return v;
}

/* One form of it, with a NUL behind; for buffer_free. */
static inline struct buffer board_draw(const struct board *b, enum handler_status_form form)
{
	struct buffer to = BUFFER_INIT;
	struct handler_status_view *v = board_look(b);
	handler_status_draw(v, form, 0, &to);
	handler_status_view_free(v);
	buffer_append(&to, "", 1);
	to.size--;
	ck_assert(!to.failed);
	return to;
}

static inline void board_end(struct board *b)
{
	close(b->fd);
	munmap(b->shared, sizeof *b->shared + BOARD_ROWS * sizeof b->shared->slot[0]);
	config_free(b->config);
}

/* The text holds this. */
#define board_has(text, wanted)                                                                    \
	ck_assert_msg(strstr((text), (wanted)) != NULL, "no \"%s\" in\n%.3000s", (wanted), (text))
#define board_lacks(text, unwanted)                                                                \
	ck_assert_msg(strstr((text), (unwanted)) == NULL, "\"%s\" in\n%.3000s", (unwanted), (text))

#endif
