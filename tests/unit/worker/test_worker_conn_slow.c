/*
 * test_worker_conn_slow - connections of clients that do not read, and files that change meanwhile
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

/* ---- a client that does not read ---- */

START_TEST(who_never_reads_costs_little)
{
	struct rig_client c;
	rig_open_site("MaxKeepAliveRequests 0\n");
	rig_connect(&c);
	size_t most = 0, sent = 0;
	static const char ask[] = "GET /medium.txt HTTP/1.1\r\nHost: a\r\n\r\n";
	for (int i = 0; i < 20000; i++) {
		ssize_t n = send(c.fd, ask, sizeof ask - 1, MSG_NOSIGNAL);
		sent += n > 0;
		if (n < 0 && c.place == WORKER_WAIT_WRITE)
			break; /* it reads no more either */
		rig_turn(&c);
		size_t holds = c.conn.in.room + c.conn.out.room + rig.w.out.room;
		most = holds > most ? holds : most;
	}
	ck_assert_int_eq(c.place, WORKER_WAIT_WRITE);
	ck_assert_uint_lt(most, 4 * WORKER_OUT_MOST);
	/* It reads after all: nothing was lost, nothing mixed up. */
	rig_run(&c);
	rig_run(&c);
	ck_assert_uint_gt(sent, 50);
	unsigned answers = rig_count(buffer_view(&c.got), "HTTP/1.1 200 OK");
	ck_assert_uint_ge(answers, sent - 1); /* the last request may be half sent */
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "\r\n\r\n0000000\n"), answers);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "0004e18\n"), answers);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(a_large_file_waits_for_room)
{
	struct rig_client c;
	rig_open_site("");
	rig_connect(&c);
	rig_send(&c, TEXT("GET /large.txt HTTP/1.1\r\nHost: a\r\n\r\n"
			  "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_turn(&c);
	ck_assert_int_eq(c.place, WORKER_WAIT_WRITE);
	ck_assert_uint_lt(c.conn.out.room, 4096); /* the file stays a file */
	for (int i = 0; i < 5; i++) {             /* to be asked again changes nothing */
		rig_turn(&c);
		ck_assert_int_eq(c.place, WORKER_WAIT_WRITE);
	}
	rig_run(&c);
	struct text got = buffer_view(&c.got);
	char *body = memmem(got.at, got.size, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(body);
	body += 4;
	ck_assert_int_gt(got.at + got.size - body, RIG_LARGE);
	ck_assert(site_is_pattern(text_from(body, RIG_LARGE), 0));
	ck_assert_mem_eq(body + RIG_LARGE, "HTTP/1.1 200", 12);
	ck_assert_uint_eq(rig.w.counts.bytes, RIG_LARGE + 13);
	rig_hang_up(&c);
	rig_close();
}
END_TEST

START_TEST(two_at_a_time)
{
	/* What is lent to one connection must be given back before the other's turn. */
	struct rig_client a, b;
	rig_open_site("");
	rig_connect(&a);
	rig_connect(&b);
	rig_send(&a, TEXT("GET /large.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /hello.txt HT"));
	rig_turn(&a);
	ck_assert_int_eq(a.place, WORKER_WAIT_WRITE);
	rig_say(&b, TEXT("GET / HTTP/1.1\r\nHost: b\r\n\r\nGET /no"));
	ck_assert_uint_eq(rig_count(buffer_view(&b.got), "<p>front"), 1);
	rig_run(&a);
	ck_assert_uint_eq(rig_count(buffer_view(&a.got), "HTTP/1.1 "), 1);
	rig_say(&b, TEXT("ne HTTP/1.1\r\nHost: b\r\n\r\n"));
	ck_assert_uint_eq(rig_count(buffer_view(&b.got), "HTTP/1.1 404"), 1);
	rig_say(&a, TEXT("TP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_uint_eq(rig_count(buffer_view(&a.got), "hello, world\n"), 1);
	rig_hang_up(&b);
	rig_hang_up(&a);
	rig_close();
}
END_TEST

/* ---- files that change under our hands ---- */

START_TEST(a_file_cut_short_while_it_is_sent)
{
	struct rig_client c, next;
	rig_open_site("");
	rig_connect(&c);
	rig_send(&c, TEXT("GET /large.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	rig_turn(&c);
	ck_assert_int_eq(c.place, WORKER_WAIT_WRITE);
	ck_assert_int_eq(truncate(unit_path("www/large.txt"), 1000), 0);
	rig_run(&c);
	ck_assert(c.over); /* fewer bytes than were told: only the end of the connection says so */
	ck_assert_uint_lt(c.got.size, RIG_LARGE);
	rig_connect(&next);
	rig_say(&next, TEXT("GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_mem_eq(next.got.data, "HTTP/1.1 200", 12);
	rig_hang_up(&c);
	rig_hang_up(&next);
	rig_close();
}
END_TEST

START_TEST(a_broken_answer_leaves_nothing_for_the_next_client)
{
	/* The first of two pipelined answers is ready when the second fails, because its file turns
	 * out to be shorter than fstat(2) said. Files of sysfs are always like that. */
	struct rig_client c, next;
	if (access("/sys/devices/system/cpu/online", R_OK) < 0)
		return;
	rig_open("DocumentRoot /sys/devices/system/cpu\n");
	rig_connect(&c);
	rig_say(&c, TEXT("GET /none HTTP/1.1\r\nHost: a\r\n\r\n"
			 "GET /online HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert(c.served);
	ck_assert_uint_eq(rig_count(buffer_view(&c.got), "/online"), 0);
	ck_assert_uint_eq(rig.w.out.size, 0);
	rig_connect(&next);
	rig_say(&next, TEXT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_mem_eq(next.got.data, "HTTP/1.1 200", 12);
	ck_assert_uint_eq(rig_count(buffer_view(&next.got), "HTTP/1.1 "), 1);
	rig_hang_up(&c);
	rig_hang_up(&next);
	rig_close();
}
END_TEST

START_TEST(a_ready_made_answer_that_goes_while_it_is_sent)
{
	/* The client is slow; meanwhile the file changes and another request throws the old answer
	 * out. The log line of the first is written at its end and names the file. */
	struct rig_client slow, other;
	rig_open_site("CustomLog access_log \"%f %{Content-Type}o %s %b\"\n");
	site_pattern("www/cached.txt", 100000);
	rig_connect(&slow);
	rig_connect(&other);
	rig_say(&other, TEXT("GET /cached.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_uint_gt(rig.w.cache.files.size, 100000);
	for (int i = 0; i < 10 && slow.place != WORKER_WAIT_WRITE; i++) {
		rig_send(&slow, TEXT("GET /cached.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
		rig_turn(&slow);
	}
	ck_assert_int_eq(slow.place, WORKER_WAIT_WRITE);
	unit_write("www/cached.txt", TEXT("new"));
	struct worker_cached *e =
		LIST_ENTRY(rig.w.cache.files.used.next, struct worker_cached, link);
	e->checked -= 5; /* some seconds go by */
	buffer_clear(&other.got);
	rig_say(&other, TEXT("GET /cached.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_uint_eq(rig_count(buffer_view(&other.got), "\r\n\r\nnew"), 1);
	ck_assert_uint_lt(rig.w.cache.files.size, 100000);
	rig_run(&slow);
	worker_log_flush(&rig.w);
	char *log = unit_read("access_log"), line[UNIT_PATH];
	snprintf(line, sizeof line, "%s/cached.txt text/plain 200 100000\n",
		(&rig.config->host)->document_root);
	ck_assert_uint_ge(rig_count(text_of(log), line), 2);
	free(log);
	rig_hang_up(&slow);
	rig_hang_up(&other);
	rig_close();
}
END_TEST

UNIT_MAIN("worker_conn_slow", who_never_reads_costs_little, a_large_file_waits_for_room,
	two_at_a_time, a_file_cut_short_while_it_is_sent,
	a_broken_answer_leaves_nothing_for_the_next_client,
	a_ready_made_answer_that_goes_while_it_is_sent)
