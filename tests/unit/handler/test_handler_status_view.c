/*
 * test_handler_status_view - one look at the scoreboard: sums, and nothing twice
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand; a child that changes it
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/board.h"

#include "handler/handler_status_auto.h"
#include "handler/handler_status_page.h"
#include "os/os_clock.h"

#include <sys/wait.h>

START_TEST(sums)
{
	struct board b;
	board_begin(&b);
	struct handler_status_view *v = board_look(&b);
	ck_assert_uint_eq(v->counts.requests, 1000);
	ck_assert_uint_eq(v->counts.bytes, 20480);
	ck_assert_uint_eq(wire_latency_count(&v->latency), 1000);
	ck_assert_uint_eq(v->processes, 5);
	ck_assert_uint_eq(v->busy, 3);
	ck_assert_uint_eq(v->idle, 1);
	ck_assert_uint_eq(v->leaving, 1);
	ck_assert_uint_eq(v->open, 6);
	ck_assert_uint_eq(v->open_idle, 2);
	ck_assert_uint_eq(v->memory, 5000000);
	ck_assert_uint_eq(v->by_state[WIRE_STATE_WRITING], 1);
	ck_assert_int_eq(v->uptime, 1000);
	ck_assert_uint_eq(v->deaths, 4);
	ck_assert_int_eq(v->death[0].pid, 902); /* the latest first */
	ck_assert_uint_eq(v->samples, 2);
	ck_assert_int_eq(v->sample[1].when, BOARD_NOW - 1); /* the earliest first */
	ck_assert_double_eq(handler_status_view_rate(v, 1), 30);
	ck_assert_double_eq(handler_status_view_rate(v, 10), 20);
	ck_assert_str_eq(handler_status_view_model(v), "dispatch");
	ck_assert(v->load[0] >= 0);
	unit_text_eq(v->name, "www.example.org");
	handler_status_view_free(v);
	handler_status_view_free(NULL);
	board_end(&b);
}
END_TEST

