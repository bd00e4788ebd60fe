/*
 * handler_status_metrics - the status as OpenMetrics text
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   see handler_status_metrics.h
 *
 * Every family is opened by family(), then come its samples, then the next family: so its lines
 * stand together, as the format asks for. Counters end in _total, units are base units.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_metrics.h"

#include "base/assert.h"
#include "base/json.h"

#include <stdio.h>

#define PREFIX "preforkd_"

/* HELP, TYPE and UNIT (NULL: none) of a family. A name with a unit ends in it. */
static void family(
	struct buffer *to, const char *name, const char *type, const char *unit, const char *help)
{
	buffer_printf(to, "# HELP " PREFIX "%s %s\n", name, help);
	buffer_printf(to, "# TYPE " PREFIX "%s %s\n", name, type);
	if (unit)
		buffer_printf(to, "# UNIT " PREFIX "%s %s\n", name, unit);
}

/* The value of a label, escaped; what is no UTF-8 is replaced. */
static void put_label(struct buffer *to, const char *label, struct text value)
{
	buffer_printf(to, "%s=\"", label);
	while (value.size) {
		size_t size = json_utf8(value);
		if (size == 0)
			buffer_string(to, "\xEF\xBF\xBD");
		else if (value.at[0] == '\n')
			buffer_string(to, "\\n");
		else if (value.at[0] == '"' || value.at[0] == '\\')
			buffer_printf(to, "\\%c", value.at[0]);
		else
			buffer_append(to, value.at, size);
		size += size == 0;
		value = text_from(value.at + size, value.size - size);
	}
	buffer_string(to, "\"");
}

/* A sample's name with at most one label, up to the blank before its value. */
static void begin(struct buffer *to, const char *name, const char *label, const char *value)
{
	buffer_printf(to, PREFIX "%s", name);
	if (label) {
		buffer_string(to, "{");
		put_label(to, label, text_of(value));
		buffer_string(to, "}");
	}
	buffer_string(to, " ");
}

static void put(
	struct buffer *to, const char *name, const char *label, const char *value, uint64_t n)
{
	begin(to, name, label, value);
	buffer_number(to, n);
	buffer_string(to, "\n");
}

/* Microseconds as seconds, exactly. */
static void put_seconds(
	struct buffer *to, const char *name, const char *label, const char *value, uint64_t us)
{
	begin(to, name, label, value);
	buffer_printf(to, "%llu.%06llu\n", (unsigned long long)us / 1000000,
		(unsigned long long)us % 1000000);
}

static void gauge(
	struct buffer *to, const char *name, const char *unit, const char *help, uint64_t n)
{
	family(to, name, "gauge", unit, help);
	put(to, name, NULL, NULL, n);
}

/* A counter's family has the name without _total. */
static void counter(
	struct buffer *to, const char *name, const char *unit, const char *help, uint64_t n)
{
	char sample[64];
	snprintf(sample, sizeof sample, "%s_total", name);
	family(to, name, "counter", unit, help);
	put(to, sample, NULL, NULL, n);
}

static void put_server(const struct handler_status_view *v, struct buffer *to)
{
	family(to, "build", "info", NULL, "What is running.");
	buffer_string(to, PREFIX "build_info{");
	put_label(to, "version", text_of(config_server_name(v->config->server_tokens)));
	buffer_string(to, ",");
	put_label(to, "model", text_of(handler_status_view_model(v)));
	buffer_string(to, ",");
	put_label(to, "start_method", text_of(handler_status_view_start_method(v)));
	buffer_string(to, "} 1\n");
	gauge(to, "start_time_seconds", "seconds", "When the server started, since the epoch.",
		(uint64_t)v->started);
	gauge(to, "config_time_seconds", "seconds",
		"When the configuration was last read, since the epoch.", (uint64_t)v->restarted);
	gauge(to, "uptime_seconds", "seconds", "Since the server started.", (uint64_t)v->uptime);
	gauge(to, "generation", NULL, "Restarts that the running workers' generation came after.",
		v->generation);
	counter(to, "restarts", NULL, "Restarts, graceful ones included.", v->totals.restarts);
	counter(to, "upgrades", NULL, "Upgrades that were begun.", v->totals.upgrades);
}

static void put_limits(const struct handler_status_view *v, struct buffer *to)
{
	struct handler_status_limit limits[HANDLER_STATUS_LIMITS];
	handler_status_view_limits(v, limits);
	family(to, "configured_limit", "gauge", NULL, "What a directive limits something to.");
	for (size_t i = 0; i < COUNT_OF(limits); i++)
		put(to, "configured_limit", "directive", limits[i].directive, limits[i].value);
}

