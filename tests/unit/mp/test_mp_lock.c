/*
 * test_mp_lock - locks between processes: who has them, who gets them, what a death leaves
 *
 * Runs in:  make check
 * Owns:     its children
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_children.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PROCESSES = 4, TURNS = 20000 };

struct scene {
	struct mp_lock *lock;
	struct mp_value *count; /* of long; used without its own lock */
	struct children_word word;
};

static int count_turns(void *arg)
{
	struct scene *scene = arg;
	volatile long *count = mp_value_data(scene->count);
	for (int i = 0; i < TURNS; i++) {
		if (mp_lock_acquire(scene->lock, -1) != 0)
			return 1;
		*count = *count + 1;
		if (mp_lock_release(scene->lock) != 0)
			return 2;
	}
	return 0;
}

/* Takes the lock, says so, and stays. */
static int hold(void *arg)
{
	struct scene *scene = arg;
	if (mp_lock_acquire(scene->lock, -1) < 0)
		return 1;
	children_say(&scene->word);
	pause();
	return 2;
}

static int acquire(void *arg)
{
	struct scene *scene = arg;
	return mp_lock_acquire(scene->lock, 20) & 0xff;
}

static int release_other(void *arg)
{
	struct scene *scene = arg;
	return mp_lock_release(scene->lock) == -1 ? errno : 0;
}

START_TEST(contention_loses_nothing)
{
	struct scene scene = {.lock = _i ? mp_rlock_new() : mp_lock_new(),
		.count = mp_value_new(sizeof(long), NULL)};
	pid_t pids[PROCESSES];
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = children_start(count_turns, &scene);
	for (int i = 0; i < PROCESSES; i++)
		ck_assert_int_eq(children_join(pids[i]), 0);
	ck_assert_int_eq(*(long *)mp_value_data(scene.count), (long)PROCESSES * TURNS);
	mp_lock_close(scene.lock);
	mp_value_close(scene.count);
}
END_TEST

START_TEST(only_the_owner_releases)
{
	struct scene scene = {.lock = _i ? mp_rlock_new() : mp_lock_new()};
	ck_fails(mp_lock_release(scene.lock), EPERM);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, 0), 0);
	ck_assert_int_eq(children_join(children_start(release_other, &scene)), EPERM);
	ck_assert_int_eq(mp_lock_release(scene.lock), 0);
	ck_fails(mp_lock_release(scene.lock), EPERM);
	mp_lock_close(scene.lock);
}
END_TEST

START_TEST(lock_is_taken_once)
{
	struct mp_lock *lock = mp_lock_new();
	const double timeouts[] = {-1, 0, 0.01, 100};
	ck_assert_int_eq(mp_lock_acquire(lock, -1), 0);
	for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
		ck_fails(mp_lock_acquire(lock, timeouts[i]), EDEADLK);
	}
	ck_assert_int_eq(mp_lock_release(lock), 0);
	mp_lock_close(lock);
}
END_TEST

START_TEST(rlock_is_released_as_often)
{
	struct scene scene = {.lock = mp_rlock_new()};
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(mp_lock_acquire(scene.lock, i ? 0 : -1), 0);
	for (int i = 0; i < 5; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(mp_lock_acquire(scene.lock, 0) == -1 ? errno : 0);
		ck_assert_int_eq(children_join(pid), EAGAIN);
		ck_assert_int_eq(mp_lock_release(scene.lock), 0);
	}
	ck_assert_int_eq(children_join(children_start(acquire, &scene)), 0);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, 0), MP_OWNER_DIED);
	mp_lock_close(scene.lock);
}
END_TEST

START_TEST(timeouts)
{
	struct scene scene = {.lock = mp_lock_new(), .word = children_word()};
	pid_t pid = children_start(hold, &scene);
	children_hear(&scene.word);
	ck_fails(mp_lock_acquire(scene.lock, 0), EAGAIN);
	double before = mp_check_now();
	ck_fails(mp_lock_acquire(scene.lock, 0.05), ETIMEDOUT);
	ck_assert(mp_check_now() - before >= 0.05);
	children_kill(pid);
	mp_lock_close(scene.lock);
	children_word_end(&scene.word);
}
END_TEST