/* Nothing is what a server has that has just begun, and whatever a torn copy holds is safe. */
START_TEST(edges)
{
	struct board b;
	board_begin(&b);
	b.shared->slot[3].state = 12345;
	b.shared->process_model = 77;
	b.shared->started_ms = (int64_t)os_clock_ms() + 100 * 1000;
	b.shared->used = 1000000;
	struct handler_status_view *v = board_look(&b);
	ck_assert_uint_eq(v->rows, BOARD_ROWS);
	ck_assert_int_eq(v->uptime, 0);
	ck_assert_str_eq(handler_status_view_model(v), "unknown");
	ck_assert_str_eq(handler_status_view_state(12345), "unknown");
	ck_assert_str_eq(handler_status_view_state(WIRE_STATE_KEEPALIVE), "keepalive");
	handler_status_view_free(v);
	b.shared->used = 0;
	b.shared->sample_count = b.shared->death_count = 0;
	v = board_look(&b);
	ck_assert_uint_eq(v->processes, 0);
	ck_assert_double_eq(handler_status_view_rate(v, 10), 0);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

/* What has passed is none of the calendar's business. */
START_TEST(the_clock_was_set_back)
{
	struct board b;
	board_begin(&b);
	b.shared->started = b.shared->slot[1].born = BOARD_NOW + 3600;
	struct handler_status_view *v = board_look(&b);
	ck_assert_int_eq(v->uptime, 1000);
	ck_assert_int_eq(handler_status_view_since(v, v->row[1].born_ms), 90);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

START_TEST(configured)
{
	struct handler_status_limit limits[HANDLER_STATUS_LIMITS];
	struct board b;
	board_begin(&b);
	struct handler_status_view *v = board_look(&b);
	handler_status_view_limits(v, limits);
	for (size_t i = 0; i < HANDLER_STATUS_LIMITS; i++)
		ck_assert(limits[i].name && limits[i].directive);
	ck_assert_str_eq(limits[3].directive, "MaxRequestWorkers");
	ck_assert_uint_eq(limits[3].value, 6);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

START_TEST(held)
{
	int status;
	struct board b;
	board_begin(&b);
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	for (uint32_t i = 0; i < BOARD_ROWS; i++)
		b.shared->slot[i].pid = getpid();
	b.shared->slot[1].pid = pid;
	b.shared->slot[3].pid = pid; /* an open slot is nobody's */
	struct handler_status_view *v = board_look(&b);
	ck_assert_ptr_null(v->held);
	handler_status_view_probe(v);
	ck_assert_uint_eq(v->held_count, 1);
	ck_assert(v->held[1] && !v->held[0] && !v->held[3]);
	handler_status_view_free(v);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	board_end(&b);
}
END_TEST

/* As the parent does when a worker ends: what it did goes from its row to the totals. */
static void move_on(struct wire_scoreboard *s, unsigned round)
{
	struct wire_slot *row = &s->slot[round % BOARD_ROWS];
	wire_scoreboard_begin(&s->totals_sequence);
	wire_counts_add(&s->totals.gone, &row->counts);
	wire_scoreboard_begin(&row->sequence);
	row->counts = (struct wire_counts){0};
	wire_scoreboard_end(&row->sequence);
	wire_scoreboard_end(&s->totals_sequence);
	row = &s->slot[(round + 3) % BOARD_ROWS];
	wire_scoreboard_begin(&s->totals_sequence);
	s->totals.gone.requests -= 10;
	wire_scoreboard_begin(&row->sequence);
	row->counts.requests += 10;
	wire_scoreboard_end(&row->sequence);
	wire_scoreboard_end(&s->totals_sequence);
}

/* While another process moves counts to and fro, their sum stays. */
START_TEST(nothing_twice)
{
	int status;
	struct board b;
	board_begin(&b);
	b.shared->used = BOARD_ROWS;
	b.shared->totals.gone.requests = 1000000;
	struct handler_status_view *v = board_look(&b);
	uint64_t sum = v->counts.requests, wrong = 0, looks = 0;
	handler_status_view_free(v);
	pid_t pid = fork();
	if (pid == 0)
		for (unsigned round = 0;; round++) {
			move_on(b.shared, round);
			for (volatile int rest = 0; rest < 20000; rest++)
				; /* a parent does other things, too */
		}
	for (uint64_t end = os_clock_ms() + 300; os_clock_ms() < end; looks++) {
		v = board_look(&b);
		wrong += v->counts.requests != sum;
		handler_status_view_free(v);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert_uint_gt(looks, 10);
	ck_assert_uint_eq(wrong, 0);
	board_end(&b);
}
END_TEST

/* A parent that loses its processor in the midst of a change is waited for. */
START_TEST(interrupted)
{
	int status;
	struct board b;
	board_begin(&b);
	b.shared->used = BOARD_ROWS;
	struct handler_status_view *v = board_look(&b);
	uint64_t sum = v->counts.requests;
	handler_status_view_free(v);
	pid_t pid = fork();
	if (pid == 0)
		for (;;) {
			wire_scoreboard_begin(&b.shared->totals_sequence);
			b.shared->totals.gone.requests += 10;
			usleep(5000);
			b.shared->totals.gone.requests -= 10;
			wire_scoreboard_end(&b.shared->totals_sequence);
			usleep(2000);
		}
	for (int look = 0; look < 20; look++) {
		v = board_look(&b);
		ck_assert_uint_eq(v->counts.requests, sum);
		handler_status_view_free(v);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	board_end(&b);
}
END_TEST

/* But not for ever: it may have died there. */
START_TEST(died_in_the_midst)
{
	struct board b;
	board_begin(&b);
	wire_scoreboard_begin(&b.shared->totals_sequence);
	struct handler_status_view *v = board_look(&b);
	ck_assert_uint_eq(v->counts.requests, 1000);
	handler_status_view_free(v);
	wire_scoreboard_end(&b.shared->totals_sequence);
	board_end(&b);
}
END_TEST

START_TEST(every_form)
{
	struct board b;
	struct buffer direct = BUFFER_INIT;
	board_begin(&b);
	for (int form = 0; form < HANDLER_STATUS_FORMS; form++) {
		struct buffer drawn = board_draw(&b, (enum handler_status_form)form);
		ck_assert_uint_gt(drawn.size, 100);
		ck_assert_uint_gt(handler_status_type((enum handler_status_form)form).size, 5);
		buffer_free(&drawn);
	}
	struct handler_status_view *v = board_look(&b);
	handler_status_auto(v, &direct);
	handler_status_page(v, 5, &direct);
	buffer_append(&direct, "", 1);
	board_has(direct.data, "\nScoreboard: _WK.S.G\n");
	board_has(direct.data, "<meta http-equiv=\"refresh\" content=\"5\">");
	buffer_free(&direct);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

/* Rows behind the places are shown only while somebody is in them: they are no free places. */
START_TEST(scoreboard_letters)
{
	struct board b;
	struct buffer letters = BUFFER_INIT;
	board_begin(&b);
	b.shared->limit = 3;
	struct handler_status_view *v = board_look(&b);
	handler_status_auto_board(v, &letters);
	unit_text_eq(buffer_view(&letters), "_WKSG");
	buffer_free(&letters);
	handler_status_view_free(v);
	board_end(&b);
}
END_TEST

UNIT_MAIN("handler_status_view", sums, edges, the_clock_was_set_back, configured, held,
	nothing_twice, interrupted, died_in_the_midst, every_form, scoreboard_letters)
