/*
 * mp_process - a child process as an object
 *
 * Runs in:  the process that starts children
 * Owns:     the list of its children; each object until mp_process_close
 * Errors:   -1 or NULL with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_process.h"

#include "mp/mp_clock.h"
#include "mp/mp_register.h"
#include "mp/mp_self.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a process object stands for, seen from here. */
enum role { CHILD, SELF, PARENT };

static enum role role(const struct mp_process *p)
{
	return p == mp_self.current ? SELF : p == mp_self.parent ? PARENT : CHILD;
}

/* Puts fd into the ascending list, once. */
static int add_fd(int *fds, size_t *count, int fd)
{
	if (fd < 0) {
		errno = EINVAL;
		return -1;
	}
	if (fd <= 2)
		return 0;
	size_t at = *count;
	while (at > 0 && fds[at - 1] > fd)
		at--;
	if (at > 0 && fds[at - 1] == fd)
		return 0;
	memmove(&fds[at + 1], &fds[at], (*count - at) * sizeof *fds);
	fds[at] = fd;
	++*count;
	return 0;
}

static int collect_fds(int *fds, size_t *count, const struct mp_process_options *o)
{
	for (size_t i = 0; i < o->fd_count; i++)
		if (add_fd(fds, count, o->fds[i]) < 0)
			return -1;
	for (size_t i = 0; i < o->share_count; i++)
		for (size_t k = 0; k < 4; k++)
			if (o->shares[i].fds[k] > 2)
				add_fd(fds, count, o->shares[i].fds[k]);
	return 0;
}

struct mp_process *mp_process_new(
	mp_target target, const void *args, size_t size, const struct mp_process_options *options)
{
	static const struct mp_process_options none;
	const struct mp_process_options *o = options ? options : &none;
	if (!target || (size && !args) || (o->fd_count && !o->fds) ||
		(o->share_count && !o->shares)) {
		errno = EINVAL;
		return NULL;
	}
	size_t name_size = o->name ? strlen(o->name) + 1 : 0;
	size_t fds_size = (o->fd_count + 4 * o->share_count) * sizeof(int);
	size_t args_at = (sizeof(struct mp_process) + fds_size + 15) & ~(size_t)15;
	struct mp_process *p = malloc(args_at + size + name_size);
	if (!p)
		return NULL;
	*p = (struct mp_process){.target = target,
		.size = size,
		.closure = o->closure,
		.daemon = o->daemon,
		.sentinel = -1,
		.number = ++mp_self.last_number};
	p->context = o->context ? o->context : mp_get_context(NULL);
	list_init(&p->children);
	int *fds = (int *)(p + 1);
	p->fds = fds;
	if (collect_fds(fds, &p->fd_count, o) < 0) {
		free(p);
		return NULL;
	}
	p->args = (char *)p + args_at;
	if (size)
		memcpy(p->args, args, size);
	if (name_size)
		p->long_name = memcpy((char *)p->args + size, o->name, name_size);
	return p;
}

struct mp_process *mp_process_new_named(
	const char *target, const void *args, size_t size, const struct mp_process_options *options)
{
	mp_target found = (mp_target)mp_register_find(target);
	if (!found)
		return NULL;
	struct mp_process *p = mp_process_new(found, args, size, options);
	if (p)
		p->target_name = target;
	return p;
}

int mp_process_start(struct mp_process *p)
{
	if (p->state != MP_PROCESS_NEW) {
		errno = EINVAL;
		return -1;
	}
	pid_t pid;
	if (p->context->start(p, &pid) < 0)
		return -1;
	p->state = MP_PROCESS_STARTED;
	p->starter = mp_self_pid();
	mp_reap_watch(&p->watch, pid, p->hidden ? NULL : p);
	list_append(&mp_self.children, &p->children);
	return 0;
}

/* Only the process that started it can wait for it; in a copy of that process (fork) the object
 * is there too, but the child is nobody's there. */
static bool ours(const struct mp_process *p)
{
	if (role(p) != CHILD || p->state == MP_PROCESS_NEW)
		errno = EINVAL;
	else if (p->starter != mp_self_pid())
		errno = ECHILD;
	else
		return true;
	return false;
}

static bool over(struct mp_process *p)
{
	return ours(p) && mp_reap_poll(&p->watch);
}

/* The parent is no child: its end shows at its pidfd, and its pid is ours to ask for only while
 * it lives. */
