/*
 * mp_forkserver - a small process that forks on request
 *
 * Runs in:  the process that asks; the forkserver; its children until their target
 * Owns:     the control pipe and the forkserver process of this process
 * Errors:   -1 with errno
 *
 * A request is a birth (mp_birth) and the descriptors the child is to have, 0-2 first. The child is
 * cloned with CLONE_PARENT: it is a child of the process that asked, not of the forkserver, so its
 * end, exit code and resources come as with every other child, and survive the forkserver. It goes
 * on when the forkserver has sent its pid: without an answer nothing runs. Who asks waits a while
 * only, so that a forkserver that is stopped or stuck does not stop the one who asks.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_birth.h"
#include "mp/mp_clock.h"
#include "mp/mp_reap.h"
#include "mp/mp_self.h"
#include "os/os_clock.h"
#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptors ride in messages of at most this many. */
#define BATCH MP_PIPE_FDS

/* Before each birth: how many descriptors follow, and where they are to be. */
struct request {
	uint32_t count;
	int32_t numbers[];
};

struct answer {
	int32_t pid; /* or minus the errno */
};

const char mp_forkserver_role[] = "mp:forkserver";

/* Seconds that a forkserver has for one birth, and to end; so often it is looked at meanwhile. */
static const double patience = 3, look = 0.1;

/* ---- The process that asks ---- */

static struct mp_pipe *control;
static struct mp_reap_watch server;
static uint64_t born_ms;
static bool silent;                    /* it was killed, because it did not answer */
static int given_up;                   /* or because of this error of ours */
static struct mp_forkserver_end ended; /* pid 0: it has been told */

static void disconnect(void)
{
	mp_pipe_close(control);
	control = NULL;
}

void mp_forkserver_forked(void)
{
	if (control)
		disconnect();
	server = (struct mp_reap_watch){0};
	ended.pid = 0;
}

static bool has_ended(void)
{
	if (!server.pid || !mp_reap_poll(&server))
		return false;
	ended = (struct mp_forkserver_end){.pid = server.pid,
		.exitcode = mp_reap_code(&server),
		.silent = silent,
		.error = given_up,
		.age = (double)(os_clock_ms() - born_ms) / 1000,
		.usage = server.usage};
	server.pid = 0;
	return true;
}

/* Because of an error of ours; 0: it does not answer. */
static void kill_it(int error)
{
	silent = error == 0;
	given_up = error;
	kill(server.pid, SIGKILL);
}

static void wait_for_its_end(void)
{
	while (server.pid && !has_ended() && mp_reap_wait(&server, patience, -1) < 0)
		if (errno != EINTR)
			kill_it(0);
	(void)has_ended();
}

static void end_at_once(int error)
{
	if (server.pid && !has_ended())
		kill_it(error == ETIMEDOUT ? 0 : error);
	wait_for_its_end();
}

bool mp_forkserver_ended(struct mp_forkserver_end *end)
{
	(void)has_ended();
	*end = ended;
	ended.pid = 0;
	return end->pid != 0;
}

int mp_forkserver_stop(void)
{
	if (!control)
		return 0;
	disconnect(); /* at which it ends */
	wait_for_its_end();
	return 0;
}

pid_t mp_forkserver_ensure_running(void)
{
	struct mp_pipe *ends[2];
	pid_t pid;
	if (control && server.pid && !has_ended())
		return server.pid;
	if (control)
		disconnect();
	if (mp_pipe_new(ends, true) < 0)
		return -1;
	int failed = mp_birth_execute(mp_forkserver_role, mp_pipe_fileno(ends[1]), NULL, 0, &pid);
	int saved = errno;
	mp_pipe_close(ends[1]);
	if (failed) {
		mp_pipe_close(ends[0]);
		errno = saved;
		return -1;
	}
	control = ends[0];
	mp_reap_watch(&server, pid, NULL);
	born_ms = os_clock_ms();
	silent = false;
	given_up = 0;
	return pid;
}

/* The descriptors of a request: 0-2 where open, then those declared. */
static size_t gather(const struct mp_process *p, int *fds)
{
	size_t count = 0;
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			fds[count++] = fd;
	for (size_t i = 0; i < p->fd_count; i++)
		fds[count++] = p->fds[i];
	return count;
}

