/*
 * handler_status - the status page: what the parent knows, for people and for programs
 *
 * Runs in:  worker; it only looks at the scoreboard, so it asks nobody and waits for nobody
 * Owns:     nothing
 * Errors:   none
 *
 * "?auto" has the fields of Apache's mod_status, in its spelling and with its letters, so that what
 * reads Apache's reads ours. "?refresh=N" makes a browser look again every N seconds.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_style.h"

#include "handler/handler.h"
#include "http/http_date.h"

#include <stdlib.h>
#include <time.h>

/* The sums over all slots. */
struct sums {
	struct wire_totals totals;
	struct wire_counts counts; /* of the living and the dead */
	unsigned busy, idle, graceful, processes, open;
	int64_t uptime;
};

static const char *const models[] = {
	[CONFIG_PREFORK] = "prefork", [CONFIG_FORK] = "fork", [CONFIG_DISPATCH] = "dispatch"};

/* Rows a page shows: every place of the pool, and what lies behind it as far as it is in use. */
static uint32_t rows_of(const struct wire_scoreboard *board)
{
	return board->used > board->limit ? board->used : board->limit;
}

static void count_row(struct sums *s, const struct wire_slot *row)
{
	wire_counts_add(&s->counts, &row->counts);
	if (row->state == WIRE_STATE_OPEN)
		return;
	s->processes++;
	s->open += row->open;
	s->graceful += row->state == WIRE_STATE_GRACEFUL;
	if (wire_state_busy(row->state))
		s->busy++;
	else if (row->state == WIRE_STATE_READY)
		s->idle++;
}

static void sum_up(const struct handler_call *call, struct sums *s)
{
	const struct wire_scoreboard *board = call->scoreboard;
	*s = (struct sums){0};
	wire_scoreboard_totals(board, &s->totals);
	s->counts = s->totals.gone;
	for (uint32_t i = 0; i < board->used; i++) {
		struct wire_slot row;
		wire_scoreboard_read(board, i, &row);
		count_row(s, &row);
	}
	s->uptime = call->now - board->restarted;
}

static double per(double what, double of)
{
	return of > 0 ? what / of : 0;
}

static struct text server_name(const struct handler_call *call)
{
	if (call->host->server_name)
		return text_of(call->host->server_name);
	return call->request->authority.size ? call->request->authority : TEXT("localhost");
}

/* "Saturday, 21-Nov-2026 07:10:02 UTC", as mod_status writes times. */
static void write_time(struct buffer *to, time_t t)
{
	char line[64];
	struct tm tm;
	localtime_r(&t, &tm);
	buffer_append(to, line, strftime(line, sizeof line, "%A, %d-%b-%Y %H:%M:%S %Z", &tm));
}

static void write_uptime(struct buffer *to, int64_t s)
{
	struct {
		int64_t n;
		const char *unit;
	} parts[] = {{s / 86400, "day"}, {s / 3600 % 24, "hour"}, {s / 60 % 60, "minute"},
		{s % 60, "second"}};
	for (size_t i = 0; i < 4; i++)
		if (parts[i].n || i == 3)
			buffer_printf(to, " %lld %s%s", (long long)parts[i].n, parts[i].unit,
				parts[i].n == 1 ? "" : "s");
}

static void auto_server(struct buffer *to, const struct handler_call *call, const struct sums *s)
{
	const struct wire_scoreboard *board = call->scoreboard;
	double load[3] = {0, 0, 0};
	buffer_text(to, server_name(call));
	buffer_printf(to,
		"\nServerVersion: %s\nServerMPM: prefork\nServer Built: " __DATE__ " " __TIME__
		"\nProcessModel: %s\n",
		config_server_name(call->config->server_tokens), models[board->process_model]);
	buffer_string(to, "CurrentTime: ");
	write_time(to, call->now);
	buffer_string(to, "\nRestartTime: ");
	write_time(to, board->restarted);
	buffer_printf(to,
		"\nParentServerConfigGeneration: %u\nParentServerMPMGeneration: %u\n"
		"ServerUptimeSeconds: %lld\nServerUptime:",
		board->generation + 1, board->generation, (long long)s->uptime);
	write_uptime(to, s->uptime);
	if (getloadavg(load, 3) == 3)
		buffer_printf(
			to, "\nLoad1: %.2f\nLoad5: %.2f\nLoad15: %.2f", load[0], load[1], load[2]);
	buffer_string(to, "\n");
}

