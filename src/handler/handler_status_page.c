/*
 * handler_status_page - the status as a page for people
 *
 * Runs in:  workers, the status process
 * Owns:     nothing
 * Errors:   see handler_status_page.h
 *
 * It says all it has to say as plain HTML. Where a browser runs its scripts (src/handler/page),
 * they go on from there with what ?events sends; what only they can fill is of the class "live" and
 * has its size from the beginning, so that nothing moves when they do.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_page.h"

#include "base/assert.h"
#include "handler/handler_status_auto.h"
#include "handler/handler_status_text.h"
#include "http/http_date.h"

#define per handler_status_view_per

enum {
	STILL_S = 3, /* without a sign of life that are worth a word, as in panels.js */
};

static void write_letter(struct buffer *to, uint32_t state)
{
	char letter = wire_state_letter(state);
	buffer_printf(to, "<i class=\"%c\">%c</i>", letter == '.' ? 'n' : letter, letter);
}

static void html_head(struct buffer *to, const struct handler_status_view *v, unsigned refresh)
{
	buffer_string(to, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			  "<link rel=\"icon\" href=\"data:,\">\n");
	if (refresh)
		buffer_printf(to, "<meta http-equiv=\"refresh\" content=\"%u\">\n", refresh);
	buffer_printf(to, "<title>%u busy, %u idle - server status</title>\n", v->busy, v->idle);
	buffer_string(to, "<link rel=\"stylesheet\" href=\"?asset=status.css\">\n");
	if (!refresh)
		buffer_string(to, "<script type=\"module\" src=\"?asset=status.js\"></script>\n");
	buffer_printf(to, "</head>\n<body%s%s>\n", refresh ? " class=\"still\"" : "",
		v->manual ? " data-manual=\"/manual/\"" : "");
}

static void html_top(struct buffer *to, const struct handler_status_view *v)
{
	char started[HTTP_DATE_SIZE];
	http_date_format(started, (time_t)v->started);
	int mode = (int)strcspn(v->sandbox, ":"); /* of our own words, which need no escape */
	buffer_string(to, "<a class=\"skip\" href=\"#workers\">Skip to the workers</a>\n"
			  "<header><div><h1>");
	buffer_html(to, v->name);
	buffer_printf(to,
		"</h1>\n<p class=\"facts\"><span>%s</span> <span data-explain=\"parent\">parent "
		"<b id=\"parent\">%d</b></span> <span data-explain=\"model\">model <b "
		"id=\"model\">%s</b></span> <span data-explain=\"method\">born by <b "
		"id=\"method\">%s</b></span> <span data-explain=\"generation\">generation <b "
		"id=\"generation\">%u</b></span> <span data-explain=\"sandbox\">sandbox <b "
		"title=\"%s\">%.*s</b></span> "
		"<span>up <b id=\"uptime\" title=\"since %.*s\">",
		config_server_name(v->config->server_tokens), v->parent,
		handler_status_view_model(v), handler_status_view_start_method(v), v->generation,
		v->sandbox, mode, v->sandbox, HTTP_DATE_SIZE, started);
	struct buffer up = BUFFER_INIT;
	handler_status_auto_uptime(v->uptime, &up);
	buffer_text(to, text_trim(buffer_view(&up)));
	buffer_free(&up);
	buffer_printf(to,
		"</b></span></p></div>\n<p class=\"ways\"><span id=\"link\" class=\"live\" "
		"role=\"status\">connecting</span> <button type=\"button\" class=\"live\" "
		"id=\"language\" lang=\"zh-CN\">中文</button> <span class=\"plain\">Refresh: <a "
		"href=\"?refresh=1\">1&nbsp;s</a> <a href=\"?refresh=5\">5&nbsp;s</a> <a "
		"href=\"?\">off</a></span> <a href=\"?auto\">Text</a> <a href=\"?json\">JSON</a> "
		"<a href=\"?trace\" download=\"preforkd-trace.json\">Trace</a>%s</p></header>\n",
		v->manual
			? " <a href=\"/manual/\">Manual</a> <a href=\"/manual/learn/\">Lessons</a>"
			: "");
}

static bool is_held(const struct handler_status_view *v, uint32_t n)
{
	return v->held && v->held[n];
}

