/*
 * test_status - the status page and its text: fields, letters and sums, as /proc has them
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields that readers of Apache's status ask for, and what they look like. */
static const struct {
	const char *name;
	bool number;
} fields[] = {
	{"ServerVersion", false},
	{"ServerMPM", false},
	{"CurrentTime", false},
	{"RestartTime", false},
	{"ParentServerConfigGeneration", true},
	{"ParentServerMPMGeneration", true},
	{"ServerUptimeSeconds", true},
	{"ServerUptime", false},
	{"Load1", true},
	{"Load5", true},
	{"Load15", true},
	{"Total Accesses", true},
	{"Total kBytes", true},
	{"Total Duration", true},
	{"CPUUser", true},
	{"CPUSystem", true},
	{"CPUChildrenUser", true},
	{"CPUChildrenSystem", true},
	{"CPULoad", true},
	{"Uptime", true},
	{"ReqPerSec", true},
	{"BytesPerSec", true},
	{"BytesPerReq", true},
	{"DurationPerReq", true},
	{"BusyWorkers", true},
	{"GracefulWorkers", true},
	{"IdleWorkers", true},
	{"Processes", true},
	{"Stopping", true},
	{"ConnsTotal", true},
	{"Scoreboard", false},
};

START_TEST(has_the_fields)
{
	struct support_server s;
	struct support_status st;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_get(&c, s.port, "/server-status?auto");
	ck_assert_int_eq(
		strncmp(support_reply_field(&c.reply, "Content-Type"), "text/plain", 10), 0);
	ck_assert_str_eq(support_reply_field(&c.reply, "Cache-Control"), "no-store");
	support_conn_close(&c);
	support_status_read(&st, s.port);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		char *end;
		const char *value = support_status_field(&st, fields[i].name);
		ck_assert_msg(value && *value, "no %s in\n%s", fields[i].name, st.text);
		if (!fields[i].number)
			continue;
		double n = strtod(value, &end);
		ck_assert_msg(end > value && !*end && n >= 0, "%s: %s", fields[i].name, value);
	}
	/* Every line but the first is a field. */
	char *rest = st.text;
	for (char *line = strsep(&rest, "\n"); (line = strsep(&rest, "\n"));)
		ck_assert_msg(!*line || strstr(line, ": "), "\"%s\"", line);
	support_server_stop(&s);
}
END_TEST

static bool agrees(const struct support_server *s, struct support_status *st)
{
	pid_t workers[SUPPORT_WORKERS];
	support_status_read(st, s->port);
	size_t count = support_server_workers(s, workers);
	return st->processes == count && support_status_count(st, "SRWKGI_") == count &&
	       support_status_count(st, "RWKG") == st->busy &&
	       support_status_count(st, "_") == st->idle && st->busy + st->idle == count;
}

/* Processes as /proc counts them, letters as the sums say. */
START_TEST(agrees_with_proc)
{
	struct support_server s;
	struct support_status st;
	support_server_start(&s, (enum support_model)_i, NULL);
	if (SUPPORT_HAS_POOL(s.model))
		ck_assert_msg(SUPPORT_UNTIL(agrees(&s, &st), SUPPORT_PATIENCE),
			"/proc says otherwise:\n%s", st.text);
	support_status_read(&st, s.port);
	/* The parent may still be writing down the birth of the child that answers. */
	if (!SUPPORT_HAS_POOL(s.model))
		ck_assert(SUPPORT_UNTIL(
			(support_status_read(&st, s.port), st.busy >= 1), SUPPORT_PATIENCE));
	ck_assert_uint_eq(strspn(st.board, "._SRWKGI"), strlen(st.board));
	support_server_stop(&s);
}
END_TEST

static bool counts(const struct support_server *s, unsigned long accesses, unsigned long kbytes)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.accesses >= accesses && st.kbytes >= kbytes;
}

