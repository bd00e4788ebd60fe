/*
 * wire_heritage - everything a child gets from its parent
 *
 * Runs in:  the parent fills it for each birth; the child reads it
 * Owns:     nothing in a forked child, which sees the parent's own memory as it was at its birth;
 *           in one that was executed anew, what it made again, until the process ends
 * Errors:   see each function
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_HERITAGE_H
#define WIRE_HERITAGE_H

#include "config/config.h"
#include "mp/mp.h"
#include "os/os_mutex.h"
#include "os/os_process.h"
#include "wire/wire_crowd.h"
#include "wire/wire_diary.h"
#include "wire/wire_sandbox.h"
#include "wire/wire_scoreboard.h"

enum { WIRE_HERITAGE_DIRECT = 0x70664430 };

struct wire_heritage {
	uint32_t magic; /* WIRE_HERITAGE_DIRECT */
	struct config *config;
	const struct os_identity *identity; /* whom it becomes */
	const struct wire_sandbox *sandbox; /* and what it is confined to */
	uint32_t slot;
	uint32_t generation;
	struct wire_scoreboard *scoreboard;
	int scoreboard_fd;
	int diary_fd; /* of the pages; not above 0: there are none */
	uint32_t page;
	struct wire_crowd *crowd; /* NULL: nobody is counted; its own page is `page` */
	int crowd_fd;
	int starter; /* its way to the starter; not above 0: there is none */
	int ask_fd;  /* where the lab's asks go up; not above 0: there is no lab */

	/* a pool worker */
	struct mp_pipe *pipe; /* reports up, commands down */
	const int *listeners; /* what it accepts from; none in model dispatch */
	size_t listener_count;
	struct os_mutex *accept_mutex; /* NULL: none */
	int keeper;                    /* its way to the keeper; not above 0: there is none */

	/* a one-shot child of model fork */
	struct mp_queue *queue; /* its one report */
	int connection;         /* what it serves; -1 in a pool worker */
	struct os_address from; /* the client of that connection */

	bool single; /* -X: no parent at all, this process serves alone */
};

/* What travels as the arguments of a child's process. A forked child sees its parent's memory, so
 * it gets the struct as it is; one that is executed anew gets everything as bytes, and its
 * descriptors under the same numbers. false: out of memory. */
bool wire_heritage_pack(const struct wire_heritage *heritage, struct buffer *to);

/* In the child: the heritage from those arguments, made whole again where it came as bytes. Lives
 * as long as the process. NULL: it did not arrive whole, and *why says what is wrong. */
const struct wire_heritage *wire_heritage_open(void *args, size_t size, struct buffer *why);

/* From now on the error log is this configuration's, with its levels. */
void wire_heritage_logs(const struct config *config);

#endif
