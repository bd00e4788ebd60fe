/*
 * worker_crowd - how many connections one client may have (MaxConnPerIP)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   a client that has too many is told so, if it takes that at once, and closed
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <sys/socket.h>
#include <unistd.h>

static const char busy[] =
	"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
	"Content-Type: text/plain\r\nContent-Length: 47\r\nConnection: close\r\n\r\n"
	"Your address has too many connections already.\n";

/* What the client has sent is read as far as it has come: a close with unread bytes would be a
 * reset, and take the answer back (RFC 9112 9.6). */
static void turn_away(struct worker *w, int fd)
{
	(void)send(fd, busy, sizeof busy - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	char *to = buffer_reserve(&w->in, WORKER_IN);
	while (to && recv(fd, to, WORKER_IN, MSG_DONTWAIT) == WORKER_IN)
		;
	close(fd);
	/* Taken and ended. */
	worker_took(w);
	w->open--;
	w->counts.closed++;
}

bool worker_crowd_admit(struct worker *w, int fd, const struct os_address *from, uint32_t *place)
{
	struct wire_crowd *crowd = w->heritage->crowd;
	unsigned limit = w->config->max_conn_per_ip;
	char text[OS_ADDRESS_TEXT];
	*place = 0;
	if (!crowd || !limit)
		return true;
	*place = wire_crowd_place(crowd, from);
	if (wire_crowd_enter(crowd, w->heritage->page, *place, limit))
		return true;
	if (wire_crowd_say(crowd, *place, (uint32_t)w->now))
		log_warn("%s has %u connections (MaxConnPerIP): no more are taken",
			os_address_host(from, text), limit);
	turn_away(w, fd);
	return false;
}

void worker_crowd_leave(const struct worker *w, const struct worker_conn *c)
{
	if (c->given)
		wire_crowd_hand(w->heritage->crowd, w->heritage->page, c->crowd_place);
	else
		wire_crowd_leave(w->heritage->crowd, w->heritage->page, c->crowd_place);
}