/* A line is written a moment after its answer, and tells of each request. */
static bool has_lines(const struct support_server *s, unsigned long least)
{
	char *log = support_server_access_log(s);
	unsigned long lines = 0;
	for (const char *at = log; *at; at++)
		lines += *at == '\n';
	free(log);
	return lines >= least;
}

/* Requests and bytes add up, over all workers. */
START_TEST(adds_up)
{
	enum { REQUESTS = 60 };
	struct support_server s;
	struct support_status before, after;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_status_read(&before, s.port);
	for (int i = 0; i < REQUESTS; i++) {
		support_get(&c, s.port, "/f/16384");
		support_conn_close(&c);
	}
	ck_assert_msg(
		SUPPORT_UNTIL(counts(&s, before.accesses + REQUESTS, before.kbytes + REQUESTS * 16),
			SUPPORT_PATIENCE),
		"requests are missing from the sums");
	support_status_read(&after, s.port);
	/* The looks themselves are requests, too, also those before that were told of later; and
	 * nothing else is. */
	unsigned long looks = after.accesses - before.accesses - REQUESTS;
	ck_assert_msg(SUPPORT_UNTIL(has_lines(&s, after.accesses), SUPPORT_PATIENCE),
		"%lu are counted, which is more than the log has", after.accesses);
	ck_assert_uint_le(after.kbytes, before.kbytes + REQUESTS * 16 + (looks + 2) * 4 + 1);
	support_server_stop(&s);
}
END_TEST

static bool shows_letter(const struct support_server *s, char letter, size_t least)
{
	char letters[] = {letter, '\0'};
	struct support_status st;
	support_status_read(&st, s->port);
	return support_status_count(&st, letters) >= least;
}

/* What a worker with one connection is at: reading, sending, keeping. */
START_TEST(shows_what_is_going_on)
{
	static const char *const starts[] = {
		"GET /hello.txt HTTP/1.1\r\nHost:", "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n",
		"GET /big HTTP/1.1\r\nHost: test\r\n\r\n"};
	struct support_server s;
	struct support_conn c[3];
	support_server_prepare(&s, _i ? SUPPORT_DISPATCH_ONE : SUPPORT_CLASSIC,
		"KeepAliveTimeout 60\nKeepAliveKeeper Off\n");
	support_site_pattern(s.root, "big", 16 * 1024 * 1024, 7);
	support_server_launch(&s);
	for (int i = 0; i < 3; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_send(&c[i], starts[i], strlen(starts[i]));
	}
	support_conn_expect(&c[1], 200);
	ck_assert_uint_gt(support_conn_pending(&c[2], SUPPORT_PATIENCE), 0);
	ck_assert_msg(SUPPORT_UNTIL(shows_letter(&s, 'K', 1) || shows_letter(&s, 'R', 3),
			      SUPPORT_PATIENCE),
		"nobody keeps a connection");
	struct support_status st;
	ck_assert_msg(SUPPORT_UNTIL((support_status_read(&st, s.port),
					    st.busy >= 4 && st.connections >= 4),
			      SUPPORT_PATIENCE),
		"%u busy, %u connections: %s", st.busy, st.connections, st.board);
	for (int i = 0; i < 3; i++)
		support_conn_close(&c[i]);
	support_server_stop(&s);
}
END_TEST

static bool only_reads(const struct support_server *s, size_t least)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return support_status_count(&st, "R") >= least && support_status_count(&st, "W") == 0;
}

/* Whose clients are at the head of a request reads, also after an answer; and no longer once a head
 * is whole, however long its answer takes. */
