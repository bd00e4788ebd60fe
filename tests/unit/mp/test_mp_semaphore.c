/*
 * test_mp_semaphore - permits between processes, and where those of the dead go
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

#include <fcntl.h>
#include <limits.h>

enum { PROCESSES = 6, PERMITS = 3, TURNS = 3000 };

struct scene {
	struct mp_semaphore *s;
	struct mp_value *inside; /* of two ints: how many are inside now, and at most */
	struct children_word word;
	int takes;
	int expected; /* value */
};

static struct mp_semaphore *new_of(int bounded, unsigned value)
{
	return bounded ? mp_bounded_semaphore_new(value) : mp_semaphore_new(value);
}

static int take_turns(void *arg)
{
	struct scene *scene = arg;
	int *inside = mp_value_data(scene->inside);
	for (int i = 0; i < TURNS; i++) {
		if (mp_semaphore_acquire(scene->s, -1) != 0)
			return 1;
		int now = __atomic_add_fetch(&inside[0], 1, __ATOMIC_SEQ_CST);
		if (now > PERMITS)
			return 2;
		if (now > inside[1])
			inside[1] = now;
		if (i % 100 == 0)
			usleep(10);
		__atomic_sub_fetch(&inside[0], 1, __ATOMIC_SEQ_CST);
		if (mp_semaphore_release(scene->s) != 0)
			return 3;
	}
	return 0;
}

/* Takes scene->takes permits, says so, and stays. */
static int hold(void *arg)
{
	struct scene *scene = arg;
	for (int i = 0; i < scene->takes; i++)
		if (mp_semaphore_acquire(scene->s, -1) < 0)
			return 1;
	children_say(&scene->word);
	pause();
	return 2;
}

static int acquire(void *arg)
{
	struct scene *scene = arg;
	return mp_semaphore_acquire(scene->s, 20) & 0xff;
}

static int acquire_twice(void *arg)
{
	return acquire(arg) || acquire(arg);
}

static int release(void *arg)
{
	struct scene *scene = arg;
	return mp_semaphore_release(scene->s) < 0 ? errno : 0;
}

START_TEST(no_more_than_permitted)
{
	struct scene scene = {
		.s = new_of(_i, PERMITS), .inside = mp_value_new(2 * sizeof(int), NULL)};
	pid_t pids[PROCESSES];
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = children_start(take_turns, &scene);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	int *inside = mp_value_data(scene.inside);
	ck_assert_int_eq(inside[0], 0);
	ck_assert_int_ge(inside[1], 2);
	ck_assert_int_eq(mp_semaphore_value(scene.s), PERMITS);
	mp_semaphore_close(scene.s);
	mp_value_close(scene.inside);
}
END_TEST

START_TEST(counts_and_timeouts)
{
	struct mp_semaphore *s = new_of(_i, 2);
	ck_assert_int_eq(mp_semaphore_acquire(s, 0), 0);
	ck_assert_int_eq(mp_semaphore_acquire(s, -1), 0);
	ck_assert_int_eq(mp_semaphore_value(s), 0);
	ck_fails(mp_semaphore_acquire(s, 0), EAGAIN);
	double before = mp_check_now();
	ck_fails(mp_semaphore_acquire(s, 0.25), ETIMEDOUT);
	ck_assert(mp_check_now() - before >= 0.25);
	ck_assert_int_eq(mp_semaphore_release(s), 0);
	ck_assert_int_eq(mp_semaphore_value(s), 1);
	ck_assert_int_eq(mp_semaphore_release(s), 0);
	ck_assert_int_eq(mp_semaphore_value(s), 2);
	mp_semaphore_close(s);
}
END_TEST

START_TEST(bounds)
{
	struct mp_semaphore *s = mp_bounded_semaphore_new(1);
	ck_fails(mp_semaphore_release(s), EOVERFLOW);
	ck_assert_int_eq(mp_semaphore_acquire(s, 0), 0);
	ck_assert_int_eq(mp_semaphore_release(s), 0);
	ck_fails(mp_semaphore_release(s), EOVERFLOW);
	mp_semaphore_close(s);
	s = mp_semaphore_new(1);
	ck_assert_int_eq(mp_semaphore_release(s), 0);
	ck_assert_int_eq(mp_semaphore_value(s), 2);
	mp_semaphore_close(s);
	s = mp_semaphore_new(INT_MAX);
	ck_fails(mp_semaphore_release(s), EOVERFLOW);
	mp_semaphore_close(s);
	for (int bounded = 0; bounded < 2; bounded++) {
		ck_assert_ptr_null(new_of(bounded, (unsigned)INT_MAX + 1));
		ck_assert_int_eq(errno, EINVAL);
	}
	mp_semaphore_close(NULL);
}
END_TEST