/* Nothing moves in it, and no signal is why. */
static bool hangs(const struct handler_status_view *v, uint32_t n)
{
	return v->row[n].state != WIRE_STATE_OPEN && v->row[n].silent_s >= STILL_S &&
	       !is_held(v, n);
}

/* Those that hang while others go on; whether there are any. */
static bool say_hanging(struct buffer *to, const struct handler_status_view *v)
{
	const struct wire_slot *worst = NULL;
	uint32_t count = 0;
	for (uint32_t i = 0; i < v->rows; i++) {
		if (!hangs(v, i))
			continue;
		count++;
		if (!worst || v->row[i].silent_s > worst->silent_s)
			worst = &v->row[i];
	}
	if (count == 1)
		buffer_printf(
			to, "Nothing moves in worker %d for %u s.", worst->pid, worst->silent_s);
	else if (count)
		buffer_printf(to, "Nothing moves in %u workers, in %d for %u s.", count, worst->pid,
			worst->silent_s);
	return count > 0;
}

/* Who leaves serves nobody new: what is said of those who serve does not count it. */
static bool leaves(const struct wire_slot *row)
{
	return row->state == WIRE_STATE_GRACEFUL || row->state == WIRE_STATE_IDLE_STOP;
}

struct serving {
	uint32_t all, held, busy, taken; /* taken: places of the pool with a process in them */
};

static struct serving count_serving(const struct handler_status_view *v)
{
	struct serving s = {0};
	for (uint32_t i = 0; i < v->rows; i++) {
		const struct wire_slot *row = &v->row[i];
		if (row->state == WIRE_STATE_OPEN)
			continue;
		s.taken += i < v->places;
		if (leaves(row))
			continue;
		s.all++;
		s.held += is_held(v, i);
		s.busy += wire_state_busy(row->state);
	}
	return s;
}

static bool say_held(struct buffer *to, const struct handler_status_view *v)
{
	struct serving s = count_serving(v);
	uint32_t leaving = v->held_count - s.held;
	if (s.held && s.held == s.all)
		buffer_printf(to,
			"Every worker is stopped by a signal (SIGSTOP): nobody answers requests, "
			"%u wait outside.",
			v->queue);
	else if (s.held)
		buffer_printf(to, "%u of %u workers %s stopped by a signal (SIGSTOP).", s.held,
			s.all, s.held == 1 ? "is" : "are");
	else if (leaving)
		buffer_printf(to, "Stopped by a signal (SIGSTOP) while leaving: %u.", leaving);
	return v->held_count > 0;
}

static bool say_births_wait(struct buffer *to, const struct handler_status_view *v)
{
	if (!v->births_wait_ms)
		return false;
	buffer_printf(to, "Workers die young, %u in a row: births wait ", v->young_dead);
	handler_status_text_duration(v->births_wait_ms * 1000ull, to);
	buffer_string(to, ".");
	return true;
}

static bool say_queue(struct buffer *to, const struct handler_status_view *v)
{
	bool fills = v->queue_limit && v->queue > v->queue_limit / 2;
	if (fills)
		buffer_printf(
			to, "The listen queue is filling: %u of %u.", v->queue, v->queue_limit);
	return fills;
}

/* And no place is left for one more. */
static bool say_busy(struct buffer *to, const struct handler_status_view *v)
{
	struct serving s = count_serving(v);
	bool all = s.all && s.busy == s.all && s.taken == v->places &&
		   v->config->worker_connections == 1;
	if (all)
		buffer_printf(to, "Every one of %u workers is busy: further clients wait outside.",
			s.all);
	return all;
}

/* What is wrong, worst first as in panels.js, in one line; nothing where nothing is. */
static void html_alarm(struct buffer *to, const struct handler_status_view *v)
{
	static bool (*const faults[])(struct buffer *, const struct handler_status_view *) = {
		say_held, say_births_wait, say_hanging, say_queue, say_busy};
	bool said = false;
	buffer_string(to, "<p id=\"alarm\"><span role=\"alert\">");
	for (size_t i = 0; i < COUNT_OF(faults) && !said; i++)
		said = faults[i](to, v);
	buffer_string(to, "</span><span></span></p>\n");
}

