/*
 * support_server - a server of the test's own, and what must be true of it before and after
 *
 * Runs in:  black-box tests
 * Owns:     a directory under $TMPDIR that is its ServerRoot, a port, and every process of the
 *           server; a test that fails leaves none of them behind
 * Errors:   fail the test
 *
 *   struct support_server s;
 *   support_server_start(&s, SUPPORT_PREFORK, "KeepAliveTimeout 1\n");
 *   ... requests to s.port ...
 *   support_server_stop(&s);
 *
 * Stopping also proves that no descriptor and no process leaked and that the error log holds no
 * line of level warn or above but those announced with support_server_allow.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_SERVER_H
#define SUPPORT_SERVER_H

#include "support/support_client.h"
#include "support/support_proc.h"
#include "support/support_site.h"

enum support_model {
	SUPPORT_PREFORK,      /* workers that accept, with many connections each */
	SUPPORT_CLASSIC,      /* with one each */
	SUPPORT_DISPATCH,     /* the parent accepts and passes on, to workers of many */
	SUPPORT_DISPATCH_ONE, /* and of one */
	SUPPORT_FORK,         /* a child for every request; last, so that loops can leave it out */
	SUPPORT_MODELS
};

/* Where workers live on between requests, and connections are kept. */
#define SUPPORT_HAS_POOL(model) ((model) != SUPPORT_FORK)
/* Where one connection occupies a worker. */
#define SUPPORT_IS_CLASSIC(model) ((model) == SUPPORT_CLASSIC || (model) == SUPPORT_DISPATCH_ONE)
/* Where the parent accepts and passes connections on. */
#define SUPPORT_PASSES(model) ((model) == SUPPORT_DISPATCH || (model) == SUPPORT_DISPATCH_ONE)

extern const char *const support_model_names[SUPPORT_MODELS];

enum { SUPPORT_WORKERS = 512, SUPPORT_ALLOWED = 16 };

struct support_server {
	char root[64]; /* its ServerRoot; also marks its processes, which have it in their arguments
			*/
	unsigned port;
	enum support_model model;
	pid_t pid;                  /* of the parent; 0: not running */
	int keep_port;              /* a socket that keeps others away from the port */
	int parent_fds, worker_fds; /* when all is quiet; the parent's without one per worker */
	size_t allowed_count;
	char allowed[SUPPORT_ALLOWED][160];
	pid_t guard;
	int guard_word;
};

/* Makes everything but starts nothing: the configuration is that of the model and then `more`. */
void support_server_prepare(struct support_server *s, enum support_model model, const char *more);

/* Starts it in the foreground and waits until its pool is ready. */
void support_server_launch(struct support_server *s);

/* Both. */
void support_server_start(struct support_server *s, enum support_model model, const char *more);

/* Writes the configuration anew; takes effect at the next restart. */
void support_server_configure(struct support_server *s, const char *more);

/* Runs the program for this server ("-k", "stop", ...), to its end. */
void support_server_say(
	struct support_server *s, struct support_output *o, const char *const *arguments);

/* Whom the PidFile names; 0: nobody. */
pid_t support_server_pid_in_file(const struct support_server *s);
/* Does it name another process than the parent? So somebody took over. */
bool support_server_made_way(const struct support_server *s);

/* Finds the parent by the PidFile, when the server was started as a daemon. */
void support_server_adopt(struct support_server *s);

/* Does somebody take connections on its port? */
bool support_server_answers(const struct support_server *s);

/* It answers a GET of the path, on a connection of its own, with this status. */
void support_server_expect(const struct support_server *s, const char *path, int status);

/* Waits until its workers are ready, and notes how many descriptors there are. */
void support_server_ready(struct support_server *s);

/* Waits until every descriptor that the clients' connections took has been given back. */
void support_server_quiet(struct support_server *s);

/* Proves quiet, says TERM, waits for exit status 0, and then support_server_finish. */
void support_server_stop(struct support_server *s);

/* The server has ended by itself or as said: the parent's exit status, or minus the signal. */
int support_server_wait(struct support_server *s);

/* After its end: no process left, nothing unexpected in the log; removes what was made. */
void support_server_finish(struct support_server *s);

/* Workers that live, lowest number first. */
size_t support_server_workers(const struct support_server *s, pid_t workers[SUPPORT_WORKERS]);

/* Not one of these workers is left, and, in a pool, there are others. It asks the kernel and not
 * the server: during a hard restart an answer may be cut. */
bool support_server_relieved(const struct support_server *s, const pid_t *old, size_t count);

/* A line of the error log that holds this text is no fault. */
void support_server_allow(struct support_server *s, const char *text);

/* How many lines of the error log hold this text; waiting for the first is up to the test. */
size_t support_server_logged(const struct support_server *s, const char *text);

/* The full name of a file of the server root; a static text. */
const char *support_server_path(const struct support_server *s, const char *path);

/* Makes a shell script of that, which may be run, below the server root. */
void support_server_script(const struct support_server *s, const char *path, const char *body);

/* All of the access log, for free(); "" when there is none. */
char *support_server_access_log(const struct support_server *s);

#endif
