/*
 * wire_chronicle - what the parent did and saw, in numbered sentences
 *
 * Runs in:  the parent writes; whoever shows the status reads
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_chronicle.h"

#include "base/apart.h"
#include "base/assert.h"
#include "wire/wire_ask.h"
#include "wire/wire_scoreboard.h"

#include <string.h>

enum { TRIES = 100 };

void wire_chronicle_add(struct wire_chronicle *c, struct wire_event *event)
{
	event->number = c->count + 1;
	wire_scoreboard_begin(&c->sequence);
	c->event[c->count++ % WIRE_CHRONICLE] = *event;
	wire_scoreboard_end(&c->sequence);
}

uint32_t wire_chronicle_read(
	const struct wire_chronicle *c, struct wire_event to[WIRE_CHRONICLE], uint64_t *count)
{
	static struct wire_event ring[WIRE_CHRONICLE] APART;
	for (int i = 0; i < TRIES; i++) {
		unsigned before = atomic_load_explicit(&c->sequence, memory_order_acquire);
		*count = c->count;
		memcpy(ring, c->event, sizeof ring);
		atomic_thread_fence(memory_order_acquire);
		unsigned after = atomic_load_explicit(&c->sequence, memory_order_relaxed);
		if (before == after && before % 2 == 0)
			break;
	}
	uint32_t known = *count < WIRE_CHRONICLE ? (uint32_t)*count : WIRE_CHRONICLE;
	for (uint32_t i = 0; i < known; i++)
		to[i] = ring[(*count - known + i) % WIRE_CHRONICLE];
	return known;
}

const char *wire_chronicle_name(uint32_t kind)
{
	static const char *const names[] = {
#define WIRE_EVENT(symbol, name) name,
#include "wire/events.def"
#undef WIRE_EVENT
	};
	return kind < COUNT_OF(names) ? names[kind] : "unknown";
}

bool wire_chronicle_failure(const struct wire_event *e)
{
	return e->kind == WIRE_EVENT_NO_BIRTH ||
	       ((e->kind == WIRE_EVENT_DEATH || e->kind == WIRE_EVENT_HELPER_DEATH) &&
		       wire_reason_failure((uint32_t)e->a));
}

static const char *model(int64_t n)
{
	static const char *const models[] = {"prefork", "fork", "dispatch"};
	return n >= 0 && (size_t)n < COUNT_OF(models) ? models[n] : "unknown";
}

static void end_words(const struct wire_event *e, struct buffer *to)
{
	buffer_string(to, wire_reason_words((uint32_t)e->a));
	if (e->b > 0)
		buffer_printf(to, " (signal %d)", (int)e->b);
	else if (e->b < 0)
		buffer_printf(to, " (status %d)", (int)-e->b);
}

static void death_words(const struct wire_event *e, struct buffer *to)
{
	buffer_printf(to, "slot %u is gone: worker %d ", e->slot, e->pid);
	end_words(e, to);
	buffer_printf(to, "; %u %s served", e->requests, e->requests == 1 ? "request" : "requests");
}

/* What the parent did to one worker. */
static bool life_words(const struct wire_event *e, struct buffer *to)
{
	switch (e->kind) {
	case WIRE_EVENT_BIRTH:
		buffer_printf(to, "forked %d into slot %u in %.1f ms", e->pid, e->slot,
			(double)e->a / 1000);
		return true;
	case WIRE_EVENT_NO_BIRTH:
		buffer_printf(to, "could not fork: %s", strerror((int)e->a));
		return true;
	case WIRE_EVENT_READY:
		buffer_printf(to,
			"worker %d reports that it serves slot %u, %.1f ms after its birth", e->pid,
			e->slot, (double)e->a / 1000);
		return true;
	case WIRE_EVENT_LEAVE:
		buffer_printf(to, "told worker %d in slot %u to leave: %s", e->pid, e->slot,
			e->a == WIRE_STATE_IDLE_STOP ? "more are spare than are needed"
						     : "it finishes what it has");
		return true;
	case WIRE_EVENT_DEATH:
		death_words(e, to);
		return true;
	default:
		return false;
	}
}

/* Of those in no slot. */
static bool helper_words(const struct wire_event *e, struct buffer *to)
{
	if (e->kind == WIRE_EVENT_HELPER_BIRTH) {
		buffer_printf(to, "started the %s, process %d", wire_role_name(e->role), e->pid);
		return true;
	}
	if (e->kind != WIRE_EVENT_HELPER_DEATH)
		return false;
	buffer_printf(to, "the %s, process %d, is gone: it ", wire_role_name(e->role), e->pid);
	end_words(e, to);
	return true;
}

void wire_chronicle_words(const struct wire_event *e, struct buffer *to)
{
	buffer_printf(to, "parent %d: ", e->parent);
	if (life_words(e, to) || helper_words(e, to))
		return;
	switch (e->kind) {
	case WIRE_EVENT_START:
		buffer_printf(to, "listens; model %s, %d %s to begin with", model(e->b), (int)e->a,
			e->a == 1 ? "worker" : "workers");
		break;
	case WIRE_EVENT_ONESHOTS:
		buffer_printf(to, "forked %d children for as many connections, and collected %d",
			(int)e->a, (int)e->b);
		break;
	case WIRE_EVENT_GENERATION:
		buffer_printf(to, "%s restart: generation %u begins, model %s",
			e->a ? "graceful" : "hard", e->generation, model(e->b));
		break;
	case WIRE_EVENT_STOP:
		buffer_string(to, e->a ? "stops when every connection is served" : "stops now");
		break;
	case WIRE_EVENT_LAB: {
		const char *words = wire_ask_words((uint32_t)e->a);
		struct text choice = wire_ask_choice((uint32_t)e->a, (uint32_t)e->b);
		buffer_string(to, words);
		buffer_text(to, choice);
		if (!choice.size && words[strlen(words) - 1] == ' ')
			buffer_printf(to, "%d", (int)e->b);
		buffer_string(to, ", as the lab asks");
		break;
	}
	case WIRE_EVENT_LAB_ENDED:
		buffer_string(to, "the load has ended");
		break;
	default:
		buffer_string(to, "something happened");
		break;
	}
}