static void tile(struct buffer *to, const char *key, const char *name)
{
	buffer_printf(to, "<div data-explain=\"%s\"><dt>%s</dt><dd id=\"t-%s\">", key, name, key);
}

/* What stands between the number and the words below it, and behind those. */
static const char below[] = "</dd><dd class=\"sub\" id=\"u-%s\">";
static const char tile_end[] = "</dd></div>\n";

static void html_work(struct buffer *to, const struct handler_status_view *v)
{
	tile(to, "rate", "Requests/s");
	buffer_printf(to, "%.1f", handler_status_view_rate(v, 10));
	buffer_printf(to, below, "rate");
	buffer_printf(to, "%llu in all", (unsigned long long)v->counts.requests);
	buffer_string(to, tile_end);
	tile(to, "latency", "Latency");
	handler_status_text_duration(wire_latency_quantile(&v->latency, 0.5), to);
	buffer_printf(to, below, "latency");
	buffer_string(to, "99 %: ");
	handler_status_text_duration(wire_latency_quantile(&v->latency, 0.99), to);
	buffer_string(to, tile_end);
	tile(to, "cpu", "Processor");
	handler_status_text_duration(
		(uint64_t)per((double)(v->counts.user_us + v->counts.system_us),
			(double)v->counts.requests),
		to);
	buffer_printf(to, below, "cpu");
	buffer_string(to, "a request");
	buffer_string(to, tile_end);
	tile(to, "memory", v->pss_unknown ? "Own memory" : "Memory, PSS");
	handler_status_text_bytes(v->pss_unknown ? v->memory : v->pss, to);
	buffer_printf(to, below, "memory");
	buffer_string(to, "of all workers");
	buffer_string(to, tile_end);
}

static void html_pool(struct buffer *to, const struct handler_status_view *v)
{
	tile(to, "busy", "Busy workers");
	buffer_printf(to, "%u", v->busy);
	buffer_printf(to, below, "busy");
	buffer_printf(to, "%u idle, of %u", v->idle, v->places);
	buffer_string(to, tile_end);
	tile(to, "open", "Connections");
	buffer_printf(to, "%llu", (unsigned long long)v->open);
	buffer_printf(to, below, "open");
	buffer_printf(to, "%llu of them idle", (unsigned long long)v->open_idle);
	if (v->keeper > 0 || v->kept)
		buffer_printf(to, ", %u with the keeper", v->kept);
	buffer_string(to, tile_end);
	tile(to, "queue", "Waiting outside");
	buffer_printf(to, "%u", v->queue);
	buffer_printf(to, below, "queue");
	buffer_printf(to, "room for %u", v->queue_limit);
	buffer_string(to, tile_end);
	tile(to, "lives", "Born");
	buffer_printf(to, "%llu", (unsigned long long)v->totals.births);
	buffer_printf(to, below, "lives");
	buffer_printf(to, "%llu gone, %llu failed", (unsigned long long)v->totals.deaths,
		(unsigned long long)v->totals.crashes);
	buffer_string(to, tile_end);
}

/* The switches, for who may use them; lab.js makes them, so that they are never there without what
 * makes them work. */
static void html_lab(struct buffer *to, const struct handler_status_view *v)
{
	if (v->lab_token)
		buffer_printf(to,
			"<section class=\"panel live lab\" id=\"lab\" data-token=\"%s\" "
			"aria-labelledby=\"lab-name\"><h2 "
			"id=\"lab-name\">Lab</h2></section>\n",
			v->lab_token);
}

/* The room of the drawing, which is the same whoever is in it. */
static void html_tree(struct buffer *to)
{
	buffer_string(to, "<section class=\"panel live tree\" id=\"tree\" "
			  "aria-labelledby=\"tree-name\">\n<h2 id=\"tree-name\">Processes</h2>\n"
			  "<p class=\"note\" id=\"tree-note\">Reports travel up, children are born "
			  "downwards.</p>\n<div id=\"roots\"></div>\n<ol id=\"slots\" "
			  "aria-label=\"Workers by slot\"></ol>\n<div id=\"leaving\"></div>\n"
			  "</section>\n");
}

