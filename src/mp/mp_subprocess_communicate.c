/*
 * mp_subprocess_communicate - feed a program and take what it prints, all at once
 *
 * Runs in:  the process that started the program
 * Owns:     what was read, until it is handed over in the result
 * Errors:   -1 with errno; see mp.h
 *
 * One poll loop over at most three pipes, none of which is ever waited for alone: a program that
 * prints before it has read everything, or the other way round, cannot make both sides wait.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_subprocess_communicate.h"

#include "mp/mp_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* Read and written at once at most: what a pipe holds. */
enum { PIECE = 64 * 1024 };

static void close_pipe(struct mp_subprocess *p, int i)
{
	close(p->pipes[i]);
	p->pipes[i] = -1;
}

static bool later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* A program that reads no more has had what it wanted, as in Python. */
static int feed(struct mp_subprocess *p, const char *input, size_t size)
{
	while (p->written < size) {
		size_t left = size - p->written;
		ssize_t n = write(p->pipes[0], input + p->written, left < PIECE ? left : PIECE);
		if (n < 0 && later())
			return 0;
		if (n < 0 && errno != EPIPE)
			return -1;
		if (n < 0)
			break;
		p->written += (size_t)n;
	}
	close_pipe(p, 0);
	return 0;
}

/* Stream i, 1 or 2. */
static int drain(struct mp_subprocess *p, int i)
{
	struct buffer *got = &p->got[i - 1];
	char *to = buffer_reserve(got, PIECE);
	if (!to) {
		errno = ENOMEM;
		return -1;
	}
	ssize_t n = read(p->pipes[i], to, PIECE);
	if (n < 0)
		return later() ? 0 : -1;
	if (n == 0)
		close_pipe(p, i);
	buffer_grew(got, (size_t)n);
	if (p->most == 0 || got->size <= p->most)
		return 0;
	errno = EMSGSIZE;
	return -1;
}

/* Waits for any of the pipes and serves those that are ready. */
static int turn(struct mp_subprocess *p, const char *input, size_t size, int64_t deadline)
{
	struct pollfd wanted[3];
	for (int i = 0; i < 3; i++)
		wanted[i] = (struct pollfd){p->pipes[i], i == 0 ? POLLOUT : POLLIN, 0};
	if (poll(wanted, 3, deadline == 0 ? 0 : mp_deadline_left_ms(deadline)) < 0)
		return -1;
	if (wanted[0].revents && feed(p, input, size) < 0)
		return -1;
	for (int i = 1; i < 3; i++)
		if (wanted[i].revents && drain(p, i) < 0)
			return -1;
	return 0;
}

static bool any_pipe(const struct mp_subprocess *p)
{
	return p->pipes[0] >= 0 || p->pipes[1] >= 0 || p->pipes[2] >= 0;
}

static int set_nonblocking(struct mp_subprocess *p)
{
	for (int i = 0; i < 3; i++) {
		int flags = p->pipes[i] < 0 ? 0 : fcntl(p->pipes[i], F_GETFL);
		if (flags < 0 ||
			(p->pipes[i] >= 0 && fcntl(p->pipes[i], F_SETFL, flags | O_NONBLOCK) < 0))
			return -1;
	}
	return 0;
}

/* All that is to be said and heard. */
static int talk(
	struct mp_subprocess *p, const void *input, size_t size, double timeout, int64_t deadline)
{
	if (set_nonblocking(p) < 0)
		return -1;
	if (p->pipes[0] >= 0 && p->written >= size)
		close_pipe(p, 0);
	while (any_pipe(p)) {
		if (turn(p, input, size, deadline) < 0)
			return -1;
		if (any_pipe(p) && mp_deadline_passed(deadline)) {
			errno = timeout == 0 ? EAGAIN : ETIMEDOUT;
			return -1;
		}
	}
	int done = mp_subprocess_wait(p, timeout == 0 ? 0 : mp_deadline_left(deadline));
	if (done < 0 && errno == EAGAIN && timeout != 0)
		errno = ETIMEDOUT; /* there was nothing left to wait */
	return done;
}

/* The same with SIGPIPE put off; one that came of our own writing is taken away, one that was there
 * before stays. */
static int talk_quietly(struct mp_subprocess *p, const void *input, size_t size, double timeout)
{
	sigset_t broken, before, pending;
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &broken, &before);
	int done = talk(p, input, size, timeout, mp_clock_deadline(timeout));
	int why = errno;
	if (!sigismember(&pending, SIGPIPE)) {
		static const struct timespec now;
		while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR)
			;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return done;
}

/* Hands over what was read, with a NUL behind it. */
static int hand_over(struct mp_subprocess *p, int i, char **bytes, size_t *size)
{
	struct buffer *got = &p->got[i];
	if (!p->piped[i + 1])
		return 0;
	buffer_append(got, "", 1);
	if (got->failed) {
		errno = ENOMEM;
		return -1;
	}
	*bytes = got->data;
	*size = got->size - 1;
	*got = BUFFER_INIT;
	return 0;
}

int mp_subprocess_communicate_result(struct mp_subprocess *p, struct mp_subprocess_result *result)
{
	*result = (struct mp_subprocess_result){.returncode = MP_EXITCODE_UNKNOWN};
	mp_subprocess_returncode(p, &result->returncode);
	if (hand_over(p, 0, &result->out, &result->out_size) == 0 &&
		hand_over(p, 1, &result->err, &result->err_size) == 0)
		return 0;
	mp_subprocess_result_free(result);
	return -1;
}

void mp_subprocess_communicate_rest(struct mp_subprocess *p)
{
	for (int i = 1; i < 3; i++)
		for (size_t before = SIZE_MAX; p->pipes[i] >= 0 && before != p->got[i - 1].size;) {
			before = p->got[i - 1].size;
			if (drain(p, i) < 0)
				break;
		}
}

int mp_subprocess_communicate(struct mp_subprocess *p, const void *input, size_t size,
	double timeout, struct mp_subprocess_result *result)
{
	if (result)
		*result = (struct mp_subprocess_result){.returncode = MP_EXITCODE_UNKNOWN};
	if (size && (!input || !p->piped[0])) {
		errno = EINVAL;
		return -1;
	}
	if (talk_quietly(p, input, size, timeout) < 0)
		return -1;
	struct mp_subprocess_result unwanted;
	int done = mp_subprocess_communicate_result(p, result ? result : &unwanted);
	if (done == 0 && !result)
		mp_subprocess_result_free(&unwanted);
	return done;
}
