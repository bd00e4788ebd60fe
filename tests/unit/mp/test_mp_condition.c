/*
 * test_mp_condition - who is woken, under which lock, and that no wake is lost with a dead waiter
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

enum { WAITERS = 5 };

struct scene {
	struct mp_condition *c;
	struct mp_value *numbers; /* of int; guarded by the condition's lock */
	struct children_word word;
	double timeout;
};

static struct scene scene_new(struct mp_lock *lock)
{
	return (struct scene){.c = mp_condition_new(lock),
		.numbers = mp_array_new(4, sizeof(int), NULL),
		.word = children_word(),
		.timeout = 30};
}

static void scene_end(struct scene *scene)
{
	mp_condition_close(scene->c);
	mp_value_close(scene->numbers);
	children_word_end(&scene->word);
}

/* Waits once; the parent hears when it has the lock, so whoever takes that next finds it waiting.
 */
static int wait_once(void *arg)
{
	struct scene *scene = arg;
	if (mp_condition_acquire(scene->c, -1) < 0)
		return 101;
	children_say(&scene->word);
	int got = mp_condition_wait(scene->c, scene->timeout);
	int why = errno;
	if (mp_condition_release(scene->c) < 0)
		return 102;
	return got < 0 ? why : got;
}

/* A child that waits: when this returns nobody has the lock. */
static pid_t start_waiting(struct scene *scene)
{
	pid_t pid = children_start(wait_once, scene);
	children_hear(&scene->word);
	ck_assert_int_ge(mp_condition_acquire(scene->c, -1), 0);
	ck_assert_int_eq(mp_condition_release(scene->c), 0);
	return pid;
}

static int notify(struct scene *scene, int most)
{
	ck_assert_int_ge(mp_condition_acquire(scene->c, -1), 0);
	int woken = mp_condition_notify(scene->c, most);
	ck_assert_int_eq(mp_condition_release(scene->c), 0);
	return woken;
}

