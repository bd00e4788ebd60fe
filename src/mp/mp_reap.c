/*
 * mp_reap - the one place where children are waited for
 *
 * Runs in:  every process that has children
 * Owns:     the table from pid to watch, and the list of those not reported yet
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_reap.h"

#include "mp/mp.h"
#include "mp/mp_clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Buckets are a power of two. Where no memory is found for more of them the chains just get
 * longer. Pids are handed out in sequence, so the low bits spread them evenly. */
#define FIRST_BUCKETS 64

static struct mp_reap_watch *first_buckets[FIRST_BUCKETS];
static struct mp_reap_watch **buckets = first_buckets;
static size_t bucket_count = FIRST_BUCKETS;
static size_t watch_count;
static struct list fresh = {&fresh, &fresh};

static struct mp_reap_watch **bucket_of(pid_t pid)
{
	return &buckets[(size_t)pid & (bucket_count - 1)];
}

static void grow(void)
{
	size_t old_count = bucket_count;
	struct mp_reap_watch **old = buckets,
			     **more = calloc(old_count * 2, sizeof(struct mp_reap_watch *));
	if (!more)
		return;
	buckets = more;
	bucket_count = old_count * 2;
	for (size_t i = 0; i < old_count; i++)
		for (struct mp_reap_watch *w = old[i], *next; w; w = next) {
			next = w->next;
			w->next = *bucket_of(w->pid);
			*bucket_of(w->pid) = w;
		}
	if (old == first_buckets)
		memset(first_buckets, 0, sizeof first_buckets);
	else
		free(old);
}

static struct mp_reap_watch *unlink_watch(pid_t pid)
{
	for (struct mp_reap_watch **at = bucket_of(pid); *at; at = &(*at)->next)
		if ((*at)->pid == pid) {
			struct mp_reap_watch *w = *at;
			*at = w->next;
			w->next = NULL;
			watch_count--;
			return w;
		}
	return NULL;
}

void mp_reap_watch(struct mp_reap_watch *w, pid_t pid, struct mp_process *process)
{
	if (watch_count >= bucket_count)
		grow();
	w->pid = pid;
	w->process = process;
	w->over = false;
	list_init(&w->fresh);
	w->next = *bucket_of(pid);
	*bucket_of(pid) = w;
	watch_count++;
}

void mp_reap_forget(struct mp_reap_watch *w)
{
	if (w->fresh.next)
		list_remove(&w->fresh);
	if (w->pid == 0 || w->over)
		return;
	/* Compared by address: in a child of fork the pid may be in the table for another child. */
	for (struct mp_reap_watch **at = bucket_of(w->pid); *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			watch_count--;
			return;
		}
}

static void record(struct mp_reap_watch *w, int status, const struct rusage *usage)
{
	w->over = true;
	w->status = status;
	if (usage)
		w->usage = *usage;
	if (w->process)
		list_append(&fresh, &w->fresh);
}

static void lost(struct mp_reap_watch *w)
{
	unlink_watch(w->pid);
	record(w, -1, NULL);
}

/* wait4 for one child. 1: it is over; 0: alive; -1: EINTR. */
static int collect(struct mp_reap_watch *w, int options)
{
	struct rusage usage;
	int status;
	pid_t got = wait4(w->pid, &status, options, &usage);
	if (got == w->pid) {
		unlink_watch(got);
		record(w, status, &usage);
		return 1;
	}
	if (got < 0 && errno == ECHILD) {
		lost(w);
		return 1;
	}
	return got < 0 ? -1 : 0;
}

bool mp_reap_poll(struct mp_reap_watch *w)
{
	return w->over || collect(w, WNOHANG) == 1;
}

bool mp_reap_stopped(const struct mp_reap_watch *w)
{
	siginfo_t info = {0};
	return !w->over && w->pid > 0 &&
	       waitid(P_PID, (id_t)w->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == w->pid;
}

/* Where there are no pidfds: a kernel before 5.3, a sandbox, or valgrind. */
static int wait_by_looking(struct mp_reap_watch *w, int64_t deadline)
{
	while (!mp_deadline_passed(deadline)) {
		if (mp_clock_poll(-1, 0, mp_deadline_slice(deadline, 5)) < 0)
			return -1;
		int got = collect(w, WNOHANG);
		if (got != 0)
			return got > 0 ? 0 : -1;
	}
	errno = ETIMEDOUT;
	return -1;
}

int mp_reap_wait(struct mp_reap_watch *w, double timeout, int pidfd)
{
	if (w->over)
		return 0;
	if (timeout < 0)
		return collect(w, 0) == 1 ? 0 : -1;
	int64_t deadline = mp_clock_deadline(timeout);
	if (collect(w, WNOHANG) == 1)
		return 0;
	int fd = pidfd;
	if (timeout > 0 && fd < 0 && (fd = (int)syscall(SYS_pidfd_open, w->pid, 0)) < 0)
		return errno == ENOSYS || errno == EPERM ? wait_by_looking(w, deadline) : -1;
	int ready = timeout > 0 ? mp_clock_poll(fd, POLLIN, deadline) : 0;
	int saved = errno;
	if (fd >= 0 && fd != pidfd)
		close(fd);
	if (collect(w, WNOHANG) == 1)
		return 0;
	errno = ready < 0 ? saved : ETIMEDOUT;
	return -1;
}

int mp_reap_code(const struct mp_reap_watch *w)
{
	if (w->status == -1)
		return MP_EXITCODE_UNKNOWN;
	return WIFSIGNALED(w->status) ? -WTERMSIG(w->status) : WEXITSTATUS(w->status);
}

int mp_reap(void (*gone)(struct mp_process *p, void *closure),
	void (*stranger)(pid_t pid, int status, void *closure), void *closure)
{
	struct rusage usage;
	int status, count = 0;
	pid_t pid;
	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		struct mp_reap_watch *w = unlink_watch(pid);
		count++;
		if (w)
			record(w, status, &usage);
		else if (stranger)
			stranger(pid, status, closure);
	}
	/* One at a time from the front, because gone may close this one or any other. */
	while (!list_empty(&fresh)) {
		struct mp_reap_watch *w = LIST_ENTRY(fresh.next, struct mp_reap_watch, fresh);
		list_remove(&w->fresh);
		if (gone)
			gone(w->process, closure);
	}
	return count;
}

void mp_reap_forked(void)
{
	/* A grown table is left as it is: freeing it would copy its pages for nothing. The pointer
	 * spares a leak checker its complaint. */
	__attribute__((unused)) static void *volatile inherited;
	list_init(&fresh);
	if (buckets != first_buckets) {
		inherited = buckets;
		buckets = first_buckets; /* emptied when it grew */
		bucket_count = FIRST_BUCKETS;
	} else if (watch_count > 0) {
		memset(first_buckets, 0, sizeof first_buckets);
	}
	watch_count = 0;
}
