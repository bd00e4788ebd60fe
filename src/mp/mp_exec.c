/*
 * mp_exec - start a program without copying this process
 *
 * Runs in:  the process that starts the program; become() and what it calls in the child
 * Owns:     nothing
 * Errors:   -1 with errno, also for what fails in the child; see mp_exec.h
 *
 * The child is made by clone(2) with CLONE_VM and CLONE_VFORK on a stack of its own, as
 * posix_spawn(3) does; by hand, because limits cannot be set there. Until it executes the program
 * it is a guest in our memory: it makes system calls and nothing else. What goes wrong it says
 * through a pipe that closes on exec: a word in the shared memory is enough for the kernel, and for
 * a server of programs (plan->changed), but not for valgrind, where such a child is a copy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_exec.h"

#include "base/buffer.h"
#include "mp/mp_process.h"
#include "mp/mp_reap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* For become(), which calls little and has small frames; sanitizers make them larger. */
enum { STACK_SIZE = 64 * 1024 };

struct start {
	const struct mp_exec *plan;
	const char *paths; /* to be tried in turn; an empty one ends them */
	int report;        /* an errno goes here; -1: into failure */
	volatile int failure;
	char *stack; /* of the child */
	pid_t parent;
};

static const char *path_of(const char *const *env)
{
	for (; *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	return "/bin:/usr/bin";
}

static void add_path(struct buffer *paths, struct text directory, const char *name)
{
	buffer_text(paths, directory);
	if (directory.size > 0)
		buffer_string(paths, "/");
	buffer_append(paths, name, strlen(name) + 1);
}

/* Every place where the program may be, as a row of strings. */
static int list_paths(struct buffer *paths, const struct mp_exec *plan)
{
	const char *name = plan->argv[0];
	if (strchr(name, '/'))
		buffer_append(paths, name, strlen(name) + 1);
	else if (*name) {
		struct text rest = text_of(path_of(plan->env));
		while (rest.at)
			add_path(paths, text_split(&rest, ':'), name);
	}
	buffer_append(paths, "", 1);
	if (!paths->failed)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* Signals that were ignored would stay so in the program; handlers must not run in a guest. */
static void reset_signals(const sigset_t *changed)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	for (int sig = 1; sig < _NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP &&
			(!changed || sigismember(changed, sig) == 1))
			sigaction(sig, &action, NULL);
}

static int place(const int *fds)
{
	for (int i = 0; i < 3; i++) {
		/* dup2 onto itself would leave the flag. */
		int done = fds[i] == i ? fcntl(i, F_SETFD, 0) : dup2(fds[i], i);
		if (done < 0)
			return -1;
	}
	return 0;
}

static int set_limits(const struct mp_exec *plan)
{
	for (size_t i = 0; i < plan->limit_count; i++)
		if (setrlimit(plan->limits[i].resource, &plan->limits[i].limit) < 0)
			return -1;
	return 0;
}

/* As execvp(3): a file that may not be executed here may stand elsewhere in PATH. */
static void execute(const struct start *start)
{
	/* execve(2) changes nothing of what it is given; its type is older than const. */
	char *const *argv = (char *const *)start->plan->argv;
	char *const *env = (char *const *)start->plan->env;
	bool search = !strchr(argv[0], '/');
	int why = ENOENT;
	for (const char *path = start->paths; *path; path += strlen(path) + 1) {
		execve(path, argv, env);
		if (!search)
			return;
		if (errno == EACCES)
			why = EACCES;
		else if (errno != ENOENT && errno != ENOTDIR && errno != ENODEV && errno != ESTALE)
			return;
	}
	errno = why;
}

/* The child's life, which ends with this function, as clone(2) has it: AddressSanitizer would have
 * a word to say, on the program's stderr, about _exit(2) on such a stack. All signals are blocked
 * until the handlers are gone. */
static int become(void *arg)
{
	struct start *start = arg;
	const struct mp_exec *plan = start->plan;
	sigset_t none;
	reset_signals(plan->changed);
	if (plan->new_session)
		setsid();
	else if (plan->new_group)
		setpgid(0, 0);
	if (plan->death_signal &&
		(prctl(PR_SET_PDEATHSIG, plan->death_signal) < 0 || getppid() != start->parent))
		return 126; /* it is dead already, or this cannot be had */
	if (place(plan->fds) == 0 && (!plan->cwd || chdir(plan->cwd) == 0) &&
		(!plan->confine || plan->confine(plan->closure) == 0)) {
		mp_process_keep(&start->report, start->report >= 0);
		sigemptyset(&none);
		if (set_limits(plan) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0)
			execute(start);
	}
	int why = start->failure = errno;
	if (start->report < 0)
		return 127;
	ssize_t told = write(start->report, &why, sizeof why);
	return told == sizeof why ? 127 : 126;
}

/* Its pid, once it has become the program or failed. The stack is not one of our frames, where
 * AddressSanitizer would mistake what the child did for our own doing. */
static pid_t bear(struct start *start)
{
	start->stack = malloc(STACK_SIZE);
	if (!start->stack)
		return -1;
	char *top = start->stack + STACK_SIZE;
	pid_t pid = clone(become, top, CLONE_VM | CLONE_VFORK | SIGCHLD, start);
	int why = errno;
	free(start->stack);
	errno = why;
	return pid;
}

/* What the child says: 0 when it says nothing, being the program by now. */
static int hear(int fd)
{
	int why = 0;
	ssize_t n;
	do
		n = read(fd, &why, sizeof why);
	while (n < 0 && errno == EINTR);
	return n == sizeof why ? why : 0;
}

static void collect(pid_t pid)
{
	struct mp_reap_watch watch = {0};
	mp_reap_watch(&watch, pid, NULL);
	while (mp_reap_wait(&watch, -1, -1) < 0 && errno == EINTR)
		;
	mp_reap_forget(&watch);
}

/* Without a pipe: clone(2) returns when the child is the program, or has failed. */
static int start_lean(struct start *start, pid_t *pid)
{
	start->report = -1;
	*pid = bear(start);
	int why = *pid < 0 ? errno : start->failure;
	if (*pid >= 0 && why)
		collect(*pid);
	errno = why;
	return why ? -1 : 0;
}

static int start_with(struct start *start, pid_t *pid)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	/* Out of the way of 0, 1 and 2, which may be closed here. */
	start->report = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
	int why = start->report < 0 ? errno : 0;
	close(ends[1]);
	*pid = why ? -1 : bear(start);
	if (!why && *pid < 0)
		why = errno;
	if (start->report >= 0)
		close(start->report);
	if (!why && (why = hear(ends[0])) != 0)
		collect(*pid);
	close(ends[0]);
	errno = why;
	return why ? -1 : 0;
}

int mp_exec_start(const struct mp_exec *plan, pid_t *pid)
{
	struct buffer paths = BUFFER_INIT;
	sigset_t all, before;
	int done = list_paths(&paths, plan);
	if (done == 0) {
		struct start start = {.plan = plan, .paths = paths.data, .parent = getpid()};
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &before);
		done = plan->changed ? start_lean(&start, pid) : start_with(&start, pid);
		int why = errno;
		sigprocmask(SIG_SETMASK, &before, NULL);
		errno = why;
	}
	int why = errno;
	buffer_free(&paths);
	errno = why;
	return done;
}
