/*
 * support_client - a client that sends exactly the bytes it is given and reads exact answers
 *
 * Runs in:  black-box tests
 * Owns:     a connection and what came over it, until support_conn_close
 * Errors:   what is no well-formed answer, and what takes longer than SUPPORT_PATIENCE, fails the
 *           test
 *
 * It shares no code with the server, so a fault of the one does not hide in the other.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

enum { SUPPORT_FIELDS = 64 };

struct support_reply {
	int status;
	char *line;  /* the status line */
	char *text;  /* the head as it came */
	size_t size; /* bytes of the head */
	char *body;  /* without its framing, NUL behind it */
	size_t body_size;
	bool chunked;
	size_t field_count;
	struct {
		char *name, *value;
	} field[SUPPORT_FIELDS];
	char *parsed; /* memory of line, names and values */
};

struct support_conn {
	int fd;
	unsigned port; /* our end's */
	char *in;      /* bytes that no answer has used yet */
	size_t size, room;
	bool ended;                 /* the server has closed its end */
	int error;                  /* errno of a read or write that failed; 0: none */
	struct support_reply reply; /* the last one */
};

enum support_end {
	SUPPORT_CLOSED,  /* the server closed the connection in order */
	SUPPORT_RESET,   /* it was torn down */
	SUPPORT_MORE,    /* there are bytes nobody waited for */
	SUPPORT_STANDING /* it is still open when the time is over */
};

void support_conn_open(struct support_conn *c, unsigned port);
void support_conn_close(struct support_conn *c);

/* Sends; when the server does not take it any more that is noted in c->error and no failure. */
void support_conn_send(struct support_conn *c, const void *bytes, size_t size);
void support_conn_print(struct support_conn *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same in pieces of `piece` bytes, each a packet of its own. */
void support_conn_send_pieces(struct support_conn *c, const void *bytes, size_t size, size_t piece);
void support_conn_half_close(struct support_conn *c);

/* Reads one answer, an interim one (100) too. `method` is that of the request: nothing follows the
 * head of an answer to HEAD. false: the connection ended before its first byte. */
bool support_conn_read(struct support_conn *c, const char *method);

/* Reads one answer to a GET, which has to have this status. */
void support_conn_expect(struct support_conn *c, int status);

/* Waits until the server ends the connection, at most `seconds`. */
enum support_end support_conn_end(struct support_conn *c, double seconds);

/* The server has to close now, in order and without another byte. */
void support_conn_expect_closed(struct support_conn *c);

/* Bytes that can be read within `seconds`, beginning with those that are there. */
size_t support_conn_pending(struct support_conn *c, double seconds);

/* Reads until at least `size` more bytes are there, or the connection ends. */
void support_conn_more(struct support_conn *c, size_t size);

/* A field of the last answer; NULL: it has none. That there are two of a name fails the test. */
const char *support_reply_field(const struct support_reply *r, const char *name);
bool support_reply_closes(const struct support_reply *r); /* says Connection: close */

/* One GET on a connection of its own, its answer in c->reply; close c afterwards. */
void support_get(struct support_conn *c, unsigned port, const char *path);

#endif
