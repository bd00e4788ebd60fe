/*
 * test_parent_vigil - when a helper that stands still is told on, aborted, killed
 *
 * Runs in:  a test program
 * Owns:     a child, which it waits for
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_vigil.h"

#include "unit/unit.h"

#include <signal.h>

static struct parent_vigil vigil;
static struct mp_process *process;

static int sleeps(void *args, size_t size)
{
	(void)args;
	(void)size;
	while (pause() < 0)
		;
	return 0;
}

static void begin(void)
{
	vigil = (struct parent_vigil){0};
	process = mp_process_new(sleeps, NULL, 0, NULL);
	ck_assert_ptr_nonnull(process);
	ck_assert_int_eq(mp_process_start(process), 0);
}

static bool look(bool moved, unsigned most_s)
{
	return parent_vigil_look(&vigil, process, moved, most_s, "helper", "");
}

static void end(int code)
{
	int got;
	ck_assert_int_eq(mp_process_join(process, 30), 0);
	ck_assert(mp_process_exitcode(process, &got));
	ck_assert_int_eq(got, code);
	mp_process_close(process);
}

/* Beats and looks meet at any point of a second, so now and then a look finds nothing. */
START_TEST(every_other_look)
{
	begin();
	for (unsigned most_s = 0; most_s < 3; most_s++)
		for (int i = 0; i < 20; i++) {
			ck_assert(!look(i % 2, most_s));
			ck_assert_uint_eq(vigil.step, 0);
		}
	mp_process_kill(process);
	end(-SIGKILL);
}
END_TEST

START_TEST(aborted)
{
	static const unsigned steps[] = {0, 0, 1, 2, 2};
	begin();
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		ck_assert(!look(false, 1));
		ck_assert_uint_eq(vigil.step, steps[i]);
	}
	end(-SIGABRT);
}
END_TEST

/* One that was stopped does not hear that. */
START_TEST(killed)
{
	begin();
	ck_assert_int_eq(mp_process_signal(process, SIGSTOP), 0);
	for (int i = 0; i < 17; i++)
		ck_assert(!look(false, 16));
	ck_assert_uint_eq(vigil.step, 2);
	ck_assert(look(false, 16));
	end(-SIGKILL);
}
END_TEST

/* It goes on: everything begins anew. */
START_TEST(moves_again)
{
	begin();
	for (int i = 0; i < 3; i++)
		ck_assert(!look(false, 4));
	ck_assert_uint_eq(vigil.step, 1);
	ck_assert(!look(true, 4));
	ck_assert_uint_eq(vigil.step, 0);
	for (int i = 0; i < 2; i++)
		ck_assert(!look(false, 4));
	ck_assert_uint_eq(vigil.step, 0);
	mp_process_kill(process);
	end(-SIGKILL);
}
END_TEST

UNIT_MAIN("parent_vigil", every_other_look, aborted, killed, moves_again)