static void put_pool(const struct handler_status_view *v, struct buffer *to)
{
	family(to, "workers", "gauge", NULL, "Worker processes by what they are doing.");
	for (uint32_t i = WIRE_STATE_STARTING; i < WIRE_STATES; i++)
		put(to, "workers", "state", handler_status_view_state(i), v->by_state[i]);
	gauge(to, "workers_busy", NULL, "Workers that have something to lose.", v->busy);
	if (v->held)
		gauge(to, "workers_held", NULL, "Workers that are stopped by a signal.",
			v->held_count);
	gauge(to, "worker_places", NULL, "Workers there may be (MaxRequestWorkers).", v->places);
	gauge(to, "workers_memory_bytes", "bytes",
		"Memory of all workers that they share with nobody.", v->memory);
	family(to, "connections", "gauge", NULL, "Open connections.");
	put(to, "connections", "state", "active", v->open - v->open_idle);
	put(to, "connections", "state", "idle", v->open_idle);
	gauge(to, "listen_queue_depth", NULL, "Connections that wait to be accepted.", v->queue);
	gauge(to, "listen_queue_limit", NULL, "Connections that may wait to be accepted.",
		v->queue_limit);
}

static void put_helpers(
	const uint64_t numbers[WIRE_ROLES], const char *name, const char *help, struct buffer *to)
{
	char sample[64];
	snprintf(sample, sizeof sample, "%s_total", name);
	family(to, name, "counter", NULL, help);
	for (uint32_t i = WIRE_ROLE_WORKER + 1; i < WIRE_ROLES; i++)
		put(to, sample, "role", wire_role_name(i), numbers[i]);
}

static void put_lives(const struct handler_status_view *v, struct buffer *to)
{
	counter(to, "worker_births", NULL, "Workers that were started.", v->totals.births);
	counter(to, "worker_births_failed", NULL, "Workers that could not be started.",
		v->totals.refused_births);
	family(to, "worker_deaths", "counter", NULL, "Workers that ended, by the reason.");
	for (uint32_t i = 0; i < WIRE_REASONS; i++)
		put(to, "worker_deaths_total", "reason", wire_reason_name(i),
			v->totals.deaths_by[i]);
	counter(to, "worker_crashes", NULL, "Workers that ended by a failure.", v->totals.crashes);
	put_helpers(v->totals.helper_deaths, "helper_deaths",
		"Processes in no slot that ended, by who it was.", to);
	put_helpers(v->totals.helper_crashes, "helper_crashes",
		"Processes in no slot that ended by a failure, by who it was.", to);
	counter(to, "pool_full", NULL,
		"Times that a spare worker was missing and MaxRequestWorkers left no place.",
		v->totals.full);
	counter(to, "clients_turned_away", NULL,
		"Clients told to come again (503), since no worker was free for long.",
		v->totals.turned_away);
	gauge(to, "worker_young_deaths", NULL, "Workers in a row that died young.", v->young_dead);
	family(to, "worker_births_wait_seconds", "gauge", "seconds",
		"How long births wait because workers die young.");
	put_seconds(to, "worker_births_wait_seconds", NULL, NULL, v->births_wait_ms * 1000ull);
}

static void put_work(const struct handler_status_view *v, struct buffer *to)
{
	const struct wire_counts *c = &v->counts;
	counter(to, "connections_accepted", NULL, "Connections taken.", c->connections);
	counter(to, "connections_closed", NULL, "Connections ended.", c->closed);
	counter(to, "requests", NULL, "Requests answered.", c->requests);
	counter(to, "response_body_bytes", "bytes", "Bytes of bodies sent.", c->bytes);
	family(to, "cpu_seconds", "counter", "seconds",
		"CPU time of all workers, gone ones included.");
	put_seconds(to, "cpu_seconds_total", "mode", "user", c->user_us);
	put_seconds(to, "cpu_seconds_total", "mode", "system", c->system_us);
}

/* As the format wants numbers in labels: always with a point, an exponent or a word. */
static void write_bound(char *to, size_t room, uint64_t us)
{
	double seconds = (double)us / 1e6;
	if (us == UINT64_MAX)
		snprintf(to, room, "+Inf");
	else if (us % 1000000 == 0)
		snprintf(to, room, "%.1f", seconds);
	else
		snprintf(to, room, "%g", seconds);
}

static void put_latency(const struct handler_status_view *v, struct buffer *to)
{
	uint64_t count = 0;
	char bound[32];
	family(to, "request_duration_seconds", "histogram", "seconds",
		"From the first byte of a request to the end of its answer.");
	for (unsigned i = 0; i < WIRE_BUCKETS; i++) {
		uint64_t us = wire_latency_bound(i);
		count += v->latency.bucket[i];
		write_bound(bound, sizeof bound, us);
		put(to, "request_duration_seconds_bucket", "le", bound, count);
	}
	put(to, "request_duration_seconds_count", NULL, NULL, count);
	put_seconds(to, "request_duration_seconds_sum", NULL, NULL, v->counts.took_us);
}

void handler_status_metrics(const struct handler_status_view *v, struct buffer *to)
{
	put_server(v, to);
	put_limits(v, to);
	put_pool(v, to);
	put_lives(v, to);
	put_work(v, to);
	put_latency(v, to);
	buffer_string(to, "# EOF\n");
}
