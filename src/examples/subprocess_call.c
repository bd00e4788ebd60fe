/*
 * subprocess_call - run any program and look at its exit code
 *
 * Runs in:  the parent; the program
 * Owns:     nothing
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	static const char *const standard[] = {"uname", "-s", NULL};
	const char *const *program = argc > 1 ? (const char *const *)argv + 1 : standard;
	int code;
	putchar('$');
	for (int i = 0; program[i]; i++)
		printf(" %s", program[i]);
	putchar('\n');
	fflush(stdout);
	if (mp_subprocess_call(program, NULL, -1, &code) < 0) {
		perror(program[0]);
		return 1;
	}
	printf("Exit code: %d\n", code);
	return 0;
}
