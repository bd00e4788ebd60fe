/*
 * test_mp_share - what processes share, handed to children of every start method
 *
 * Runs in:  make check; spawned children and the forkserver execute it anew
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

enum { LOCK, SEMAPHORE, CONDITION, EVENT, BARRIER, VALUE, TYPES };

struct scene {
	struct mp_share shares[TYPES];
	bool die;
};

struct things {
	struct mp_lock *lock;
	struct mp_semaphore *semaphore;
	struct mp_condition *condition;
	struct mp_event *event;
	struct mp_barrier *barrier;
	struct mp_value *value;
};

static struct things things_new(void)
{
	return (struct things){.lock = mp_lock_new(),
		.semaphore = mp_semaphore_new(2),
		.condition = mp_condition_new(NULL),
		.event = mp_event_new(),
		.barrier = mp_barrier_new(2, NULL, NULL),
		.value = mp_array_new(3, sizeof(int), NULL)};
}

static struct scene share(const struct things *t, bool die)
{
	return (struct scene){{mp_lock_share(t->lock), mp_semaphore_share(t->semaphore),
				      mp_condition_share(t->condition), mp_event_share(t->event),
				      mp_barrier_share(t->barrier), mp_value_share(t->value)},
		die};
}

static struct things receive(const struct scene *scene)
{
	const struct mp_share *s = scene->shares;
	return (struct things){.lock = mp_lock_from_share(&s[LOCK]),
		.semaphore = mp_semaphore_from_share(&s[SEMAPHORE]),
		.condition = mp_condition_from_share(&s[CONDITION], NULL),
		.event = mp_event_from_share(&s[EVENT]),
		.barrier = mp_barrier_from_share(&s[BARRIER], NULL, NULL),
		.value = mp_value_from_share(&s[VALUE])};
}

static void things_close(struct things *t)
{
	mp_forkserver_stop();
	mp_lock_close(t->lock);
	mp_semaphore_close(t->semaphore);
	mp_condition_close(t->condition);
	mp_event_close(t->event);
	mp_barrier_close(t->barrier);
	mp_value_close(t->value);
}

/* Uses all of them together with the parent, or takes all that can be taken and stays. */
static int child(void *args, size_t size)
{
	const struct scene *scene = args;
	struct things t = receive(scene);
	int seven = 7;
	if (size != sizeof *scene || !t.lock || !t.semaphore || !t.condition || !t.event ||
		!t.barrier || !t.value)
		return 1;
	if (mp_lock_acquire(t.lock, 20) != 0 || mp_semaphore_acquire(t.semaphore, 20) != 0 ||
		mp_array_set(t.value, 1, &seven) != 0)
		return 2;
	if (scene->die) {
		if (mp_semaphore_acquire(t.semaphore, 20) != 0 ||
			mp_value_acquire(t.value, 20) != 0 ||
			mp_condition_acquire(t.condition, 20) != 0)
			return 3;
		mp_event_set(t.event);
		pause();
		return 4;
	}
	if (mp_semaphore_release(t.semaphore) != 0 || mp_lock_release(t.lock) != 0)
		return 5;
	mp_event_set(t.event);
	if (mp_condition_acquire(t.condition, 20) != 0 ||
		mp_condition_notify(t.condition, 1) != 1 || mp_condition_release(t.condition) != 0)
		return 6;
	if (mp_barrier_wait(t.barrier, 20) < 0)
		return 7;
	things_close(&t);
	return 0;
}

static struct mp_process *start(struct scene *scene, int method)
{
	struct mp_process *p = mp_process_new(child, scene, sizeof *scene,
		&(struct mp_process_options){
			.context = mp_get_context(mp_get_all_start_methods()[method]),
			.shares = scene->shares,
			.share_count = TYPES});
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(mp_process_start(p), 0);
	return p;
}

static void finish(struct mp_process *p, int expected)
{
	int code;
	ck_assert_int_eq(mp_process_join(p, 30), 0);
	ck_assert(mp_process_exitcode(p, &code));
	ck_assert_int_eq(code, expected);
	ck_assert_int_eq(mp_process_close(p), 0);
}

START_TEST(used_together)
{
	struct things t = things_new();
	struct scene scene = share(&t, false);
	int got;
	ck_assert_int_eq(mp_condition_acquire(t.condition, 0), 0);
	struct mp_process *p = start(&scene, _i);
	ck_assert_int_eq(mp_condition_wait(t.condition, 20), 0);
	ck_assert_int_eq(mp_condition_release(t.condition), 0);
	ck_assert_int_eq(mp_event_wait(t.event, 0), 0);
	ck_assert_int_ge(mp_barrier_wait(t.barrier, 20), 0);
	finish(p, 0);
	ck_assert_int_eq(mp_array_get(t.value, 1, &got), 0);
	ck_assert_int_eq(got, 7);
	ck_assert_int_eq(mp_lock_acquire(t.lock, 0), 0);
	ck_assert_int_eq(mp_semaphore_value(t.semaphore), 2);
	things_close(&t);
}
END_TEST

/* Whoever forked it: the kernel knows what it held. */
START_TEST(a_death_is_noticed)
{
	struct things t = things_new();
	struct scene scene = share(&t, true);
	struct mp_process *p = start(&scene, _i);
	ck_assert_int_eq(mp_event_wait(t.event, 20), 0);
	ck_fails(mp_lock_acquire(t.lock, 0), EAGAIN);
	ck_fails(mp_lock_release(t.lock), EPERM);
	ck_fails(mp_semaphore_acquire(t.semaphore, 0), EAGAIN);
	ck_assert_int_eq(mp_process_kill(p), 0);
	finish(p, -SIGKILL);
	ck_assert_int_eq(mp_lock_acquire(t.lock, 20), MP_OWNER_DIED);
	ck_assert_int_eq(mp_semaphore_acquire(t.semaphore, 20), MP_OWNER_DIED);
	ck_assert_int_eq(mp_condition_acquire(t.condition, 20), MP_OWNER_DIED);
	ck_assert_int_eq(mp_value_acquire(t.value, 20), MP_OWNER_DIED);
	things_close(&t);
}
END_TEST

int main(int argc, char **argv)
{
	mp_register("child", child);
	mp_main(argc, argv);
	int methods = children_under_valgrind() ? 1 : 3; /* fork is the first */
	const struct children_test tests[] = {
		{used_together, methods}, {a_death_is_noticed, methods}};
	return children_run("mp_share", tests, sizeof tests / sizeof *tests);
}
