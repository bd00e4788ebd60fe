/*
 * pool_tasks - five tasks for four workers: the fifth waits until one has ended
 *
 * Runs in:  the parent and four workers
 * Owns:     the pool
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int long_time_task(const void *args, size_t size, struct mp_reply *reply)
{
	int name = *(const int *)args;
	(void)size, (void)reply;
	printf("Run task %d (%d)...\n", name, (int)getpid());
	fflush(stdout);
	double start = now();
	srandom((unsigned)getpid() + (unsigned)name);
	usleep((useconds_t)(100000 + random() % 400000));
	printf("Task %d runs %0.2f seconds.\n", name, now() - start);
	return 0;
}

int main(void)
{
	printf("Parent process %d.\n", (int)getpid());
	fflush(stdout);
	struct mp_pool *pool mp_pool_scope = mp_pool_new(4, NULL);
	if (!pool) {
		perror("pool_tasks");
		return 1;
	}
	struct mp_result *results[5];
	for (int i = 0; i < 5; i++)
		results[i] =
			mp_pool_apply_async(pool, long_time_task, &i, sizeof i, NULL, NULL, NULL);
	printf("Waiting for all subprocesses done...\n");
	fflush(stdout);
	mp_pool_close(pool);
	mp_pool_join(pool);
	printf("All subprocesses done.\n");
	for (int i = 0; i < 5; i++)
		mp_result_free(results[i]);
	return 0;
}
