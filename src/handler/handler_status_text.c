/*
 * handler_status_text - the status for a terminal, and the workers as a table for programs
 *
 * Runs in:  the parent, for its control socket
 * Owns:     nothing
 * Errors:   see handler_status_text.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_text.h"

#include "base/assert.h"
#include "handler/handler_status_auto.h"

#include <stdio.h>
#include <time.h>

#define per handler_status_view_per

enum { BOARD_WIDTH = 60, DEATHS_SHOWN = 5, MARGIN = 14 };

void handler_status_text_bytes(uint64_t bytes, struct buffer *to)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double n = (double)bytes;
	size_t unit = 0;
	for (; n >= 999.95 && unit < COUNT_OF(units) - 1; unit++)
		n /= 1000;
	buffer_printf(to, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

void handler_status_text_duration(uint64_t us, struct buffer *to)
{
	if (us < 1000)
		buffer_printf(to, "%llu us", (unsigned long long)us);
	else if (us < 1000000)
		buffer_printf(to, "%.*f ms", us < 100000 ? 1 : 0, (double)us / 1e3);
	else
		buffer_printf(to, "%.1f s", (double)us / 1e6);
}

void handler_status_text_number(uint64_t n, struct buffer *to)
{
	char digits[24];
	int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	for (int i = 0; i < size; i++) {
		buffer_append(to, &digits[i], 1);
		if ((size - i) % 3 == 1 && i + 1 < size)
			buffer_append(to, ",", 1);
	}
}

void handler_status_text_used(const struct wire_death *d, struct buffer *to)
{
	handler_status_text_duration(d->counts.user_us, to);
	buffer_string(to, " user, ");
	handler_status_text_duration(d->counts.system_us, to);
	buffer_string(to, " system, at most ");
	handler_status_text_bytes(d->most_memory, to);
	buffer_string(to, "; ");
	handler_status_text_number(d->faults, to);
	buffer_string(to, " minor and ");
	handler_status_text_number(d->major_faults, to);
	buffer_string(to, " major page faults; ");
	handler_status_text_number(d->switches, to);
	buffer_string(to, " voluntary and ");
	handler_status_text_number(d->forced_switches, to);
	buffer_string(to, " forced switches");
}

void handler_status_text_plain(const char *bytes, struct buffer *to)
{
	for (; *bytes; bytes++)
		if (*bytes >= ' ' && *bytes <= '~')
			buffer_append(to, bytes, 1);
		else
			buffer_printf(to, "\\x%02x", (unsigned char)*bytes);
}

/* "Requests      ", so that what follows stands in one column. */
static void label(struct buffer *to, const char *name)
{
	buffer_printf(to, "%-*s", MARGIN, name);
}

static void put_server(const struct handler_status_view *v, struct buffer *to)
{
	buffer_printf(to, "%s at %.*s, up", config_server_name(v->config->server_tokens),
		TEXT_ARGS(v->name));
	handler_status_auto_uptime(v->uptime, to);
	buffer_printf(to, "\nprocess %d, generation %u, model %s", v->parent, v->generation,
		handler_status_view_model(v));
	if (v->predecessor > 0)
		buffer_printf(to, ", process %d before it still finishes", v->predecessor);
	if (v->successor > 0)
		buffer_printf(to, ", process %d takes over", v->successor);
	buffer_string(to, "\n\n");
}

static void put_work(const struct handler_status_view *v, struct buffer *to)
{
	const struct wire_counts *c = &v->counts;
	double up = (double)v->uptime;
	label(to, "Requests");
	handler_status_text_number(c->requests, to);
	buffer_printf(to, ", %.1f a second now, %.1f on average\n", handler_status_view_rate(v, 5),
		per((double)c->requests, up));
	label(to, "Sent");
	handler_status_text_bytes(c->bytes, to);
	buffer_string(to, ", ");
	handler_status_text_bytes((uint64_t)per((double)c->bytes, (double)c->requests), to);
	buffer_string(to, " a request\n");
	if (wire_latency_count(&v->latency)) {
		static const double shares[] = {0.5, 0.9, 0.99};
		label(to, "Latency");
		for (size_t i = 0; i < COUNT_OF(shares); i++) {
			buffer_printf(to, "%s%.0f%% within ", i ? ", " : "", shares[i] * 100);
			handler_status_text_duration(
				wire_latency_quantile(&v->latency, shares[i]), to);
		}
		buffer_string(to, "\n");
	}
	label(to, "CPU");
	buffer_printf(to, "%.2f s user, %.2f s system", (double)c->user_us / 1e6,
		(double)c->system_us / 1e6);
	if (c->requests)
		buffer_printf(to, ", %.0f us a request",
			(double)(c->user_us + c->system_us) / (double)c->requests);
	buffer_string(to, "\n");
}

