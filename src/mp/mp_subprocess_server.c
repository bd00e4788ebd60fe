/*
 * mp_subprocess_server - starts programs for other processes
 *
 * Runs in:  the process that serves
 * Owns:     the programs it started, their pidfds and sockets, until they have ended
 * Errors:   -1 with errno; what is wrong with one order concerns nobody but its asker
 *
 * Each program is two watched descriptors: its pidfd, and the socket to whoever asked for it. What
 * ends first decides: the program, and the asker is told how; or the asker, and the program is told
 * to end, and killed when it does not.
 *
 * Most programs that nobody waits for (options.later) end within a moment. To be woken by each end
 * costs more than to look at the next order, so such a program gets its pidfd when it is older.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_clock.h"
#include "mp/mp_exec.h"
#include "mp/mp_reap.h"
#include "mp/mp_subprocess_order.h"
#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVENTS = 32, MOST = 256 };
enum { ORDERS = 16, WORDS = 16 /* taken in one turn; of one asker */ };

static const double patience = 3;  /* seconds between SIGTERM and SIGKILL */
static const double young = 0.005; /* so long a program is only looked at */

struct program {
	struct list link;
	struct mp_reap_watch watch;
	int pidfd; /* -1: it is young */
	int asker; /* -1: it is gone */
	pid_t by;  /* whose process sent the first order by this way */
	bool idle; /* it has ended, and its asker may have another one started by the same way */
	bool group, over;
	int64_t due; /* of a young one: to be watched; where the asker is gone: to be killed; or 0
		      */
};

struct mp_subprocess_server {
	struct mp_subprocess_server_options options;
	int socket, epoll, null;
	bool deserted; /* nobody can ask any more */
	unsigned count, idle_count;
	struct list programs;
	struct list idle; /* the one that has been so for longest first */
	struct list gone; /* in this turn, of which later events may still speak */
	struct mp_subprocess_order_got order;
	sigset_t changed; /* signals that are not at their defaults */
};

/* ---- events: a program's address, with one bit for its asker; NULL: the socket ---- */

static int watch(const struct mp_subprocess_server *s, int fd, void *data)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void *as_asker(struct program *p)
{
	return (char *)p + 1;
}

