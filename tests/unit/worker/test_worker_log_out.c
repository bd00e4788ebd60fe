/*
 * test_worker_log_out - lines on their way into files and pipes, which may be full
 *
 * Runs in:  a test program
 * Owns:     a rig
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

#include <sys/resource.h>

START_TEST(lines_of_a_turn_leave_in_one_write)
{
	/* A packet socket in place of the log shows what one write(2) was. */
	struct rig_client c;
	int ends[2];
	char got[4096];
	rig_open_logged("%U");
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = ends[1];
	rig_connect(&c);
	rig_say(&c, TEXT("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
			 "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"));
	worker_log_flush(&rig.w);
	worker_log_flush(&rig.w); /* nothing is left: nothing is written */
	ck_assert_int_eq(recv(ends[0], got, sizeof got, 0), 9);
	ck_assert_mem_eq(got, "/1\n/2\n/3\n", 9);
	ck_assert_int_eq(recv(ends[0], got, sizeof got, 0), -1);
	rig_hang_up(&c);
	rig_close();
	close(ends[0]);
}
END_TEST

START_TEST(a_log_that_cannot_be_written)
{
	struct rig_client c;
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	rig_open_logged("%U");
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	log_to(errors);
	for (int i = 0; i < 20; i++) {
		rig_connect(&c);
		rig_say(&c, TEXT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
		ck_assert_mem_eq(c.got.data, "HTTP/1.1 404", 12); /* it serves on */
		worker_log_flush(&rig.w);
		ck_assert_uint_eq(rig.w.logs[0].lines.size, 0); /* and keeps nothing */
		rig_hang_up(&c);
	}
	log_to(2);
	close(errors);
	rig_close();
	char *said = unit_read("errors");
	unsigned lines = rig_count(text_of(said), "cannot write the log ");
	ck_assert_uint_ge(lines, 1);
	ck_assert_uint_lt(lines, 20); /* once a second at most */
	free(said);
}
END_TEST

/* ---- pipes and full disks ---- */

static void make_pipe(int ends[2])
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = ends[1];
	rig.w.logs[0].piped = true;
}

static void ask_often(struct rig_client *c, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		rig_say(c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
}

START_TEST(a_full_pipe_makes_lines_wait)
{
	struct rig_client c;
	int ends[2];
	char filler[4096], got[65536];
	rig_open_logged("%U %k");
	make_pipe(ends);
	memset(filler, 'x', sizeof filler);
	while (write(ends[1], filler, sizeof filler) > 0)
		;
	rig_connect(&c);
	for (unsigned i = 0; i < 50; i++) {
		ask_often(&c, 1);
		worker_log_flush(&rig.w);
	}
	ck_assert_uint_gt(rig.w.logs[0].lines.size, 50 * strlen("/a.txt 1\n"));
	ck_assert_uint_eq(rig.w.logs[0].lost, 0);
	while (read(ends[0], got, sizeof got) > 0)
		;
	worker_log_end(&rig.w);
	ck_assert_uint_eq(rig.w.logs[0].lines.size, 0);
	ssize_t n = read(ends[0], got, sizeof got - 1);
	ck_assert_int_gt(n, 0);
	got[n] = '\0';
	char *at = got;
	for (unsigned i = 0; i < 50; i++) {
		char want[32];
		snprintf(want, sizeof want, "/a.txt %u", i);
		char *line = strsep(&at, "\n");
		ck_assert_str_eq(line, want);
	}
	ck_assert_str_eq(at, "");
	rig_hang_up(&c);
	rig_close();
	close(ends[0]);
}
END_TEST

START_TEST(a_dead_pipe_costs_memory_only_up_to_a_limit)
{
	struct rig_client c;
	int ends[2];
	int errors = open(unit_path("errors"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	char filler[4096];
	rig_open_logged("%U %{User-Agent}i%{User-Agent}i%{User-Agent}i%{User-Agent}i");
	make_pipe(ends);
	memset(filler, 'x', sizeof filler);
	while (write(ends[1], filler, sizeof filler) > 0)
		;
	log_to(errors);
	rig_connect(&c);
	for (unsigned i = 0; i < 40; i++) {
		rig_send(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: "));
		rig_send(&c, text_from(filler, sizeof filler));
		rig_say(&c, TEXT("\r\n\r\n"));
		worker_log_flush(&rig.w);
	}
	log_to(2);
	close(errors);
	ck_assert_uint_lt(rig.w.logs[0].lines.size, 300 * 1024);
	close(ends[0]);
	worker_log_end(&rig.w); /* EPIPE: what is left is lost */
	ck_assert_uint_eq(rig.w.logs[0].lines.size, 0);
	rig_hang_up(&c);
	rig_close();
	char *said = unit_read("errors");
	ck_assert_uint_ge(rig_count(text_of(said), "lines are lost"), 1);
	free(said);
}
END_TEST

START_TEST(pieces_for_a_pipe_are_whole_lines)
{
	/* A packet socket shows what one write(2) was. */
	struct rig_client c;
	int ends[2];
	static char got[8192];
	size_t pieces = 0, bytes = 0;
	rig_open_logged("%U %{User-Agent}i");
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	close(rig.config->logs[0]->fd);
	rig.config->logs[0]->fd = ends[1];
	rig.w.logs[0].piped = true;
	rig_connect(&c);
	for (unsigned i = 0; i < 100; i++)
		rig_say(&c, TEXT("GET /a.txt HTTP/1.1\r\nHost: a\r\nUser-Agent: "
				 "01234567890123456789012345678901234567890123456789\r\n\r\n"));
	size_t all = rig.w.logs[0].lines.size;
	worker_log_flush(&rig.w);
	for (ssize_t n; (n = recv(ends[0], got, sizeof got, 0)) > 0; pieces++) {
		ck_assert_int_le(n, 4096);
		ck_assert_int_eq(got[n - 1], '\n');
		bytes += (size_t)n;
	}
	ck_assert_uint_ge(pieces, 2);
	ck_assert_uint_eq(bytes, all);
	rig_hang_up(&c);
	rig_close();
	close(ends[0]);
}
END_TEST

/* A file may grow to a limit only, so a line is written in part. */
START_TEST(a_torn_line_stays_one_line)
{
	struct rig_client c;
	struct rlimit before, small = {25, 0};
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	rig_open_logged("%U 0123456789");
	int errors = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_to(errors);
	rig_connect(&c);
	ask_often(&c, 1);
	worker_log_flush(&rig.w);
	setrlimit(RLIMIT_FSIZE, &small);
	ask_often(&c, 2);
	worker_log_flush(&rig.w);
	setrlimit(RLIMIT_FSIZE, &before);
	ask_often(&c, 1);
	worker_log_flush(&rig.w);
	log_to(2);
	close(errors);
	rig_hang_up(&c);
	rig_close();
	char *log = unit_read("access_log");
	ck_assert_str_eq(log, "/a.txt 0123456789\n/a.txt \n/a.txt 0123456789\n");
	free(log);
}
END_TEST

UNIT_MAIN("worker_log_out", lines_of_a_turn_leave_in_one_write, a_log_that_cannot_be_written,
	a_full_pipe_makes_lines_wait, a_dead_pipe_costs_memory_only_up_to_a_limit,
	pieces_for_a_pipe_are_whole_lines, a_torn_line_stays_one_line)
