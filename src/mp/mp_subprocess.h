/*
 * mp_subprocess - what a subprocess object holds
 *
 * Runs in:  the process that started the program
 * Owns:     the pipes, the sentinel and what was read, until mp_subprocess_close
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SUBPROCESS_H
#define MP_SUBPROCESS_H

#include "base/buffer.h"
#include "mp/mp.h"
#include "mp/mp_reap.h"

struct mp_subprocess {
	struct mp_reap_watch watch;
	pid_t owner;          /* who started it; the only one who can wait for it */
	int pipes[3];         /* our ends, or -1 */
	int sentinel;         /* or -1; of a served one its socket */
	struct buffer got[2]; /* read so far, of out and err */
	bool piped[3];        /* is, or was, a pipe */
	size_t written;       /* of the input */
	size_t most;          /* bytes of each of out and err; 0: any number */
	bool group;           /* signals go to all of it */
	bool watched;         /* its server has been told that somebody waits for its end */
	int served;           /* by this server, whose word fills `watch`; 0: by none */
	int failure;          /* why it was not started; 0: it was, or is to be */
};

/* Of a served one: waits for the server's word on its start. */
int mp_subprocess_served_start(struct mp_subprocess *p);
/* Hears what the server has to say; has it ended? */
bool mp_subprocess_served_poll(struct mp_subprocess *p);
int mp_subprocess_served_wait(struct mp_subprocess *p, double timeout);
/* From now on its end is told at once, also of one that nobody waited for (options.later). */
void mp_subprocess_served_watch(struct mp_subprocess *p);
int mp_subprocess_served_signal(struct mp_subprocess *p, int signal);

#endif
