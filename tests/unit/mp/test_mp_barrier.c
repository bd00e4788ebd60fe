/*
 * test_mp_barrier - processes meet, or learn that they will not
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

enum { PARTIES = 4, ROUNDS = 300 };

struct scene {
	struct mp_barrier *b;
	struct mp_value *numbers; /* of int */
	struct children_word word;
	double timeout;
};

static int add_one(void *arg)
{
	int *count = arg;
	++*count;
	return 0;
}

static int refuse(void *arg)
{
	(void)arg;
	return 1;
}

static int say_and_stay(void *arg)
{
	struct scene *scene = arg;
	children_say(&scene->word);
	pause();
	return 0;
}

static struct scene scene_new(unsigned parties, int (*action)(void *arg))
{
	struct scene scene = {.numbers = mp_array_new(ROUNDS + 1, sizeof(int), NULL),
		.word = children_word(),
		.timeout = 30};
	scene.b = mp_barrier_new(parties, action, mp_value_data(scene.numbers));
	return scene;
}

static void scene_end(struct scene *scene)
{
	mp_barrier_close(scene->b);
	mp_value_close(scene->numbers);
	children_word_end(&scene->word);
}

/* The index, or 100 and the error. */
static int wait_once(void *arg)
{
	struct scene *scene = arg;
	int got = mp_barrier_wait(scene->b, scene->timeout);
	return got < 0 ? 100 + errno : got;
}

static pid_t start_waiting(struct scene *scene, int waiting)
{
	pid_t pid = children_start(wait_once, scene);
	for (double end = mp_check_now() + 20; mp_check_now() < end; usleep(100))
		if (mp_barrier_n_waiting(scene->b) == waiting)
			return pid;
	ck_abort_msg("it does not wait");
}

/* In each round the indices are all different and the action has run once before anybody goes. */
static int go_round(void *arg)
{
	struct scene *scene = arg;
	int *numbers = mp_value_data(scene->numbers);
	for (int i = 1; i <= ROUNDS; i++) {
		int index = mp_barrier_wait(scene->b, 30);
		if (index < 0 || numbers[0] < i || numbers[0] > i + 1)
			return 1;
		__atomic_fetch_or(&numbers[i], 1 << index, __ATOMIC_SEQ_CST);
	}
	return 0;
}

