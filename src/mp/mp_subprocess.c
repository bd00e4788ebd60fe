/*
 * mp_subprocess - another program, its streams and its end
 *
 * Runs in:  the process that started the program
 * Owns:     see mp_subprocess.h
 * Errors:   -1 or NULL with errno; see mp.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_subprocess.h"

#include "mp/mp_clock.h"
#include "mp/mp_exec.h"
#include "mp/mp_self.h"
#include "mp/mp_subprocess_order.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* What is opened for the start alone: the child's ends. -1: nothing. */
struct ends {
	int child[3];  /* for mp_exec */
	int opened[3]; /* those of them that are closed again here */
	bool served;   /* the server has a /dev/null of its own */
};

static void close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The same descriptor above 2, so that it cannot be in the way of those. */
static int lift(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3), why = errno;
	close(fd);
	errno = why;
	return high;
}

static int open_null(void)
{
	return lift(open("/dev/null", O_RDWR | O_CLOEXEC));
}

static int open_pipe(struct mp_subprocess *p, int i)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	int child = i == 0 ? 0 : 1;
	p->pipes[i] = lift(ends[!child]);
	ends[child] = lift(ends[child]);
	if (p->pipes[i] < 0 || ends[child] < 0) {
		int why = errno;
		close_at(&ends[child]); /* ours is closed with p */
		errno = why;
		return -1;
	}
	p->piped[i] = true;
	return ends[child];
}

/* What `how` asks for as stream i. */
static int open_stream(struct mp_subprocess *p, struct ends *ends, int i, int how)
{
	int fd = -1;
	if (how == MP_PIPE)
		fd = open_pipe(p, i);
	else if (how == MP_DEVNULL || (how == MP_INHERIT && fcntl(i, F_GETFD) < 0)) {
		/* A closed stream would be somebody's file sooner or later. */
		if (ends->served)
			return 0;
		fd = open_null();
	} else if (how == MP_INHERIT || how == i)
		return ends->child[i] = i;
	else if (how == MP_STDOUT && i == 2)
		return ends->child[i] = 1;
	else if (how > 2 && fcntl(how, F_GETFD) >= 0)
		return ends->child[i] = how;
	else if (how > 0)
		fd = fcntl(how, F_DUPFD_CLOEXEC, 3);
	else
		errno = EINVAL;
	return ends->child[i] = ends->opened[i] = fd;
}

static int open_streams(
	struct mp_subprocess *p, struct ends *ends, const struct mp_subprocess_options *o)
{
	const int how[3] = {o->in, o->out, o->err};
	for (int i = 0; i < 3; i++)
		if (open_stream(p, ends, i, how[i]) < 0)
			return -1;
	return 0;
}

/* By whoever may: this process, or the server. */
static int start_plan(
	struct mp_subprocess *p, const struct mp_exec *plan, const struct mp_subprocess_options *o)
{
	pid_t pid;
	if (o->server > 0)
		return mp_subprocess_order_send(o->server, plan, o->later, &p->sentinel);
	if (mp_exec_start(plan, &pid) < 0)
		return -1;
	mp_reap_watch(&p->watch, pid, NULL);
	return 0;
}

static int start(
	struct mp_subprocess *p, const char *const *argv, const struct mp_subprocess_options *o)
{
	struct ends ends = {{-1, -1, -1}, {-1, -1, -1}, o->server > 0};
	int done = open_streams(p, &ends, o);
	if (done == 0) {
		struct mp_exec plan = {.argv = argv,
			.env = o->env ? o->env : (const char *const *)environ,
			.cwd = o->cwd,
			.fds = {ends.child[0], ends.child[1], ends.child[2]},
			.new_session = o->new_session,
			.new_group = o->new_group,
			.death_signal = o->death_signal,
			.limits = o->limits,
			.limit_count = o->limit_count};
		done = start_plan(p, &plan, o);
	}
	int why = errno;
	for (int i = 0; i < 3; i++)
		close_at(&ends.opened[i]);
	errno = why;
	if (done == 0 && o->server > 0 && !o->later)
		done = mp_subprocess_served_start(p);
	return done;
}

/* What one that has ended leaves: its way to the server, or -1. */
static int way_of(struct mp_subprocess *ended, int server)
{
	int way = -1;
	if (ended && ended->served && ended->served == server && ended->watch.over &&
		ended->owner == mp_self_pid()) {
		way = ended->sentinel;
		ended->sentinel = -1;
	}
	mp_subprocess_close(ended);
	return way;
}

struct mp_subprocess *mp_subprocess_popen(
	const char *const *argv, const struct mp_subprocess_options *options)
{
	const struct mp_subprocess_options none = {0}, *o = options ? options : &none;
	int way = way_of(o->after, o->server);
	bool sound = argv && argv[0] && (!o->limit_count || o->limits);
	struct mp_subprocess *p = sound ? malloc(sizeof *p) : NULL;
	if (!p) {
		close_at(&way);
		errno = sound ? ENOMEM : EINVAL;
		return NULL;
	}
	*p = (struct mp_subprocess){.owner = mp_self_pid(),
		.pipes = {-1, -1, -1},
		.sentinel = way,
		.most = o->most,
		.group = o->new_session || o->new_group,
		.served = o->server > 0 ? o->server : 0};
	if (start(p, argv, o) == 0)
		return p;
	int why = errno;
	for (int i = 0; i < 3; i++)
		close_at(&p->pipes[i]);
	close_at(&p->sentinel);
	free(p);
	errno = why;
	return NULL;
}

