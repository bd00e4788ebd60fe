/*
 * test_handler_status - the status page, for people and for programs
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_clock.h"
#include "unit/handler/call.h"

#include <math.h>

enum { SLOTS = 8 };

struct page {
	struct config *config;
	struct wire_scoreboard *board;
	int fd;
	struct call call;
};

static void fill_row(
	struct wire_scoreboard *board, uint32_t i, enum wire_state state, unsigned open)
{
	struct wire_slot *row = &board->slot[i];
	row->state = state;
	row->pid = 1000 + (int32_t)i;
	row->generation = 2;
	row->open = open;
	row->counts = (struct wire_counts){.connections = 10,
		.closed = 10 - open,
		.requests = 100,
		.bytes = 2048,
		.took_us = 500000,
		.user_us = 250000,
		.system_us = 750000};
}

/* Of eight rows, six are places of the pool; one is open, one belongs to an old worker. */
static void open_page(struct page *p, const char *query, const char *more)
{
	char lines[256], raw[256];
	snprintf(lines, sizeof lines, "%s<Location /s>\nSetHandler server-status\n</Location>\n",
		more);
	p->config = site_config(lines);
	p->board = wire_scoreboard_new(SLOTS, &p->fd);
	ck_assert_ptr_nonnull(p->board);
	struct wire_scoreboard *board = p->board;
	board->limit = 6;
	board->used = 7;
	board->generation = 2;
	board->process_model = CONFIG_DISPATCH;
	board->parent = 999;
	board->started = time(NULL) + CALL_LATER - 1000;
	board->started_ms = (int64_t)os_clock_ms() - 1000 * 1000;
	board->restarted = time(NULL) + CALL_LATER - 500;
	fill_row(board, 0, WIRE_STATE_READY, 0);
	fill_row(board, 1, WIRE_STATE_WRITING, 3);
	fill_row(board, 2, WIRE_STATE_KEEPALIVE, 2);
	fill_row(board, 4, WIRE_STATE_STARTING, 0);
	fill_row(board, 6, WIRE_STATE_GRACEFUL, 1);
	board->totals = (struct wire_totals){.gone = {.connections = 7,
						     .closed = 7,
						     .requests = 500,
						     .bytes = 10240,
						     .took_us = 2500000,
						     .user_us = 1000000,
						     .system_us = 2000000},
		.births = 9,
		.deaths = 4};
	snprintf(raw, sizeof raw, "GET /s%s HTTP/1.1\r\nHost: a\r\n\r\n", query);
	call_ask(&p->call, p->config, board, raw);
	buffer_append(&p->call.body, "", 1);
	p->call.body.size--;
	ck_assert_int_eq(p->call.response.status, 200);
}

static void close_page(struct page *p)
{
	call_end(&p->call);
	close(p->fd);
	config_free(p->config);
}

/* The value of "Name: value" in the text page; NULL: not there. */
static const char *field(const struct page *p, const char *name)
{
	static char value[256];
	size_t size = strlen(name);
	for (const char *line = p->call.body.data; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, size) == 0 && strncmp(line + size, ": ", 2) == 0) {
			line += size + 2;
			snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\n"), line);
			return value;
		}
	}
	return NULL;
}

