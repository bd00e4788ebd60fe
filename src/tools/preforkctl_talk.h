/*
 * preforkctl_talk - questions to the control socket, and its answers
 *
 * Runs in:  preforkctl
 * Owns:     the connection, until preforkctl_talk_close
 * Errors:   an exit status other than 0, with one sentence in `why`
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREFORKCTL_TALK_H
#define PREFORKCTL_TALK_H

#include "tools/preforkctl.h"

struct preforkctl_talk {
	int fd; /* -1: not connected */
	struct buffer in;
};

#define PREFORKCTL_TALK_INIT ((struct preforkctl_talk){-1, BUFFER_INIT})

/* Connects. PREFORKCTL_NOT_RUNNING: nobody listens there. */
int preforkctl_talk_open(
	struct preforkctl_talk *t, const char *path, unsigned patience_ms, struct buffer *why);

/* One line (without its end) and its answer; connects first where there is no connection. What the
 * server refuses is PREFORKCTL_FAILED, with its words in `why`. */
int preforkctl_talk_ask(
	struct preforkctl_talk *t, const char *line, struct buffer *answer, struct buffer *why);

/* Waits until the server closes the connection: it has ended. false: it has not, in so long. */
bool preforkctl_talk_wait(struct preforkctl_talk *t, unsigned patience_ms);

void preforkctl_talk_close(struct preforkctl_talk *t);

#endif
