/*
 * mp_subprocess_run - run a program from its start to its end
 *
 * Runs in:  the process that calls it
 * Owns:     the program; whatever happens, it has ended and is collected when the call returns
 * Errors:   -1 with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"
#include "mp/mp_subprocess_communicate.h"

#include <errno.h>

/* Signal handlers run, and the program runs on. */
static int communicate(struct mp_subprocess *p, const void *input, size_t size, double timeout,
	struct mp_subprocess_result *result)
{
	int64_t deadline = mp_clock_deadline(timeout);
	int done;
	do
		done = mp_subprocess_communicate(
			p, input, size, timeout == 0 ? 0 : mp_deadline_left(deadline), result);
	while (done < 0 && errno == EINTR);
	if (done < 0 && errno == EAGAIN && timeout != 0)
		errno = ETIMEDOUT; /* a handler ran, and then there was nothing left to wait */
	return done;
}

/* What it printed up to now belongs to the result, if the trouble is its time, size or end. */
static void give_up(struct mp_subprocess *p, struct mp_subprocess_result *result)
{
	mp_subprocess_kill(p);
	while (mp_subprocess_wait(p, -1) < 0 && errno == EINTR)
		;
	mp_subprocess_communicate_rest(p);
	mp_subprocess_communicate_result(p, result);
}

int mp_subprocess_run(const char *const *argv, const struct mp_subprocess_options *options,
	const void *input, size_t size, double timeout, struct mp_subprocess_result *result)
{
	struct mp_subprocess_options o = options ? *options : (struct mp_subprocess_options){0};
	struct mp_subprocess_result unwanted = {0}, *into = result ? result : &unwanted;
	*into = (struct mp_subprocess_result){.returncode = MP_EXITCODE_UNKNOWN};
	if (input && o.in == MP_INHERIT)
		o.in = MP_PIPE;
	struct mp_subprocess *p = mp_subprocess_popen(argv, &o);
	if (!p)
		return -1;
	int done = communicate(p, input, size, timeout, into), why = errno;
	if (done < 0)
		give_up(p, into);
	mp_subprocess_close(p);
	if (!result)
		mp_subprocess_result_free(&unwanted);
	if (done == 0 && o.check && into->returncode != 0) {
		done = -1;
		why = EREMOTEIO;
	}
	errno = why;
	return done;
}
