/*
 * parent_control - the control socket and its clients
 *
 * Runs in:  the parent, as one more source of events in its loop
 * Owns:     see parent_control.h
 * Errors:   a client that does not keep to the rules is closed; nothing a client does holds up the
 *           parent
 *
 * A client says one line after the other and gets one answer after the other. While an answer is on
 * its way nothing more is read from it, and between two answers the loop goes round once, so that
 * the workers' reports are never behind a client that asks without end.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void close_client(struct parent_control_client *c)
{
	struct parent *p = c->parent;
	ev_io_stop(p->loop, &c->io);
	ev_timer_stop(p->loop, &c->patience);
	close(c->io.fd);
	buffer_free(&c->out);
	list_remove(&c->link);
	p->control->client_count--;
	free(c);
}

static struct text came(const struct parent_control_client *c)
{
	return text_from(c->in, c->in_size);
}

/* Patience is for a whole line and for a whole answer: whoever trickles bytes gains nothing. */
static void renew_patience(struct parent_control_client *c, bool sending)
{
	if (sending == c->sending && !c->answered && ev_is_active(&c->patience))
		return;
	c->sending = sending;
	c->answered = false;
	c->patience.repeat = sending ? PARENT_CONTROL_SEND_S : PARENT_CONTROL_IDLE_S;
	ev_timer_again(c->parent->loop, &c->patience);
}

/* Readable: more of a line may come. Writable: an answer is on its way, or the next line waits and
 * is seen to in the next turn of the loop. */
static void wait_for(struct parent_control_client *c)
{
	struct ev_loop *loop = c->parent->loop;
	/* Either way the client has to make room before anything else happens. */
	bool sending = c->out.size > c->sent || parent_control_line_waits(came(c));
	int events = sending ? EV_WRITE : EV_READ;
	if (c->io.events != events || !ev_is_active(&c->io)) {
		ev_io_stop(loop, &c->io);
		ev_io_set(&c->io, c->io.fd, events);
		ev_io_start(loop, &c->io);
	}
	renew_patience(c, sending);
}

/* false: the client is gone. */
static bool flush(struct parent_control_client *c)
{
	while (c->sent < c->out.size) {
		ssize_t n =
			send(c->io.fd, c->out.data + c->sent, c->out.size - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return errno == EAGAIN;
		c->sent += n > 0 ? (size_t)n : 0;
	}
	buffer_free(&c->out);
	c->sent = 0;
	return true;
}

static void log_deed(const struct parent_control_client *c)
{
	pid_t pid;
	uid_t user;
	if (os_unix_peer(c->io.fd, &pid, &user) == 0)
		log_notice("told so by process %d of user %u on the control socket", (int)pid,
			(unsigned)user);
}

/* One line, if there is a whole one: false when the client is gone. */
static bool answer_one(struct parent_control_client *c)
{
	enum parent_control_command command;
	size_t used = parent_control_line(came(c), &command);
	if (!used)
		return true;
	c->in_size -= used;
	memmove(c->in, c->in + used, c->in_size);
	parent_control_act *act = parent_control_answer(c->parent, command, &c->out);
	c->ended |= command == PARENT_CONTROL_TOO_LONG || c->out.failed;
	c->answered = true;
	bool here = flush(c);
	if (act) {
		act(c->parent);
		log_deed(c);
	}
	return here;
}

/* false: nothing will come any more. */
static bool receive(struct parent_control_client *c)
{
	ssize_t n = recv(c->io.fd, c->in + c->in_size, sizeof c->in - c->in_size, 0);
	if (n > 0)
		c->in_size += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_client(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	struct parent_control_client *c = watch->data;
	if (events & EV_READ && !receive(c))
		c->ended = true;
	bool here = flush(c);
	if (here && c->out.size == 0)
		here = answer_one(c);
	bool done = c->ended && c->out.size == 0 && !parent_control_line_waits(came(c));
	if (!here || done)
		close_client(c);
	else
		wait_for(c);
}

static void on_patience(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	close_client(timer->data);
}

/* What does not fit into an empty socket buffer is not worth waiting for. */
static void turn_away(int fd, const char *why)
{
	struct buffer words = BUFFER_INIT;
	parent_control_line_answer(&words, false, text_of(why));
	if (words.size)
		(void)!send(fd, words.data, words.size, MSG_NOSIGNAL | MSG_DONTWAIT);
	buffer_free(&words);
	close(fd);
}

static void take_client(struct parent *p, int fd)
{
	struct parent_control *control = p->control;
	if (control->client_count >= PARENT_CONTROL_CLIENTS) {
		turn_away(fd, "too many clients at a time: try again\n");
		return;
	}
	struct parent_control_client *c = calloc(1, sizeof *c);
	if (!c) {
		close(fd);
		return;
	}
	c->parent = p;
	list_append(&control->clients, &c->link);
	control->client_count++;
	ev_io_init(&c->io, on_client, fd, EV_READ);
	c->io.data = c;
	ev_timer_init(&c->patience, on_patience, 0, PARENT_CONTROL_IDLE_S);
	c->patience.data = c;
	wait_for(c);
}

static void on_listener(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)events;
	struct parent *p = watch->data;
	int fd = os_unix_accept(watch->fd);
	if (fd >= 0) {
		take_client(p, fd);
	} else if (errno != EAGAIN) {
		static struct log_throttle throttle;
		if (log_once_a_second(&throttle))
			log_error("cannot take a client of the control socket: %m");
		ev_io_stop(loop, watch);
		ev_timer_again(loop, &p->control->rest);
	}
}

static void on_rest(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)events;
	ev_timer_stop(loop, timer);
	ev_io_start(loop, timer->data);
}