START_TEST(every_field_of_auto)
{
	/* NULL: any value, as long as the field is there. Spelling and order are Apache's. */
	static const struct {
		const char *name, *value;
	} rows[] = {
		{"ServerVersion", NULL},
		{"ServerMPM", "prefork"},
		{"Server Built", NULL},
		{"ProcessModel", "dispatch"},
		{"CurrentTime", NULL},
		{"RestartTime", NULL},
		{"ParentServerConfigGeneration", "3"},
		{"ParentServerMPMGeneration", "2"},
		{"ServerUptimeSeconds", NULL},
		{"ServerUptime", NULL},
		{"Load1", NULL},
		{"Load5", NULL},
		{"Load15", NULL},
		{"Total Accesses", "1000"},
		{"Total kBytes", "20"},
		{"Total Duration", "5000"},
		{"CPUUser", "2.25"},
		{"CPUSystem", "5.75"},
		{"CPUChildrenUser", "0"},
		{"CPUChildrenSystem", "0"},
		{"CPULoad", NULL},
		{"Uptime", NULL},
		{"ReqPerSec", NULL},
		{"BytesPerSec", NULL},
		{"BytesPerReq", "20.48"},
		{"DurationPerReq", "5"},
		{"BusyWorkers", "3"},
		{"GracefulWorkers", "1"},
		{"IdleWorkers", "1"},
		{"Processes", "5"},
		{"Stopping", "1"},
		{"ConnsTotal", "6"},
		{"ConnsAsyncWriting", "6"},
		{"ConnsAsyncKeepAlive", "0"},
		{"ConnsAsyncClosing", "0"},
		{"Scoreboard", "_WK.S.G"},
	};
	struct page p;
	open_page(&p, "?auto", "ServerName www.example.org\n");
	call_field_eq(&p.call, "Content-Type", "text/plain; charset=utf-8");
	call_field_eq(&p.call, "Cache-Control", "no-store");
	ck_assert(strncmp(p.call.body.data, "www.example.org\n", 16) == 0);
	const char *before = p.call.body.data;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[64];
		const char *value = field(&p, rows[i].name);
		ck_assert_msg(value != NULL, "no %s", rows[i].name);
		if (rows[i].value)
			ck_assert_msg(strcmp(value, rows[i].value) == 0, "%s: %s instead of %s",
				rows[i].name, value, rows[i].value);
		snprintf(line, sizeof line, "\n%s: ", rows[i].name);
		const char *at = strstr(before, line);
		ck_assert_msg(at != NULL, "%s is out of order", rows[i].name);
		before = at;
	}
	/* Every line is a field and the last one ends. */
	ck_assert_int_eq(p.call.body.data[p.call.body.size - 1], '\n');
	unsigned lines = 0;
	for (const char *at = p.call.body.data; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_eq(lines, 1 + sizeof rows / sizeof *rows);
	close_page(&p);
}
END_TEST

static double number(const struct page *p, const char *name)
{
	char *end;
	const char *value = field(p, name);
	double n = strtod(value, &end);
	ck_assert_msg(end > value && !*end, "%s: %s", name, value);
	return n;
}

START_TEST(rates)
{
	struct page p;
	open_page(&p, "?auto", "");
	double up = number(&p, "Uptime");
	ck_assert(up >= 1000 && up < 1100);
	ck_assert(fabs(number(&p, "ReqPerSec") - 1000 / up) < 0.01);
	ck_assert(fabs(number(&p, "BytesPerSec") - 20480 / up) < 0.1);
	ck_assert(fabs(number(&p, "CPULoad") - 800 / up) < 0.01);
	ck_assert_ptr_nonnull(strstr(p.call.body.data, "\nServerUptime: 16 minutes "));
	close_page(&p);
}
END_TEST

START_TEST(a_server_that_just_began)
{
	/* No second, no request: nothing may be divided by either. */
	struct page p;
	open_page(&p, "?auto", "");
	call_end(&p.call);
	memset(p.board->slot, 0, SLOTS * sizeof p.board->slot[0]);
	p.board->totals = (struct wire_totals){0};
	p.board->used = 0;
	p.board->started_ms = (int64_t)os_clock_ms() + 1000;
	call_ask(&p.call, p.config, p.board, "GET /s?auto HTTP/1.1\r\nHost: a\r\n\r\n");
	buffer_append(&p.call.body, "", 1);
	ck_assert_str_eq(field(&p, "ReqPerSec"), "0");
	ck_assert_str_eq(field(&p, "BytesPerReq"), "0");
	ck_assert_str_eq(field(&p, "DurationPerReq"), "0");
	ck_assert_str_eq(field(&p, "CPULoad"), "0");
	ck_assert_str_eq(field(&p, "Scoreboard"), "......");
	ck_assert_ptr_null(strstr(p.call.body.data, "nan"));
	ck_assert_ptr_null(strstr(p.call.body.data, "inf"));
	close_page(&p);
}
END_TEST

