/*
 * test_worker_conn - one connection through the real table of steps
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

/* ---- the bytes that come back do not depend on how the bytes came ---- */

static const struct text streams[] = {
	TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("\r\nGET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
	     "GET /none HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
	TEXT("POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789"
	     "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: r\r\n\r\n"
	     "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "3\r\nabcd\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /bad path HTTP/1.1\r\n\r\n"
	     "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	     "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
	     "GET /hello.txt HTTP/1.0\r\n\r\n"),
	TEXT("GET /hello.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=2-4\r\n\r\n"
	     "GET /dir HTTP/1.1\r\nHost: a\r\n\r\n"
	     "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nBREW / HTTP/1.1\r\nHost: a\r\n\r\n"
	     "GET /hello.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n"),
	TEXT("GET /medium.txt HTTP/1.1\r\nHost: a\r\n\r\n"
	     "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("garbage\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	TEXT("GET /cut-off HTTP/1.1\r\nHo"),
};
enum { STREAMS = sizeof streams / sizeof *streams };

/* Sends the stream in parts of these sizes (the last one repeats) and returns what comes back. */
static struct buffer answers_to(struct text stream, const size_t *parts, size_t count)
{
	struct rig_client c;
	rig_connect(&c);
	for (size_t i = 0; stream.size; i++) {
		size_t size = parts[i < count ? i : count - 1];
		if (size > stream.size)
			size = stream.size;
		rig_say(&c, text_from(stream.at, size));
		stream = text_from(stream.at + size, stream.size - size);
	}
	struct buffer got = c.got;
	c.got = BUFFER_INIT;
	char told[8];
	snprintf(told, sizeof told, "%s", c.over ? "[end]" : "[open]");
	buffer_string(&got, told);
	rig_mask_dates(&got);
	rig_hang_up(&c);
	return got;
}

static void check_same(const struct buffer *whole, struct buffer got, size_t stream, size_t cut)
{
	ck_assert_msg(text_equal(buffer_view(whole), buffer_view(&got)),
		"stream %zu cut at %zu:\n%.*s\ninstead of\n%.*s", stream, cut,
		TEXT_ARGS(buffer_view(&got)), TEXT_ARGS(buffer_view(whole)));
	buffer_free(&got);
}

START_TEST(splits)
{
	static const struct {
		unsigned answers;
		const char *end;
	} expected[STREAMS] = {{1, "[open]"}, {4, "[end]"}, {2, "[open]"}, {2, "[open]"},
		{1, "[end]"}, {2, "[end]"}, {1, "[end]"}, {2, "[end]"}, {5, "[open]"},
		{2, "[open]"}, {1, "[end]"}, {0, "[open]"}};
	rig_open_site("");
	unit_mkdir("www/dir");
	for (size_t s = 0; s < STREAMS; s++) {
		struct text stream = streams[s];
		struct buffer whole = answers_to(stream, &stream.size, 1);
		ck_assert_msg(rig_count(buffer_view(&whole), "HTTP/1.1 ") == expected[s].answers &&
				      rig_count(buffer_view(&whole), expected[s].end) == 1,
			"stream %zu: %.*s", s, TEXT_ARGS(buffer_view(&whole)));
		for (size_t cut = 1; cut < stream.size; cut++) {
			size_t parts[] = {cut, stream.size};
			check_same(&whole, answers_to(stream, parts, 2), s, cut);
		}
		check_same(&whole, answers_to(stream, (size_t[]){1}, 1), s, 0);
		check_same(&whole, answers_to(stream, (size_t[]){2, 3, 5, 7}, 4), s, 0);
		buffer_free(&whole);
	}
	rig_close();
}
END_TEST

START_TEST(splits_without_a_cache)
{
	/* An answer from the cache is the same, to the byte, as one that was made. */
	struct buffer made[STREAMS];
	rig_open_site("FileCacheSize 0\n");
	unit_mkdir("www/dir");
	for (size_t s = 0; s < STREAMS; s++)
		made[s] = answers_to(streams[s], &streams[s].size, 1);
	rig_close();
	rig_open("");
	for (int round = 0; round < 2; round++)
		for (size_t s = 0; s < STREAMS; s++)
			check_same(&made[s], answers_to(streams[s], &streams[s].size, 1), s, 0);
	ck_assert_uint_gt(rig.w.cache.files.size, 0);
	for (size_t s = 0; s < STREAMS; s++)
		buffer_free(&made[s]);
	rig_close();
}
END_TEST

/* ---- pipelining ---- */

START_TEST(pipelined_answers_leave_together)
{
	/* A packet socket shows what one send(2) was. */
	struct rig_client c;
	int ends[2];
	struct os_address from = {0};
	char got[65536];
	rig_open_site("");
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	c = (struct rig_client){.fd = ends[0]};
	worker_conn_open(&rig.w, &c.conn, ends[1], &from);
	struct buffer ask = BUFFER_INIT;
	for (int i = 0; i < 16; i++)
		buffer_string(&ask, i % 3 ? "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
					  : "GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(send(c.fd, ask.data, ask.size, 0), (ssize_t)ask.size);
		rig_turn(&c);
		ck_assert_int_eq(c.place, WORKER_WAIT_READ);
		ssize_t n = recv(c.fd, got, sizeof got, 0);
		ck_assert_int_gt(n, 0);
		ck_assert_uint_eq(rig_count(text_from(got, (size_t)n), "HTTP/1.1 "), 16);
		ck_assert_int_eq(recv(c.fd, got, sizeof got, 0), -1);
	}
	ck_assert_uint_eq(rig.w.counts.requests, 32);
	buffer_free(&ask);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(an_idle_connection_holds_nothing)
{
	struct rig_client c;
	rig_open_site("");
	rig_connect(&c);
	rig_say(&c, TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 200"), 1);
	ck_assert_ptr_null(c.conn.in.data);
	ck_assert_ptr_null(c.conn.out.data);
	ck_assert_ptr_null(c.conn.exchange);
	ck_assert_uint_eq(
		worker_conn_patience(&rig.w, &c.conn), rig.config->host.keep_alive_timeout_ms);
	rig_say(&c, TEXT("GET / HT"));
	ck_assert_uint_eq(c.conn.in.size, 8);
	ck_assert_uint_eq(
		worker_conn_patience(&rig.w, &c.conn), rig.config->host.read_head.first_ms);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

/* ---- keeping and closing ---- */

START_TEST(when_a_connection_goes_on)
{
	static const struct {
		const char *more, *ask;
		bool goes_on;
	} rows[] = {
		{"", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
		{"", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false},
		{"", "GET / HTTP/1.0\r\n\r\n", false},
		{"", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
		{"KeepAlive Off\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"MaxKeepAliveRequests 1\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
		{"MaxKeepAliveRequests 2\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"", "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"", "GET / HTTP/1.1\r\n\r\n", false},
		{"", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", true},
		{"", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\nabc", false},
		{"",
			"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
			"3\r\n"
			"\r\n",
			false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig_client c;
		rig_open_site(rows[i].more);
		rig_connect(&c);
		rig_say(&c, text_of(rows[i].ask));
		ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 "), 1);
		unsigned says_close = rig_count(buffer_view(&c.got), "\r\nConnection: close\r\n");
		ck_assert_msg(c.over != rows[i].goes_on, "row %zu", i);
		ck_assert_msg(says_close == !rows[i].goes_on, "row %zu", i);
		rig_hang_up(&c);
		rig_close();
	}
}
END_TEST

START_TEST(a_worker_that_drains)
{
	struct rig_client c;
	rig_open_site("");
	rig_connect(&c);
	rig_say(&c, TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert(!c.over);
	rig.w.draining = true;
	rig_say(&c, TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert(
		c.over); /* the request under way is answered, and the answer says it is the last */
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 200"), 2);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "Connection: close"), 1);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(lingering)
{
	/* We have answered and will not read the rest: our end is shut, theirs is read past. */
	struct rig_client c;
	rig_open_site("");
	rig_connect(&c);
	rig_say(&c, TEXT("nonsense\r\n\r\n"));
	ck_assert(c.over);
	ck_assert(!c.served);
	ck_assert(c.conn.lingers);
	ck_assert_uint_eq(worker_conn_patience(&rig.w, &c.conn), 2000);
	uint64_t since = c.conn.since_ms;
	for (int i = 0; i < 10; i++)
		rig_say(&c, TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_uint_eq(c.conn.since_ms, since); /* talking on buys no time */
	ck_assert(!c.served);
	ck_assert_uint_eq(rig.w.counts.requests, 1);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(a_client_that_only_stops_sending)
{
	struct rig_client c;
	rig_open_site("");
	rig_connect(&c);
	rig_send(&c, TEXT("GET /large.txt HTTP/1.1\r\nHost: a\r\n\r\n"
			  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
	rig_run(&c);
	ck_assert(c.served);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "HTTP/1.1 200"), 2);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "<p>front"), 1);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(a_client_that_goes)
{
	/* At any moment; the fixture sees what is left behind. */
	static const char ask[] = "GET /large.txt HTTP/1.1\r\nHost: a\r\n\r\n";
	rig_open_site("");
	for (size_t size = 0; size < sizeof ask; size++) {
		struct rig_client c;
		rig_connect(&c);
		rig_send(&c, text_from(ask, size));
		rig_turn(&c);
		close(c.fd);
		c.fd = -1;
		rig_hang_up(&c);
	}
	rig_close();
}
END_TEST

START_TEST(limits)
{
	static const struct {
		const char *more;
		size_t target, value;
		int status;
	} rows[] = {
		{"LimitRequestLine 100\n", 80, 1, 404}, {"LimitRequestLine 100\n", 101, 1, 414},
		{"LimitRequestFieldSize 100\n", 1, 90, 404},
		{"LimitRequestFieldSize 100\n", 1, 101, 431}, {"LimitRequestFields 1\n", 1, 1, 431},
		{"", 8000, 8000, 404}, /* a name longer than a file can have */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig_client c;
		struct buffer ask = BUFFER_INIT;
		char start[32];
		rig_open_site(rows[i].more);
		buffer_string(&ask, "GET /");
		for (size_t n = 0; n < rows[i].target; n++)
			buffer_string(&ask, "x");
		buffer_string(&ask, " HTTP/1.1\r\nHost: a\r\nY:");
		for (size_t n = 0; n < rows[i].value; n++)
			buffer_string(&ask, "y");
		buffer_string(&ask, "\r\n\r\n");
		rig_connect(&c);
		rig_say(&c, buffer_view(&ask));
		snprintf(start, sizeof start, "HTTP/1.1 %d ", rows[i].status);
		ck_assert_msg(text_starts(buffer_view(&c.got), text_of(start)), "row %zu: %.60s", i,
			c.got.data);
		buffer_free(&ask);
		rig_hang_up(&c);
		rig_close();
	}
}
END_TEST

START_TEST(random_bytes)
{
	/* Whatever comes, in whatever parts: an answer or none, and nothing is lost or left. */
	static const char *const words[] = {"GET ", "/", "/hello.txt", " HTTP/1.1\r\n",
		" HTTP/1.0\r\n", "Host: a\r\n", "\r\n", "Content-Length: 5\r\n", "POST ",
		"Transfer-Encoding: chunked\r\n", "5\r\nabcde\r\n", "0\r\n\r\n", "\n", " ",
		"Connection: close\r\n", "\0x", "Range: bytes=1-\r\n", "HEAD ", "/large.txt"};
	unsigned seed = 4711;
	rig_open_site("");
	for (int i = 0; i < 3000; i++) {
		struct rig_client c;
		rig_connect(&c);
		for (int n = rand_r(&seed) % 30; n > 0; n--) {
			const char *word =
				words[(unsigned)rand_r(&seed) % (sizeof words / sizeof *words)];
			rig_send(&c, text_of(*word ? word : "\r"));
			if (rand_r(&seed) % 3 == 0)
				rig_turn(&c);
		}
		rig_run(&c);
		struct text got = buffer_view(&c.got);
		ck_assert(!got.size || text_starts(got, TEXT("HTTP/1.1 ")));
		rig_hang_up(&c);
	}
	rig_close();
}
END_TEST

UNIT_MAIN("worker_conn", splits, splits_without_a_cache, pipelined_answers_leave_together,
	an_idle_connection_holds_nothing, when_a_connection_goes_on, a_worker_that_drains,
	lingering, a_client_that_only_stops_sending, a_client_that_goes, limits, random_bytes)
