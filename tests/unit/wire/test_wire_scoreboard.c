/*
 * test_wire_scoreboard - what the parent knows of every slot, for all to see
 *
 * Runs in:  a test program
 * Owns:     scoreboards, whose mapping is left to the end of the test's process
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_scoreboard.h"

#include "unit/unit.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

START_TEST(begins_empty)
{
	int fd;
	struct wire_scoreboard *board = wire_scoreboard_new(5, &fd);
	ck_assert_ptr_nonnull(board);
	ck_assert_uint_eq(board->slots, 5);
	ck_assert_uint_eq(board->used, 0);
	for (uint32_t i = 0; i < 5; i++) {
		struct wire_slot row;
		memset(&row, 0xff, sizeof row);
		wire_scoreboard_read(board, i, &row);
		ck_assert_uint_eq(row.state, WIRE_STATE_OPEN);
		ck_assert_int_eq(row.pid, 0);
		ck_assert_uint_eq(row.counts.requests, 0);
		ck_assert_str_eq(row.request, "");
	}
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}
END_TEST

/* In a child: tries to write by every way there is. 0: none worked. */
static int try_to_write(struct wire_scoreboard *board, int fd)
{
	size_t size = sizeof *board + board->slots * sizeof board->slot[0];
	if (wire_scoreboard_seal(board, fd) < 0)
		return 1;
	if (board->slot[1].pid != 77)
		return 2;
	if (mprotect(board, size, PROT_READ | PROT_WRITE) == 0)
		return 3;
	if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
		return 4;
	if (pwrite(fd, "x", 1, 0) == 1)
		return 5;
	if (ftruncate(fd, 0) == 0 || ftruncate(fd, (off_t)size * 2) == 0)
		return 6;
	return 0;
}

START_TEST(only_the_parent_writes)
{
	int fd, status;
	struct wire_scoreboard *board = wire_scoreboard_new(2, &fd);
	board->slot[1].pid = 77;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(try_to_write(board, fd));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	board->slot[1].pid = 78; /* the parent still can */
	ck_assert_int_eq(board->slot[1].pid, 78);
	close(fd);
}
END_TEST

START_TEST(a_sealed_board_kills_who_writes)
{
	int fd, status;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &fd);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		if (wire_scoreboard_seal(board, fd) == 0)
			board->slot[0].pid = 1;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
	close(fd);
}
END_TEST

/* Writes rows whose parts all say the same number, with a pause behind each. */
static _Noreturn void write_rows(struct wire_slot *row)
{
	for (int32_t n = 1;; n++) {
		wire_scoreboard_begin(&row->sequence);
		row->pid = n;
		row->counts.requests = (uint64_t)n;
		memset(row->request, 'a' + n % 26, sizeof row->request - 1);
		row->slot_bytes = (uint64_t)n;
		wire_scoreboard_end(&row->sequence);
		nanosleep(&(struct timespec){0, 10000}, NULL);
	}
}

static bool is_whole(const struct wire_slot *row)
{
	if (row->counts.requests != (uint64_t)row->pid || row->slot_bytes != (uint64_t)row->pid)
		return false;
	for (size_t i = 0; row->pid && i < sizeof row->request - 1; i++)
		if (row->request[i] != 'a' + row->pid % 26)
			return false;
	return true;
}

START_TEST(never_a_mixture)
{
	/* A reader gives up on a writer that was put to sleep in the middle, so a rare copy may be
	 * torn; without the sequence number most of those that change would be. */
	int fd, status;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &fd);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		write_rows(&board->slot[0]);
	unsigned seen = 0, torn = 0;
	int32_t last = 0;
	for (unsigned i = 0; i < 3000000 && seen < 2000; i++) {
		struct wire_slot copy;
		wire_scoreboard_read(board, 0, &copy);
		seen += copy.pid != last;
		last = copy.pid;
		torn += !is_whole(&copy);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_uint_gt(seen, 0);
	ck_assert_msg(torn <= seen / 100, "%u of %u", torn, seen);
	close(fd);
}
END_TEST

