/*
 * handler_status_trace - what the parent did, as a file for trace viewers
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   see handler_status_trace.h
 *
 * The parent's events are on track 0, those of slot n on track n + 1. Times are microseconds of the
 * calendar. What happened before the oldest event that is remembered is not there.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_trace.h"

#include "base/json.h"

static void begin(
	const struct handler_status_view *v, const char *phase, uint64_t track, struct json *j)
{
	json_object(j, NULL);
	json_string(j, "ph", phase);
	json_integer(j, "pid", v->parent);
	json_number(j, "tid", track);
}

static void put_name(const struct handler_status_view *v, const char *what, uint64_t track,
	const char *name, struct json *j)
{
	begin(v, "M", track, j);
	json_string(j, "name", what);
	json_object(j, "args");
	json_string(j, "name", name);
	json_end(j);
	json_end(j);
}

static void put_tracks(const struct handler_status_view *v, struct json *j)
{
	struct buffer name = BUFFER_INIT;
	put_name(v, "process_name", 0, "preforkd", j);
	put_name(v, "thread_name", 0, "parent", j);
	for (uint32_t i = 0; i < v->rows; i++) {
		buffer_clear(&name);
		buffer_printf(&name, "slot %u", i);
		buffer_append(&name, "", 1);
		if (!name.failed)
			put_name(v, "thread_name", i + 1ull, name.data, j);
	}
	buffer_free(&name);
}

/* Until when the slot was the worker's that was born into it with event `n`: its death, or the
 * birth of the next, while it finishes elsewhere; now, if it is there yet. Spans of a track may not
 * overlap. */
static uint64_t end_of(const struct handler_status_view *v, uint32_t n)
{
	const struct wire_event *e = &v->event[n];
	uint64_t end = (uint64_t)v->now * 1000000;
	for (uint32_t i = n + 1; i < v->events; i++) {
		const struct wire_event *next = &v->event[i];
		if ((next->kind == WIRE_EVENT_DEATH && next->pid == e->pid) ||
			(next->kind == WIRE_EVENT_BIRTH && next->slot == e->slot)) {
			end = next->when_us;
			break;
		}
	}
	return end > e->when_us ? end : e->when_us; /* the calendar may have been set back */
}

static void put_life(const struct handler_status_view *v, uint32_t n, struct json *j)
{
	const struct wire_event *e = &v->event[n];
	struct buffer name = BUFFER_INIT;
	buffer_printf(&name, "worker %d", e->pid);
	begin(v, "X", e->slot + 1ull, j);
	json_text(j, "name", buffer_view(&name));
	json_number(j, "ts", e->when_us);
	json_number(j, "dur", end_of(v, n) - e->when_us);
	json_object(j, "args");
	json_integer(j, "pid", e->pid);
	json_number(j, "generation", e->generation);
	json_end(j);
	json_end(j);
	buffer_free(&name);
}

static void put_moment(
	const struct handler_status_view *v, const struct wire_event *e, struct json *j)
{
	struct buffer words = BUFFER_INIT;
	wire_chronicle_words(e, &words);
	bool of_slot = e->pid && e->role == WIRE_ROLE_WORKER;
	begin(v, "i", of_slot ? e->slot + 1ull : 0, j);
	json_string(j, "name", wire_chronicle_name(e->kind));
	json_string(j, "s", of_slot ? "t" : "p");
	json_number(j, "ts", e->when_us);
	json_object(j, "args");
	json_number(j, "number", e->number);
	json_text(j, "words", buffer_view(&words));
	json_end(j);
	json_end(j);
	buffer_free(&words);
}

void handler_status_trace(const struct handler_status_view *v, struct buffer *to)
{
	struct json j;
	json_begin(&j, to);
	json_object(&j, NULL);
	json_string(&j, "displayTimeUnit", "ms");
	json_array(&j, "traceEvents");
	put_tracks(v, &j);
	for (uint32_t i = 0; i < v->events; i++) {
		if (v->event[i].kind == WIRE_EVENT_BIRTH)
			put_life(v, i, &j);
		put_moment(v, &v->event[i], &j);
	}
	json_end(&j);
	json_end(&j);
	buffer_string(to, "\n");
}
