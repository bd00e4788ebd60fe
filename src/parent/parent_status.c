/*
 * parent_status - reports in, scoreboard out
 *
 * Runs in:  the parent, the only writer of the scoreboard
 * Owns:     nothing
 * Errors:   a worker that sends what is no report is cut off
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* At a time, more than a pipe holds and than one-shot children leave in a turn of the loop: whoever
 * never stops talking does not keep the parent from the rest. */
enum { PIPE_TURN = 512, QUEUE_TURN = 4096 };

void parent_status_open(struct parent *p)
{
	struct wire_scoreboard *board = p->board;
	wire_scoreboard_begin(&board->totals_sequence);
	board->limit = p->config->max_request_workers;
	board->generation = p->generation;
	board->process_model = p->config->process_model;
	board->worker_connections = p->config->worker_connections;
	board->min_spare = p->config->min_spare_servers;
	board->max_spare = p->config->max_spare_servers;
	board->parent = (int32_t)getpid();
	board->restarted = os_clock_now();
	if (board->started) {
		board->totals.restarts++;
	} else {
		board->started = board->restarted;
		board->started_ms = (int64_t)os_clock_ms();
	}
	wire_scoreboard_end(&board->totals_sequence);
}

static struct wire_slot *row_of(const struct parent_worker *w)
{
	return &w->parent->board->slot[w->row];
}

void parent_status_born(struct parent_worker *w)
{
	struct wire_scoreboard *board = w->parent->board;
	struct wire_slot *row = row_of(w);
	wire_scoreboard_begin(&row->sequence);
	row->state = w->pipe ? WIRE_STATE_STARTING : WIRE_STATE_READING;
	row->reports = 0;
	row->pid = (int32_t)mp_process_pid(w->process);
	row->generation = w->generation;
	row->open = w->pipe ? 0 : 1;
	row->idle = row->last_us = row->queue = row->silent_s = 0;
	row->memory = 0;
	row->pss_kib = 0;
	row->born = row->reported = os_clock_now();
	row->born_ms = (int64_t)os_clock_ms();
	row->counts = (struct wire_counts){0};
	row->latency = (struct wire_latency){0};
	wire_scoreboard_end(&row->sequence);
	board->totals.births++;
	if (board->used <= w->row)
		board->used = w->row + 1;
}

void parent_status_mark(struct parent_worker *w, enum wire_state state)
{
	struct wire_slot *row = row_of(w);
	wire_scoreboard_begin(&row->sequence);
	row->state = state;
	wire_scoreboard_end(&row->sequence);
}

static void empty_row(struct wire_slot *row)
{
	row->state = WIRE_STATE_OPEN;
	row->pid = 0;
	row->open = row->idle = row->queue = row->silent_s = 0;
	row->memory = 0;
	row->pss_kib = 0;
	row->counts = (struct wire_counts){0};
	row->latency = (struct wire_latency){0};
}

/* The worker leaves the pool's rows for one where it may take its time. */
void parent_status_move(struct parent_worker *w, uint32_t to)
{
	struct parent *p = w->parent;
	struct wire_slot *from_row = row_of(w), *to_row = &p->board->slot[to];
	/* Whoever adds up the rows looks at it too. */
	wire_scoreboard_begin(&p->board->totals_sequence);
	wire_scoreboard_begin(&to_row->sequence);
	uint64_t requests = to_row->slot_requests, bytes = to_row->slot_bytes;
	size_t head = offsetof(struct wire_slot, state);
	memcpy((char *)to_row + head, (char *)from_row + head, sizeof *to_row - head);
	to_row->reports = from_row->reports;
	to_row->slot_requests = requests;
	to_row->slot_bytes = bytes;
	wire_scoreboard_end(&to_row->sequence);
	p->rows[w->row] = NULL;
	wire_scoreboard_begin(&from_row->sequence);
	empty_row(from_row);
	wire_scoreboard_end(&from_row->sequence);
	w->row = to;
	p->rows[to] = w;
	if (p->board->used <= to)
		p->board->used = to + 1;
	wire_scoreboard_end(&p->board->totals_sequence);
}