START_TEST(a_dead_writer_hangs_nobody)
{
	int fd;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &fd);
	struct wire_slot *row = &board->slot[0], copy;
	struct wire_totals totals;
	wire_scoreboard_begin(&row->sequence);
	row->pid = 5;
	memset(row->client, 'c', sizeof row->client);
	memset(row->request, 'r', sizeof row->request);
	memset(row->host, 'h', sizeof row->host);
	wire_scoreboard_read(board, 0, &copy);
	ck_assert_int_eq(copy.pid, 5);
	ck_assert_uint_eq(strlen(copy.client), sizeof copy.client - 1); /* safe to print */
	ck_assert_uint_eq(strlen(copy.request), sizeof copy.request - 1);
	ck_assert_uint_eq(strlen(copy.host), sizeof copy.host - 1);
	wire_scoreboard_begin(&board->totals_sequence);
	board->totals.births = 9;
	wire_scoreboard_totals(board, &totals);
	ck_assert_uint_eq(totals.births, 9);
	close(fd);
}
END_TEST

START_TEST(adding_counts)
{
	struct wire_counts a = {1, 2, 3, 4, 5, 6, 7}, b = {10, 20, 30, 40, 50, 60, 70};
	wire_counts_add(&a, &b);
	ck_assert_uint_eq(a.connections, 11);
	ck_assert_uint_eq(a.closed, 22);
	ck_assert_uint_eq(a.requests, 33);
	ck_assert_uint_eq(a.bytes, 44);
	ck_assert_uint_eq(a.took_us, 55);
	ck_assert_uint_eq(a.user_us, 66);
	ck_assert_uint_eq(a.system_us, 77);
	ck_assert_uint_eq(sizeof a, 7 * sizeof(uint64_t)); /* no field that is not added */
}
END_TEST

START_TEST(roles_have_names)
{
	ck_assert_str_eq(wire_role_name(WIRE_ROLE_WORKER), "worker");
	ck_assert_str_eq(wire_role_name(WIRE_ROLE_SUCCESSOR), "successor");
	ck_assert_str_eq(wire_role_name(WIRE_ROLES), "unknown");
}
END_TEST

START_TEST(the_last_deaths_are_remembered)
{
	int fd;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &fd);
	struct wire_death list[WIRE_DEATHS];
	ck_assert_uint_eq(wire_scoreboard_deaths(board, list), 0);
	for (int32_t n = 1; n <= 3 * WIRE_DEATHS / 2; n++) {
		struct wire_death death = {.pid = n, .reason = WIRE_REASON_KILLED};
		memset(death.request, 'r', sizeof death.request);
		wire_scoreboard_bury(board, &death);
		uint32_t known = n < WIRE_DEATHS ? (uint32_t)n : WIRE_DEATHS;
		ck_assert_uint_eq(wire_scoreboard_deaths(board, list), known);
		for (uint32_t i = 0; i < known; i++)
			ck_assert_int_eq(list[i].pid, n - (int32_t)i);
		ck_assert_uint_eq(strlen(list[0].request), sizeof list[0].request - 1);
	}
	close(fd);
}
END_TEST

START_TEST(the_last_seconds_are_remembered)
{
	int fd;
	struct wire_scoreboard *board = wire_scoreboard_new(1, &fd);
	struct wire_sample list[WIRE_SAMPLES];
	ck_assert_uint_eq(wire_scoreboard_samples(board, list), 0);
	for (int64_t n = 1; n <= WIRE_SAMPLES + 7; n++)
		wire_scoreboard_sample(board, &(struct wire_sample){.when = n});
	ck_assert_uint_eq(wire_scoreboard_samples(board, list), WIRE_SAMPLES);
	for (int64_t i = 0; i < WIRE_SAMPLES; i++)
		ck_assert_int_eq(list[i].when, i + 8);
	close(fd);
}
END_TEST

START_TEST(reasons)
{
	for (uint32_t i = 0; i < WIRE_REASONS; i++) {
		ck_assert_int_ne(*wire_reason_words(i), '\0');
		for (const char *at = wire_reason_name(i); *at; at++)
			ck_assert(*at >= 'a' && *at <= 'z'); /* fit for a label */
		for (uint32_t j = 0; j < i; j++)
			ck_assert_str_ne(wire_reason_name(i), wire_reason_name(j));
	}
	ck_assert(wire_reason_failure(WIRE_REASON_CRASHED));
	ck_assert(!wire_reason_failure(WIRE_REASON_DONE));
	ck_assert(!wire_reason_failure(WIRE_REASONS));
	ck_assert_str_eq(wire_reason_name(UINT32_MAX), "unknown");
}
END_TEST

UNIT_MAIN("wire_scoreboard", roles_have_names, the_last_deaths_are_remembered,
	the_last_seconds_are_remembered, reasons, begins_empty, only_the_parent_writes,
	a_sealed_board_kills_who_writes, never_a_mixture, a_dead_writer_hangs_nobody, adding_counts)
