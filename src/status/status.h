/*
 * status - what the files of this folder share
 *
 * Runs in:  the status process: the one behind StatusListen
 * Owns:     the connections of those who look
 * Errors:   a connection's failure ends that connection
 *
 *   status_main    birth, the loop, taking connections
 *   status_conn    one connection: request in, answer out
 *   status_answer  which answer a request gets (pure)
 *   status_stream  the viewers of ?events
 *
 * A worker would do this too, but a worker may be stuck. This process has nothing to do with the
 * site: it reads the scoreboard, which it cannot write, and answers. It is confined as workers are:
 * strangers may ask it too.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATUS_STATUS_H
#define STATUS_STATUS_H

#define LOG_AREA "status"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/list.h"
#include "handler/handler_status.h"
#include "http/http_request.h"
#include "http/http_response.h"
#include "wire/wire_heritage.h"

#include <ev.h>

enum {
	STATUS_CONNECTIONS = 1024, /* at a time; further ones wait in the kernel's queue */
	STATUS_VIEWERS = 768,      /* of these, so that there is always room for a short question */
	STATUS_HEAD = 16 * 1024,   /* bytes of the largest request head */
	STATUS_HEAD_MS = 10000,    /* it must be there within so long */
	STATUS_KEEP_MS = 30000,    /* and the next one on the same connection */
	STATUS_SEND_MS = 10000,    /* a client takes nothing for so long: closed */
	STATUS_IDLE_MS = 15000,    /* a stream with nothing new says so */
	STATUS_LEAVE_MS = 200, /* when it leaves: for the next request of who keeps a connection */
	STATUS_HURRY_MS = 300  /* and for the last answers; the parent kills after a second */
};

struct status_conn {
	struct list link; /* in status.conns or, a viewer, in status.viewers */
	struct status *status;
	ev_io io;
	struct http_request request;
	struct os_address from;
	struct buffer in, out;
	size_t sent;       /* of out */
	uint64_t since_ms; /* the last thing that moved */
	bool began;        /* a request has begun: its first byte came at since_ms */
	bool last;         /* closed when out is sent */
	bool viewer;
	bool behind; /* a viewer that missed events: it gets the whole again */
};

struct status {
	const struct wire_heritage *heritage;
	const struct wire_scoreboard *board;
	struct ev_loop *loop;
	ev_io listener, parent;
	ev_timer sweep; /* once a second, while there are connections */
	struct list conns, viewers;
	unsigned count, viewer_count;
	ev_timer end; /* of its patience with who asks, once it leaves */
	bool leaving, hurries;
	struct http_response response; /* of the one who is being answered */

	/* status_stream.c */
	ev_timer tick;
	struct handler_status_view *view; /* what every viewer that is not behind has seen */
	uint64_t spoke_ms;                /* the last event to all */
};

/* status_answer.c: fills the response, but for the stream, of which it is the head; what is asked
 * for by a request that was read, or refused with `refused`. Returns whether it is the stream. */
bool status_answer(const struct config *config, const struct wire_scoreboard *board, time_t now,
	const struct http_request *request, int refused, const struct os_address *from,
	struct http_response *response);

/* status_conn.c */
void status_conn_open(struct status *s, int fd, const struct os_address *from);
void status_conn_close(struct status_conn *c);
/* What it waits for, by what it has to say. */
void status_conn_wait(struct status_conn *c);
void status_conn_sweep(struct status *s, uint64_t now_ms);
/* The process is to end: each is answered what it has asked, and closed; who has asked nothing is
 * closed when it hurries. */
void status_conn_leave(struct status *s);

/* status_stream.c */
void status_stream_init(struct status *s);
/* The connection has its head in out, and is a viewer from now on. */
void status_stream_join(struct status_conn *c);
void status_stream_leave(struct status_conn *c);

#endif