static void listen_at(struct parent *p, const char *path)
{
	struct parent_control *control = p->control;
	if (!path)
		return;
	int fd = os_unix_listen(path, p->heir != NULL, &control->file);
	if (fd < 0) {
		log_warn("no ControlSocket: cannot listen on %s: %s", path,
			errno == EADDRINUSE ? "another server does" : strerror(errno));
		return;
	}
	control->path = strdup(path);
	ev_io_init(&control->listener, on_listener, fd, EV_READ);
	control->listener.data = p;
	ev_io_start(p->loop, &control->listener);
}

static void listen_no_more(struct parent *p)
{
	struct parent_control *control = p->control;
	ev_timer_stop(p->loop, &control->rest);
	if (control->listener.fd < 0)
		return;
	ev_io_stop(p->loop, &control->listener);
	if (control->path)
		os_unix_remove(control->path, &control->file);
	close(control->listener.fd);
	control->listener.fd = -1;
	free(control->path);
	control->path = NULL;
}

/* The name of the socket may have been taken: by a successor that then failed, or by whoever tidies
 * up directories. Where nobody else listens it is taken back. */
static void on_mend(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	struct parent *p = timer->data;
	struct parent_control *control = p->control;
	struct os_unix_file file;
	if (!control->path || p->stop != PARENT_RUNNING ||
		os_unix_is(control->path, &control->file))
		return;
	int fd = os_unix_listen(control->path, false, &file);
	if (fd < 0)
		return;
	ev_io_stop(p->loop, &control->listener);
	close(control->listener.fd);
	ev_io_set(&control->listener, fd, EV_READ);
	ev_io_start(p->loop, &control->listener);
	control->file = file;
}

void parent_control_open(struct parent *p)
{
	struct parent_control *control = calloc(1, sizeof *control);
	if (!control)
		return; /* a server that cannot be looked at still serves */
	p->control = control;
	list_init(&control->clients);
	control->listener.fd = -1;
	ev_timer_init(&control->rest, on_rest, 0, 1);
	control->rest.data = &control->listener;
	ev_timer_init(&control->mend, on_mend, PARENT_CONTROL_MEND_S, PARENT_CONTROL_MEND_S);
	control->mend.data = p;
	ev_timer_start(p->loop, &control->mend);
	listen_at(p, p->config->control_socket);
	parent_control_status_open(p);
}

static bool same_path(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

void parent_control_update(struct parent *p)
{
	if (!p->control)
		return;
	if (!same_path(p->control->path, p->config->control_socket)) {
		listen_no_more(p);
		listen_at(p, p->config->control_socket);
	}
	parent_control_status_update(p);
}

void parent_control_rest(struct parent *p)
{
	if (p->control)
		parent_control_status_rest(p);
}

void parent_control_leave(struct parent *p)
{
	if (p->control)
		parent_control_status_leave(p);
}

struct wire_listener parent_control_listener(const struct parent *p)
{
	if (!p->control)
		return (struct wire_listener){.fd = -1};
	return (struct wire_listener){p->control->status.listener, p->control->status.address};
}

void parent_control_close(struct parent *p)
{
	if (!p->control)
		return;
	parent_control_status_close(p);
	ev_timer_stop(p->loop, &p->control->mend);
	listen_no_more(p);
	LIST_EACH(member, &p->control->clients)
		close_client(LIST_ENTRY(member, struct parent_control_client, link));
	free(p->control);
	p->control = NULL;
}

bool parent_control_gone(struct parent *p, struct mp_process *process)
{
	return p->control && parent_control_status_gone(p, process);
}
