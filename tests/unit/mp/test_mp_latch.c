/*
 * test_mp_latch - one holder at a time, and the next one after a death is told
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp/mp_clock.h"
#include "mp/mp_latch.h"
#include "mp_check.h"

#include <signal.h>
#include <sys/mman.h>

struct shared {
	struct mp_latch latch;
	unsigned before, after; /* equal whenever the latch is free */
	unsigned held;
};

static struct shared *shared;

static void map(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
}

static int count_up(void *args, size_t size)
{
	unsigned wrong = 0;
	(void)size;
	for (unsigned i = 0; i < *(unsigned *)args; i++) {
		if (mp_latch_take(&shared->latch, MP_DEADLINE_NEVER) != 0)
			return 2;
		wrong += shared->before != shared->after;
		shared->before++;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		shared->after++;
		mp_latch_drop(&shared->latch);
	}
	return wrong != 0;
}

static int hold_for_ever(void *args, size_t size)
{
	(void)args, (void)size;
	mp_latch_take(&shared->latch, MP_DEADLINE_NEVER);
	__atomic_store_n(&shared->held, 1, __ATOMIC_RELEASE);
	for (;;)
		mp_latch_breathe();
	return 0;
}

static struct mp_process *started(mp_target target, unsigned count)
{
	struct mp_process *p = mp_process_new(target, &count, sizeof count, NULL);
	ck_assert(p && mp_process_start(p) == 0);
	return p;
}

START_TEST(one_at_a_time)
{
	struct mp_process *p[4];
	map();
	for (int i = 0; i < 4; i++)
		p[i] = started(count_up, 20000);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(mp_check_code(p[i]), 0);
	ck_assert_uint_eq(shared->before, 80000);
	ck_assert_uint_eq(shared->latch.word, 0);
}
END_TEST

START_TEST(a_deadline)
{
	map();
	struct mp_process *p = started(hold_for_ever, 0);
	while (!__atomic_load_n(&shared->held, __ATOMIC_ACQUIRE))
		mp_latch_breathe();
	ck_fails(mp_latch_take(&shared->latch, 0), ETIMEDOUT);
	double start = mp_check_now();
	ck_fails(mp_latch_take(&shared->latch, -20000000), ETIMEDOUT);
	ck_assert_double_ge(mp_check_now() - start, 0.02);
	ck_fails(mp_latch_take(&shared->latch, mp_clock_deadline(0.02)), ETIMEDOUT);
	mp_process_kill(p);
	ck_assert_int_eq(mp_check_code(p), -SIGKILL);
	ck_assert_int_eq(mp_latch_take(&shared->latch, 0), 1);
	mp_latch_drop(&shared->latch);
	ck_assert_int_eq(mp_latch_take(&shared->latch, 0), 0);
	mp_latch_drop(&shared->latch);
}
END_TEST

static int wait_for_it(void *args, size_t size)
{
	(void)args, (void)size;
	int taken = mp_latch_take(&shared->latch, mp_clock_deadline(20));
	if (taken >= 0)
		mp_latch_drop(&shared->latch);
	return taken;
}

/* The sleepers are woken by the kernel, and exactly one of them is told. */
START_TEST(death_wakes_who_sleeps)
{
	map();
	struct mp_process *holder = started(hold_for_ever, 0), *p[3];
	while (!__atomic_load_n(&shared->held, __ATOMIC_ACQUIRE))
		mp_latch_breathe();
	for (int i = 0; i < 3; i++)
		p[i] = started(wait_for_it, 0);
	ck_fails(mp_process_join(p[0], 0.05), ETIMEDOUT);
	mp_process_kill(holder);
	ck_assert_int_eq(mp_check_code(holder), -SIGKILL);
	int told = 0;
	for (int i = 0; i < 3; i++) {
		int code = mp_check_code(p[i]);
		ck_assert(code == 0 || code == 1);
		told += code;
	}
	ck_assert_int_eq(told, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {one_at_a_time, a_deadline, death_wakes_who_sleeps};
	return MP_CHECK_MAIN("mp_latch", tests);
}
