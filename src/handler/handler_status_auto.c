/*
 * handler_status_auto - the status as Apache's mod_status writes it for programs
 *
 * Runs in:  workers, the parent, the status process
 * Owns:     nothing
 * Errors:   see handler_status_auto.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_auto.h"

#include <time.h>

#define per handler_status_view_per

/* "Saturday, 21-Nov-2026 07:10:02 UTC", as mod_status writes times. */
static void put_time(struct buffer *to, const char *name, time_t t)
{
	char line[64];
	struct tm tm;
	localtime_r(&t, &tm);
	size_t size = strftime(line, sizeof line, "%A, %d-%b-%Y %H:%M:%S %Z", &tm);
	buffer_printf(to, "%s: %.*s\n", name, (int)size, line);
}

void handler_status_auto_uptime(int64_t s, struct buffer *to)
{
	const struct {
		int64_t n;
		const char *unit;
	} parts[] = {{s / 86400, "day"}, {s / 3600 % 24, "hour"}, {s / 60 % 60, "minute"},
		{s % 60, "second"}};
	for (size_t i = 0; i < 4; i++)
		if (parts[i].n || (i == 3 && s == 0))
			buffer_printf(to, " %lld %s%s", (long long)parts[i].n, parts[i].unit,
				parts[i].n == 1 ? "" : "s");
}

static void put_server(const struct handler_status_view *v, struct buffer *to)
{
	buffer_text(to, v->name);
	buffer_printf(to,
		"\nServerVersion: %s\nServerMPM: prefork\nServer Built: " __DATE__ " " __TIME__
		"\nProcessModel: %s\n",
		config_server_name(v->config->server_tokens), handler_status_view_model(v));
	put_time(to, "CurrentTime", (time_t)v->now);
	put_time(to, "RestartTime", (time_t)v->restarted);
	buffer_printf(to,
		"ParentServerConfigGeneration: %u\nParentServerMPMGeneration: %u\n"
		"ServerUptimeSeconds: %lld\nServerUptime:",
		v->generation + 1, v->generation, (long long)v->uptime);
	handler_status_auto_uptime(v->uptime, to);
	buffer_string(to, "\n");
	if (v->load[0] >= 0)
		buffer_printf(to, "Load1: %.2f\nLoad5: %.2f\nLoad15: %.2f\n", v->load[0],
			v->load[1], v->load[2]);
}

static void put_counts(const struct handler_status_view *v, struct buffer *to)
{
	const struct wire_counts *c = &v->counts;
	double up = (double)v->uptime, requests = (double)c->requests;
	double user = (double)c->user_us / 1e6, system = (double)c->system_us / 1e6;
	buffer_printf(to,
		"Total Accesses: %llu\nTotal kBytes: %llu\nTotal Duration: %llu\n"
		"CPUUser: %.2f\nCPUSystem: %.2f\nCPUChildrenUser: 0\nCPUChildrenSystem: 0\n",
		(unsigned long long)c->requests, (unsigned long long)c->bytes / 1024,
		(unsigned long long)c->took_us / 1000, user, system);
	buffer_printf(to, "CPULoad: %g\nUptime: %lld\nReqPerSec: %g\nBytesPerSec: %g\n",
		per((user + system) * 100, up), (long long)v->uptime, per(requests, up),
		per((double)c->bytes, up));
	buffer_printf(to, "BytesPerReq: %g\nDurationPerReq: %g\n", per((double)c->bytes, requests),
		per((double)c->took_us / 1000, requests));
}

/* Workers that hold many connections are what Apache's event MPM has, so they get its fields. */
static void put_pool(const struct handler_status_view *v, struct buffer *to)
{
	buffer_printf(to,
		"BusyWorkers: %u\nGracefulWorkers: %u\nIdleWorkers: %u\nProcesses: %u\n"
		"Stopping: %u\nConnsTotal: %llu\nConnsAsyncWriting: %llu\n"
		"ConnsAsyncKeepAlive: %llu\nConnsAsyncClosing: 0\n",
		v->busy, v->leaving, v->idle, v->processes, v->leaving, (unsigned long long)v->open,
		(unsigned long long)(v->open - v->open_idle), (unsigned long long)v->open_idle);
	if (v->keeper > 0 || v->kept)
		buffer_printf(to, "KeeperPID: %d\nConnsKept: %u\nConnsKeptWaiting: %u\n", v->keeper,
			v->kept, v->kept_waiting);
	if (v->starter > 0 || v->programs)
		buffer_printf(to, "StarterPID: %d\nStarterSilent: %u\nProgramsRunning: %u\n",
			v->starter, v->starter_silent_s, v->programs);
}

void handler_status_auto_board(const struct handler_status_view *v, struct buffer *to)
{
	for (uint32_t i = 0; i < v->rows || i < v->places; i++) {
		uint32_t state = i < v->rows ? v->row[i].state : WIRE_STATE_OPEN;
		char letter = wire_state_letter(state);
		/* Behind the pool's own places stand those who leave; nobody can be born there. */
		if (i < v->places || state != WIRE_STATE_OPEN)
			buffer_append(to, &letter, 1);
	}
}

void handler_status_auto(const struct handler_status_view *v, struct buffer *to)
{
	put_server(v, to);
	put_counts(v, to);
	put_pool(v, to);
	buffer_string(to, "Scoreboard: ");
	handler_status_auto_board(v, to);
	buffer_string(to, "\n");
}