START_TEST(tells_slow_heads_from_slow_answers)
{
	enum { CLIENTS = 3 };
	static const char request[] = "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n",
			  start[] = "GET /big HTTP/1.1\r\nHost:", rest[] = " test\r\n\r\n";
	struct support_server s;
	struct support_conn c[CLIENTS];
	size_t least = SUPPORT_IS_CLASSIC((enum support_model)_i) ? CLIENTS : 1;
	support_server_prepare(
		&s, (enum support_model)_i, "KeepAliveTimeout 60\nKeepAliveKeeper Off\n");
	support_site_pattern(s.root, "big", 16 * 1024 * 1024, 7);
	support_server_launch(&s);
	for (int i = 0; i < CLIENTS; i++) {
		support_conn_open(&c[i], s.port);
		support_conn_send(&c[i], request, strlen(request));
		support_conn_expect(&c[i], 200);
	}
	ck_assert_msg(SUPPORT_UNTIL(shows_letter(&s, 'K', least), SUPPORT_PATIENCE),
		"connections are not kept");
	for (int i = 0; i < CLIENTS; i++)
		support_conn_send(&c[i], start, strlen(start));
	ck_assert_msg(SUPPORT_UNTIL(only_reads(&s, least), SUPPORT_PATIENCE),
		"slow heads are not being read");
	support_conn_send(&c[0], rest, strlen(rest));
	ck_assert_msg(SUPPORT_UNTIL(shows_letter(&s, 'W', 1), SUPPORT_PATIENCE),
		"nobody sends the long answer");
	for (int i = 0; i < CLIENTS; i++)
		support_conn_close(&c[i]);
	support_server_stop(&s);
}
END_TEST

/* The page for people: the same numbers, the request of a worker, and what a client sent in it made
 * harmless. */
START_TEST(is_a_page)
{
	struct support_server s;
	struct support_conn c;
	support_server_start(&s, (enum support_model)_i, NULL);
	support_get(&c, s.port, "/server-status");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_int_eq(strncmp(support_reply_field(&c.reply, "Content-Type"), "text/html", 9), 0);
	ck_assert_ptr_nonnull(strstr(c.reply.body, "<table>"));
	ck_assert_ptr_nonnull(strstr(c.reply.body, "</html>"));
	ck_assert_ptr_null(strstr(c.reply.body, "http-equiv"));
	support_conn_close(&c);
	support_get(&c, s.port, "/server-status?refresh=7");
	ck_assert_ptr_nonnull(strstr(c.reply.body, "http-equiv=\"refresh\" content=\"7\""));
	support_conn_close(&c);
	support_get(&c, s.port, "/server-status?refresh=7\"&x=<script>");
	support_conn_close(&c);
	support_get(&c, s.port, "/server-status?refresh=999999999999");
	ck_assert_ptr_null(strstr(c.reply.body, "http-equiv"));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Asks for a file, and looks whether the page tells of it. The look is a request itself, and may
 * hide the first where it came to the same worker: so both are tried again. */
static bool page_tells(const struct support_server *s)
{
	struct support_conn c;
	support_server_expect(s, "/hello.txt?a&b'c", 200);
	for (double rest = support_now() + 0.15; support_now() < rest;) /* reports: ten a second */
		support_pause();
	support_get(&c, s->port, "/server-status");
	bool tells = strstr(c.reply.body, "/hello.txt?a&amp;b") != NULL;
	bool raw = strstr(c.reply.body, "a&b'c") != NULL;
	support_conn_close(&c);
	ck_assert_msg(!raw, "what a client sent stands in the page as it is");
	return tells;
}

/* ExtendedStatus: whether requests are shown. */
START_TEST(shows_requests_if_it_may)
{
	struct support_server s;
	bool off = _i % 2;
	support_server_start(&s, (enum support_model)(_i / 2), off ? "ExtendedStatus Off\n" : NULL);
	if (off)
		ck_assert_msg(!SUPPORT_UNTIL(page_tells(&s), 0.7), "a request is shown");
	else
		ck_assert_msg(
			SUPPORT_UNTIL(page_tells(&s), SUPPORT_PATIENCE), "no request is shown");
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("status", {has_the_fields, SUPPORT_MODELS}, {agrees_with_proc, SUPPORT_MODELS},
	{adds_up, SUPPORT_MODELS}, {shows_what_is_going_on, 2},
	{tells_slow_heads_from_slow_answers, SUPPORT_FORK}, {is_a_page, SUPPORT_MODELS},
	{shows_requests_if_it_may, 2 * SUPPORT_FORK})