static void plot(struct buffer *to, const char *key, const char *name, const char *unit)
{
	buffer_printf(to,
		"<figure class=\"panel plot\" data-plot=\"%s\" data-explain=\"%s\">"
		"<figcaption><h3>%s</h3><span class=\"unit\">%s</span><output "
		"aria-live=\"off\"></output></figcaption><div class=\"canvas\"></div></figure>\n",
		key, key, name, unit);
}

static void html_plots(struct buffer *to)
{
	buffer_string(to, "<section class=\"live plots\" aria-label=\"The last five minutes\">\n");
	plot(to, "rate", "Requests", "a second");
	plot(to, "latency", "Latency",
		"<b class=\"a\">half</b>, <b class=\"b\">90 %</b>, <b class=\"c\">99 %</b> within");
	plot(to, "busy", "Busy share", "of the workers there are");
	plot(to, "queue", "Listen queue", "connections waiting outside");
	plot(to, "policy", "Spare policy",
		"<b class=\"a\">spare</b> of <b class=\"b\">all</b>, between Min and Max");
	plot(to, "lives", "Births and deaths",
		"<b class=\"a\">born</b>, <b class=\"b\">ended</b>, <b class=\"c\">failed</b>, a "
		"second");
	buffer_string(to, "</section>\n");
}

static void html_board(struct buffer *to, const struct handler_status_view *v)
{
	buffer_printf(to,
		"<section class=\"panel plain\">\n<h2>Scoreboard</h2>\n<div class=\"board\" "
		"role=\"img\" aria-label=\"%u busy, %u idle, %u empty slots\">",
		v->busy, v->idle, v->places > v->processes ? v->places - v->processes : 0);
	for (uint32_t i = 0; i < v->rows; i++)
		if (i < v->places || v->row[i].state != WIRE_STATE_OPEN)
			write_letter(to, v->row[i].state);
	buffer_string(to, "</div>\n");
	if (v->places > v->rows)
		buffer_printf(to, "<p>and %u empty slots</p>\n", v->places - v->rows);
	buffer_string(to, "</section>\n");
}

static void html_row(struct buffer *to, const struct handler_status_view *v, uint32_t n)
{
	static const char cell[] = "</td><td class=\"r\">";
	const struct wire_slot *row = &v->row[n];
	int64_t age = handler_status_view_since(v, row->born_ms);
	buffer_printf(to,
		"<tr data-row=\"%u\"><td class=\"r\">%u</td><td class=\"r\">%u</td><td "
		"class=\"r\">%d</td><td>",
		n, n, row->generation, row->pid);
	write_letter(to, row->state);
	buffer_printf(to, " %s%s", wire_state_words(row->state), is_held(v, n) ? ", held" : "");
	if (hangs(v, n))
		buffer_printf(to, ", still for %u s", row->silent_s);
	buffer_printf(to, "%s%u%s%llu%s", cell, row->open, cell,
		(unsigned long long)row->counts.requests, cell);
	handler_status_text_bytes(row->counts.bytes, to);
	buffer_printf(to, "%s%lld s%s%.2f s%s", cell, (long long)age, cell,
		(double)(row->counts.user_us + row->counts.system_us) / 1e6, cell);
	handler_status_text_bytes(v->pss_unknown ? row->memory : row->pss_kib * 1024ull, to);
	buffer_string(to, "</td><td>");
	buffer_html(to, text_of(row->request));
	buffer_string(to, "</td></tr>\n");
}

static void html_workers(struct buffer *to, const struct handler_status_view *v)
{
	const struct {
		const char *key, *name;
	} columns[] = {{"slot", "Slot"}, {"generation", "Gen"}, {"pid", "PID"}, {"state", "State"},
		{"connections", "Connections"}, {"requests", "Requests"}, {"bytes", "Bytes"},
		{"age", "Age"}, {"cpu", "CPU"}, {"memory", v->pss_unknown ? "Unshared" : "PSS"},
		{"request", "Request"}};
	buffer_string(to, "<section class=\"panel\" id=\"workers\">\n<h2>Workers</h2>\n<div "
			  "class=\"t\" tabindex=\"0\" role=\"region\" aria-label=\"Workers\">\n"
			  "<table>\n<thead><tr>");
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		buffer_printf(to,
			"<th%s scope=\"col\"><span data-explain=\"col_%s\">%s</span></th>",
			i == 3 || i == 10 ? "" : " class=\"r\"", columns[i].key, columns[i].name);
	buffer_string(to, "</tr></thead>\n<tbody id=\"rows\">\n");
	for (uint32_t i = 0; i < v->rows; i++)
		if (v->row[i].state != WIRE_STATE_OPEN)
			html_row(to, v, i);
	buffer_string(to, "</tbody></table></div>\n<ul class=\"letters\">");
	for (uint32_t state = 0; state < WIRE_STATES; state++) {
		buffer_printf(to, "<li><span data-explain=\"state_%s\">",
			handler_status_view_state(state));
		write_letter(to, state);
		buffer_printf(to, " %s</span></li>\n", wire_state_words(state));
	}
	buffer_string(to, "</ul>\n</section>\n");
}

