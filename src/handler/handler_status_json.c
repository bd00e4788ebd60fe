/*
 * handler_status_json - the status as JSON
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   see handler_status_json.h
 *
 * Times are seconds of the calendar, durations seconds, sizes bytes, as in the metrics.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_json.h"

#include "base/assert.h"

enum { SCHEMA = 1 };

static void put_pid(struct json *j, const char *name, int32_t pid)
{
	if (pid > 0)
		json_integer(j, name, pid);
	else
		json_null(j, name);
}

/* Where the parent may not look, or has not yet, nothing is said. */
static void put_pss(struct json *j, bool known, uint64_t bytes)
{
	if (known)
		json_number(j, "pss", bytes);
	else
		json_null(j, "pss");
}

static void put_limits(const struct handler_status_view *v, struct json *j)
{
	struct handler_status_limit limits[HANDLER_STATUS_LIMITS];
	handler_status_view_limits(v, limits);
	json_object(j, "limits");
	for (size_t i = 0; i < COUNT_OF(limits); i++)
		json_number(j, limits[i].name, limits[i].value);
	json_end(j);
}

void handler_status_json_server(const struct handler_status_view *v, struct json *j)
{
	char address[OS_ADDRESS_TEXT];
	json_object(j, "server");
	json_text(j, "name", v->name);
	json_string(j, "version", config_server_name(v->config->server_tokens));
	put_pid(j, "pid", v->parent);
	put_pid(j, "predecessor", v->predecessor);
	put_pid(j, "successor", v->successor);
	put_pid(j, "status_process", v->status_process);
	put_pid(j, "forkserver", v->forkserver);
	put_pid(j, "keeper", v->keeper);
	put_pid(j, "starter", v->starter);
	json_integer(j, "started", v->started);
	json_integer(j, "restarted", v->restarted);
	json_integer(j, "uptime", v->uptime);
	json_number(j, "generation", v->generation);
	json_string(j, "model", handler_status_view_model(v));
	json_string(j, "start_method", handler_status_view_start_method(v));
	json_string(j, "accept_mutex", handler_status_view_accept_mutex(v));
	json_string(j, "sandbox", v->sandbox);
	json_bool(j, "extended", v->config->extended_status);
	json_array(j, "listen");
	for (size_t i = 0; i < v->config->listen_count; i++)
		json_string(j, NULL, os_address_format(&v->config->listens[i].address, address));
	json_end(j);
	json_array(j, "load");
	for (size_t i = 0; i < COUNT_OF(v->load) && v->load[i] >= 0; i++)
		json_real(j, NULL, v->load[i], 2);
	json_end(j);
	put_limits(v, j);
	json_end(j);
}

/* A number for each role that has no slot. */
static void put_helpers(struct json *j, const char *name, const uint64_t numbers[WIRE_ROLES])
{
	json_object(j, name);
	for (uint32_t i = WIRE_ROLE_WORKER + 1; i < WIRE_ROLES; i++)
		json_number(j, wire_role_name(i), numbers[i]);
	json_end(j);
}

static void put_totals(const struct handler_status_view *v, struct json *j)
{
	const struct wire_counts *c = &v->counts;
	json_object(j, "totals");
	json_number(j, "requests", c->requests);
	json_number(j, "bytes", c->bytes);
	json_number(j, "connections", c->connections);
	json_number(j, "connections_closed", c->closed);
	json_seconds(j, "duration", c->took_us);
	json_seconds(j, "cpu_user", c->user_us);
	json_seconds(j, "cpu_system", c->system_us);
	json_number(j, "births", v->totals.births);
	json_number(j, "births_failed", v->totals.refused_births);
	json_number(j, "deaths", v->totals.deaths);
	json_number(j, "crashes", v->totals.crashes);
	json_number(j, "pool_full", v->totals.full);
	json_number(j, "turned_away", v->totals.turned_away);
	json_number(j, "restarts", v->totals.restarts);
	json_number(j, "upgrades", v->totals.upgrades);
	json_object(j, "deaths_by_reason");
	for (uint32_t i = 0; i < WIRE_REASONS; i++)
		json_number(j, wire_reason_name(i), v->totals.deaths_by[i]);
	json_end(j);
	put_helpers(j, "helper_deaths", v->totals.helper_deaths);
	put_helpers(j, "helper_crashes", v->totals.helper_crashes);
	json_end(j);
}

