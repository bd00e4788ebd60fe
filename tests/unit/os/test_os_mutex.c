/*
 * test_os_mutex - one lock for many processes, of three kinds
 *
 * Runs in:  a test program
 * Owns:     children, which it waits for
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_mutex.h"

#include "unit/unit.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static const enum os_mutex_kind kinds[] = {OS_MUTEX_FCNTL, OS_MUTEX_FLOCK, OS_MUTEX_PTHREAD};

/* Shared by parent and children: what the lock protects. */
struct shared {
	volatile unsigned long count;
	volatile int inside;
	volatile int torn;
};

static struct shared *share(void)
{
	struct shared *s =
		mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(s, MAP_FAILED);
	return s;
}

static int take_turns(struct os_mutex *mutex, struct shared *s)
{
	if (os_mutex_child(mutex) < 0)
		return 1;
	for (int i = 0; i < 2000; i++) {
		if (os_mutex_lock(mutex) < 0)
			return 2;
		s->torn += s->inside++ != 0;
		s->count++;
		s->inside--;
		if (os_mutex_unlock(mutex) < 0)
			return 3;
	}
	return 0;
}

START_TEST(one_at_a_time)
{
	for (size_t k = 0; k < 3; k++) {
		struct os_mutex *mutex = os_mutex_new(kinds[k]);
		struct shared *s = share();
		ck_assert_ptr_nonnull(mutex);
		for (int i = 0; i < 4; i++) {
			pid_t pid = fork();
			ck_assert_int_ge(pid, 0);
			if (pid == 0)
				_exit(take_turns(mutex, s));
		}
		for (int i = 0; i < 4; i++) {
			int status;
			ck_assert_int_gt(wait(&status), 0);
			ck_assert_int_eq(status, 0);
		}
		ck_assert_int_eq(s->torn, 0);
		ck_assert_uint_eq(s->count, 8000);
		munmap(s, sizeof *s);
		os_mutex_free(mutex);
	}
}
END_TEST

/* Takes it, says so, and dies with it. */
static pid_t start_dying(struct os_mutex *mutex, int word)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	if (os_mutex_child(mutex) < 0 || os_mutex_lock(mutex) < 0 || write(word, "x", 1) != 1)
		_exit(1);
	raise(SIGKILL);
	_exit(2);
}

START_TEST(a_dead_holder_gives_it_back)
{
	for (size_t k = 0; k < 3; k++) {
		int ends[2], status;
		char byte;
		struct os_mutex *mutex = os_mutex_new(kinds[k]);
		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
		pid_t pid = start_dying(mutex, ends[1]);
		ck_assert_int_eq(read(ends[0], &byte, 1), 1);
		ck_assert_int_eq(os_mutex_child(mutex), 0);
		ck_assert_int_eq(os_mutex_lock(mutex), 0); /* or this test runs into its timeout */
		ck_assert_int_eq(os_mutex_unlock(mutex), 0);
		ck_assert_int_eq(os_mutex_lock(mutex), 0);
		ck_assert_int_eq(os_mutex_unlock(mutex), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		close(ends[0]);
		close(ends[1]);
		os_mutex_free(mutex);
	}
}
END_TEST

START_TEST(what_a_child_must_keep)
{
	for (size_t k = 0; k < 3; k++) {
		struct os_mutex *mutex = os_mutex_new(kinds[k]);
		int fd = os_mutex_fileno(mutex);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		ck_assert_int_eq(os_mutex_kind(mutex), kinds[k]);
		struct os_mutex *again = os_mutex_from_fd(kinds[k], dup(fd));
		ck_assert_ptr_nonnull(again);
		ck_assert_int_eq(os_mutex_lock(again), 0);
		ck_assert_int_eq(os_mutex_unlock(again), 0);
		os_mutex_free(again);
		os_mutex_free(mutex);
	}
	os_mutex_free(NULL);
}
END_TEST

static void on_signal(int number)
{
	(void)number;
}

START_TEST(a_signal_ends_the_wait)
{
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal}, NULL);
	for (size_t k = 0; k < 2; k++) {
		int ends[2], end[2], status;
		char byte;
		struct os_mutex *mutex = os_mutex_new(kinds[k]);
		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
		ck_assert_int_eq(pipe2(end, O_CLOEXEC), 0);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) { /* holds it and rings until it is told to end */
			close(end[1]);
			if (os_mutex_child(mutex) == 0 && os_mutex_lock(mutex) == 0 &&
				write(ends[1], "x", 1) == 1 &&
				fcntl(end[0], F_SETFL, O_NONBLOCK) == 0)
				while (read(end[0], &byte, 1) < 0) {
					kill(getppid(), SIGUSR1);
					usleep(1000);
				}
			_exit(0);
		}
		close(end[0]);
		while (read(ends[0], &byte, 1) < 0)
			ck_assert_int_eq(errno, EINTR);
		ck_assert_int_eq(os_mutex_child(mutex), 0);
		unit_fails(os_mutex_lock(mutex), EINTR);
		close(end[1]);
		while (waitpid(pid, &status, 0) < 0)
			ck_assert_int_eq(errno, EINTR);
		close(ends[0]);
		close(ends[1]);
		os_mutex_free(mutex);
	}
}
END_TEST

UNIT_MAIN("os_mutex", one_at_a_time, a_dead_holder_gives_it_back, what_a_child_must_keep,
	a_signal_ends_the_wait)