/* Exactly as many as asked for, the longest waiting first. */
START_TEST(notify_wakes_so_many)
{
	struct scene scene = scene_new(NULL);
	pid_t pids[WAITERS];
	for (int i = 0; i < WAITERS; i++)
		pids[i] = start_waiting(&scene);
	ck_assert_int_eq(notify(&scene, 0), 0);
	ck_assert_int_eq(notify(&scene, 2), 2);
	ck_assert_int_eq(children_join(pids[0]), 0);
	ck_assert_int_eq(children_join(pids[1]), 0);
	for (int i = 2; i < WAITERS; i++) {
		children_await_state(pids[i], 'S');
		ck_assert_int_eq(waitpid(pids[i], NULL, WNOHANG), 0);
	}
	ck_assert_int_eq(notify(&scene, 1), 1);
	ck_assert_int_eq(children_join(pids[2]), 0);
	ck_assert_int_eq(mp_condition_acquire(scene.c, -1), 0);
	ck_assert_int_eq(mp_condition_notify_all(scene.c), 2);
	ck_assert_int_eq(mp_condition_notify_all(scene.c), 0);
	ck_assert_int_eq(mp_condition_release(scene.c), 0);
	for (int i = 3; i < WAITERS; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	ck_assert_int_eq(notify(&scene, 9), 0);
	scene_end(&scene);
}
END_TEST

START_TEST(needs_the_lock)
{
	struct mp_condition *c = mp_condition_new(NULL);
	ck_fails(mp_condition_wait(c, 0), EPERM);
	ck_fails(mp_condition_wait_for(c, NULL, NULL, 0), EPERM);
	ck_fails(mp_condition_notify(c, 1), EPERM);
	ck_fails(mp_condition_notify_all(c), EPERM);
	ck_fails(mp_condition_release(c), EPERM);
	ck_assert_int_eq(mp_condition_acquire(c, 0), 0);
	ck_fails(mp_condition_notify(c, -1), EINVAL);
	ck_assert_int_eq(mp_condition_release(c), 0);
	mp_condition_close(c);
	mp_condition_close(NULL);
}
END_TEST

START_TEST(timeouts)
{
	struct mp_condition *c = mp_condition_new(NULL);
	ck_assert_int_eq(mp_condition_acquire(c, 0), 0);
	ck_fails(mp_condition_wait(c, 0), EAGAIN);
	double before = mp_check_now();
	ck_fails(mp_condition_wait(c, 0.3), ETIMEDOUT);
	ck_assert(mp_check_now() - before >= 0.3);
	/* The lock is back. */
	ck_assert_int_eq(mp_condition_release(c), 0);
	ck_fails(mp_condition_release(c), EPERM);
	mp_condition_close(c);
}
END_TEST

static int try_lock(void *arg)
{
	struct scene *scene = arg;
	return mp_condition_acquire(scene->c, 0) < 0 ? errno : 0;
}

/* wait lets an rlock go altogether and takes it again as often. */
START_TEST(wait_releases_all_levels)
{
	struct scene scene = scene_new(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(60);
		for (int i = 0; i < 3; i++)
			if (mp_condition_acquire(scene.c, -1) != 0)
				_exit(1);
		children_say(&scene.word);
		if (mp_condition_wait(scene.c, 30) != 0)
			_exit(2);
		for (int i = 0; i < 3; i++) {
			if (children_join(children_start(try_lock, &scene)) != EAGAIN)
				_exit(3);
			if (mp_condition_release(scene.c) < 0)
				_exit(4);
		}
		_exit(mp_condition_release(scene.c) < 0 && errno == EPERM ? 0 : 5);
	}
	children_hear(&scene.word);
	ck_assert_int_eq(notify(&scene, 1), 1);
	ck_assert_int_eq(children_join(pid), 0);
	scene_end(&scene);
}
END_TEST

/* Two conditions under one lock, of either kind. */
START_TEST(under_a_lock_of_the_caller)
{
	struct mp_lock *lock = _i ? mp_rlock_new() : mp_lock_new();
	struct scene one = scene_new(lock), two = scene_new(lock);
	pid_t first = start_waiting(&one), second = start_waiting(&two);
	ck_assert_int_eq(mp_lock_acquire(lock, -1), 0);
	ck_assert_int_eq(mp_condition_notify_all(two.c), 1);
	ck_assert_int_eq(mp_lock_release(lock), 0);
	ck_assert_int_eq(children_join(second), 0);
	ck_assert_int_eq(waitpid(first, NULL, WNOHANG), 0);
	ck_assert_int_eq(notify(&one, 1), 1);
	ck_assert_int_eq(children_join(first), 0);
	scene_end(&one);
	scene_end(&two);
	mp_lock_close(lock);
}
END_TEST

START_TEST(dead_waiters_are_passed_over)
{
	struct scene scene = scene_new(NULL);
	pid_t pids[WAITERS];
	for (int i = 0; i < WAITERS; i++)
		pids[i] = start_waiting(&scene);
	for (int i = 0; i < WAITERS - 1; i++)
		children_kill(pids[i]);
	ck_assert_int_eq(notify(&scene, 1), 1);
	ck_assert_int_eq(children_join(pids[WAITERS - 1]), 0);
	ck_assert_int_eq(notify(&scene, WAITERS), 0);
	scene_end(&scene);
}
END_TEST

/* Killed after it was woken and before it ran: the wake goes to another, who waits already (_i 0)
 * or who notifies next (_i 1) or who comes to wait (_i 2). */
START_TEST(a_wake_is_not_lost_with_the_woken)
{
	struct scene scene = scene_new(NULL);
	pid_t first = start_waiting(&scene), second = 0, third = 0;
	if (_i != 2)
		second = start_waiting(&scene);
	if (_i == 1)
		third = start_waiting(&scene);
	ck_assert_int_eq(kill(first, SIGSTOP), 0);
	children_await_state(first, 'T');
	if (_i == 1) { /* they would find the dead one before notify does */
		ck_assert_int_eq(kill(second, SIGSTOP), 0);
		ck_assert_int_eq(kill(third, SIGSTOP), 0);
		children_await_state(second, 'T');
		children_await_state(third, 'T');
	}
	ck_assert_int_eq(notify(&scene, 1), 1);
	children_kill(first);
	if (_i == 1) {
		ck_assert_int_eq(notify(&scene, 1), 2);
		kill(second, SIGCONT);
		kill(third, SIGCONT);
		ck_assert_int_eq(children_join(third), 0);
	}
	if (_i == 2) { /* nobody waited, so nobody was to be woken: this one is not */
		scene.timeout = 0.5;
		second = start_waiting(&scene);
		ck_assert_int_eq(children_join(second), ETIMEDOUT);
	} else
		ck_assert_int_eq(children_join(second), 0);
	scene_end(&scene);
}
END_TEST

static int die_with_the_lock(void *arg)
{
	struct scene *scene = arg;
	if (mp_condition_acquire(scene->c, -1) < 0)
		return 1;
	mp_condition_notify_all(scene->c);
	children_say(&scene->word);
	pause();
	return 2;
}

/* The notifier dies holding the lock: who was notified takes it, and is told. */
START_TEST(the_lock_of_the_dead)
{
	struct scene scene = scene_new(NULL);
	pid_t waiter = start_waiting(&scene);
	pid_t notifier = children_start(die_with_the_lock, &scene);
	children_hear(&scene.word);
	children_kill(notifier);
	ck_assert_int_eq(children_join(waiter), MP_OWNER_DIED);
	scene_end(&scene);
}
END_TEST

/* The same with nobody notified: the wait is over and the death is told rather than the time. */
START_TEST(a_death_is_told_before_the_time)
{
	struct scene scene = scene_new(NULL);
	scene.timeout = 0.05;
	pid_t waiter = start_waiting(&scene), status;
	pid_t holder = fork();
	if (holder == 0) {
		if (mp_condition_acquire(scene.c, -1) < 0)
			_exit(1);
		children_say(&scene.word);
		pause();
	}
	children_hear(&scene.word);
	/* Either the waiter came too late for the lock, or it had gone before. */
	usleep(60000);
	children_kill(holder);
	status = children_join(waiter);
	ck_assert(status == MP_OWNER_DIED || status == ETIMEDOUT);
	ck_assert_int_eq(mp_condition_acquire(scene.c, 0), status == ETIMEDOUT);
	scene_end(&scene);
}
END_TEST

static bool all_there(void *arg)
{
	struct scene *scene = arg;
	const int *numbers = mp_value_data(scene->numbers);
	return numbers[0] == 3;
}

static int wait_for_all(void *arg)
{
	struct scene *scene = arg;
	if (mp_condition_acquire(scene->c, -1) < 0)
		return 101;
	children_say(&scene->word);
	int got = mp_condition_wait_for(scene->c, all_there, scene, scene->timeout);
	int why = errno;
	mp_condition_release(scene->c);
	return got < 0 ? why : got;
}

START_TEST(wait_for_a_predicate)
{
	struct scene scene = scene_new(NULL), late = scene;
	late.timeout = 0.3;
	pid_t patient = children_start(wait_for_all, &scene);
	children_hear(&scene.word);
	pid_t other = children_start(wait_for_all, &late);
	children_hear(&scene.word);
	int *numbers = mp_value_data(scene.numbers);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mp_condition_acquire(scene.c, -1), 0);
		numbers[0]++;
		mp_condition_notify_all(scene.c);
		ck_assert_int_eq(mp_condition_release(scene.c), 0);
	}
	ck_assert_int_eq(children_join(other), ETIMEDOUT);
	ck_assert_int_eq(waitpid(patient, NULL, WNOHANG), 0);
	ck_assert_int_eq(mp_condition_acquire(scene.c, -1), 0);
	numbers[0]++;
	mp_condition_notify_all(scene.c);
	/* True at once: no wait. */
	ck_assert_int_eq(mp_condition_wait_for(scene.c, all_there, &scene, 0), 0);
	numbers[0] = 0;
	ck_fails(mp_condition_wait_for(scene.c, all_there, &scene, 0), EAGAIN);
	numbers[0] = 3;
	ck_assert_int_eq(mp_condition_release(scene.c), 0);
	ck_assert_int_eq(children_join(patient), 0);
	scene_end(&scene);
}
END_TEST