static void show(struct parent_worker *w, const struct wire_report *r)
{
	struct wire_slot *row = row_of(w);
	struct wire_diary diary;
	wire_diary_read(w->parent->diaries, w->page, &diary);
	wire_scoreboard_begin(&row->sequence);
	row->reports++;
	row->latency = diary.latency;
	if (w->life == PARENT_SERVING || w->life == PARENT_STARTING)
		row->state = r->state;
	row->open = r->open;
	row->idle = r->idle;
	row->last_us = r->last_us;
	row->reported = os_clock_now();
	row->counts = r->counts;
	if (r->detailed) {
		memcpy(row->client, r->client, sizeof row->client);
		memcpy(row->request, r->request, sizeof row->request);
		memcpy(row->host, r->host, sizeof row->host);
	}
	wire_scoreboard_end(&row->sequence);
	parent_dispatch_heard(w, r);
	if (r->open > w->open)
		parent_look_soon(w->parent);
	w->open = r->open;
	w->deaf = false;
	w->spoke = true;
	w->counts = r->counts;
}

static bool is_from(const struct parent_worker *w, const struct wire_report *r)
{
	return r->slot == w->slot && r->generation == w->generation &&
	       r->pid == (int32_t)mp_process_pid(w->process);
}

void parent_status_reports(struct parent_worker *w)
{
	struct wire_report report;
	for (int i = 0; w->pipe && i < PIPE_TURN; i++) {
		ssize_t n = mp_pipe_recv_bytes_into_timeout(w->pipe, &report, sizeof report, 0);
		if (n < 0 && (errno == EAGAIN || errno == ETIMEDOUT))
			return;
		if (n < 0 && errno == EPIPE) {
			parent_life_event(w, PARENT_EOF);
			return;
		}
		if (n < 0 || !wire_report_valid(&report, (size_t)n, w->parent->board->slots) ||
			!is_from(w, &report)) {
			log_error("worker %d in slot %u sent what is no report: cut off",
				(int)mp_process_pid(w->process), w->slot);
			w->why = WIRE_REASON_GARBAGE;
			parent_life_event(w, PARENT_EOF);
			return;
		}
		show(w, &report);
		parent_life_event(
			w, report.state == WIRE_STATE_GRACEFUL ? PARENT_RETIRE : PARENT_READY);
		if (parent_accepts(w->parent))
			parent_dispatch_room(w->parent);
	}
}

/* Most often it still has the row it was born for; after a restart it may have made way. */
static struct parent_worker *sender_of(const struct parent *p, const struct wire_report *r)
{
	if (p->rows[r->slot] && is_from(p->rows[r->slot], r))
		return p->rows[r->slot];
	LIST_EACH(member, &p->workers) {
		struct parent_worker *w = LIST_ENTRY(member, struct parent_worker, link);
		if (is_from(w, r))
			return w;
	}
	return NULL;
}

/* It is larger than any report, and would stay the next message for ever. */
static bool drop_message(struct mp_queue *queue)
{
	void *message;
	if (mp_queue_get_nowait(queue, &message) < 0)
		return false;
	free(message);
	return true;
}

void parent_status_queue(struct parent *p)
{
	struct wire_report report;
	for (int i = 0; i < QUEUE_TURN; i++) {
		ssize_t n = mp_queue_get_into(p->queue, &report, sizeof report, 0);
		if (n < 0 && errno == EMSGSIZE && drop_message(p->queue))
			continue;
		if (n < 0)
			return;
		if (!wire_report_valid(&report, (size_t)n, p->board->slots))
			continue;
		struct parent_worker *w = sender_of(p, &report);
		if (w)
			show(w, &report);
	}
}

void parent_status_gone(struct parent_worker *w, enum wire_reason reason, bool failed)
{
	struct wire_scoreboard *board = w->parent->board;
	struct wire_slot *row = row_of(w);
	struct wire_diary diary;
	wire_diary_read(w->parent->diaries, w->page, &diary);
	wire_scoreboard_begin(&board->totals_sequence);
	wire_counts_add(&board->totals.gone, &w->counts);
	wire_latency_add(&board->totals.latency, &diary.latency);
	board->totals.deaths++;
	board->totals.deaths_by[reason]++;
	board->totals.crashes += failed;
	wire_scoreboard_begin(&row->sequence);
	row->slot_requests += w->counts.requests;
	row->slot_bytes += w->counts.bytes;
	empty_row(row);
	wire_scoreboard_end(&row->sequence);
	wire_scoreboard_end(&board->totals_sequence);
}
