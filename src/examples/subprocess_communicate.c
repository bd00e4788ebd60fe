/*
 * subprocess_communicate - feed commands to an interactive program and print what it answers
 *
 * Runs in:  the parent; the program
 * Owns:     what the program printed
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
	static const char *const shell[] = {"sh", NULL};
	static const char commands[] = "set q=mx\necho \"the answer is $((6 * 7))\"\nexit 3\n";
	struct mp_subprocess_options options = {.in = MP_PIPE, .out = MP_PIPE, .err = MP_STDOUT};
	struct mp_subprocess_result result = {0};
	int code;
	printf("$ sh\n");
	fflush(stdout);
	struct mp_subprocess *p = mp_subprocess_popen(shell, &options);
	if (!p || mp_subprocess_communicate(p, commands, strlen(commands), -1, &result) < 0) {
		perror("sh");
		return 1;
	}
	printf("%s", result.out);
	if (mp_subprocess_returncode(p, &code))
		printf("Exit code: %d\n", code);
	mp_subprocess_result_free(&result);
	mp_subprocess_close(p);
	return 0;
}