/* A bounded place for one number: three put, three take, and the sum is what was put. */
enum { ROUNDS = 2000 };
enum { FULL, NUMBER, SUM };

static int put_numbers(void *arg)
{
	struct scene *scene = arg;
	int *numbers = mp_value_data(scene->numbers);
	for (int i = 1; i <= ROUNDS; i++) {
		if (mp_condition_acquire(scene->c, -1) != 0)
			return 1;
		while (numbers[FULL])
			if (mp_condition_wait(scene->c, 30) != 0)
				return 2;
		numbers[NUMBER] = i;
		numbers[FULL] = 1;
		mp_condition_notify_all(scene->c);
		if (mp_condition_release(scene->c) != 0)
			return 3;
	}
	return 0;
}

static int take_numbers(void *arg)
{
	struct scene *scene = arg;
	int *numbers = mp_value_data(scene->numbers);
	for (int i = 1; i <= ROUNDS; i++) {
		if (mp_condition_acquire(scene->c, -1) != 0)
			return 1;
		while (!numbers[FULL])
			if (mp_condition_wait(scene->c, 30) != 0)
				return 2;
		numbers[SUM] += numbers[NUMBER];
		numbers[FULL] = 0;
		mp_condition_notify_all(scene->c);
		if (mp_condition_release(scene->c) != 0)
			return 3;
	}
	return 0;
}