/* The holder is killed before the next one asks. */
START_TEST(death_is_told_once)
{
	struct scene scene = {.lock = _i ? mp_rlock_new() : mp_lock_new(), .word = children_word()};
	pid_t pid = children_start(hold, &scene);
	children_hear(&scene.word);
	children_kill(pid);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, -1), MP_OWNER_DIED);
	ck_assert_int_eq(mp_lock_release(scene.lock), 0);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, -1), 0);
	ck_assert_int_eq(mp_lock_release(scene.lock), 0);
	mp_lock_close(scene.lock);
	children_word_end(&scene.word);
}
END_TEST

/* The holder is killed while others sleep. */
START_TEST(death_wakes_the_next)
{
	struct scene scene = {.lock = mp_lock_new(), .word = children_word()};
	pid_t holder = children_start(hold, &scene), waiting[3];
	children_hear(&scene.word);
	for (int i = 0; i < 3; i++) {
		waiting[i] = children_start(acquire, &scene);
		children_await_state(waiting[i], 'S');
	}
	children_kill(holder);
	/* Each ends without a release, so the death goes round. */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(children_join(waiting[i]), MP_OWNER_DIED);
	mp_lock_close(scene.lock);
	children_word_end(&scene.word);
}
END_TEST

/* A question about the lock by one who does not have it must not swallow the news. */
START_TEST(death_survives_a_wrong_release)
{
	struct scene scene = {.lock = mp_lock_new(), .word = children_word()};
	pid_t pid = children_start(hold, &scene);
	children_hear(&scene.word);
	children_kill(pid);
	ck_fails(mp_lock_release(scene.lock), EPERM);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, 0), MP_OWNER_DIED);
	mp_lock_close(scene.lock);
	children_word_end(&scene.word);
}
END_TEST

static int churn(void *arg)
{
	struct scene *scene = arg;
	for (;;)
		if (mp_lock_acquire(scene->lock, -1) < 0 || mp_lock_release(scene->lock) < 0)
			return 1;
}

/* Killed at any line: the lock is always there for the next. */
START_TEST(death_at_any_line)
{
	struct scene scene = {.lock = mp_lock_new()};
	pid_t pids[3];
	for (int i = 0; i < 3; i++)
		pids[i] = children_start(churn, &scene);
	for (int i = 0; i < 300; i++) {
		usleep((unsigned)(i * 37 % 500));
		children_kill(pids[i % 3]);
		pids[i % 3] = children_start(churn, &scene);
		ck_assert_int_ge(mp_lock_acquire(scene.lock, 20), 0);
		ck_assert_int_eq(mp_lock_release(scene.lock), 0);
	}
	for (int i = 0; i < 3; i++)
		children_kill(pids[i]);
	mp_lock_close(scene.lock);
}
END_TEST

START_TEST(closing_while_held_is_a_death)
{
	struct scene scene = {.lock = mp_lock_new()};
	struct mp_lock *same = mp_lock_from_fd(dup(mp_lock_fileno(scene.lock)));
	ck_assert_ptr_nonnull(same);
	ck_assert_int_eq(mp_lock_acquire(same, 0), 0);
	mp_lock_close(same);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, 0), MP_OWNER_DIED);
	ck_assert_int_eq(mp_lock_release(scene.lock), 0);
	mp_lock_close(scene.lock);
	mp_lock_close(NULL);
}
END_TEST

/* A signal handler runs, and the wait goes on. */
START_TEST(signals_do_not_end_the_wait)
{
	struct scene scene = {.lock = mp_lock_new(), .word = children_word()};
	struct sigaction before;
	pid_t holder = children_start(hold, &scene);
	children_hear(&scene.word);
	children_catch(&before);
	pid_t waiting = children_start(acquire, &scene);
	sigaction(SIGUSR1, &before, NULL);
	children_await_state(waiting, 'S');
	ck_assert_int_eq(kill(waiting, SIGUSR1), 0);
	children_await_state(waiting, 'S');
	ck_assert_int_eq(waitpid(waiting, NULL, WNOHANG), 0);
	children_kill(holder);
	ck_assert_int_eq(children_join(waiting), MP_OWNER_DIED);
	mp_lock_close(scene.lock);
	children_word_end(&scene.word);
}
END_TEST