START_TEST(rounds)
{
	struct scene scene = scene_new(PARTIES, add_one);
	pid_t pids[PARTIES];
	for (int i = 0; i < PARTIES; i++)
		pids[i] = children_start(go_round, &scene);
	for (int i = 0; i < PARTIES; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	const int *numbers = mp_value_data(scene.numbers);
	ck_assert_int_eq(numbers[0], ROUNDS);
	for (int i = 1; i <= ROUNDS; i++)
		ck_assert_int_eq(numbers[i], (1 << PARTIES) - 1);
	ck_assert(!mp_barrier_broken(scene.b));
	ck_assert_int_eq(mp_barrier_n_waiting(scene.b), 0);
	ck_assert_int_eq(mp_barrier_parties(scene.b), PARTIES);
	scene_end(&scene);
}
END_TEST

START_TEST(one_party)
{
	int count = 0;
	struct mp_barrier *b = mp_barrier_new(1, add_one, &count);
	for (int i = 1; i < 4; i++) {
		ck_assert_int_eq(mp_barrier_wait(b, 0), 0);
		ck_assert_int_eq(count, i);
	}
	mp_barrier_close(b);
	mp_barrier_close(NULL);
}
END_TEST

START_TEST(arguments)
{
	ck_assert_ptr_null(mp_barrier_new(0, NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_barrier_new(4097, NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
	struct mp_event *event = mp_event_new();
	struct mp_share wrong = mp_event_share(event);
	ck_assert_ptr_null(mp_barrier_from_fd(mp_event_fileno(event), NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_barrier_from_share(&wrong, NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(mp_barrier_from_fd(-1, NULL, NULL));
	ck_assert_int_eq(errno, EBADF);
	mp_event_close(event);
}
END_TEST

/* Each handle has its own action. */
START_TEST(shares)
{
	int count = 0;
	struct mp_barrier *b = mp_barrier_new(1, refuse, NULL);
	struct mp_share share = mp_barrier_share(b);
	share.fds[0] = dup(share.fds[0]);
	struct mp_barrier *same = mp_barrier_from_share(&share, add_one, &count);
	ck_assert_int_eq(mp_barrier_wait(same, 0), 0);
	ck_assert_int_eq(count, 1);
	ck_fails(mp_barrier_wait(b, 0), EPIPE);
	ck_assert(mp_barrier_broken(same));
	mp_barrier_close(same);
	mp_barrier_close(b);
}
END_TEST

START_TEST(one_is_late)
{
	struct scene scene = scene_new(3, NULL);
	pid_t patient = start_waiting(&scene, 1);
	if (_i)
		ck_fails(mp_barrier_wait(scene.b, 0.05), ETIMEDOUT);
	else
		ck_fails(mp_barrier_wait(scene.b, 0), ETIMEDOUT);
	ck_assert_int_eq(children_join(patient), 100 + EPIPE);
	ck_assert(mp_barrier_broken(scene.b));
	ck_fails(mp_barrier_wait(scene.b, 0), EPIPE);
	mp_barrier_reset(scene.b);
	ck_assert(!mp_barrier_broken(scene.b));
	scene_end(&scene);
}
END_TEST

START_TEST(abort_and_reset)
{
	struct scene scene = scene_new(3, NULL);
	pid_t one = start_waiting(&scene, 1), two = start_waiting(&scene, 2);
	if (_i)
		mp_barrier_abort(scene.b);
	else
		mp_barrier_reset(scene.b);
	ck_assert_int_eq(children_join(one), 100 + EPIPE);
	ck_assert_int_eq(children_join(two), 100 + EPIPE);
	ck_assert_int_eq(mp_barrier_broken(scene.b), _i);
	mp_barrier_reset(scene.b);
	one = start_waiting(&scene, 1);
	two = start_waiting(&scene, 2);
	ck_assert_int_eq(mp_barrier_wait(scene.b, 20), 2);
	ck_assert_int_eq(children_join(one), 0);
	ck_assert_int_eq(children_join(two), 1);
	scene_end(&scene);
}
END_TEST

START_TEST(the_action_fails)
{
	struct scene scene = scene_new(2, refuse);
	pid_t one = start_waiting(&scene, 1);
	ck_fails(mp_barrier_wait(scene.b, 20), EPIPE);
	ck_assert_int_eq(children_join(one), 100 + EPIPE);
	ck_assert(mp_barrier_broken(scene.b));
	scene_end(&scene);
}
END_TEST

/* One of those who wait is killed; the others, asleep or still to come, learn of it. */
START_TEST(a_death_while_waiting)
{
	struct scene scene = scene_new(4, NULL);
	pid_t dies = start_waiting(&scene, 1), waits = start_waiting(&scene, 2);
	children_kill(dies);
	ck_assert_int_eq(children_join(waits), 100 + EPIPE);
	ck_fails(mp_barrier_wait(scene.b, 20), EPIPE);
	ck_assert(mp_barrier_broken(scene.b));
	mp_barrier_reset(scene.b);
	ck_assert_int_eq(mp_barrier_n_waiting(scene.b), 0);
	scene_end(&scene);
}
END_TEST

START_TEST(a_death_in_the_action)
{
	struct scene scene = scene_new(2, NULL);
	pid_t waits = start_waiting(&scene, 1);
	pid_t acts = fork();
	if (acts == 0) {
		struct mp_barrier *own =
			mp_barrier_from_fd(dup(mp_barrier_fileno(scene.b)), say_and_stay, &scene);
		_exit(mp_barrier_wait(own, 20));
	}
	children_hear(&scene.word);
	children_kill(acts);
	ck_assert_int_eq(children_join(waits), 100 + EPIPE);
	ck_assert(mp_barrier_broken(scene.b));
	scene_end(&scene);
}
END_TEST

/* One that has passed and died afterwards is missed by nobody. */
START_TEST(a_death_after_the_barrier)
{
	struct scene scene = scene_new(2, NULL);
	pid_t one = start_waiting(&scene, 1);
	ck_assert_int_eq(kill(one, SIGSTOP), 0);
	children_await_state(one, 'T');
	ck_assert_int_eq(mp_barrier_wait(scene.b, 20), 1);
	children_kill(one);
	ck_assert(!mp_barrier_broken(scene.b));
	one = start_waiting(&scene, 1);
	ck_assert_int_eq(mp_barrier_wait(scene.b, 20), 1);
	ck_assert_int_eq(children_join(one), 0);
	scene_end(&scene);
}
END_TEST

static int churn(void *arg)
{
	struct scene *scene = arg;
	while (mp_barrier_n_waiting(scene->b) >= 0)
		if (mp_barrier_wait(scene->b, 0.01) < 0)
			mp_barrier_reset(scene->b);
	return 1;
}

START_TEST(death_at_any_line)
{
	struct scene scene = scene_new(2, NULL);
	pid_t pids[3];
	for (int i = 0; i < 3; i++)
		pids[i] = children_start(churn, &scene);
	for (int i = 0; i < 300; i++) {
		usleep((unsigned)(i * 37 % 400));
		children_kill(pids[i % 3]);
		pids[i % 3] = children_start(churn, &scene);
	}
	for (int i = 0; i < 3; i++)
		children_kill(pids[i]);
	mp_barrier_reset(scene.b);
	pid_t one = start_waiting(&scene, 1);
	ck_assert_int_eq(mp_barrier_wait(scene.b, 20), 1);
	ck_assert_int_eq(children_join(one), 0);
	scene_end(&scene);
}
END_TEST

int main(void)
{
	const struct children_test tests[] = {
		{rounds, 1},
		{one_party, 1},
		{arguments, 1},
		{shares, 1},
		{one_is_late, 2},
		{abort_and_reset, 2},
		{the_action_fails, 1},
		{a_death_while_waiting, 1},
		{a_death_in_the_action, 1},
		{a_death_after_the_barrier, 1},
		{death_at_any_line, 1},
	};
	return children_run("mp_barrier", tests, sizeof tests / sizeof *tests);
}
