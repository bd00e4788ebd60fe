/*
 * worker_keep - connections that go to the keeper, and come back
 *
 * Runs in:  worker: one with one connection gives and takes; one with many takes what an earlier
 *           generation gave
 * Owns:     nothing: a connection that was given is the keeper's, one that was taken its caller's
 * Errors:   false: the connection stays where it is
 *
 * What the keeper cannot hold stays with the worker: a body, an answer that is not out yet, a head
 * too large for one message. So does everything while the parent shows no keeper.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_keep.h"

#include "os/os_file.h"
#include "os/os_socket.h"

#include <errno.h>
#include <unistd.h>

/* Of a request it has no more than the beginning of the head, and that as it came. */
static bool has_only_begun(const struct worker_conn *c)
{
	const struct worker_exchange *x = c->exchange;
	return !x->reading_body && !x->routed && !x->refused && c->in.size > 0 &&
	       c->in.size <= WIRE_KEPT_BYTES;
}

/* Of the sockets it has. */
static bool is_nonblocking(const struct worker *w)
{
	return w->loop || w->never_blocks;
}

bool worker_keep_suits(const struct worker *w, const struct worker_conn *c)
{
	if (w->heritage->keeper <= 0 || !w->heritage->scoreboard->keeper || w->oneshot ||
		c->out.size)
		return false;
	if (c->lingers)
		return true;
	return c->place == WORKER_READ && (c->exchange ? has_only_begun(c) : !c->in.size);
}

bool worker_keep_give(struct worker *w, struct worker_conn *c)
{
	const struct worker_exchange *x = c->exchange;
	struct wire_kept kept = {.magic = WIRE_KEPT_MAGIC,
		.served = c->served,
		.since_ms = c->since_ms,
		.due_ms = worker_conn_due_ms(w, c),
		.lingers = c->lingers,
		.nonblock = is_nonblocking(w),
		.place = c->crowd_place};
	if (x && !c->lingers) {
		kept.begun_ms = x->begun_ms;
		kept.size = (uint32_t)c->in.size;
	}
	wire_crowd_send(w->heritage->crowd, w->heritage->page, c->crowd_place);
	if (wire_kept_send(w->heritage->keeper, &kept, c->in.data, c->fd) < 0) {
		wire_crowd_take(w->heritage->crowd, w->heritage->page, c->crowd_place);
		return false;
	}
	c->crowd_place = 0; /* it counts there */
	return true;
}

/* What gave it may have been of another kind. */
static bool make_fit(const struct worker *w, const struct worker_kept *k)
{
	return k->kept.nonblock == is_nonblocking(w) ||
	       os_file_nonblocking(k->fd, is_nonblocking(w)) == 0;
}

bool worker_keep_take(const struct worker *w, struct worker_kept *to)
{
	static struct log_throttle throttle;
	if (w->heritage->keeper <= 0)
		return false;
	for (;;) {
		if (wire_kept_receive(w->heritage->keeper, &to->kept, to->bytes, &to->fd) == 0) {
			if (os_socket_peer(to->fd, &to->from) == 0 && make_fit(w, to))
				return true;
			close(to->fd); /* its client has reset it since */
			wire_crowd_take(w->heritage->crowd, w->heritage->page, to->kept.place);
			wire_crowd_leave(w->heritage->crowd, w->heritage->page, to->kept.place);
			continue;
		}
		if (errno != EBADMSG && errno != EMFILE)
			return false;
		if (log_once_a_second(&throttle))
			log_error("a connection that the keeper passed on is lost: %m");
	}
}

void worker_keep_resume(struct worker *w, struct worker_conn *c, const struct worker_kept *from)
{
	const struct wire_kept *kept = &from->kept;
	worker_conn_begin(w, c, from->fd, &from->from);
	w->open++;
	w->changed = true;
	c->number = w->counts.connections + ++w->resumed;
	c->resumed = true;
	c->served = kept->served;
	c->crowd_place = kept->place;
	wire_crowd_take(w->heritage->crowd, w->heritage->page, kept->place);
	c->since_ms = kept->since_ms;
	c->lingers = kept->lingers;
	if (c->lingers)
		c->place = WORKER_LINGER;
	if (!kept->size)
		return;
	/* What there is of a head is read again, from its beginning. */
	buffer_append(&c->in, from->bytes, kept->size);
	c->exchange = worker_lend_exchange(w);
	c->place = c->exchange && !c->in.failed ? WORKER_PARSE : WORKER_REST;
	c->broken = c->place == WORKER_REST;
	if (c->exchange) {
		c->exchange->start = 0;
		c->exchange->begun_ms = kept->begun_ms;
	}
}
