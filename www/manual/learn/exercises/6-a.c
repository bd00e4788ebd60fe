/* 6-a - tell a zombie from a living process */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <string.h>

/* Whether the process has ended and nobody has waited for it: the letter behind the name in
 * /proc/PID/stat is Z then. The name stands in parentheses and may hold any character, also
 * parentheses: see proc(5). */
static bool is_zombie(pid_t pid)
{
	char path[64], text[512] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = '\0';
	/* gap */
	return strstr(text, "Z") != NULL;
	/* end of gap */
}

static pid_t child(const char *name, bool ends)
{
	int named[2];
	char byte;
	siginfo_t how;
	check(pipe(named) == 0, "no pipe");
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		if (ends)
			_exit(0);
		if (write(named[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	if (ends) /* and stays a zombie */
		check(waitid(P_PID, (id_t)pid, &how, WEXITED | WNOWAIT) == 0, "no child");
	else
		check(read(named[0], &byte, 1) == 1, "no child");
	close(named[0]);
	close(named[1]);
	return pid;
}

int main(void)
{
	static const char *const names[] = {"worker", "Zoe", "a) Z (b", "b) S 1 (c"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		pid_t alive = child(names[i], false), dead = child(names[i], true);
		bool first = is_zombie(alive), second = is_zombie(dead);
		kill(alive, SIGKILL);
		waitpid(alive, NULL, 0);
		waitpid(dead, NULL, 0);
		check(!first, "\"%s\" lives and is called a zombie", names[i]);
		check(second, "\"%s\" ended, nobody waited, and it is not called a zombie",
			names[i]);
		check(!is_zombie(dead), "\"%s\" is buried and still called a zombie", names[i]);
	}
	return solved();
}
