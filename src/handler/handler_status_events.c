/*
 * handler_status_events - the status as a stream of server-sent events
 *
 * Runs in:  the status process, workers
 * Owns:     nothing
 * Errors:   see handler_status_events.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_events.h"

#include "handler/handler_status_json.h"

void handler_status_events_first(
	const struct handler_status_view *view, unsigned again_ms, struct buffer *to)
{
	buffer_printf(to, "retry: %u\nevent: snapshot\ndata: ", again_ms);
	handler_status_json(view, to); /* has no line break in it */
	buffer_string(to, "\n\n");
}

void handler_status_events_idle(struct buffer *to)
{
	buffer_string(to, ": still here\n\n");
}

static const struct wire_slot *row_of(const struct handler_status_view *v, uint32_t n)
{
	static const struct wire_slot open_row;
	return n < v->rows ? &v->row[n] : &open_row;
}

/* Everything behind the sequence number, which moves with every report, even one that says what the
 * one before it said. */
static bool same_row(const struct wire_slot *a, const struct wire_slot *b)
{
	size_t head = offsetof(struct wire_slot, state);
	return memcmp((const char *)a + head, (const char *)b + head, sizeof *a - head) == 0;
}

static bool held(const struct handler_status_view *v, uint32_t n)
{
	return v->held && n < v->rows && v->held[n];
}

static bool row_changed(const struct handler_status_view *before,
	const struct handler_status_view *after, uint32_t n)
{
	const struct wire_slot *a = row_of(before, n), *b = row_of(after, n);
	if (a->state == WIRE_STATE_OPEN && b->state == WIRE_STATE_OPEN)
		return false;
	return held(before, n) != held(after, n) || !same_row(a, b);
}

static bool server_changed(
	const struct handler_status_view *before, const struct handler_status_view *after)
{
	return before->config != after->config || before->parent != after->parent ||
	       before->predecessor != after->predecessor || before->successor != after->successor ||
	       before->generation != after->generation || before->restarted != after->restarted ||
	       before->process_model != after->process_model ||
	       before->status_process != after->status_process ||
	       before->forkserver != after->forkserver || before->keeper != after->keeper ||
	       before->starter != after->starter;
}

static bool sums_changed(
	const struct handler_status_view *before, const struct handler_status_view *after)
{
	return memcmp(&before->totals, &after->totals, sizeof before->totals) != 0 ||
	       memcmp(&before->counts, &after->counts, sizeof before->counts) != 0 ||
	       memcmp(before->by_state, after->by_state, sizeof before->by_state) != 0 ||
	       before->queue != after->queue || before->queue_limit != after->queue_limit ||
	       before->places != after->places || before->open != after->open ||
	       before->open_idle != after->open_idle || before->memory != after->memory ||
	       before->programs != after->programs ||
	       before->starter_silent_s != after->starter_silent_s ||
	       before->young_dead != after->young_dead ||
	       before->births_wait_ms != after->births_wait_ms;
}

static uint32_t rows_of(
	const struct handler_status_view *before, const struct handler_status_view *after)
{
	return before->rows > after->rows ? before->rows : after->rows;
}

/* How many of a ring are new; a count that went back is another server's, whose all are new. */
static uint32_t fresh(uint64_t before, uint64_t after, uint32_t known)
{
	return after - before < known ? (uint32_t)(after - before) : known;
}

static bool anything_changed(
	const struct handler_status_view *before, const struct handler_status_view *after)
{
	if (server_changed(before, after) || sums_changed(before, after) ||
		before->death_count != after->death_count ||
		before->event_count != after->event_count ||
		before->sample_count != after->sample_count)
		return true;
	for (uint32_t i = 0; i < rows_of(before, after); i++)
		if (row_changed(before, after, i))
			return true;
	return false;
}

static void put_workers(const struct handler_status_view *before,
	const struct handler_status_view *after, struct json *j)
{
	uint32_t rows = rows_of(before, after);
	json_array(j, "workers");
	for (uint32_t i = 0; i < rows; i++)
		if (row_of(after, i)->state != WIRE_STATE_OPEN && row_changed(before, after, i))
			handler_status_json_worker(after, i, j);
	json_end(j);
	json_array(j, "emptied");
	for (uint32_t i = 0; i < rows; i++)
		if (row_of(after, i)->state == WIRE_STATE_OPEN &&
			row_of(before, i)->state != WIRE_STATE_OPEN)
			json_number(j, NULL, i);
	json_end(j);
}

static void put_news(const struct handler_status_view *before,
	const struct handler_status_view *after, struct json *j)
{
	uint32_t deaths = fresh(before->death_count, after->death_count, after->deaths);
	uint32_t samples = fresh(before->sample_count, after->sample_count, after->samples);
	json_array(j, "deaths");
	for (uint32_t i = 0; i < deaths; i++)
		handler_status_json_death(after, i, j);
	json_end(j);
	json_array(j, "samples");
	for (uint32_t i = after->samples - samples; i < after->samples; i++)
		handler_status_json_sample(after, i, j);
	json_end(j);
	uint32_t events = fresh(before->event_count, after->event_count, after->events);
	json_array(j, "log");
	for (uint32_t i = after->events - events; i < after->events; i++)
		handler_status_json_event(after, i, j);
	json_end(j);
}

bool handler_status_events_delta(const struct handler_status_view *before,
	const struct handler_status_view *after, struct buffer *to)
{
	struct json j;
	if (!anything_changed(before, after))
		return false;
	buffer_string(to, "event: delta\ndata: ");
	json_begin(&j, to);
	json_object(&j, NULL);
	if (server_changed(before, after))
		handler_status_json_server(after, &j);
	handler_status_json_sums(after, &j);
	put_workers(before, after, &j);
	put_news(before, after, &j);
	json_end(&j);
	buffer_string(to, "\n\n");
	return true;
}
