/*
 * test_mp_event - a flag between processes
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

struct scene {
	struct mp_event *event;
	struct children_word word;
};

static int wait_for_it(void *arg)
{
	struct scene *scene = arg;
	return mp_event_wait(scene->event, 20) < 0 ? errno : 0;
}

START_TEST(flag)
{
	struct mp_event *event = mp_event_new();
	ck_assert(!mp_event_is_set(event));
	for (int i = 0; i < 3; i++) {
		mp_event_clear(event);
		ck_fails(mp_event_wait(event, 0), EAGAIN);
		mp_event_set(event);
		mp_event_set(event);
		ck_assert(mp_event_is_set(event));
		ck_assert_int_eq(mp_event_wait(event, 0), 0);
		ck_assert_int_eq(mp_event_wait(event, -1), 0);
		mp_event_clear(event);
		ck_assert(!mp_event_is_set(event));
	}
	double before = mp_check_now();
	ck_fails(mp_event_wait(event, 0.05), ETIMEDOUT);
	ck_assert(mp_check_now() - before >= 0.05);
	mp_event_close(event);
	mp_event_close(NULL);
}
END_TEST

/* All who wait go on; with _i 1 also when the flag is cleared before any of them has run. */
START_TEST(set_wakes_all)
{
	struct scene scene = {.event = mp_event_new()};
	pid_t pids[5];
	for (int i = 0; i < 5; i++) {
		pids[i] = children_start(wait_for_it, &scene);
		children_await_state(pids[i], 'S');
		if (_i) {
			ck_assert_int_eq(kill(pids[i], SIGSTOP), 0);
			children_await_state(pids[i], 'T');
		}
	}
	mp_event_set(scene.event);
	if (_i) {
		mp_event_clear(scene.event);
		for (int i = 0; i < 5; i++)
			ck_assert_int_eq(kill(pids[i], SIGCONT), 0);
	}
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	ck_assert_int_eq(mp_event_is_set(scene.event), !_i);
	mp_event_close(scene.event);
}
END_TEST

START_TEST(the_dead_leave_nothing)
{
	struct scene scene = {.event = mp_event_new()};
	pid_t first = children_start(wait_for_it, &scene);
	pid_t second = children_start(wait_for_it, &scene);
	children_await_state(first, 'S');
	children_await_state(second, 'S');
	children_kill(first);
	mp_event_set(scene.event);
	ck_assert_int_eq(children_join(second), 0);
	mp_event_close(scene.event);
}
END_TEST

static int interrupted(void *arg)
{
	struct scene *scene = arg;
	children_catch(NULL);
	children_say(&scene->word);
	return mp_event_wait(scene->event, -1) < 0 ? errno : 0;
}

START_TEST(signals_end_the_wait)
{
	struct scene scene = {.event = mp_event_new(), .word = children_word()};
	pid_t pid = children_start(interrupted, &scene);
	children_hear(&scene.word);
	ck_assert_int_eq(children_interrupt(pid), EINTR);
	mp_event_close(scene.event);
	children_word_end(&scene.word);
}
END_TEST

/* Two processes take turns a thousand times: no set is missed. */
static int answer(void *arg)
{
	struct mp_event **events = arg;
	for (int i = 0; i < 1000; i++) {
		if (mp_event_wait(events[0], 20) < 0)
			return 1;
		mp_event_clear(events[0]);
		mp_event_set(events[1]);
	}
	return 0;
}

START_TEST(turns)
{
	struct mp_event *events[2] = {mp_event_new(), mp_event_new()};
	pid_t pid = children_start(answer, events);
	for (int i = 0; i < 1000; i++) {
		mp_event_set(events[0]);
		ck_assert_int_eq(mp_event_wait(events[1], 20), 0);
		mp_event_clear(events[1]);
	}
	ck_assert_int_eq(children_join(pid), 0);
	mp_event_close(events[0]);
	mp_event_close(events[1]);
}
END_TEST

START_TEST(shares)
{
	struct mp_event *event = mp_event_new();
	struct mp_lock *lock = mp_lock_new();
	struct mp_share share = mp_event_share(event), wrong = mp_lock_share(lock);
	share.fds[0] = dup(share.fds[0]);
	struct mp_event *same = mp_event_from_share(&share);
	mp_event_set(event);
	ck_assert(mp_event_is_set(same));
	mp_event_close(same);
	ck_assert_ptr_null(mp_event_from_share(&wrong));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_event_from_fd(mp_lock_fileno(lock)));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_event_from_fd(-1));
	ck_assert_int_eq(errno, EBADF);
	mp_event_close(event);
	mp_lock_close(lock);
}
END_TEST

int main(void)
{
	const struct children_test tests[] = {
		{flag, 1},
		{set_wakes_all, 2},
		{the_dead_leave_nothing, 1},
		{signals_end_the_wait, 1},
		{turns, 1},
		{shares, 1},
	};
	return children_run("mp_event", tests, sizeof tests / sizeof *tests);
}