static void auto_counts(struct buffer *to, const struct sums *s)
{
	const struct wire_counts *c = &s->counts;
	double up = (double)s->uptime, requests = (double)c->requests;
	double user = (double)c->user_us / 1e6, system = (double)c->system_us / 1e6;
	buffer_printf(to,
		"Total Accesses: %llu\nTotal kBytes: %llu\nTotal Duration: %llu\n"
		"CPUUser: %.2f\nCPUSystem: %.2f\nCPUChildrenUser: 0\nCPUChildrenSystem: 0\n",
		(unsigned long long)c->requests, (unsigned long long)c->bytes / 1024,
		(unsigned long long)c->took_us / 1000, user, system);
	buffer_printf(to, "CPULoad: %g\nUptime: %lld\nReqPerSec: %g\nBytesPerSec: %g\n",
		per((user + system) * 100, up), (long long)s->uptime, per(requests, up),
		per((double)c->bytes, up));
	buffer_printf(to, "BytesPerReq: %g\nDurationPerReq: %g\n", per((double)c->bytes, requests),
		per((double)c->took_us / 1000, requests));
	buffer_printf(to,
		"BusyWorkers: %u\nGracefulWorkers: %u\nIdleWorkers: %u\nProcesses: %u\n"
		"Stopping: %u\nConnsTotal: %u\n",
		s->busy, s->graceful, s->idle, s->processes, s->graceful, s->open);
}

static void write_auto(struct buffer *to, const struct handler_call *call, const struct sums *s)
{
	auto_server(to, call, s);
	auto_counts(to, s);
	buffer_string(to, "Scoreboard: ");
	for (uint32_t i = 0; i < rows_of(call->scoreboard); i++) {
		struct wire_slot row;
		wire_scoreboard_read(call->scoreboard, i, &row);
		char letter = wire_state_letter(row.state);
		buffer_append(to, &letter, 1);
	}
	buffer_string(to, "\n");
}

static void write_letter(struct buffer *to, uint32_t state)
{
	char letter = wire_state_letter(state);
	buffer_printf(to, "<i class=\"%c\">%c</i>", letter == '.' ? 'n' : letter, letter);
}