/* Once, and not for each program. */
static void note_signals(sigset_t *changed)
{
	struct sigaction now;
	sigemptyset(changed);
	for (int sig = 1; sig < _NSIG; sig++)
		if (sigaction(sig, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
			sigaddset(changed, sig);
}

struct mp_subprocess_server *mp_subprocess_server_new(
	int socket, const struct mp_subprocess_server_options *options)
{
	struct mp_subprocess_server *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	if (options)
		s->options = *options;
	if (!s->options.most)
		s->options.most = MOST;
	s->socket = socket;
	list_init(&s->programs);
	list_init(&s->idle);
	list_init(&s->gone);
	note_signals(&s->changed);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	s->null = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, 3);
	int why = errno;
	if (null >= 0)
		close(null);
	errno = why;
	if (s->null >= 0 && s->epoll >= 0 && watch(s, s->socket, NULL) == 0)
		return s;
	mp_subprocess_server_close(s);
	return NULL;
}

/* ---- ends ---- */

static void signal_program(const struct program *p, int signal)
{
	/* It has not been collected, so the number is still its own. */
	kill(p->group ? -p->watch.pid : p->watch.pid, signal);
}

/* Its registration would outlive close(2) if the asker has kept a copy of our end. */
static void leave_asker(const struct mp_subprocess_server *s, struct program *p)
{
	if (p->asker < 0)
		return;
	(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, p->asker, NULL);
	close(p->asker);
	p->asker = -1;
}

static void forget(struct mp_subprocess_server *s, struct program *p)
{
	leave_asker(s, p);
	p->over = true;
	s->idle_count -= p->idle;
	list_remove(&p->link);
	list_append(&s->gone, &p->link);
}

/* It has ended; what is left is the way to its asker. */
static void rest(struct mp_subprocess_server *s, struct program *p)
{
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
	p->due = 0;
	mp_reap_forget(&p->watch);
	s->count--;
	if (p->asker < 0) {
		forget(s, p);
		return;
	}
	p->idle = true;
	s->idle_count++;
	list_remove(&p->link);
	list_append(&s->idle, &p->link);
}

static void free_gone(struct mp_subprocess_server *s)
{
	LIST_EACH(member, &s->gone) {
		list_remove(member);
		free(LIST_ENTRY(member, struct program, link));
	}
}

/* From now on its end is an event. -1 with errno: it cannot be, and it stays young. */
static int watch_end(const struct mp_subprocess_server *s, struct program *p)
{
	int fd = (int)syscall(SYS_pidfd_open, p->watch.pid, 0);
	if (fd < 0)
		return -1;
	if (watch(s, fd, p) < 0) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	p->pidfd = fd;
	p->due = 0;
	return 0;
}

static void on_end(struct mp_subprocess_server *s, struct program *p)
{
	if (!mp_reap_poll(&p->watch))
		return;
	struct mp_subprocess_order_word word = {.kind = MP_SUBPROCESS_ORDER_ENDED,
		.value = p->watch.status,
		.usage = p->watch.usage};
	/* What it started in its session is left alone, as when it is a child of the asker. */
	if (p->asker >= 0 && mp_subprocess_order_tell(p->asker, &word) < 0)
		leave_asker(s, p);
	rest(s, p);
}

/* Somebody waits for it. Most have ended by then. */
static void expect_end(struct mp_subprocess_server *s, struct program *p)
{
	on_end(s, p);
	if (!p->idle && !p->over && p->pidfd < 0)
		(void)watch_end(s, p);
}

/* A signal for the program, or the end of the asker. Of words that never stop, the rest is an event
 * of the next turn. */
static void on_asker(struct mp_subprocess_server *s, struct program *p)
{
	struct mp_subprocess_order_word word;
	for (int i = 0; i < WORDS && p->asker >= 0 && !p->idle; i++) {
		int heard = mp_subprocess_order_hear(p->asker, &word);
		if (heard == 0)
			return;
		bool sound = heard > 0 && word.kind == MP_SUBPROCESS_ORDER_SIGNAL &&
			     word.value >= 0 && word.value < _NSIG;
		if (sound && word.value)
			signal_program(p, word.value);
		else if (sound)
			expect_end(s, p);
		if (sound)
			continue;
		leave_asker(s, p);
		/* One that cannot be watched now has no time. */
		bool watched = p->pidfd >= 0 || watch_end(s, p) == 0;
		signal_program(p, watched ? SIGTERM : SIGKILL);
		p->due = mp_clock_deadline(watched ? patience : young);
	}
}

/* ---- starts ---- */

/* `p`: by whose way it came; or NULL. */
static void refuse(const struct mp_subprocess_order_got *order, const struct program *p, int why)
{
	struct mp_subprocess_order_word word = {
		.kind = MP_SUBPROCESS_ORDER_FAILED, .value = why ? why : EIO};
	int asker = p ? p->asker : order->fd_count ? order->fds[0] : -1;
	if (asker >= 0)
		(void)mp_subprocess_order_tell(asker, &word);
}

static int start(const struct mp_subprocess_server *s, const struct mp_subprocess_order_got *order,
	const struct mp_subprocess_order *checked, struct program *p)
{
	const struct mp_subprocess_order_head *head = &order->head;
	struct mp_exec plan = {.argv = checked->argv,
		.env = checked->env,
		.cwd = checked->cwd,
		.new_session = head->new_session,
		.new_group = head->new_group,
		.death_signal = head->death_signal,
		.limits = checked->limits,
		.limit_count = checked->limit_count,
		.confine = s->options.confine,
		.closure = s->options.closure,
		.changed = &s->changed};
	for (int i = 0; i < 3; i++)
		plan.fds[i] = head->streams[i] < 0 ? s->null : order->fds[head->streams[i]];
	pid_t pid;
	if (mp_exec_start(&plan, &pid) < 0)
		return -1;
	mp_reap_watch(&p->watch, pid, NULL);
	return 0;
}

/* -1 with errno: it runs, and cannot be watched. */
static int adopt(
	struct mp_subprocess_server *s, struct mp_subprocess_order_got *order, struct program *p)
{
	struct mp_subprocess_order_word word = {
		.kind = MP_SUBPROCESS_ORDER_STARTED, .value = p->watch.pid};
	p->group = order->head.new_session || order->head.new_group;
	p->due = order->head.later ? mp_clock_deadline(young) : 0;
	if (!p->due && watch_end(s, p) < 0)
		return -1;
	if (!p->idle && watch(s, order->fds[0], as_asker(p)) < 0)
		return -1;
	if (p->idle) {
		p->idle = false;
		s->idle_count--;
		list_remove(&p->link);
	} else {
		p->asker = order->fds[0];
		order->fds[0] = -1;
	}
	/* Before its streams are closed here: who sees their end can know what became of it. */
	(void)mp_subprocess_order_tell(p->asker, &word);
	list_append(&s->programs, &p->link);
	s->count++;
	return 0;
}

static void drop(struct program *p)
{
	signal_program(p, SIGKILL);
	while (mp_reap_wait(&p->watch, -1, -1) < 0 && errno == EINTR)
		;
	mp_reap_forget(&p->watch);
	if (p->pidfd >= 0)
		close(p->pidfd);
	p->pidfd = -1;
}

static unsigned running_for(const struct mp_subprocess_server *s, pid_t asker)
{
	unsigned count = 0;
	LIST_EACH(member, &s->programs)
		count += LIST_ENTRY(member, struct program, link)->by == asker;
	return count;
}

/* 0, or why it was not started. */
static int start_order(
	struct mp_subprocess_server *s, struct mp_subprocess_order_got *order, struct program *p)
{
	struct mp_subprocess_order checked = {.argv = order->argv,
		.env = order->env,
		.cwd = order->cwd,
		.limits = order->head.limits,
		.limit_count = order->head.limit_count,
		.asker = p->by,
		.running = running_for(s, p->by)};
	if (s->count >= s->options.most)
		return EAGAIN;
	int why = s->options.check ? s->options.check(&checked, s->options.closure) : 0;
	if (why)
		return why;
	if (start(s, order, &checked, p) < 0)
		return errno ? errno : EIO;
	if (adopt(s, order, p) == 0)
		return 0;
	why = errno;
	drop(p);
	return why;
}

/* The first by its way. Who holds many ways without using them loses them to those who ask. */
static void serve_first(struct mp_subprocess_server *s, struct mp_subprocess_order_got *order)
{
	struct program *p = calloc(1, sizeof *p);
	if (p) {
		p->pidfd = p->asker = -1;
		p->by = order->asker;
	}
	int why = p ? start_order(s, order, p) : ENOMEM;
	if (why) {
		refuse(order, NULL, why);
		free(p);
	} else if (s->idle_count && s->idle_count + s->count > s->options.most) {
		forget(s, LIST_ENTRY(s->idle.next, struct program, link));
	}
}

/* Another one. */
static void serve_again(struct mp_subprocess_server *s, struct program *p)
{
	int got = mp_subprocess_order_receive(p->asker, true, &s->order);
	int why = got < 0 ? errno : start_order(s, &s->order, p);
	bool none = got < 0 && (why == EAGAIN || why == EINTR || why == ENOMSG);
	if (why && !none)
		refuse(&s->order, p, why);
	mp_subprocess_order_forget(&s->order);
	if (got < 0 && !none)
		forget(s, p);
}

/* An empty message is the end only if the kernel says that there is one. */
static void take_orders(struct mp_subprocess_server *s, bool end)
{
	for (int i = 0; i < ORDERS; i++) {
		int got = mp_subprocess_order_receive(s->socket, false, &s->order), why = errno;
		if (got == 0)
			serve_first(s, &s->order);
		else if (why == EBADMSG || why == EMFILE)
			refuse(&s->order, NULL, why);
		mp_subprocess_order_forget(&s->order);
		if (got < 0 && why == EPIPE && end) {
			s->deserted = true;
			(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->socket, NULL);
		}
		if (got < 0 && (why == ENOMEM || why == ENOBUFS)) /* it stays, an event at once */
			nanosleep(&(struct timespec){0, 100 * 1000 * 1000}, NULL);
		if (got < 0 && why != EBADMSG && why != EMFILE)
			return;
	}
}

/* ---- turns ---- */

/* Young ones that have ended, and who is due; when the next one is, or `deadline`. */
static int64_t look(struct mp_subprocess_server *s, int64_t deadline)
{
	int64_t now = s->count ? mp_deadline_now() : 0;
	LIST_EACH(member, &s->programs) {
		struct program *p = LIST_ENTRY(member, struct program, link);
		bool is_young = p->pidfd < 0;
		if (is_young)
			on_end(s, p);
		if (p->over || !p->due)
			continue;
		if (now >= p->due && is_young && watch_end(s, p) < 0) {
			p->due = mp_clock_deadline(young); /* no descriptor is left: later */
		} else if (now >= p->due && !is_young) {
			signal_program(p, SIGKILL);
			p->due = 0;
		}
		if (p->due && p->due < deadline)
			deadline = p->due;
	}
	free_gone(s);
	return deadline;
}

static struct program *program_of(const struct epoll_event *event, bool *of_asker)
{
	char *at = event->data.ptr;
	*of_asker = (uintptr_t)at & 1;
	return (struct program *)(void *)(at - *of_asker);
}

/* Orders come last: places that become free in this turn are free for them. */
static void serve_events(
	struct mp_subprocess_server *s, const struct epoll_event *events, int count)
{
	bool of_asker;
	for (int i = 0; i < count; i++) {
		struct program *p = program_of(&events[i], &of_asker);
		if (!p || p->over || p->idle)
			continue;
		if (of_asker)
			on_asker(s, p);
		else
			on_end(s, p);
	}
	for (int i = 0; i < count; i++) {
		struct program *p = program_of(&events[i], &of_asker);
		if (!p)
			take_orders(s, events[i].events & (EPOLLHUP | EPOLLERR));
		else if (!p->over && p->idle && of_asker)
			serve_again(s, p);
	}
	free_gone(s);
}

int mp_subprocess_server_serve(struct mp_subprocess_server *s, double timeout)
{
	struct epoll_event events[EVENTS];
	int64_t deadline = mp_clock_deadline(timeout), until = look(s, deadline);
	if (s->deserted && !s->count) {
		errno = EPIPE;
		return -1;
	}
	int count =
		epoll_wait(s->epoll, events, EVENTS, timeout == 0 ? 0 : mp_deadline_left_ms(until));
	if (count < 0)
		return -1;
	serve_events(s, events, count);
	if (count || until != deadline)
		return 0;
	errno = timeout == 0 ? EAGAIN : ETIMEDOUT;
	return -1;
}

unsigned mp_subprocess_server_count(const struct mp_subprocess_server *s)
{
	return s->count;
}

void mp_subprocess_server_close(struct mp_subprocess_server *s)
{
	int why = errno;
	if (!s)
		return;
	LIST_EACH(member, &s->programs) {
		struct program *p = LIST_ENTRY(member, struct program, link);
		signal_program(p, SIGKILL);
		while (mp_reap_wait(&p->watch, -1, -1) < 0 && errno == EINTR)
			;
		on_end(s, p);
	}
	LIST_EACH(member, &s->idle)
		forget(s, LIST_ENTRY(member, struct program, link));
	free_gone(s);
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->null >= 0)
		close(s->null);
	buffer_free(&s->order.bytes);
	buffer_free(&s->order.pointers);
	free(s);
	errno = why;
}