/* All permits are held by a process that is killed, before others ask (_i 0) or while they wait. */
START_TEST(permits_of_the_dead_come_back)
{
	struct scene scene = {.s = mp_semaphore_new(3), .word = children_word(), .takes = 3};
	pid_t holder = children_start(hold, &scene), waiting = 0;
	children_hear(&scene.word);
	if (_i) {
		waiting = children_start(acquire, &scene);
		children_await_state(waiting, 'S');
	}
	children_kill(holder);
	if (!_i)
		waiting = children_start(acquire, &scene);
	ck_assert_int_eq(children_join(waiting), MP_OWNER_DIED);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 3); /* that one ended holding one */
	ck_assert_int_eq(mp_semaphore_acquire(scene.s, 0), MP_OWNER_DIED);
	ck_assert_int_eq(mp_semaphore_acquire(scene.s, 0), 0);
	ck_assert_int_eq(mp_semaphore_release(scene.s), 0);
	ck_assert_int_eq(mp_semaphore_release(scene.s), 0);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 3);
	mp_semaphore_close(scene.s);
	children_word_end(&scene.word);
}
END_TEST

START_TEST(bounded_permits_of_the_dead_come_back)
{
	struct scene scene = {
		.s = mp_bounded_semaphore_new(2), .word = children_word(), .takes = 2};
	pid_t holder = children_start(hold, &scene);
	children_hear(&scene.word);
	/* Given back by another process, one is no longer the holder's. */
	ck_assert_int_eq(children_join(children_start(release, &scene)), 0);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 1);
	children_kill(holder);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 2);
	ck_fails(mp_semaphore_release(scene.s), EOVERFLOW);
	mp_semaphore_close(scene.s);
	children_word_end(&scene.word);
}
END_TEST

/* A count of things: one process puts, another takes. A taker that dies has taken them. */
START_TEST(a_count_keeps_what_the_dead_took)
{
	struct scene scene = {.s = mp_semaphore_new(0), .word = children_word(), .takes = 2};
	pid_t taker = children_start(hold, &scene);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(mp_semaphore_release(scene.s), 0);
	children_hear(&scene.word);
	children_kill(taker);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 3);
	ck_assert_int_eq(children_join(children_start(acquire_twice, &scene)), 0);
	ck_assert_int_eq(mp_semaphore_acquire(scene.s, 0), 0);
	ck_fails(mp_semaphore_acquire(scene.s, 0), EAGAIN);
	mp_semaphore_close(scene.s);
	children_word_end(&scene.word);
}
END_TEST

/* Becomes a count while somebody holds permits as of a guard. */
START_TEST(a_guard_becomes_a_count)
{
	struct scene scene = {.s = mp_semaphore_new(2), .word = children_word(), .takes = 2};
	pid_t holder = children_start(hold, &scene);
	children_hear(&scene.word);
	ck_assert_int_eq(mp_semaphore_release(scene.s), 0);
	children_kill(holder);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 1);
	mp_semaphore_close(scene.s);
	children_word_end(&scene.word);
}
END_TEST

START_TEST(release_wakes_who_waits)
{
	struct scene scene = {.s = mp_semaphore_new(0)};
	pid_t pids[3];
	for (int i = 0; i < 3; i++) {
		pids[i] = children_start(acquire, &scene);
		children_await_state(pids[i], 'S');
	}
	double before = mp_check_now();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(mp_semaphore_release(scene.s), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	ck_assert(mp_check_now() - before < 10);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 0);
	mp_semaphore_close(scene.s);
}
END_TEST

/* One that is woken and killed before it runs must not take the permit with it. */
START_TEST(a_wake_is_not_lost_with_the_woken)
{
	struct scene scene = {.s = mp_semaphore_new(1)};
	ck_assert_int_eq(mp_semaphore_acquire(scene.s, 0), 0);
	pid_t first = children_start(acquire, &scene);
	children_await_state(first, 'S');
	ck_assert_int_eq(kill(first, SIGSTOP), 0);
	children_await_state(first, 'T');
	pid_t second = children_start(acquire, &scene);
	children_await_state(second, 'S');
	ck_assert_int_eq(mp_semaphore_release(scene.s), 0);
	children_kill(first);
	ck_assert_int_eq(children_join(second), 0);
	mp_semaphore_close(scene.s);
}
END_TEST

static int churn(void *arg)
{
	struct scene *scene = arg;
	for (;;)
		if (mp_semaphore_acquire(scene->s, -1) < 0 || mp_semaphore_release(scene->s) < 0)
			return 1;
}

/* Killed at any line, and in the end not one permit too few or too many. */
START_TEST(death_at_any_line)
{
	struct scene scene = {.s = new_of(_i, 2)};
	pid_t pids[4];
	for (int i = 0; i < 4; i++)
		pids[i] = children_start(churn, &scene);
	for (int i = 0; i < 400; i++) {
		usleep((unsigned)(i * 37 % 400));
		children_kill(pids[i % 4]);
		pids[i % 4] = children_start(churn, &scene);
	}
	for (int i = 0; i < 4; i++)
		children_kill(pids[i]);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 2);
	ck_assert_int_ge(mp_semaphore_acquire(scene.s, 0), 0);
	ck_assert_int_eq(mp_semaphore_acquire(scene.s, 0), 0);
	ck_assert_int_eq(mp_semaphore_acquire(scene.s, 0), -1);
	mp_semaphore_close(scene.s);
}
END_TEST