/* A child of fork has the object, but not the program. */
static int own(const struct mp_subprocess *p)
{
	if (p->watch.over || p->owner == mp_self_pid())
		return 0;
	errno = ECHILD;
	return -1;
}

static bool is_over(struct mp_subprocess *p)
{
	return p->served ? mp_subprocess_served_poll(p) : mp_reap_poll(&p->watch);
}

int mp_subprocess_poll(struct mp_subprocess *p)
{
	return own(p) < 0 ? -1 : is_over(p);
}

int mp_subprocess_started(struct mp_subprocess *p)
{
	if (own(p) < 0)
		return -1;
	if (!p->served || p->watch.pid || (is_over(p), p->watch.pid))
		return 0;
	errno = p->watch.over ? p->failure : EAGAIN;
	return -1;
}

int mp_subprocess_wait(struct mp_subprocess *p, double timeout)
{
	if (own(p) < 0)
		return -1;
	if (timeout != 0)
		return p->served ? mp_subprocess_served_wait(p, timeout)
				 : mp_reap_wait(&p->watch, timeout, p->sentinel);
	if (is_over(p))
		return 0;
	errno = EAGAIN;
	return -1;
}

bool mp_subprocess_returncode(struct mp_subprocess *p, int *code)
{
	if (own(p) < 0 || !is_over(p))
		return false;
	*code = mp_reap_code(&p->watch);
	return true;
}

bool mp_subprocess_rusage(struct mp_subprocess *p, struct rusage *usage)
{
	if (own(p) < 0 || !is_over(p))
		return false;
	*usage = p->watch.usage;
	return true;
}

int mp_subprocess_send_signal(struct mp_subprocess *p, int signal)
{
	if (own(p) < 0)
		return -1;
	/* Once it is collected its id may be another's. */
	if (is_over(p)) {
		errno = ESRCH;
		return -1;
	}
	if (p->served)
		return mp_subprocess_served_signal(p, signal);
	return kill(p->group ? -p->watch.pid : p->watch.pid, signal);
}

int mp_subprocess_terminate(struct mp_subprocess *p)
{
	return mp_subprocess_send_signal(p, SIGTERM);
}

int mp_subprocess_kill(struct mp_subprocess *p)
{
	return mp_subprocess_send_signal(p, SIGKILL);
}

pid_t mp_subprocess_pid(const struct mp_subprocess *p)
{
	return p->watch.pid;
}

int mp_subprocess_sentinel(struct mp_subprocess *p)
{
	if (p->served)
		mp_subprocess_served_watch(p);
	if (p->sentinel >= 0)
		return p->sentinel;
	if (own(p) < 0)
		return -1;
	return p->sentinel = (int)syscall(SYS_pidfd_open, p->watch.pid, 0);
}

int mp_subprocess_stdin_fileno(const struct mp_subprocess *p)
{
	return p->pipes[0];
}

int mp_subprocess_stdout_fileno(const struct mp_subprocess *p)
{
	return p->pipes[1];
}

int mp_subprocess_stderr_fileno(const struct mp_subprocess *p)
{
	return p->pipes[2];
}

void mp_subprocess_close_stdin(struct mp_subprocess *p)
{
	close_at(&p->pipes[0]);
}

void mp_subprocess_close_stream(struct mp_subprocess *p, int stream)
{
	if (stream >= 0 && stream < 3)
		close_at(&p->pipes[stream]);
}

/* Of one's own, and of nobody who happens to have the number now. */
static void end(struct mp_subprocess *p)
{
	if (mp_subprocess_kill(p) < 0 || p->served)
		return;
	while (mp_reap_wait(&p->watch, -1, -1) < 0 && errno == EINTR)
		;
}

void mp_subprocess_close(struct mp_subprocess *p)
{
	if (!p)
		return;
	int why = errno;
	if (own(p) == 0 && !p->watch.over)
		end(p);
	for (int i = 0; i < 3; i++)
		close_at(&p->pipes[i]);
	close_at(&p->sentinel);
	mp_reap_forget(&p->watch);
	buffer_free(&p->got[0]);
	buffer_free(&p->got[1]);
	free(p);
	errno = why;
}

int mp_subprocess_call(const char *const *argv, const struct mp_subprocess_options *options,
	double timeout, int *returncode)
{
	struct mp_subprocess_result result = {0};
	if (options &&
		(options->in == MP_PIPE || options->out == MP_PIPE || options->err == MP_PIPE)) {
		errno = EINVAL;
		return -1;
	}
	int done = mp_subprocess_run(argv, options, NULL, 0, timeout, &result);
	if (returncode)
		*returncode = result.returncode;
	return done;
}

int mp_subprocess_check_output(const char *const *argv, const struct mp_subprocess_options *options,
	const void *input, size_t size, double timeout, struct mp_subprocess_result *result)
{
	struct mp_subprocess_options o = options ? *options : (struct mp_subprocess_options){0};
	o.out = MP_PIPE;
	o.check = true;
	return mp_subprocess_run(argv, &o, input, size, timeout, result);
}

void mp_subprocess_result_free(struct mp_subprocess_result *result)
{
	free(result->out);
	free(result->err);
	result->out = result->err = NULL;
	result->out_size = result->err_size = 0;
}
