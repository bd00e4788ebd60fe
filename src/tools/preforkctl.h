/*
 * preforkctl - what the files of this program share
 *
 * Runs in:  preforkctl, started from a shell
 * Owns:     nothing
 * Errors:   one line on standard error and an exit status of its own
 *
 *   preforkctl         the command line, and where the server is
 *   preforkctl_verbs   what each verb does
 *   preforkctl_talk    questions to the control socket, and its answers
 *   preforkctl_table   the workers as a table
 *   preforkctl_sums    numbers out of the metrics, and what they did since the last look
 *   preforkctl_top     the live table
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PREFORKCTL_H
#define PREFORKCTL_H

#define LOG_AREA "core"
#include "base/assert.h"
#include "base/buffer.h"
#include "config/config.h"

enum preforkctl_exit {
	PREFORKCTL_DONE = 0,
	PREFORKCTL_FAILED = 1,      /* the server, or the configuration, says no */
	PREFORKCTL_USAGE = 2,       /* the command line makes no sense */
	PREFORKCTL_NOT_RUNNING = 3, /* no server runs */
	PREFORKCTL_NO_ANSWER = 4    /* it runs, and cannot be reached or does not answer */
};

struct preforkctl {
	struct config_source source; /* -d, -f, -D: also for starting the server */
	struct config *config;       /* NULL: --socket says it all */
	const char *socket;          /* NULL: this server has none */
	unsigned patience_ms;        /* for one answer */
	double interval;             /* of top, in seconds */
	const char *program;         /* argv[0] */
};

/* preforkctl_verbs.c: does a verb that is known; the exit status. */
int preforkctl_verbs_do(struct preforkctl *ctl, const char *verb);
bool preforkctl_verbs_known(const char *verb);

/* The configuration is broken, and has been complained about: stops the server of its PidFile all
 * the same, where the verb wants that; the exit status. */
int preforkctl_verbs_stop(const struct preforkctl *ctl, const char *verb);

/* A verb that is spelled much like that one, or NULL. */
const char *preforkctl_verbs_near(const char *verb);

/* Does the verb need the configuration, or is a socket enough? */
bool preforkctl_verbs_local(const char *verb);

/* preforkctl_load.c: given the words from "load" on; the exit status. */
int preforkctl_load(int argc, char **argv);

/* preforkctl_top.c: the exit status. */
int preforkctl_top(struct preforkctl *ctl);

#endif