/* One packet of a request. */
static int tell(const void *data, size_t size, const int *fds, size_t count, int64_t deadline)
{
	int result;
	do
		result = mp_pipe_send_fds(
			control, data, size, fds, count, mp_deadline_left(deadline));
	while (result < 0 && errno == EINTR);
	if (result < 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return result;
}

static int send_request(const int *fds, size_t count, const struct buffer *birth, int64_t deadline)
{
	struct buffer request = BUFFER_INIT;
	uint32_t count32 = (uint32_t)count;
	buffer_append(&request, &count32, sizeof count32);
	buffer_append(&request, fds, count * sizeof *fds);
	int result = -1;
	if (request.failed)
		errno = ENOMEM;
	else
		result = tell(request.data, request.size, NULL, 0, deadline);
	for (size_t at = 0; result == 0 && at < count; at += BATCH)
		result = tell("", 1, fds + at, count - at < BATCH ? count - at : BATCH, deadline);
	if (result == 0)
		result = tell(birth->data, birth->size, NULL, 0, deadline);
	buffer_free(&request);
	return result;
}

/* One that was stopped holds up who asks, and will answer nobody: another is there at once. */
static bool may_answer(int64_t deadline)
{
	int why = errno;
	bool may = !mp_deadline_passed(deadline) && !mp_reap_stopped(&server);
	errno = why;
	return may;
}

static ssize_t hear(struct answer *answer, int64_t deadline)
{
	ssize_t n;
	do {
		double left = mp_deadline_left(deadline);
		n = mp_pipe_recv_bytes_into_timeout(
			control, answer, sizeof *answer, left < look ? left : look);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ETIMEDOUT) &&
		 may_answer(deadline));
	if (n >= 0 || errno == EPIPE)
		return n;
	/* What it says until its end counts, because then a child runs. */
	end_at_once(errno == EAGAIN || errno == EINTR ? ETIMEDOUT : errno);
	n = mp_pipe_recv_bytes_into_timeout(control, answer, sizeof *answer, 0);
	if (n < 0)
		errno = ETIMEDOUT;
	return n;
}

/* One try with the forkserver that runs: -1 with EPIPE when there is none any more, with ETIMEDOUT
 * when it did not answer. */
static int ask(const int *fds, size_t count, const struct buffer *birth, pid_t *pid)
{
	int64_t deadline = mp_clock_deadline(patience);
	struct answer answer;
	if (send_request(fds, count, birth, deadline) < 0) {
		/* Half a request must not meet the next one. Who has closed the pipe is ending. */
		int saved = errno;
		if (saved != EPIPE)
			end_at_once(saved);
		mp_forkserver_stop();
		errno = saved;
		return -1;
	}
	ssize_t n = hear(&answer, deadline);
	if (n < 0)
		return -1;
	if (n != sizeof answer || answer.pid <= 0) {
		errno = n == sizeof answer && answer.pid < 0 ? -answer.pid : EBADMSG;
		return -1;
	}
	*pid = answer.pid;
	return 0;
}

int mp_forkserver_start(struct mp_process *p, pid_t *pid)
{
	struct buffer birth = BUFFER_INIT;
	if (mp_birth_pack(p, &birth) < 0)
		return -1;
	int *fds = malloc((p->fd_count + 3) * sizeof *fds), result = -1;
	size_t count = fds ? gather(p, fds) : 0;
	/* Once more with a new one where the old one has died or does not answer. */
	for (int tries = 0; fds && tries < 2; tries++) {
		if (mp_forkserver_ensure_running() < 0)
			break;
		result = ask(fds, count, &birth, pid);
		if (result == 0 || (errno != EPIPE && errno != ETIMEDOUT))
			break;
		int why = errno;
		mp_forkserver_stop();
		errno = why;
	}
	int saved = errno;
	free(fds);
	buffer_free(&birth);
	errno = saved;
	return result;
}

/* ---- The forkserver ---- */

/* Where libc keeps the id of this thread, which robust mutexes are owned by: what fork(3) sets
 * anew in its child, and a bare clone(2) does not. */
static int *thread_id(void)
{
	int *address = NULL;
	if (prctl(PR_GET_TID_ADDRESS, &address) == 0 && address && *address == gettid())
		return address;
	/* A kernel built without it: among the first words of libc's thread, where it is once. */
	int *words = (int *)pthread_self(), id = gettid();
	for (size_t i = 0; i < 1024 / sizeof *words; i++)
		if (words[i] == id)
			return &words[i];
	return NULL;
}

