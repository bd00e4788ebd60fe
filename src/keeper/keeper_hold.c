/*
 * keeper_hold - the connections it holds: a table by descriptor
 *
 * Runs in:  the keeper
 * Owns:     the descriptors in the table, and the bytes that came with them
 * Errors:   what cannot be watched is closed; out of descriptors, who would wait least longer goes
 *
 * Nothing is ordered by time: the table is looked through when the soonest of all is due, and not
 * more often than every LOOK_MS, which costs less than to keep an order for every coming and going.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/keeper.h"

#include "base/apart.h"
#include "os/os_clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, LOOK_MS = 20 };

static struct keeper_held *held_at(const struct keeper *k, int fd)
{
	return fd >= 0 && (size_t)fd < k->room ? k->held[fd] : NULL;
}

static int watch_pair(struct keeper *k, bool waiting)
{
	struct epoll_event event = {
		.events = (k->taking ? EPOLLIN : 0u) | (waiting ? EPOLLOUT : 0u),
		.data.fd = k->pair};
	return epoll_ctl(k->epoll, EPOLL_CTL_MOD, k->pair, &event);
}

/* Its registration outlives close(2) as long as a worker has the connection, so it is undone. */
static void unwatch(struct keeper *k, int fd)
{
	(void)epoll_ctl(k->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void forget(struct keeper *k, int fd)
{
	struct keeper_held *h = k->held[fd];
	bool waited = !list_empty(&h->link);
	list_remove(&h->link);
	k->told.waiting -= waited;
	if (waited && list_empty(&k->waiting))
		(void)watch_pair(k, false);
	k->held[fd] = NULL;
	k->told.held--;
	free(h->bytes);
	free(h);
	close(fd);
}

/* It ends. */
static void let_go(struct keeper *k, int fd)
{
	wire_crowd_leave(k->crowd, k->page, k->held[fd]->kept.place);
	forget(k, fd);
}

static void expire(struct keeper *k, int fd)
{
	unwatch(k, fd);
	k->told.expired++;
	let_go(k, fd);
}

/* false with errno: no worker takes it now. A pair that is broken has nobody to pass it to. */
static bool pass(struct keeper *k, int fd)
{
	const struct keeper_held *h = k->held[fd];
	wire_crowd_send(k->crowd, k->page, h->kept.place);
	if (wire_kept_send(k->pair, &h->kept, h->bytes, fd) == 0) {
		k->told.passed++;
		forget(k, fd);
		return true;
	}
	wire_crowd_take(k->crowd, k->page, h->kept.place);
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS)
		return false;
	let_go(k, fd);
	return true;
}

/* It is a worker's turn. */
static void speak(struct keeper *k, int fd)
{
	unwatch(k, fd);
	if (list_empty(&k->waiting) && pass(k, fd))
		return;
	if (list_empty(&k->waiting))
		(void)watch_pair(k, errno == EAGAIN);
	list_append(&k->waiting, &k->held[fd]->link);
	k->told.waiting++;
}

/* ---- taking ---- */

static bool make_room(struct keeper *k, int fd)
{
	size_t room = k->room ? k->room : 256;
	while (room <= (size_t)fd)
		room *= 2;
	if (room == k->room)
		return true;
	struct keeper_held **more = realloc(k->held, room * sizeof *more);
	if (!more)
		return false;
	for (size_t i = k->room; i < room; i++)
		more[i] = NULL;
	k->held = more;
	k->room = room;
	return true;
}

/* Who would have gone first goes now. */
static void shed(struct keeper *k)
{
	int first = -1;
	for (size_t fd = 0; fd < k->room; fd++)
		if (k->held[fd] && list_empty(&k->held[fd]->link) &&
			(first < 0 || k->held[fd]->kept.due_ms < k->held[first]->kept.due_ms))
			first = (int)fd;
	if (first >= 0)
		expire(k, first);
}

static void hold(struct keeper *k, const struct wire_kept *kept, const char *bytes, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
	struct keeper_held *h = make_room(k, fd) ? calloc(1, sizeof *h) : NULL;
	wire_crowd_take(k->crowd, k->page, kept->place);
	if (h && kept->size)
		h->bytes = malloc(kept->size);
	if (!h || (kept->size && !h->bytes) || epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(h ? h->bytes : NULL);
		free(h);
		close(fd);
		wire_crowd_leave(k->crowd, k->page, kept->place);
		return;
	}
	if (kept->size)
		memcpy(h->bytes, bytes, kept->size);
	h->kept = *kept;
	h->fd = fd;
	list_init(&h->link);
	k->held[fd] = h;
	k->told.held++;
	k->told.taken++;
	if (kept->due_ms < k->soonest_ms)
		k->soonest_ms = kept->due_ms;
}

int keeper_hold_take(struct keeper *k)
{
	static char bytes[WIRE_KEPT_BYTES] APART;
	static struct log_throttle throttle;
	for (int i = 0; i < BATCH; i++) {
		struct wire_kept kept = {0};
		int fd;
		if (k->told.held >= k->most)
			shed(k);
		if (wire_kept_receive(k->pair, &kept, bytes, &fd) == 0) {
			hold(k, &kept, bytes, fd);
			continue;
		}
		if (errno == EAGAIN)
			return 0;
		if (errno == EMFILE || errno == ENFILE)
			shed(k);
		else if (errno != EBADMSG)
			return -1;
		if (log_once_a_second(&throttle))
			log_error("a connection that a worker handed over is lost: %m");
	}
	return 0;
}

void keeper_hold_no_more(struct keeper *k)
{
	uint64_t before;
	do {
		before = k->told.taken;
		(void)keeper_hold_take(k);
	} while (k->told.taken != before);
	k->taking = false;
	(void)watch_pair(k, !list_empty(&k->waiting));
}

/* ---- what happens to them ---- */

/* A client that has heard all may say what it likes; nobody listens. */
static void overhear(struct keeper *k, int fd)
{
	static char bytes[16 * 1024] APART;
	ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	unwatch(k, fd);
	let_go(k, fd);
}

void keeper_hold_event(struct keeper *k, int fd)
{
	const struct keeper_held *h = held_at(k, fd);
	char first;
	if (!h)
		return; /* it went earlier in this turn */
	if (h->kept.lingers) {
		overhear(k, fd);
		return;
	}
	ssize_t n = recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Who leaves in the middle of a request has a line in the access log. */
	if (n > 0 || h->bytes) {
		speak(k, fd);
		return;
	}
	unwatch(k, fd);
	let_go(k, fd);
}

void keeper_hold_pass(struct keeper *k)
{
	while (!list_empty(&k->waiting)) {
		const struct keeper_held *h = LIST_ENTRY(k->waiting.next, struct keeper_held, link);
		if (!pass(k, h->fd)) {
			/* For want of anything else but room it is tried again in a second. */
			(void)watch_pair(k, errno == EAGAIN);
			return;
		}
	}
}

/* ---- their end ---- */

int keeper_hold_due(const struct keeper *k)
{
	if (k->soonest_ms == UINT64_MAX)
		return -1;
	return k->soonest_ms <= k->now_ms ? 0 : (int)(k->soonest_ms - k->now_ms);
}

/* Its client may have spoken in time, while this process or its predecessor stood still. */
static void let_speak_or_expire(struct keeper *k, int fd)
{
	keeper_hold_event(k, fd);
	if (k->held[fd] && list_empty(&k->held[fd]->link))
		expire(k, fd);
}

void keeper_hold_expire(struct keeper *k)
{
	if (k->soonest_ms > k->now_ms)
		return;
	uint64_t soonest = UINT64_MAX;
	for (size_t fd = 0; fd < k->room; fd++) {
		const struct keeper_held *h = k->held[fd];
		if (!h || !list_empty(&h->link))
			continue;
		if (h->kept.due_ms > k->now_ms)
			soonest = h->kept.due_ms < soonest ? h->kept.due_ms : soonest;
		else if (h->bytes)
			speak(k, (int)fd); /* to be told that it was too slow */
		else
			let_speak_or_expire(k, (int)fd);
	}
	if (soonest != UINT64_MAX && soonest < k->now_ms + LOOK_MS)
		soonest = k->now_ms + LOOK_MS;
	k->soonest_ms = soonest;
}

void keeper_hold_end(struct keeper *k)
{
	for (size_t fd = 0; fd < k->room; fd++)
		if (k->held[fd] && list_empty(&k->held[fd]->link))
			keeper_hold_event(k, (int)fd);
	for (size_t fd = 0; fd < k->room; fd++)
		if (k->held[fd] && list_empty(&k->held[fd]->link))
			expire(k, (int)fd);
}
