/*
 * support_load - many clients at once that count every request
 *
 * Runs in:  a child of the test, one process for all its connections
 * Owns:     that child and the memory in which it counts, until support_load_stop
 * Errors:   a request that goes wrong is counted and described; judging it is up to the test
 *
 * An answer is good when it is 200, whole, and every byte is that of the file.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_LOAD_H
#define SUPPORT_LOAD_H

#include "support/support_server.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SUPPORT_LOAD_CONNECTIONS = 256, SUPPORT_LOAD_FAILURES = 256, SUPPORT_LOAD_SIZES = 8 };

struct support_load_options {
	unsigned port;
	unsigned connections;
	bool keep;         /* connections; else one request on each */
	unsigned think_ms; /* pause of a client between an answer and its next request */
	size_t sizes[SUPPORT_LOAD_SIZES]; /* asks for /f/SIZE in turn; the first 0 ends the list */
	size_t slowly; /* bytes a client reads at a time, 10 ms apart; 0: as they come */
};

struct support_load_failure {
	unsigned port; /* the client's end */
	double when;   /* support_now */
	bool reused;   /* the connection had carried a request before */
	bool silent;   /* not one byte of the answer came */
	char why[96];
};

/* Shared with the child, so a test can look while it goes on. */
struct support_load {
	struct support_load_options options;
	pid_t pid;
	atomic_bool stop;
	atomic_ulong sent, good, failed, connected;
	struct support_load_failure failures[SUPPORT_LOAD_FAILURES];
};

/* Begins. Connections that end are made anew until support_load_stop. */
struct support_load *support_load_start(const struct support_load_options *options);

/* Some clients of this server, with the sizes of files its edges lie between. */
struct support_load *support_load_start_on(const struct support_server *s, bool keep);

/* Waits until so many more requests than now have been answered well. */
void support_load_await(struct support_load *l, unsigned long more);

/* Lets the requests on their way finish, and ends the child. The counts stay. */
void support_load_stop(struct support_load *l);
void support_load_free(struct support_load *l);

/* Stops, and fails the test if one request went wrong; frees. */
void support_load_stop_clean(struct support_load *l);

/* The same for clients that keep their connections and clients that do not. */
struct support_load_pair {
	struct support_load *kept, *fresh;
};
struct support_load_pair support_load_pair_start(const struct support_server *s);
void support_load_pair_await(const struct support_load_pair *l, unsigned long more);
void support_load_pair_stop_clean(const struct support_load_pair *l);

#endif
