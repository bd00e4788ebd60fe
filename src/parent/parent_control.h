/*
 * parent_control - the ways to look at and to steer a parent from outside
 *
 * Runs in:  the parent
 * Owns:     struct parent_control: the control socket and its clients, the listener and the process
 *           of StatusListen
 * Errors:   what cannot be opened is a line in the log, and the server goes on without
 *
 *   parent_control         the control socket and its clients
 *   parent_control_line    what they say (pure)
 *   parent_control_answer  what is answered
 *   parent_control_status  the process behind StatusListen
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_CONTROL_H
#define PARENT_CONTROL_H

#include "os/os_unix.h"
#include "parent/parent.h"
#include "parent/parent_control_line.h"
#include "wire/wire_succession.h"

enum {
	PARENT_CONTROL_MEND_S = 5,
	PARENT_CONTROL_CLIENTS = 16, /* at a time; the next one is told so */
	PARENT_CONTROL_IDLE_S = 60,  /* a client may say nothing for so long */
	PARENT_CONTROL_SEND_S = 5    /* and must take the bytes of an answer within so long */
};

struct parent_control_client {
	struct list link;
	struct parent *parent;
	ev_io io;
	ev_timer patience;
	char in[PARENT_CONTROL_LINE];
	size_t in_size;
	struct buffer out;
	size_t sent;
	bool sending;  /* what its patience is about */
	bool answered; /* since it was last renewed */
	bool ended;    /* it says no more: closed when all it asked has been answered */
};

/* The process behind StatusListen. */
struct parent_control_status {
	struct parent *parent;
	int listener; /* -1: there is none */
	struct os_address address;
	struct mp_process *process; /* NULL: not running now */
	uint64_t born_ms;
	uint32_t generation; /* that it was born in */
	bool expected;       /* we told it to end */
	unsigned failed;     /* times in a row that it died young or was not born */
	ev_timer again;      /* when the next one is born */
};

struct parent_control {
	char *path; /* of the socket that is listened on; NULL: none */
	struct os_unix_file file;
	ev_io listener;
	ev_timer mend; /* looks after the name of the socket */
	ev_timer rest; /* out of descriptors: accepting goes on a second later */
	struct list clients;
	unsigned client_count;
	struct parent_control_status status;
};

/* Opens what the configuration asks for. */
void parent_control_open(struct parent *p);

/* The configuration is another one. */
void parent_control_update(struct parent *p);

/* Another parent serves: who asks for the status is to get its, not ours. Should it fail after all,
 * parent_control_update begins anew. Once it cannot fail any more, parent_control_leave lets go of
 * the address. */
void parent_control_rest(struct parent *p);
void parent_control_leave(struct parent *p);

/* The listener of StatusListen, for the next parent; its descriptor is -1 where there is none. */
struct wire_listener parent_control_listener(const struct parent *p);

/* The last thing of all: a client that waits for the end sees it now. */
void parent_control_close(struct parent *p);

/* A child has ended: true and taken care of if it was ours. */
bool parent_control_gone(struct parent *p, struct mp_process *process);

/* parent_control_answer.c: the answer to a command, framed; then `act` (NULL: nothing) is to be
 * called, when the answer is on its way. */
typedef void parent_control_act(struct parent *p);
parent_control_act *parent_control_answer(
	struct parent *p, enum parent_control_command command, struct buffer *to);

/* parent_control_status.c */
void parent_control_status_open(struct parent *p);
void parent_control_status_update(struct parent *p);
void parent_control_status_rest(struct parent *p);
void parent_control_status_leave(struct parent *p);
void parent_control_status_close(struct parent *p);
int32_t parent_control_status_pid(const struct parent *p); /* 0: there is none */
bool parent_control_status_gone(struct parent *p, const struct mp_process *process);

#endif