/* fork(3), but the child is the asking process's. */
static pid_t fork_for_parent(void)
{
	struct robust_list_head *robust = NULL;
	size_t size = 0;
	int *id = thread_id();
	/* The child has our handlers until it settles; what is sent to it before must wait. */
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	syscall(SYS_get_robust_list, 0, &robust, &size);
	long flags = CLONE_PARENT | SIGCHLD | (id ? CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID : 0);
#if defined __x86_64__ || defined __mips__ || defined __powerpc__ || defined __sparc__
	pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, id, NULL);
#else
	pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, id);
#endif
	if (pid == 0) {
		syscall(SYS_set_robust_list, robust, size);
		mp_self_forked();
		return 0;
	}
	int saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

/* Moves the received descriptors to their numbers, by way of numbers that nobody wants. */
static int arrange(int *received, const int32_t *numbers, size_t count)
{
	int above = 2;
	for (size_t i = 0; i < count; i++)
		above = numbers[i] > above ? numbers[i] : above;
	for (size_t i = 0; i < count; i++)
		if ((received[i] = fcntl(received[i], F_DUPFD_CLOEXEC, above + 1)) < 0)
			return -1;
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	for (size_t i = 0; i < count; i++)
		if (dup2(received[i], numbers[i]) < 0)
			return -1;
	return 0;
}

/* `go` has a byte when the asker is sure to hear of this child, and else ends. */
static _Noreturn void child(const int *go, int *received, const int32_t *numbers, size_t count,
	const void *birth, size_t size)
{
	char byte;
	close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		_exit(127);
	close(go[0]);
	if (arrange(received, numbers, count) < 0)
		_exit(127);
	size_t first = 0;
	while (first < count && numbers[first] <= 2)
		first++;
	mp_process_keep(numbers + first, count - first);
	prctl(PR_SET_NAME, program_invocation_short_name);
	mp_birth_run(birth, size);
}

/* The descriptors that follow a request. */
static int receive_fds(struct mp_pipe *asker, int *fds, size_t count)
{
	char byte;
	for (size_t at = 0, room; at < count; at += room) {
		room = count - at < BATCH ? count - at : BATCH;
		if (mp_pipe_recv_fds(asker, &byte, 1, fds + at, &room, -1) < 0 || room == 0)
			return -1;
	}
	return 0;
}

static void serve_one(struct mp_pipe *asker, const struct request *request)
{
	size_t count = request->count;
	int go[2];
	int *fds = malloc(count * sizeof *fds + 1);
	void *birth = NULL;
	if (!fds || receive_fds(asker, fds, count) < 0)
		_exit(1);
	ssize_t size = mp_pipe_recv_bytes(asker, &birth);
	if (size < 0)
		_exit(1);
	if (pipe2(go, O_CLOEXEC) < 0)
		go[0] = go[1] = -1;
	pid_t pid = go[0] < 0 ? -1 : fork_for_parent();
	if (pid == 0)
		child(go, fds, request->numbers, count, birth, (size_t)size);
	struct answer answer = {pid < 0 ? -errno : pid};
	if (mp_pipe_send_bytes(asker, &answer, sizeof answer) < 0 ||
		(pid > 0 && write(go[1], "", 1) != 1))
		_exit(1);
	os_rights_close(go, 2);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	free(fds);
	free(birth);
}

static void stay(int sig)
{
	(void)sig;
}

_Noreturn void mp_forkserver_serve(int fd)
{
	/* Signals to the whole group are for the others; it ends when they close the pipe. Handlers
	 * and not SIG_IGN, because the children get the default action back. */
	struct sigaction action = {.sa_handler = stay, .sa_flags = SA_RESTART};
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		sigaction(ignored[i], &action, NULL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "forkserver"); /* ps(1) tells it from its children */
	struct mp_pipe *asker = mp_pipe_from_fd(fd);
	struct request *request;
	ssize_t size;
	while (asker && (size = mp_pipe_recv_bytes(asker, (void **)&request)) >= 0) {
		if ((size_t)size < sizeof *request ||
			(size_t)size != sizeof *request + request->count * sizeof(int32_t))
			break;
		serve_one(asker, request);
		free(request);
	}
	_exit(0);
}