/* As a guard: takes one and gives it back. As a count: gives one and takes it. */
static int both_ways(void *arg)
{
	struct scene *scene = arg;
	if (scene->takes)
		return mp_semaphore_acquire(scene->s, 0) < 0 || mp_semaphore_release(scene->s) < 0;
	return mp_semaphore_release(scene->s) < 0 || mp_semaphore_acquire(scene->s, 0) < 0;
}

static void look(void *arg)
{
	struct scene *scene = arg;
	int value = mp_semaphore_value(scene->s);
	if (!scene->takes && value == scene->expected + 1)
		scene->expected++; /* what the dead gave stays given, what it took stays taken */
	ck_assert_int_eq(value, scene->expected);
}

/* The same at every line that matters. */
START_TEST(death_at_every_store)
{
	if (!children_can_step())
		return;
	struct scene scene = {.s = new_of(_i == 1, 2), .takes = _i != 2, .expected = 2};
	int fd = mp_semaphore_fileno(scene.s);
	ck_assert_int_ge(children_die_at_each_store(both_ways, look, &scene, fd), 15);
	mp_semaphore_close(scene.s);
}
END_TEST

START_TEST(closing_while_held_is_a_death)
{
	struct mp_semaphore *s = mp_bounded_semaphore_new(2);
	struct mp_share share = mp_semaphore_share(s);
	share.fds[0] = dup(share.fds[0]);
	struct mp_semaphore *same = mp_semaphore_from_share(&share);
	ck_assert_int_eq(mp_semaphore_acquire(same, 0), 0);
	mp_semaphore_close(same);
	ck_assert_int_eq(mp_semaphore_value(s), 2);
	ck_assert_int_eq(mp_semaphore_acquire(s, 0), MP_OWNER_DIED);
	ck_assert_int_eq(mp_semaphore_release(s), 0);
	mp_semaphore_close(s);
}
END_TEST

/* More holders one after the other than there are seats: the seats of the dead are used again. */
START_TEST(many_deaths)
{
	struct scene scene = {.s = mp_semaphore_new(1)};
	for (int i = 0; i < 300; i++)
		ck_assert_int_eq(
			children_join(children_start(acquire, &scene)), i ? MP_OWNER_DIED : 0);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 1);
	mp_semaphore_close(scene.s);
}
END_TEST

static int interrupted(void *arg)
{
	struct scene *scene = arg;
	children_catch(NULL);
	children_say(&scene->word);
	return mp_semaphore_acquire(scene->s, 20) == -1 ? errno : 0;
}

START_TEST(signals_end_the_wait)
{
	struct scene scene = {.s = mp_semaphore_new(0), .word = children_word()};
	pid_t pid = children_start(interrupted, &scene);
	children_hear(&scene.word);
	/* Between two looks round it does not sleep, and misses nothing but the news. */
	ck_assert_int_eq(children_interrupt(pid), EINTR);
	ck_assert_int_eq(mp_semaphore_value(scene.s), 0);
	mp_semaphore_close(scene.s);
	children_word_end(&scene.word);
}
END_TEST

START_TEST(strangers_are_refused)
{
	struct mp_event *event = mp_event_new();
	ck_assert_ptr_null(mp_semaphore_from_fd(-1));
	ck_assert_int_eq(errno, EBADF);
	ck_assert_ptr_null(mp_semaphore_from_fd(mp_event_fileno(event)));
	ck_assert_int_eq(errno, EINVAL);
	struct mp_share share = mp_event_share(event);
	ck_assert_ptr_null(mp_semaphore_from_share(&share));
	ck_assert_int_eq(errno, EINVAL);
	mp_event_close(event);
}
END_TEST

int main(void)
{
	const struct children_test tests[] = {
		{no_more_than_permitted, 2},
		{counts_and_timeouts, 2},
		{bounds, 1},
		{permits_of_the_dead_come_back, 2},
		{bounded_permits_of_the_dead_come_back, 1},
		{a_count_keeps_what_the_dead_took, 1},
		{a_guard_becomes_a_count, 1},
		{release_wakes_who_waits, 1},
		{a_wake_is_not_lost_with_the_woken, 1},
		{death_at_any_line, 2},
		{death_at_every_store, 3},
		{closing_while_held_is_a_death, 1},
		{many_deaths, 1},
		{signals_end_the_wait, 1},
		{strangers_are_refused, 1},
	};
	return children_run("mp_semaphore", tests, sizeof tests / sizeof *tests);
}