static void put_pool(const struct handler_status_view *v, struct json *j)
{
	json_object(j, "pool");
	json_number(j, "places", v->places);
	json_number(j, "processes", v->processes);
	json_number(j, "busy", v->busy);
	json_number(j, "idle", v->idle);
	json_number(j, "leaving", v->leaving);
	if (v->held)
		json_number(j, "held", v->held_count);
	else
		json_null(j, "held");
	json_number(j, "connections", v->open);
	json_number(j, "connections_idle", v->open_idle);
	json_number(j, "connections_kept", v->kept);
	json_number(j, "connections_kept_waiting", v->kept_waiting);
	json_number(j, "programs", v->programs);
	json_number(j, "starter_silent", v->starter_silent_s);
	json_number(j, "memory", v->memory);
	put_pss(j, v->pss_unknown == 0, v->pss);
	json_real(j, "requests_per_second", handler_status_view_rate(v, 10), 1);
	json_number(j, "young_deaths", v->young_dead);
	json_seconds(j, "births_wait", v->births_wait_ms * 1000ull);
	json_object(j, "states");
	for (uint32_t i = WIRE_STATE_STARTING; i < WIRE_STATES; i++)
		json_number(j, handler_status_view_state(i), v->by_state[i]);
	json_end(j);
	json_end(j);
}

