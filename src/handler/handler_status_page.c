/*
 * handler_status_page - the status as a page for people
 *
 * Runs in:  workers, the status process
 * Owns:     nothing
 * Errors:   see handler_status_page.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_page.h"

#include "base/assert.h"
#include "handler/handler_status_auto.h"
#include "handler/handler_status_style.h"
#include "http/http_date.h"

#define per handler_status_view_per

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

static void html_top(struct buffer *to, const struct handler_status_view *v, unsigned refresh)
{
	buffer_string(to, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			  "<link rel=\"icon\" href=\"data:,\">\n");
	if (refresh)
		buffer_printf(to, "<meta http-equiv=\"refresh\" content=\"%u\">\n", refresh);
	buffer_printf(
		to, "<title>%u busy, %u idle - server status</title>\n<style>\n", v->busy, v->idle);
	buffer_string(to, style);
	buffer_string(to, "</style></head>\n<body><main>\n<header><h1>");
	buffer_html(to, v->name);
	buffer_string(to,
		"</h1>\n<p>Refresh: <a href=\"?refresh=1\">1&nbsp;s</a> "
		"<a href=\"?refresh=5\">5&nbsp;s</a> <a href=\"?\">off</a> &nbsp; "
		"<a href=\"?auto\">as text</a> <a href=\"?json\">as JSON</a></p></header>\n");
	char started[HTTP_DATE_SIZE], now[HTTP_DATE_SIZE];
	http_date_format(started, (time_t)v->started);
	http_date_format(now, (time_t)v->now);
	buffer_printf(to, "<p>%s, parent %d, started %.*s, now %.*s</p>\n",
		config_server_name(v->config->server_tokens), v->parent, HTTP_DATE_SIZE, started,
		HTTP_DATE_SIZE, now);
}

static void html_summary(struct buffer *to, const struct handler_status_view *v)
{
	buffer_printf(to, "<dl>\n<div><dt>Requests</dt><dd>%llu</dd></div>\n",
		(unsigned long long)v->counts.requests);
	buffer_printf(to, "<div><dt>Per second</dt><dd>%.1f</dd></div>\n",
		per((double)v->counts.requests, (double)v->uptime));
	buffer_string(to, "<div><dt>Sent</dt><dd>");
	write_bytes(to, v->counts.bytes);
	buffer_printf(to,
		"</dd></div>\n<div><dt>Busy workers</dt><dd>%u</dd></div>\n"
		"<div><dt>Idle workers</dt><dd>%u</dd></div>\n<div><dt>Uptime</dt><dd>",
		v->busy, v->idle);
	handler_status_auto_uptime(v->uptime, to);
	buffer_printf(to,
		"</dd></div>\n<div><dt>Generation</dt><dd>%u</dd></div>\n"
		"<div><dt>Process model</dt><dd>%s</dd></div>\n</dl>\n",
		v->generation, handler_status_view_model(v));
}

static void html_board(struct buffer *to, const struct handler_status_view *v)
{
	buffer_printf(to,
		"<h2>Scoreboard</h2>\n<div class=\"board\" role=\"img\" "
		"aria-label=\"%u busy, %u idle, %u empty slots\">",
		v->busy, v->idle, v->places > v->processes ? v->places - v->processes : 0);
	for (uint32_t i = 0; i < v->rows; i++)
		if (i < v->places || v->row[i].state != WIRE_STATE_OPEN)
			write_letter(to, v->row[i].state);
	buffer_string(to, "</div>\n");
	if (v->places > v->rows)
		buffer_printf(to, "<p>and %u empty slots</p>\n", v->places - v->rows);
	if (v->held_count)
		buffer_printf(to, "<p>%u of the workers %s stopped by a signal (SIGSTOP)</p>\n",
			v->held_count, v->held_count == 1 ? "is" : "are");
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

static void html_workers(struct buffer *to, const struct handler_status_view *v)
{
	static const char *const columns[] = {
		"Slot", "Gen", "PID", "State", "Connections", "Requests", "Bytes", "Request"};
	buffer_string(to, "<h2>Workers</h2>\n<div class=\"t\" tabindex=\"0\" role=\"region\" "
			  "aria-label=\"Workers\">\n<table>\n<thead><tr>");
	for (size_t i = 0; i < 8; i++)
		buffer_printf(to, "<th%s scope=\"col\">%s</th>",
			i == 3 || i == 7 ? "" : " class=\"r\"", columns[i]);
	buffer_string(to, "</tr></thead>\n<tbody>\n");
	for (uint32_t i = 0; i < v->rows; i++)
		if (v->row[i].state != WIRE_STATE_OPEN)
			html_row(to, i, &v->row[i]);
	buffer_string(to, "</tbody></table></div>\n<h2>Letters</h2>\n<ul>");
	for (uint32_t state = 0; state < WIRE_STATES; state++) {
		buffer_string(to, "<li>");
		write_letter(to, state);
		buffer_printf(to, " %s</li>\n", wire_state_words(state));
	}
	buffer_string(to, "</ul>\n</main></body></html>\n");
}

void handler_status_page(
	const struct handler_status_view *view, unsigned refresh, struct buffer *to)
{
	html_top(to, view, refresh);
	html_summary(to, view);
	html_board(to, view);
	html_workers(to, view);
}