START_TEST(producers_and_consumers)
{
	struct scene scene = scene_new(NULL);
	pid_t pids[6];
	for (int i = 0; i < 6; i++)
		pids[i] = children_start(i % 2 ? put_numbers : take_numbers, &scene);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	const int *numbers = mp_value_data(scene.numbers);
	ck_assert_int_eq(numbers[SUM], 3 * ROUNDS * (ROUNDS + 1) / 2);
	ck_assert_int_eq(numbers[FULL], 0);
	scene_end(&scene);
}
END_TEST

static int churn(void *arg)
{
	struct scene *scene = arg;
	for (;;) {
		if (mp_condition_acquire(scene->c, -1) < 0)
			return 1;
		mp_condition_notify(scene->c, 1);
		if (mp_condition_wait(scene->c, 0.001) < 0 && errno != ETIMEDOUT)
			return 2;
		if (mp_condition_release(scene->c) < 0)
			return 3;
	}
}

/* Killed at any line: the lock and the table of waiters stay of use. */
START_TEST(death_at_any_line)
{
	struct scene scene = scene_new(NULL);
	pid_t pids[4];
	for (int i = 0; i < 4; i++)
		pids[i] = children_start(churn, &scene);
	for (int i = 0; i < 300; i++) {
		usleep((unsigned)(i * 37 % 400));
		children_kill(pids[i % 4]);
		pids[i % 4] = children_start(churn, &scene);
	}
	for (int i = 0; i < 4; i++)
		children_kill(pids[i]);
	ck_assert_int_ge(mp_condition_acquire(scene.c, -1), 0);
	ck_assert_int_eq(mp_condition_notify_all(scene.c), 0);
	ck_assert_int_eq(mp_condition_release(scene.c), 0);
	pid_t waiter = start_waiting(&scene);
	ck_assert_int_eq(notify(&scene, 1), 1);
	ck_assert_int_eq(children_join(waiter), 0);
	scene_end(&scene);
}
END_TEST

START_TEST(shares)
{
	struct mp_lock *lock = mp_lock_new();
	struct mp_condition *under = mp_condition_new(lock), *alone = mp_condition_new(NULL);
	ck_assert_ptr_null(mp_condition_from_fd(mp_condition_fileno(under), NULL));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_condition_from_fd(mp_condition_fileno(alone), lock));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_condition_from_fd(mp_lock_fileno(lock), NULL));
	ck_assert_int_eq(errno, EINVAL);
	struct mp_share share = mp_condition_share(alone), wrong = mp_lock_share(lock);
	ck_assert_ptr_null(mp_condition_from_share(&wrong, NULL));
	ck_assert_int_eq(errno, EINVAL);
	share.fds[0] = dup(share.fds[0]);
	struct mp_condition *same = mp_condition_from_share(&share, NULL);
	ck_assert_int_eq(mp_condition_acquire(alone, 0), 0);
	ck_assert_int_eq(mp_condition_notify(same, 1), 0);
	ck_assert_int_eq(mp_condition_release(same), 0);
	mp_condition_close(same);
	mp_condition_close(alone);
	mp_condition_close(under);
	mp_lock_close(lock);
}
END_TEST

int main(void)
{
	const struct children_test tests[] = {
		{notify_wakes_so_many, 1},
		{needs_the_lock, 1},
		{timeouts, 1},
		{wait_releases_all_levels, 1},
		{under_a_lock_of_the_caller, 2},
		{dead_waiters_are_passed_over, 1},
		{a_wake_is_not_lost_with_the_woken, 3},
		{the_lock_of_the_dead, 1},
		{a_death_is_told_before_the_time, 1},
		{wait_for_a_predicate, 1},
		{producers_and_consumers, 1},
		{death_at_any_line, 1},
		{shares, 1},
	};
	return children_run("mp_condition", tests, sizeof tests / sizeof *tests);
}
