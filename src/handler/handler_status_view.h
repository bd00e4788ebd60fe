/*
 * handler_status_view - all that the status shows, looked at once
 *
 * Runs in:  workers, the parent, the status process; whoever can see the scoreboard
 * Owns:     a copy of the scoreboard's rows, until handler_status_view_free
 * Errors:   NULL: out of memory
 *
 * Every form of the status (page, text, JSON, metrics, events) is drawn from such a view, so the
 * sums in it agree with its rows, and the forms with each other.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_VIEW_H
#define HANDLER_STATUS_VIEW_H

#include "config/config.h"
#include "wire/wire_scoreboard.h"

struct handler_status_view {
	const struct config *config;
	struct text name; /* what the server is called */
	int64_t now;      /* seconds of the calendar */
	int64_t clock_ms; /* os_clock_ms, which is never set */

	/* the server */
	int32_t parent, predecessor, successor;              /* pids; 0: none */
	int32_t status_process, forkserver, keeper, starter; /* pids of the others; 0: none */
	uint32_t programs;           /* that the starter started, and that run */
	uint32_t starter_silent_s;   /* since anything moved in it */
	uint32_t kept, kept_waiting; /* connections the keeper holds; those no worker is free for
				      */
	uint32_t generation, process_model;
	char sandbox[WIRE_SANDBOX_WORDS]; /* what confines workers, in words */
	int64_t started, restarted;
	int64_t uptime;  /* seconds since it started, never negative */
	uint32_t places; /* rows of the pool, whether they were ever taken or not */
	uint32_t queue;  /* connections that wait to be accepted */
	uint32_t queue_limit;
	uint32_t young_dead; /* workers in a row that died young */
	uint32_t births_wait_ms;
	double load[3]; /* of the machine, over 1, 5 and 15 minutes; negative: unknown */

	/* sums over all processes, the gone ones included */
	struct wire_totals totals;
	struct wire_counts counts;
	struct wire_latency latency;

	/* sums over those that live */
	uint32_t by_state[WIRE_STATES];
	uint32_t processes, busy, idle, leaving;
	uint64_t open;      /* connections */
	uint64_t open_idle; /* of these, between two requests */
	uint64_t memory;    /* bytes */
	uint64_t pss;       /* bytes, of those whose is known */
	uint32_t pss_unknown;

	uint64_t death_count, sample_count, event_count; /* ever */
	uint32_t deaths, samples, events;                /* below */
	struct wire_death death[WIRE_DEATHS];            /* the latest first */
	struct wire_sample sample[WIRE_SAMPLES];         /* the earliest first */
	struct wire_event event[WIRE_CHRONICLE];         /* likewise */

	uint32_t rows;
	struct wire_slot *row;
	char *held; /* of each row: 1: its process is stopped (SIGSTOP), 0: it is not; NULL:
		       nobody looked */
	uint32_t held_count;   /* how many are */
	const char *lab_token; /* what this client needs to use the lab; NULL: it may not */
	bool manual;           /* the manual is served beside it, at /manual/ */
};

/* What the board shows at this moment. `name`, where ServerName says nothing: what the client calls
 * the server, or empty. The config and the name must outlive the view. */
struct handler_status_view *handler_status_view_take(const struct config *config,
	const struct wire_scoreboard *board, struct text name, int64_t now);

/* Asks the kernel which workers are held by a signal or a debugger: they say nothing themselves any
 * more. For those who may look into /proc; a worker in its sandbox may not. */
void handler_status_view_probe(struct handler_status_view *view);

void handler_status_view_free(struct handler_status_view *view);

/* "prefork"; "fork" */
const char *handler_status_view_model(const struct handler_status_view *view);
const char *handler_status_view_start_method(const struct handler_status_view *view);

/* "none"; "flock" */
const char *handler_status_view_accept_mutex(const struct handler_status_view *view);

/* Seconds since a moment by os_clock_ms, whatever became of the calendar since; never negative. */
int64_t handler_status_view_since(const struct handler_status_view *v, int64_t ms);

/* The name of a state for programs, "keepalive"; "unknown" for none of them. */
const char *handler_status_view_state(uint32_t state);

/* what / of, or 0 where there is nothing to divide by. */
static inline double handler_status_view_per(double what, double of)
{
	return of > 0 ? what / of : 0;
}

/* Requests a second, over the last whole seconds there are samples of, at most `seconds`. */
double handler_status_view_rate(const struct handler_status_view *view, unsigned seconds);

/* A directive that bounds something, and to what. */
struct handler_status_limit {
	const char *name;      /* for programs: max_request_workers */
	const char *directive; /* MaxRequestWorkers */
	uint64_t value;
	const char *zero; /* what 0 means to people: "none"; NULL: 0 */
};
enum { HANDLER_STATUS_LIMITS = 10 };
void handler_status_view_limits(const struct handler_status_view *view,
	struct handler_status_limit limits[HANDLER_STATUS_LIMITS]);

#endif