static void write_bytes(struct buffer *to, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double n = (double)bytes;
	size_t unit = 0;
	for (; n >= 1000 && unit < 4; unit++)
		n /= 1000;
	buffer_printf(to, unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

static void html_top(struct buffer *to, const struct handler_call *call, const struct sums *s)
{
	unsigned long long refresh;
	struct text query = call->request->query;
	buffer_string(to, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			  "<link rel=\"icon\" href=\"data:,\">\n");
	if (text_starts(query, TEXT("refresh=")) &&
		text_number(text_from(query.at + 8, query.size - 8), 3600, &refresh) && refresh)
		buffer_printf(to, "<meta http-equiv=\"refresh\" content=\"%llu\">\n", refresh);
	buffer_printf(
		to, "<title>%u busy, %u idle - server status</title>\n<style>\n", s->busy, s->idle);
	buffer_string(to, style);
	buffer_string(to, "</style></head>\n<body><main>\n<header><h1>");
	buffer_html(to, server_name(call));
	buffer_string(to, "</h1>\n<p>Refresh: <a href=\"?refresh=1\">1&nbsp;s</a> "
			  "<a href=\"?refresh=5\">5&nbsp;s</a> <a href=\"?\">off</a> &nbsp; "
			  "<a href=\"?auto\">as text</a></p></header>\n");
	char started[HTTP_DATE_SIZE], now[HTTP_DATE_SIZE];
	http_date_format(started, call->scoreboard->started);
	http_date_format(now, call->now);
	buffer_printf(to, "<p>%s, parent %d, started %.*s, now %.*s</p>\n",
		config_server_name(call->config->server_tokens), call->scoreboard->parent,
		HTTP_DATE_SIZE, started, HTTP_DATE_SIZE, now);
}

static void html_summary(struct buffer *to, const struct handler_call *call, const struct sums *s)
{
	buffer_printf(to, "<dl>\n<div><dt>Requests</dt><dd>%llu</dd></div>\n",
		(unsigned long long)s->counts.requests);
	buffer_printf(to, "<div><dt>Per second</dt><dd>%.1f</dd></div>\n",
		per((double)s->counts.requests, (double)s->uptime));
	buffer_string(to, "<div><dt>Sent</dt><dd>");
	write_bytes(to, s->counts.bytes);
	buffer_printf(to,
		"</dd></div>\n<div><dt>Busy workers</dt><dd>%u</dd></div>\n"
		"<div><dt>Idle workers</dt><dd>%u</dd></div>\n<div><dt>Uptime</dt><dd>",
		s->busy, s->idle);
	write_uptime(to, s->uptime);
	buffer_printf(to,
		"</dd></div>\n<div><dt>Generation</dt><dd>%u</dd></div>\n"
		"<div><dt>Process model</dt><dd>%s</dd></div>\n</dl>\n",
		call->scoreboard->generation, models[call->scoreboard->process_model]);
}

static void html_board(struct buffer *to, const struct wire_scoreboard *board, const struct sums *s)
{
	buffer_printf(to,
		"<h2>Scoreboard</h2>\n<div class=\"board\" role=\"img\" "
		"aria-label=\"%u busy, %u idle, %u empty slots\">",
		s->busy, s->idle, board->limit > s->processes ? board->limit - s->processes : 0);
	for (uint32_t i = 0; i < board->used; i++) {
		struct wire_slot row;
		wire_scoreboard_read(board, i, &row);
		write_letter(to, row.state);
	}
	buffer_string(to, "</div>\n");
	if (board->limit > board->used)
		buffer_printf(to, "<p>and %u empty slots</p>\n", board->limit - board->used);
}

static void html_row(struct buffer *to, uint32_t slot, const struct wire_slot *row)
{
	buffer_printf(to,
		"<tr><td class=\"r\">%u</td><td class=\"r\">%u</td><td class=\"r\">%d</td><td>",
		slot, row->generation, row->pid);
	write_letter(to, row->state);
	buffer_printf(to,
		" %s</td><td class=\"r\">%u</td><td class=\"r\">%llu</td><td class=\"r\">",
		wire_state_words(row->state), row->open, (unsigned long long)row->counts.requests);
	write_bytes(to, row->counts.bytes);
	buffer_string(to, "</td><td>");
	buffer_html(to, text_of(row->request));
	buffer_string(to, "</td></tr>\n");
}

static void html_workers(struct buffer *to, const struct wire_scoreboard *board)
{
	static const char *const columns[] = {
		"Slot", "Gen", "PID", "State", "Connections", "Requests", "Bytes", "Request"};
	buffer_string(to, "<h2>Workers</h2>\n<div class=\"t\" tabindex=\"0\" role=\"region\" "
			  "aria-label=\"Workers\">\n<table>\n<thead><tr>");
	for (size_t i = 0; i < 8; i++)
		buffer_printf(to, "<th%s scope=\"col\">%s</th>",
			i == 3 || i == 7 ? "" : " class=\"r\"", columns[i]);
	buffer_string(to, "</tr></thead>\n<tbody>\n");
	for (uint32_t i = 0; i < board->used; i++) {
		struct wire_slot row;
		wire_scoreboard_read(board, i, &row);
		if (row.state != WIRE_STATE_OPEN)
			html_row(to, i, &row);
	}
	buffer_string(to, "</tbody></table></div>\n<h2>Letters</h2>\n<ul>");
	for (uint32_t state = 0; state < WIRE_STATES; state++) {
		buffer_string(to, "<li>");
		write_letter(to, state);
		buffer_printf(to, " %s</li>\n", wire_state_words(state));
	}
	buffer_string(to, "</ul>\n</main></body></html>\n");
}

int handler_status(struct handler_call *call)
{
	struct sums sums;
	struct http_response *r = call->response;
	int status = handler_only_get(call);
	if (status)
		return status;
	sum_up(call, &sums);
	r->kind = HTTP_BODY_BYTES;
	http_response_field(r, TEXT("Cache-Control"), TEXT("no-store"));
	struct text query = call->request->query;
	if (text_equal(query, TEXT("auto")) || text_starts(query, TEXT("auto&"))) {
		r->type = TEXT("text/plain; charset=utf-8");
		write_auto(&r->bytes, call, &sums);
		return 0;
	}
	r->type = TEXT("text/html; charset=utf-8");
	html_top(&r->bytes, call, &sums);
	html_summary(&r->bytes, call, &sums);
	html_board(&r->bytes, call->scoreboard, &sums);
	html_workers(&r->bytes, call->scoreboard);
	return r->bytes.failed ? 500 : 0;
}
