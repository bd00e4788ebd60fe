/* 2-c - never more children than there is room for */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

static struct {
	atomic_int alive, most, done;
} * seen; /* shared with the children */

static void job(void)
{
	int now = ++seen->alive;
	int most = seen->most;
	while (now > most && !atomic_compare_exchange_weak(&seen->most, &most, now))
		;
	usleep(50 * 1000);
	seen->alive--;
	seen->done++;
}

/* Runs job() `jobs` times, each in a child of its own, as many at a time as `limit` allows and no
 * more; returns when all have ended. The server's limit is MaxRequestWorkers. */
static void run(int jobs, int limit)
{
	/* gap */
	(void)limit;
	while (jobs-- > 0)
		if (fork() == 0) {
			job();
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	/* end of gap */
}

int main(void)
{
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	run(20, 4);
	check(seen->done == 20, "%d of 20 jobs were done", seen->done);
	check(seen->most <= 4, "%d children at a time, where 4 were allowed", seen->most);
	check(seen->most > 1, "one child at a time, where 4 were allowed");
	check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child was not waited for");
	return solved();
}