START_TEST(strangers_are_refused)
{
	struct mp_event *event = mp_event_new();
	struct mp_lock *lock = mp_lock_new();
	int memory = memfd_create("stranger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ck_assert_int_eq(ftruncate(memory, 4096), 0);
	const struct {
		int fd, error;
	} rows[] = {{-1, EBADF}, {open("/dev/null", O_RDWR), EINVAL},
		{mp_event_fileno(event), EINVAL}, {memory, EINVAL}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_ptr_null(mp_lock_from_fd(rows[i].fd));
		ck_assert_int_eq(errno, rows[i].error);
	}
	/* Sealed as ours, and still not ours. */
	ck_assert_int_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
	ck_assert_ptr_null(mp_lock_from_fd(memory));
	ck_assert_int_eq(errno, EINVAL);
	struct mp_share share = mp_event_share(event);
	ck_assert_ptr_null(mp_lock_from_share(&share));
	ck_assert_int_eq(errno, EINVAL);
	close(rows[1].fd);
	close(memory);
	mp_event_close(event);
	mp_lock_close(lock);
}
END_TEST

START_TEST(memory_is_sealed_and_close_on_exec)
{
	struct mp_lock *lock = mp_lock_new();
	int fd = mp_lock_fileno(lock);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_fails(ftruncate(fd, 0), EPERM);
	int copy = dup(fd);
	ck_assert_int_eq(fcntl(copy, F_GETFD), 0);
	struct mp_lock *same = mp_lock_from_fd(copy);
	ck_assert_int_eq(fcntl(copy, F_GETFD), FD_CLOEXEC);
	mp_lock_close(same);
	mp_lock_close(lock);
}
END_TEST

/* A child of fork may have closed the descriptor and got the number again for something else. */
START_TEST(close_spares_the_descriptor_of_another)
{
	struct mp_lock *lock = mp_lock_new();
	int fd = mp_lock_fileno(lock), file = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(dup2(file, fd), fd);
	close(file);
	ck_assert_int_eq(mp_lock_acquire(lock, 0), 0);
	ck_assert_int_eq(mp_lock_release(lock), 0);
	mp_lock_close(lock);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	close(fd);
}
END_TEST

START_TEST(no_descriptor_is_an_error)
{
	struct rlimit limit, none;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	struct mp_lock *lock = mp_lock_new();
	int why = errno;
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_ptr_null(lock);
	ck_assert_int_eq(why, EMFILE);
}
END_TEST

static const char *program;

/* Another program image finds it by its descriptor, and dies with it. */
START_TEST(travels_through_exec)
{
	struct scene scene = {.lock = mp_lock_new(), .word = children_word()};
	char fd[16], say[16];
	snprintf(fd, sizeof fd, "%d", dup(mp_lock_fileno(scene.lock)));
	snprintf(say, sizeof say, "%d", scene.word.ends[1]);
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, "test_mp_lock", "hold", fd, say, (char *)NULL);
		_exit(98);
	}
	children_hear(&scene.word);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, 0), -1);
	children_kill(pid);
	ck_assert_int_eq(mp_lock_acquire(scene.lock, 0), MP_OWNER_DIED);
	close(atoi(fd));
	mp_lock_close(scene.lock);
	children_word_end(&scene.word);
}
END_TEST

static int hold_in_new_image(char *const *argv)
{
	struct scene scene = {
		.lock = mp_lock_from_fd(atoi(argv[2])), .word = {{-1, atoi(argv[3])}}};
	return scene.lock ? hold(&scene) : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "hold") == 0)
		return hold_in_new_image(argv);
	program = argv[0];
	const struct children_test tests[] = {
		{contention_loses_nothing, 2},
		{only_the_owner_releases, 2},
		{lock_is_taken_once, 1},
		{rlock_is_released_as_often, 1},
		{timeouts, 1},
		{death_is_told_once, 2},
		{death_wakes_the_next, 1},
		{death_survives_a_wrong_release, 1},
		{death_at_any_line, 1},
		{closing_while_held_is_a_death, 1},
		{signals_do_not_end_the_wait, 1},
		{strangers_are_refused, 1},
		{memory_is_sealed_and_close_on_exec, 1},
		{close_spares_the_descriptor_of_another, 1},
		{no_descriptor_is_an_error, 1},
		{travels_through_exec, 1},
	};
	return children_run("mp_lock", tests, sizeof tests / sizeof *tests);
}
