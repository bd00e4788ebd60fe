/*
 * mp_subprocess_size - what it costs to start a program from a small and from a large process
 *
 * Runs in:  by hand; mp_subprocess_size [starts]
 * Owns:     2 GiB of memory for a while
 * Errors:   says what went wrong and exits 1
 *
 * For a process of 2 MiB and one of 2 GiB: median and best time to start /bin/true and to see its
 * end, by mp_subprocess and, beside it, by fork(2) and execve(2), which copies the page tables.
 * With mp_subprocess the start is over when the child has executed the program, with fork when
 * there is a child at all.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 10000 };

static const char *const program[] = {"/bin/true", NULL};

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* How long the start takes, and how long until the program has ended. */
struct cost {
	double start, end;
};

static struct cost by_subprocess(void)
{
	double begun = now_us();
	struct mp_subprocess *p = mp_subprocess_popen(program, NULL);
	if (!p)
		fail("mp_subprocess_popen");
	double started = now_us();
	if (mp_subprocess_wait(p, -1) < 0)
		fail("mp_subprocess_wait");
	double ended = now_us();
	mp_subprocess_close(p);
	return (struct cost){started - begun, ended - begun};
}

static struct cost by_fork(void)
{
	double begun = now_us();
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		execl(program[0], program[0], (char *)NULL);
		_exit(127);
	}
	double started = now_us();
	if (waitpid(pid, NULL, 0) < 0)
		fail("waitpid");
	return (struct cost){started - begun, now_us() - begun};
}

static void measure(size_t mib, const char *name, struct cost (*start)(void), int starts)
{
	static double start_us[MOST], end_us[MOST];
	for (int i = 0; i < starts; i++) {
		struct cost cost = start();
		start_us[i] = cost.start;
		end_us[i] = cost.end;
	}
	qsort(start_us, (size_t)starts, sizeof *start_us, compare);
	qsort(end_us, (size_t)starts, sizeof *end_us, compare);
	printf("%5zu MiB  %-15s start %8.0f us (best %8.0f)  to its end %8.0f us (best %8.0f)\n",
		mib, name, start_us[starts / 2], start_us[0], end_us[starts / 2], end_us[0]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const size_t sizes[] = {2, 2048};
	int starts = argc > 1 ? atoi(argv[1]) : 200;
	if (starts < 1 || starts > MOST) {
		fprintf(stderr, "usage: mp_subprocess_size [starts, 1 to %d]\n", MOST);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i] << 20;
		char *memory = mmap(
			NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			fail("mmap");
		/* In small pages, as a heap that grew in use has them. */
		madvise(memory, size, MADV_NOHUGEPAGE);
		memset(memory, 1, size);
		measure(sizes[i], "mp_subprocess", by_subprocess, starts);
		measure(sizes[i], "fork and exec", by_fork, starts);
		munmap(memory, size);
	}
	return EXIT_SUCCESS;
}
