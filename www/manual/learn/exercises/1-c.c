/* 1-c - several children at the same time */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>
#include <time.h>

static int work(int number)
{
	usleep(200 * 1000);
	return number * 2;
}

/* Starts `count` children; child number i exits with work(i). When all of them work, waits for
 * each, and returns the sum of their exit codes. */
static int sum(int count)
{
	/* gap */
	(void)count;
	return work(0);
	/* end of gap */
}

int main(void)
{
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	int got = sum(8);
	clock_gettime(CLOCK_MONOTONIC, &to);
	double took = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	check(got == 56, "sum(8) is %d, not 56", got);
	check(took < 1.2, "it took %.1f s: the children worked one after the other", took);
	check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child was not waited for");
	return solved();
}
