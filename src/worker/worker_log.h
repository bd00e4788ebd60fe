/*
 * worker_log - what the files of the access log share
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none; memory that runs out sticks in the buffer of lines
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_LOG_H
#define WORKER_LOG_H

#include "worker/worker.h"

/* A line being written. */
struct worker_log_line {
	struct worker *w;
	const struct worker_conn *c;
	const struct worker_exchange *x;
	const struct config_log_step *step; /* the present one */
	struct buffer *to;
	int status;      /* of the answer */
	uint64_t now_us; /* when it is written; 0: nobody looked yet */
};

/* worker_log.c: the STATUS or URL of the request that came, where an inner redirect made another
 * one of it; NULL: none did. */
const char *worker_log_before(const struct worker_exchange *x, const char *name);
int worker_log_first_status(const struct worker_exchange *x, int status); /* or `status` */

/* worker_log_field.c: what the step stands for. */
void worker_log_field(struct worker_log_line *l);

/* worker_log_time.c: %t; %D, %T and %^FB. */
void worker_log_time(struct worker_log_line *l);
void worker_log_took(struct worker_log_line *l);
void worker_log_first_byte(struct worker_log_line *l);

/* worker_log_out.c: may another line be added, or do too many wait already? */
bool worker_log_has_room(struct worker_log *log);

/* worker_log_error.c: %L; without an exchange that of the connection. Unique as far as 64 bits can
 * be; how many bytes. */
enum { WORKER_LOG_ID = 11 };
size_t worker_log_id(
	const struct worker_conn *c, const struct worker_exchange *x, char to[WORKER_LOG_ID]);

#endif