START_TEST(a_row_with_nonsense)
{
	/* A torn copy may hold any state: it is drawn as unknown, not out of an array. */
	struct page p;
	open_page(&p, "?auto", "");
	call_end(&p.call);
	p.board->slot[3].state = 12345;
	call_ask(&p.call, p.config, p.board, "GET /s?auto HTTP/1.1\r\nHost: a\r\n\r\n");
	buffer_append(&p.call.body, "", 1);
	ck_assert_str_eq(field(&p, "Scoreboard"), "_WK?S.G");
	call_end(&p.call);
	call_ask(&p.call, p.config, p.board, "GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
	buffer_append(&p.call.body, "", 1);
	ck_assert_ptr_nonnull(strstr(p.call.body.data, "unknown"));
	close_page(&p);
}
END_TEST

START_TEST(queries)
{
	static const struct {
		const char *query;
		bool text, refreshes;
	} rows[] = {
		{"", false, false},
		{"?", false, false},
		{"?auto", true, false},
		{"?auto&x", true, false},
		{"?automatic", false, false},
		{"?refresh=5", false, true},
		{"?refresh=3600", false, true},
		{"?refresh=3601", false, false},
		{"?refresh=0", false, false},
		{"?refresh=", false, false},
		{"?refresh=5%22%3E", false, false},
		{"?refresh=-1", false, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct page p;
		open_page(&p, rows[i].query, "");
		bool text = strncmp(p.call.body.data, "<!doctype html>", 15) != 0;
		bool refreshes = strstr(p.call.body.data, "http-equiv=\"refresh\"") != NULL;
		ck_assert_msg(text == rows[i].text, "%s", rows[i].query);
		ck_assert_msg(refreshes == rows[i].refreshes, "%s", rows[i].query);
		close_page(&p);
	}
}
END_TEST

START_TEST(the_page_for_people)
{
	struct page p;
	open_page(&p, "", "ServerName www.example.org\n");
	const char *html = p.call.body.data;
	call_field_eq(&p.call, "Content-Type", "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(strstr(html, "<title>3 busy, 1 idle - server status</title>"));
	ck_assert_ptr_nonnull(strstr(html, "<h1>www.example.org</h1>"));
	ck_assert_ptr_nonnull(strstr(html, "parent <b id=\"parent\">999</b>"));
	ck_assert_ptr_nonnull(strstr(html, "id=\"u-rate\">1000 in all</dd>"));
	ck_assert_ptr_nonnull(strstr(html, "<b id=\"model\">dispatch</b>"));
	ck_assert_ptr_nonnull(strstr(html, "id=\"t-open\">6</dd>"));
	ck_assert_ptr_nonnull(strstr(html, "3 busy, 1 idle, 1 empty slots"));
	unsigned rows = 0;
	for (const char *at = html; (at = strstr(at, "<tr data-row")); at++)
		rows++;
	ck_assert_uint_eq(rows, 5); /* the open slots have no row */
	ck_assert_ptr_nonnull(strstr(html, "</html>"));
	close_page(&p);
}
END_TEST

/* Who hangs is named where no script runs. */
START_TEST(workers_that_hang)
{
	struct page p;
	open_page(&p, "", "");
	ck_assert_ptr_null(strstr(p.call.body.data, "Nothing moves"));
	for (uint32_t hanging = 1; hanging <= 2; hanging++) {
		call_end(&p.call);
		p.board->slot[hanging].silent_s = 2 + hanging;
		call_ask(&p.call, p.config, p.board, "GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
		buffer_append(&p.call.body, "", 1);
		char words[80];
		snprintf(words, sizeof words,
			hanging == 1 ? "role=\"alert\">Nothing moves in worker %d for 3 s.<"
				     : "role=\"alert\">Nothing moves in 2 workers, in %d for 4 s.<",
			p.board->slot[hanging].pid);
		ck_assert_ptr_nonnull(strstr(p.call.body.data, words));
		ck_assert_ptr_nonnull(strstr(p.call.body.data, "sending an answer, still for 3 s"));
	}
	close_page(&p);
}
END_TEST

/* Whether the page, looked at now, calls this out. */
static bool calls_out(struct page *p, const char *words)
{
	char whole[160];
	snprintf(whole, sizeof whole, "role=\"alert\">%s</span>", words);
	call_end(&p->call);
	call_ask(&p->call, p->config, p->board, "GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
	buffer_append(&p->call.body, "", 1);
	return strstr(p->call.body.data, whole) != NULL;
}

/* What else is wrong is said without a script too, the worst first. */
START_TEST(what_is_wrong)
{
	struct page p;
	open_page(&p, "", "WorkerConnections 1\n");
	p.board->queue_limit = 511;
	p.board->queue = 255;
	ck_assert(calls_out(&p, ""));
	for (uint32_t i = 0; i < 6; i++)
		fill_row(p.board, i, WIRE_STATE_WRITING, 1);
	/* One that leaves is busy and none of them: five of six are busy, then all. */
	p.board->slot[6].state = WIRE_STATE_GRACEFUL;
	p.board->slot[5].state = WIRE_STATE_READY;
	ck_assert(calls_out(&p, ""));
	p.board->slot[5].state = WIRE_STATE_READING;
	ck_assert(calls_out(&p, "Every one of 6 workers is busy: further clients wait outside."));
	/* Nor is there room for one more while it leaves its place. */
	p.board->slot[5].state = WIRE_STATE_IDLE_STOP;
	ck_assert(calls_out(&p, "Every one of 5 workers is busy: further clients wait outside."));
	p.board->slot[5].state = WIRE_STATE_WRITING;
	p.board->slot[6].state = WIRE_STATE_OPEN;
	ck_assert(calls_out(&p, "Every one of 6 workers is busy: further clients wait outside."));
	p.board->queue = 256;
	ck_assert(calls_out(&p, "The listen queue is filling: 256 of 511."));
	p.board->slot[2].silent_s = 4;
	ck_assert(calls_out(&p, "Nothing moves in worker 1002 for 4 s."));
	p.board->young_dead = 7;
	p.board->births_wait_ms = 400;
	ck_assert(calls_out(&p, "Workers die young, 7 in a row: births wait 400 ms."));
	close_page(&p);
}
END_TEST

START_TEST(hostile_requests_are_escaped)
{
	static const char hostile[] = "GET /<script>alert('\"&\")</script> HTTP/1.1";
	struct page p;
	open_page(&p, "", "");
	call_end(&p.call);
	struct wire_slot *row = &p.board->slot[1];
	snprintf(row->request, sizeof row->request, "%s", hostile);
	snprintf(row->client, sizeof row->client, "<client>");
	snprintf(row->host, sizeof row->host, "<host>");
	call_ask(&p.call, p.config, p.board, "GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
	buffer_append(&p.call.body, "", 1);
	const char *html = p.call.body.data;
	ck_assert_ptr_null(strstr(html, "<script>"));
	ck_assert_ptr_null(strstr(html, "<client>"));
	ck_assert_ptr_null(strstr(html, "<host>"));
	ck_assert_ptr_nonnull(strstr(
		html, "GET /&lt;script&gt;alert(&#39;&quot;&amp;&quot;)&lt;/script&gt; HTTP/1.1"));
	close_page(&p);
}
END_TEST

START_TEST(only_to_be_looked_at)
{
	struct page p;
	open_page(&p, "", "");
	call_end(&p.call);
	call_ask(&p.call, p.config, p.board,
		"POST /s HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 0\r\n\r\n");
	ck_assert_int_eq(p.call.response.status, 404);
	call_end(&p.call);
	call_ask(&p.call, p.config, p.board, "HEAD /s HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(p.call.response.status, 200);
	close_page(&p);
}
END_TEST

UNIT_MAIN("handler_status", every_field_of_auto, rates, a_server_that_just_began,
	a_row_with_nonsense, queries, the_page_for_people, workers_that_hang, what_is_wrong,
	hostile_requests_are_escaped, only_to_be_looked_at)
