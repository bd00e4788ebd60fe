/*
 * handler_later - a handler that answers later than it was asked
 *
 * Runs in:  worker
 * Owns:     nothing; what `own` points at belongs to the handler, until its `end`
 * Errors:   as with any handler
 *
 * A handler that has to wait fills call->later and returns HANDLER_LATER. Nothing may block in it:
 * the worker waits for it, beside all its other connections, and asks again. While an answer of
 * HTTP_BODY_PIPE is on its way, go_on is called in the same manner, so that a program can be fed
 * while it talks.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_LATER_H
#define HANDLER_LATER_H

#include "base/text.h"

#include <poll.h>
#include <stdint.h>

struct handler_call;

enum { HANDLER_LATER_FDS = 3 };

/* How an answer went out, for `end`. */
enum handler_outcome {
	HANDLER_GONE,  /* not to its end: the client is gone, or something else broke it off */
	HANDLER_WHOLE, /* all of it */
	HANDLER_SHORT, /* a pipe ended before as many bytes as its response had promised */
	HANDLER_LONG   /* there was more in the pipe than the response had promised */
};

/* What came out of a pipe that has ended. */
enum handler_whole { HANDLER_ALL, HANDLER_PART, HANDLER_UNTOLD };

struct handler_later {
	/* Called when one of fds is ready, more of the body has come, deadline_ms has passed, or
	 * nothing moved for patience_ms (`late` says so). Returns what a handler returns:
	 * HANDLER_LATER, not yet; 0, the response is complete; HANDLER_AGAIN; a status. Once the
	 * answer is on its way, a status breaks it off, and anything else lets it go on. NULL:
	 * nobody answers later. */
	int (*go_on)(struct handler_call *call);

	/* The pipe of an answer whose length nobody knew has ended: is that all of it? NULL: it is.
	 * HANDLER_UNTOLD: to be asked again when one of fds is ready, or deadline_ms has passed. */
	enum handler_whole (*whole)(struct handler_call *call);

	/* Called exactly once, when the answer is out, the client is gone, or go_on has failed. */
	void (*end)(struct handler_call *call);

	void *own;
	struct pollfd fds[HANDLER_LATER_FDS]; /* what it waits for; fd -1: nothing. revents is what
						 was found before go_on is called */
	uint64_t deadline_ms;                 /* by os_clock_ms; 0: none */
	unsigned patience_ms; /* the longest it waits without anything moving; 0: for ever */
	bool late;
	bool over; /* what comes out of the pipe of an answer that is on its way is no part of it
		      any more */
	enum handler_outcome outcome;
};

/* The request's body, for a handler that takes it as it comes (call->takes_body). Of one whose
 * length was not known before its end all has come when the handler is first asked. */
struct handler_body {
	uint64_t size;    /* of the whole */
	uint64_t left;    /* bytes the handler has not taken yet, those of `here` among them */
	struct text here; /* what has come of these: the handler cuts off at the front what it
			     takes. Only valid within one call of the handler */
	int fd; /* the whole body is in this file, at its beginning, and `here` is empty; else -1.
		   It belongs to the worker */
};

#endif