static void put_latency(const struct handler_status_view *v, struct json *j)
{
	static const struct {
		const char *name;
		double share;
	} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}};
	json_object(j, "latency");
	json_number(j, "count", wire_latency_count(&v->latency));
	for (size_t i = 0; i < COUNT_OF(quantiles); i++)
		json_seconds(j, quantiles[i].name,
			wire_latency_quantile(&v->latency, quantiles[i].share));
	json_array(j, "buckets");
	for (unsigned i = 0; i < WIRE_BUCKETS; i++) {
		uint64_t bound = wire_latency_bound(i);
		json_object(j, NULL);
		if (bound == UINT64_MAX)
			json_null(j, "le");
		else
			json_seconds(j, "le", bound);
		json_number(j, "count", v->latency.bucket[i]);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

void handler_status_json_sums(const struct handler_status_view *v, struct json *j)
{
	json_integer(j, "now", v->now);
	put_totals(v, j);
	put_pool(v, j);
	json_object(j, "listen_queue");
	json_number(j, "depth", v->queue);
	json_number(j, "limit", v->queue_limit);
	json_end(j);
	put_latency(v, j);
}

static void put_request(const char *client, const char *request, const char *host, struct json *j)
{
	json_string(j, "client", client);
	json_string(j, "request", request);
	json_string(j, "host", host);
}

void handler_status_json_worker(const struct handler_status_view *v, uint32_t n, struct json *j)
{
	const struct wire_slot *row = &v->row[n];
	char letter = wire_state_letter(row->state);
	json_object(j, NULL);
	json_number(j, "slot", n);
	put_pid(j, "pid", row->pid);
	json_number(j, "generation", row->generation);
	json_text(j, "state", text_from(&letter, 1));
	json_string(j, "state_name", handler_status_view_state(row->state));
	json_bool(j, "busy", wire_state_busy(row->state));
	json_number(j, "connections", row->open);
	json_number(j, "connections_idle", row->idle);
	json_number(j, "connections_taken", row->counts.connections);
	json_number(j, "requests", row->counts.requests);
	json_number(j, "bytes", row->counts.bytes);
	json_integer(j, "born", row->born);
	json_integer(j, "age", handler_status_view_since(v, row->born_ms));
	json_integer(j, "reported", row->reported);
	json_number(j, "silent", row->silent_s);
	if (v->held)
		json_bool(j, "held", v->held[n]);
	else
		json_null(j, "held");
	json_seconds(j, "cpu_user", row->counts.user_us);
	json_seconds(j, "cpu_system", row->counts.system_us);
	json_number(j, "memory", row->memory);
	put_pss(j, row->pss_kib != 0, row->pss_kib * 1024ull);
	json_number(j, "reports", row->reports);
	json_seconds(j, "duration", row->counts.took_us);
	json_seconds(j, "last_duration", row->last_us);
	json_number(j, "queue", row->queue);
	put_request(row->client, row->request, row->host, j);
	json_end(j);
}

/* Where it was and how it ended. */
static void put_end(const struct wire_death *d, struct json *j)
{
	bool helper = d->role != WIRE_ROLE_WORKER;
	json_string(j, "role", wire_role_name(d->role));
	if (helper)
		json_null(j, "slot");
	else
		json_number(j, "slot", d->slot);
	put_pid(j, "pid", d->pid);
	json_number(j, "generation", d->generation);
	json_string(j, "reason", wire_reason_name(d->reason));
	json_string(j, "words", wire_reason_words(d->reason));
	json_bool(j, "failure", wire_reason_failure(d->reason));
	if (d->signal)
		json_integer(j, "signal", d->signal);
	else
		json_null(j, "signal");
	if (d->signal)
		json_null(j, "exit_code");
	else
		json_integer(j, "exit_code", d->exit_code);
	json_seconds(j, "age", d->age_ms * 1000);
	if (helper)
		json_null(j, "state_name");
	else
		json_string(j, "state_name", handler_status_view_state(d->state));
}

void handler_status_json_death(const struct handler_status_view *v, uint32_t n, struct json *j)
{
	const struct wire_death *d = &v->death[n];
	json_object(j, NULL);
	json_number(j, "number", v->death_count - n);
	json_integer(j, "time", d->when);
	put_end(d, j);
	json_number(j, "connections", d->open);
	json_bool(j, "busy", d->busy);
	json_number(j, "requests", d->counts.requests);
	json_number(j, "bytes", d->counts.bytes);
	json_seconds(j, "cpu_user", d->counts.user_us);
	json_seconds(j, "cpu_system", d->counts.system_us);
	json_number(j, "memory", d->most_memory);
	json_number(j, "minor_faults", d->faults);
	json_number(j, "major_faults", d->major_faults);
	json_number(j, "voluntary_switches", d->switches);
	json_number(j, "forced_switches", d->forced_switches);
	put_request(d->client, d->request, d->host, j);
	json_end(j);
}

void handler_status_json_sample(const struct handler_status_view *v, uint32_t n, struct json *j)
{
	const struct wire_sample *s = &v->sample[n];
	json_object(j, NULL);
	json_integer(j, "time", s->when);
	json_number(j, "requests", s->requests);
	json_number(j, "connections", s->connections);
	json_number(j, "bytes", s->bytes);
	json_number(j, "busy", s->busy);
	json_number(j, "idle", s->idle);
	json_number(j, "spare", s->spare);
	json_number(j, "open", s->open);
	json_number(j, "queue", s->queue);
	json_number(j, "births", s->births);
	json_number(j, "deaths", s->deaths);
	json_number(j, "crashes", s->crashes);
	json_seconds(j, "cpu", s->cpu_ms * 1000ull);
	json_seconds(j, "p50", s->p50_us);
	json_seconds(j, "p90", s->p90_us);
	json_seconds(j, "p99", s->p99_us);
	json_end(j);
}

void handler_status_json_event(const struct handler_status_view *v, uint32_t n, struct json *j)
{
	const struct wire_event *e = &v->event[n];
	struct buffer words = BUFFER_INIT;
	wire_chronicle_words(e, &words);
	json_object(j, NULL);
	json_number(j, "number", e->number);
	json_seconds(j, "time", e->when_us);
	json_string(j, "kind", wire_chronicle_name(e->kind));
	put_pid(j, "pid", e->pid);
	if (e->role == WIRE_ROLE_WORKER)
		json_number(j, "slot", e->slot);
	else
		json_null(j, "slot");
	json_number(j, "generation", e->generation);
	json_bool(j, "failure", wire_chronicle_failure(e));
	json_text(j, "words", buffer_view(&words));
	json_end(j);
	buffer_free(&words);
}

void handler_status_json(const struct handler_status_view *v, struct buffer *to)
{
	struct json j;
	json_begin(&j, to);
	json_object(&j, NULL);
	json_number(&j, "schema", SCHEMA);
	handler_status_json_server(v, &j);
	handler_status_json_sums(v, &j);
	json_array(&j, "workers");
	for (uint32_t i = 0; i < v->rows; i++)
		if (v->row[i].state != WIRE_STATE_OPEN)
			handler_status_json_worker(v, i, &j);
	json_end(&j);
	json_array(&j, "deaths");
	for (uint32_t i = 0; i < v->deaths; i++)
		handler_status_json_death(v, i, &j);
	json_end(&j);
	json_array(&j, "samples");
	for (uint32_t i = 0; i < v->samples; i++)
		handler_status_json_sample(v, i, &j);
	json_end(&j);
	json_array(&j, "log");
	for (uint32_t i = 0; i < v->events; i++)
		handler_status_json_event(v, i, &j);
	json_end(&j);
	json_end(&j);
}
