/* 4-a - one at a time stands at the listener */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>

static struct {
	atomic_int inside, most, turns;
} * seen; /* shared with the children */

/* As if it were accept(2): looks who else is here. */
static void stand_at_the_listener(void)
{
	int now = ++seen->inside;
	if (now > seen->most)
		seen->most = now;
	usleep(5000);
	seen->turns++;
	seen->inside--;
}

/* Locks the first byte of the file `fd`, stands at the listener, unlocks. Use fcntl(2) with
 * F_SETLKW and struct flock, as AcceptMutex fcntl does. */
static void in_turn(int fd)
{
	/* gap */
	(void)fd;
	stand_at_the_listener();
	/* end of gap */
}

int main(void)
{
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("lock", 0);
	for (int i = 0; i < 5; i++)
		if (fork() == 0) {
			for (int turn = 0; turn < 8; turn++)
				in_turn(fd);
			_exit(0);
		}
	alarm(15);
	while (wait(NULL) > 0)
		;
	check(seen->turns == 40, "%d of 40 turns were had", seen->turns);
	check(seen->most == 1, "%d processes stood there at a time", seen->most);
	return solved();
}