static void html_death(struct buffer *to, const struct wire_death *d)
{
	char when[HTTP_DATE_SIZE];
	http_date_format(when, (time_t)d->when);
	buffer_printf(to, "<li><details><summary>%.8s ", when + 17);
	if (d->role == WIRE_ROLE_WORKER)
		buffer_printf(to, "<b>%d</b> in slot %u ", d->pid, d->slot);
	else
		buffer_printf(to, "%s <b>%d</b> ", wire_role_name(d->role), d->pid);
	buffer_string(to, wire_reason_words(d->reason));
	if (d->signal)
		buffer_printf(to, " (signal %d)", d->signal);
	buffer_string(to, "</summary>");
	handler_status_text_used(d, to);
	buffer_string(to, "</details></li>\n");
}

/* What 0 means is said in words, also to the scripts. */
static void html_limit(struct buffer *to, const struct handler_status_limit *l)
{
	buffer_printf(to, "<div data-explain=\"%s\"><dt>%s</dt><dd data-limit=\"%s\"", l->name,
		l->directive, l->name);
	if (l->zero)
		buffer_printf(to, " data-zero=\"%s\"", l->zero);
	if (l->zero && !l->value)
		buffer_printf(to, ">%s</dd></div>\n", l->zero);
	else
		buffer_printf(to, ">%llu</dd></div>\n", (unsigned long long)l->value);
}

static void html_more(struct buffer *to, const struct handler_status_view *v)
{
	struct handler_status_limit limits[HANDLER_STATUS_LIMITS];
	enum { DEATHS_SHOWN = 12 };
	handler_status_view_limits(v, limits);
	buffer_string(to, "<div class=\"two\">\n<section class=\"panel\">\n<h2><span "
			  "data-explain=\"deaths\">The last deaths</span></h2>\n<ol "
			  "class=\"deaths\" id=\"deaths\" tabindex=\"0\">\n");
	for (uint32_t i = 0; i < v->deaths && i < DEATHS_SHOWN; i++)
		html_death(to, &v->death[i]);
	if (!v->deaths)
		buffer_string(to, "<li>nobody died yet</li>\n");
	buffer_string(to, "</ol>\n</section>\n<section class=\"panel\">\n<h2>Limits</h2>\n"
			  "<dl class=\"limits\" id=\"limits\">\n");
	for (size_t i = 0; i < COUNT_OF(limits); i++)
		html_limit(to, &limits[i]);
	buffer_string(to, "</dl>\n</section>\n</div>\n");
}

void handler_status_page(
	const struct handler_status_view *view, unsigned refresh, struct buffer *to)
{
	html_head(to, view, refresh);
	html_top(to, view);
	buffer_string(to, "<main>\n");
	html_alarm(to, view);
	buffer_string(to, "<dl class=\"tiles\">\n");
	html_work(to, view);
	html_pool(to, view);
	buffer_string(to, "</dl>\n<div class=\"board-and-log\">\n");
	html_tree(to);
	buffer_string(to, "<section class=\"panel live log\"><h2><span data-explain=\"log\">What "
			  "happens</span></h2><ol id=\"log\" "
			  "lang=\"en\" tabindex=\"0\" role=\"log\" aria-label=\"What "
			  "happens\"></ol></section>\n"
			  "</div>\n");
	html_lab(to, view);
	html_plots(to);
	html_board(to, view);
	html_workers(to, view);
	html_more(to, view);
	buffer_string(to, "</main></body></html>\n");
}