static void put_pool(const struct handler_status_view *v, struct buffer *to)
{
	label(to, "Workers");
	buffer_printf(to, "%u busy, %u idle", v->busy, v->idle);
	if (v->leaving)
		buffer_printf(to, ", %u leaving", v->leaving);
	buffer_printf(to, ", at most %u", v->places);
	if (v->memory) {
		buffer_string(to, ", ");
		handler_status_text_bytes(v->memory, to);
		buffer_string(to, " of memory");
	}
	buffer_string(to, "\n");
	if (v->held_count) {
		label(to, "");
		buffer_printf(to, "%u of them %s stopped by a signal (SIGSTOP)\n", v->held_count,
			v->held_count == 1 ? "is" : "are");
	}
	label(to, "Connections");
	handler_status_text_number(v->open, to);
	buffer_printf(to, " open (%llu active, %llu idle), %u waiting of %u\n",
		(unsigned long long)(v->open - v->open_idle), (unsigned long long)v->open_idle,
		v->queue, v->queue_limit);
}

static void put_lives(const struct handler_status_view *v, struct buffer *to)
{
	unsigned said = 0;
	label(to, "Lives");
	buffer_printf(to, "%llu born, %llu gone", (unsigned long long)v->totals.births,
		(unsigned long long)v->totals.deaths);
	for (uint32_t i = 0; i < WIRE_REASONS; i++)
		if (v->totals.deaths_by[i])
			buffer_printf(to, "%s%llu %s", said++ ? ", " : ": ",
				(unsigned long long)v->totals.deaths_by[i], wire_reason_name(i));
	buffer_string(to, "\n");
	if (v->births_wait_ms) {
		label(to, "");
		buffer_printf(to, "%u in a row died young: births wait %u ms\n", v->young_dead,
			v->births_wait_ms);
	}
}

static void put_board(const struct handler_status_view *v, struct buffer *to)
{
	struct buffer board = BUFFER_INIT;
	handler_status_auto_board(v, &board);
	for (size_t at = 0; at < board.size; at += BOARD_WIDTH) {
		size_t size = board.size - at < BOARD_WIDTH ? board.size - at : BOARD_WIDTH;
		label(to, at ? "" : "Scoreboard");
		buffer_append(to, board.data + at, size);
		buffer_string(to, "\n");
	}
	to->failed |= board.failed;
	buffer_free(&board);
}

static void put_death(const struct wire_death *d, struct buffer *to)
{
	char when[16];
	struct tm tm;
	time_t t = (time_t)d->when;
	localtime_r(&t, &tm);
	strftime(when, sizeof when, "%H:%M:%S", &tm);
	label(to, "");
	buffer_printf(to, "%s %s %d ", when, wire_role_name(d->role), d->pid);
	if (d->role == WIRE_ROLE_WORKER)
		buffer_printf(to, "in slot %u ", d->slot);
	buffer_string(to, wire_reason_words(d->reason));
	if (d->signal)
		buffer_printf(to, " (signal %d)", d->signal);
	buffer_string(to, ", after");
	handler_status_auto_uptime((int64_t)(d->age_ms / 1000), to);
	if (d->busy && d->request[0]) {
		buffer_string(to, ", in the middle of ");
		handler_status_text_plain(d->request, to);
	}
	buffer_string(to, "\n");
	label(to, "");
	buffer_string(to, "         ");
	handler_status_text_used(d, to);
	buffer_string(to, "\n");
}

void handler_status_text(const struct handler_status_view *v, struct buffer *to)
{
	put_server(v, to);
	put_work(v, to);
	put_pool(v, to);
	put_lives(v, to);
	put_board(v, to);
	if (v->deaths)
		buffer_string(to, "\nThe last deaths\n");
	for (uint32_t i = 0; i < v->deaths && i < DEATHS_SHOWN; i++)
		put_death(&v->death[i], to);
}

static void put_worker(const struct handler_status_view *v, uint32_t n, struct buffer *to)
{
	const struct wire_slot *row = &v->row[n];
	int64_t age = handler_status_view_since(v, row->born_ms);
	buffer_printf(to, "%u\t%d\t%u\t%c\t%u\t%u\t%llu\t%llu\t%lld\t", n, row->pid,
		row->generation, wire_state_letter(row->state), row->open, row->idle,
		(unsigned long long)row->counts.requests, (unsigned long long)row->counts.bytes,
		(long long)age);
	buffer_printf(to, "%.2f\t%llu\t%.6f\t%u\t%s\t",
		(double)(row->counts.user_us + row->counts.system_us) / 1e6,
		(unsigned long long)row->memory, (double)row->last_us / 1e6, row->silent_s,
		!v->held     ? "-"
		: v->held[n] ? "yes"
			     : "no");
	handler_status_text_plain(row->client, to);
	buffer_string(to, "\t");
	handler_status_text_plain(row->host, to);
	buffer_string(to, "\t");
	handler_status_text_plain(row->request, to);
	buffer_string(to, "\n");
}

void handler_status_text_workers(const struct handler_status_view *v, struct buffer *to)
{
	buffer_string(to,
		"slot\tpid\tgeneration\tstate\tconnections\tidle\trequests\tbytes\tage\tcpu\t"
		"memory\tlast\tsilent\theld\tclient\thost\trequest\n");
	for (uint32_t i = 0; i < v->rows; i++)
		if (v->row[i].state != WIRE_STATE_OPEN)
			put_worker(v, i, to);
}
