/* 7-c - one target, three ways to start it */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include "mp/mp.h"

#include <string.h>

/* Runs in the child. */
static int target(void *args, size_t size)
{
	int number;
	check(size == sizeof number, "the child got %zu bytes", size);
	memcpy(&number, args, sizeof number);
	return number + 1;
}

/* Starts target with `number` as its args, by this method ("fork", "spawn", "forkserver"), waits
 * for it and returns its exit code. See mp_process_new, mp_process_start, mp_process_join,
 * mp_process_exitcode and mp_process_close in src/mp/mp.h; the method goes into the options. */
static int run(const char *method, int number)
{
	int code = -1;
	/* gap */
	(void)method;
	(void)number;
	/* end of gap */
	return code;
}

int main(int argc, char **argv)
{
	mp_register("target", target);
	mp_main(argc, argv); /* a spawned child goes no further */
	for (const char *const *method = mp_get_all_start_methods(); *method; method++)
		for (int number = 0; number < 3; number++) {
			int code = run(*method, number);
			check(code == number + 1, "%s: run(%d) is %d", *method, number, code);
		}
	mp_forkserver_stop();
	return solved();
}
