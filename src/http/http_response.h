/*
 * http_response - what a handler answers, and how its head is written
 *
 * Runs in:  every process that answers requests
 * Owns:     its buffers, kept from request to request, its descriptor (unless fd_shared) and its
 *           coder until reset
 * Errors:   running out of memory sticks in the buffers, see base/buffer.h
 *
 * A handler fills it in and never touches the socket; the connection writes the head and the body.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/buffer.h"
#include "http/http_date.h"
#include "http/http_etag.h"
#include "http/http_request.h"

struct http_coder;

enum http_body_kind {
	HTTP_BODY_NONE,  /* nothing: Content-Length 0 where one belongs */
	HTTP_BODY_BYTES, /* `bytes`, or `view` when that is not empty */
	HTTP_BODY_FILE,  /* `length` bytes of `fd` from `offset` */
	HTTP_BODY_PARTS, /* multipart: pieces of `fd` between pieces of `bytes`; `length` in all */
	HTTP_BODY_PIPE   /* `bytes`, then what comes out of `fd`, which does not block: `length`
			    bytes in all or, unknown, until its end */
};

/* One piece of a file in HTTP_BODY_PARTS. What is left of `bytes` behind the last one ends the
 * body.
 */
struct http_part {
	size_t text; /* so many bytes of `bytes` go before it */
	uint64_t offset, length;
};

struct http_response {
	int status;         /* 200 after init and reset */
	struct text reason; /* other words than the status has; size 0 = its own. Lives elsewhere
			       until the head is written, and is known to break no line */
	struct text
		type; /* Content-Type; size 0 = none. Lives elsewhere until the head is written */
	struct buffer composed; /* where type may live that had to be written for this response */
	char etag[HTTP_ETAG_SIZE]; /* with its quotes */
	size_t etag_size;          /* 0 = none */
	time_t modified;           /* Last-Modified; -1 = none */
	bool accept_ranges;        /* says Accept-Ranges: bytes */
	bool keep_alive; /* false: this answer ends the connection, whatever the request said */
	bool cacheable;  /* head and body depend on nothing but the path: a worker may keep them */

	bool momentary; /* but true only in this second */

	/* Further "Name: value\r\n" lines, by http_response_field. */
	struct buffer fields;

	enum http_body_kind kind;
	struct buffer bytes; /* of HTTP_BODY_BYTES; its size is the length */
	struct text view;    /* of HTTP_BODY_BYTES: bytes that live elsewhere until they are sent */
	struct buffer parts; /* of HTTP_BODY_PARTS: struct http_part, in order */
	int fd;              /* of FILE and PIPE; -1 = none */
	bool fd_shared;      /* fd belongs to somebody else: reset leaves it open */
	bool length_known;   /* of PIPE; the others know it */
	bool raw;            /* of PIPE: it brings the head with it; the connection ends with it */
	uint64_t offset;
	uint64_t length;          /* of FILE, of PARTS, and of PIPE when known */
	struct http_coder *coder; /* of PIPE: what comes out goes through it, whatever its length */
};

void http_response_init(struct http_response *r);

/* As after init: memory kept, descriptor closed. */
void http_response_reset(struct http_response *r);

void http_response_free(struct http_response *r);

/* Adds a field. false, and nothing is added, when name is no token or value holds a CR, LF or NUL
 * (or another control byte but the tab). Fields the head has of itself (Date, Server,
 * Content-Length, Transfer-Encoding, Connection, Content-Type, ETag, Last-Modified, Accept-Ranges)
 * are set by their members and are refused here. */
bool http_response_field(struct http_response *r, struct text name, struct text value);

/* The value of the first such field that http_response_field added; NULL: there is none. */
struct text http_response_said(const struct http_response *r, struct text name);

/* Takes such fields back, of those behind the first `from` bytes of fields. */
void http_response_forget(struct http_response *r, size_t from, struct text name);

/* Bytes of the body as a GET would send them; UINT64_MAX when nobody knows. */
uint64_t http_response_length(const struct http_response *r);

/* Is a body sent after the head: not for HEAD, 1xx, 204 and 304 (RFC 9112 6.3). */
bool http_response_has_body(const struct http_response *r, const struct http_request *rq);

/* Is that body sent with the chunked coding: its length is unknown and the client speaks 1.1. */
bool http_response_chunked(const struct http_response *r, const struct http_request *rq);

/* May the connection go on after this answer: both sides want it and the end of the body can be
 * told. The head says the same. */
bool http_response_keeps(const struct http_response *r, const struct http_request *rq);

/* Appends the whole head to `to`, blank line included. The same for GET and HEAD. `date` is 29
 * bytes of http_date_format; `server` the value of Server, size 0 = none. *date_at and *end_at
 * (each may be NULL) get the offsets in to->data of the Date value, and of what depends on the
 * connection: from there on the head is http_response_end(). So a head can be kept, its date
 * overwritten and its end exchanged. */
void http_response_head(const struct http_response *r, const struct http_request *rq,
	const char date[HTTP_DATE_SIZE], struct text server, struct buffer *to, size_t *date_at,
	size_t *end_at);

/* The end of a head: the Connection line, where one is needed, and the blank line. `keeps`: the
 * connection goes on; `minor` of the request's version. */
struct text http_response_end(bool keeps, unsigned minor);

#endif
