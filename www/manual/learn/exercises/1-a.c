/* 1-a - fork a child and wait for its exit code */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <errno.h>

/* Starts a child that does nothing but exit with `code`; waits for it; returns the code it ended
 * with. Use fork(2), _exit(2), waitpid(2) and WEXITSTATUS. */
static int run(int code)
{
	/* gap */
	(void)code;
	return -1;
	/* end of gap */
}

int main(void)
{
	static const int codes[] = {0, 7, 255};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		int got = run(codes[i]);
		check(got == codes[i], "run(%d) returned %d", codes[i], got);
	}
	check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child was not waited for");
	return solved();
}
