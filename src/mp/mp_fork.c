/*
 * mp_fork - the start method fork, and what every new child does before its target
 *
 * Runs in:  the parent up to fork(2), then the child
 * Owns:     nothing
 * Errors:   -1 with errno in the parent; the child has none
 *
 * A server may do this for each connection, so the child does only what it must: no descriptor is
 * made for it, nothing of the parent is freed or written out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_process.h"
#include "mp/mp_self.h"

#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void close_between(unsigned first, unsigned last)
{
	if (first > last || close_range(first, last, 0) == 0)
		return;
	/* A kernel before 5.9. */
	struct rlimit most;
	if (getrlimit(RLIMIT_NOFILE, &most) < 0 || most.rlim_cur > 1 << 20)
		most.rlim_cur = 1 << 20;
	for (unsigned fd = first; fd <= last && fd < most.rlim_cur; fd++)
		close((int)fd);
}

void mp_process_keep(const int *fds, size_t count)
{
	unsigned next = 3;
	for (size_t i = 0; i < count; i++) {
		close_between(next, (unsigned)fds[i] - 1);
		next = (unsigned)fds[i] + 1;
	}
	close_between(next, ~0u);
}

void mp_process_settle(bool daemon, pid_t parent)
{
	struct sigaction action;
	for (int sig = 1; sig < _NSIG; sig++) {
		if (sigaction(sig, NULL, &action) < 0 || action.sa_handler == SIG_DFL ||
			action.sa_handler == SIG_IGN)
			continue;
		action.sa_flags = 0;
		action.sa_handler = SIG_DFL;
		sigaction(sig, &action, NULL);
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (daemon) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		/* It may have died before the kernel knew that we care. */
		if (getppid() != parent)
			_exit(128 + SIGTERM);
	}
}

/* Where there is nothing fflush(3) would cost a child of a server two page faults. */
static void write_out(FILE *file)
{
	if (__fpending(file))
		fflush(file);
}

_Noreturn void mp_process_run(struct mp_process *p, struct mp_process *parent, pid_t parent_pid)
{
	mp_self_become(p, parent, parent_pid);
	int code = p->target(p->args, p->size);
	write_out(stdout);
	write_out(stderr);
	_exit(code);
}

/* What the parent has printed and not written yet is its own to write. */
static void drop_output(FILE *file)
{
	if (__fpending(file))
		__fpurge(file);
}

static _Noreturn void child(struct mp_process *p, struct mp_process *parent, pid_t parent_pid)
{
	mp_process_settle(p->daemon, parent_pid);
	mp_process_keep(p->fds, p->fd_count);
	drop_output(stdout);
	drop_output(stderr);
	mp_process_run(p, parent, parent_pid);
}

int mp_fork_start(struct mp_process *p, pid_t *pid)
{
	struct mp_process *self = mp_current_process();
	pid_t self_pid = mp_process_pid(self);
	sigset_t all, before;
	sigfillset(&all);
	/* No handler of the parent may run in the child. */
	sigprocmask(SIG_SETMASK, &all, &before);
	*pid = fork();
	if (*pid == 0)
		child(p, self, self_pid);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return *pid < 0 ? -1 : 0;
}