static int wait_parent(struct mp_process *p, double timeout)
{
	if (getppid() != mp_self.parent_pid)
		return 0;
	int fd = mp_process_sentinel(p);
	if (fd < 0)
		return errno == ESRCH ? 0 : -1;
	int ready = mp_clock_poll(fd, POLLIN, mp_clock_deadline(timeout));
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready == 1 ? 0 : -1;
}

int mp_process_join(struct mp_process *p, double timeout)
{
	if (role(p) == PARENT)
		return wait_parent(p, timeout);
	if (!ours(p))
		return -1;
	return mp_reap_wait(&p->watch, timeout, p->sentinel);
}

bool mp_process_is_alive(struct mp_process *p)
{
	switch (role(p)) {
	case SELF:
		return true;
	case PARENT:
		return getppid() == mp_self.parent_pid;
	case CHILD:
		break;
	}
	if (p->state == MP_PROCESS_NEW)
		return false;
	return ours(p) ? !mp_reap_poll(&p->watch) : kill(p->watch.pid, 0) == 0;
}

int mp_process_signal(struct mp_process *p, int signal)
{
	enum role is = role(p);
	if (is == CHILD && p->state == MP_PROCESS_NEW) {
		errno = EINVAL;
		return -1;
	}
	/* Until it is collected its pid cannot belong to another process. */
	if ((is == CHILD && p->watch.over) || (is == PARENT && getppid() != mp_self.parent_pid)) {
		errno = ESRCH;
		return -1;
	}
	return kill(mp_process_pid(p), signal);
}

int mp_process_terminate(struct mp_process *p)
{
	return mp_process_signal(p, SIGTERM);
}

int mp_process_kill(struct mp_process *p)
{
	return mp_process_signal(p, SIGKILL);
}

pid_t mp_process_pid(const struct mp_process *p)
{
	switch (role(p)) {
	case SELF:
		return mp_self_pid();
	case PARENT:
		return mp_self.parent_pid;
	default:
		return p->watch.pid;
	}
}

const char *mp_process_name(struct mp_process *p)
{
	if (p->long_name)
		return p->long_name;
	if (!*p->name)
		snprintf(p->name, sizeof p->name, "Process-%u", p->number);
	return p->name;
}

bool mp_process_daemon(const struct mp_process *p)
{
	return p->daemon;
}

void *mp_process_closure(const struct mp_process *p)
{
	return p->closure;
}

bool mp_process_exitcode(struct mp_process *p, int *code)
{
	if (!over(p))
		return false;
	*code = mp_reap_code(&p->watch);
	return true;
}

bool mp_process_rusage(struct mp_process *p, struct rusage *usage)
{
	if (!over(p))
		return false;
	*usage = p->watch.usage;
	return true;
}

int mp_process_sentinel(struct mp_process *p)
{
	enum role is = role(p);
	int *sentinel = is == SELF     ? &mp_self.sentinel
			: is == PARENT ? &mp_self.parent_sentinel
				       : &p->sentinel;
	if (*sentinel >= 0)
		return *sentinel;
	if (is == CHILD && p->state == MP_PROCESS_NEW) {
		errno = EINVAL;
		return -1;
	}
	if (is == CHILD && p->watch.over) {
		/* Its pid may be another's by now; a pipe without a writer is just as ready. */
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -1;
		close(ends[1]);
		return *sentinel = ends[0];
	}
	return *sentinel = (int)syscall(SYS_pidfd_open, mp_process_pid(p), 0);
}

int mp_process_close(struct mp_process *p)
{
	if (!p)
		return 0;
	if (role(p) != CHILD) {
		errno = EINVAL;
		return -1;
	}
	if (ours(p)) {
		if (!mp_reap_poll(&p->watch)) {
			errno = EBUSY;
			return -1;
		}
		mp_reap_forget(&p->watch);
		list_remove(&p->children);
	}
	if (p->sentinel >= 0)
		close(p->sentinel);
	free(p);
	return 0;
}

size_t mp_active_children(struct mp_process **children, size_t room)
{
	size_t count = 0;
	LIST_EACH(member, &mp_self.children) {
		struct mp_process *p = LIST_ENTRY(member, struct mp_process, children);
		if (mp_reap_poll(&p->watch))
			continue;
		if (count < room)
			children[count] = p;
		count++;
	}
	return count;
}
