/*
 * http_request - one request: read strictly, understood, looked at
 *
 * Runs in:  every process that answers requests
 * Owns:     a copy of the head, of which every text is a view, and the array of fields; both are
 * kept from request to request Errors:   http_request_read returns the status to refuse with; the
 * others cannot fail
 *
 * The way of a head: http_scan accepts or refuses every byte, http-parser (http_parse.c) cuts it
 * into method, target and fields, and http_request.c says what they mean by RFC 9110 and 9112. What
 * the first two see differently is refused. What they say follows from the bytes alone: a head that
 * comes again, byte for byte, is known already.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/buffer.h"
#include "http/http_scan.h"
#include "http/http_status.h"

#include <stdint.h>

/* Not "enum http_method": http_parser.h has one. */
enum http_method_id {
#define HTTP_METHOD(symbol, name) HTTP_METHOD_##symbol,
#include "http/http_methods.def"
#undef HTTP_METHOD
	HTTP_METHOD_UNKNOWN, /* a token that is no name we know: for whoever routes to answer 501 */
	HTTP_METHOD_COUNT = HTTP_METHOD_UNKNOWN
};

enum http_known {
#define HTTP_FIELD(symbol, name) HTTP_##symbol,
#include "http/http_fields.def"
#undef HTTP_FIELD
	HTTP_KNOWN_COUNT,
	HTTP_OTHER = HTTP_KNOWN_COUNT /* a field the server does not look at */
};

/* The four forms of a request target (RFC 9112 3.2). */
enum http_form {
	HTTP_FORM_ORIGIN,    /* /path?query */
	HTTP_FORM_ABSOLUTE,  /* http://authority/path?query */
	HTTP_FORM_AUTHORITY, /* host:port, CONNECT only */
	HTTP_FORM_ASTERISK   /* *, OPTIONS only; also "OPTIONS http://host" (RFC 9112 3.2.4) */
};

enum http_framing {
	HTTP_FRAMING_NONE,   /* no body */
	HTTP_FRAMING_LENGTH, /* content_length bytes; may be 0 */
	HTTP_FRAMING_CHUNKED /* http_chunked */
};

struct http_field {
	struct text name, value; /* value without white space at its ends */
	uint8_t known;           /* enum http_known */
};

struct http_request {
	enum http_method_id method;
	enum http_form form;
	enum http_framing body;
	unsigned minor;          /* of HTTP/1.minor as sent; above 1 is served as 1 */
	bool keep_alive;         /* the connection may persist (RFC 9112 9.3) */
	bool expect_continue;    /* the client waits for 100 before it sends the body */
	uint64_t content_length; /* of HTTP_FRAMING_LENGTH, else 0 */

	/* After a refusal, `line` holds what there is of the request line (for the log), the
	 * others may be empty. */
	struct text line; /* the request line without CRLF, as sent */
	struct text method_name;
	struct text target;    /* as sent */
	struct text path;      /* raw, before '?'; empty for the forms authority and asterisk, and
				  for an absolute form without one (meaning "/") */
	struct text query;     /* raw, behind the first '?'; at == NULL without '?' */
	struct text authority; /* the effective host[:port]: of the absolute form, else of Host;
				  valid by RFC 3986, may be empty */

	size_t head_size; /* bytes of the head, empty lines before it and its end included */
	const char *why;  /* of a refusal, a static string for the log; else NULL */

	unsigned field_count;
	struct http_field *fields;        /* in the order they came */
	uint16_t first[HTTP_KNOWN_COUNT]; /* of each known name: 1 + index in fields, 0 = none */
	uint64_t repeated;                /* bit set of the known names that came more than once */

	/* Private to http/. */
	struct buffer head;
	bool understood; /* nothing in it was refused */
	bool past; /* what is said here is of the request before: the next one may be the same */
	unsigned field_room;
	struct http_scan scan;
};

void http_request_init(struct http_request *r);

/* As after init, the memory kept: before the next request. */
void http_request_reset(struct http_request *r);

void http_request_free(struct http_request *r);

/* Reads a head from the `size` bytes at `data`, which are not looked at any more once it is whole
 * or refused. 0           it is whole; its head_size bytes are used up, the body follows them
 *   HTTP_MORE   not whole yet: call again with the same bytes and more. They may have moved
 *               meanwhile; scanning goes on where it stopped
 *   400 and up  refuse with this status and close the connection: 400, 414, 417, 421, 431, 500 (out
 *               of memory), 501, 505
 * `data` begins where the request begins; the same `limits` hold for every request read into `r`.
 * An unknown method is no refusal: method is HTTP_METHOD_UNKNOWN and the framing is as reliable as
 * always. */
int http_request_read(
	struct http_request *r, const char *data, size_t size, const struct http_limits *limits);

/* Has anything but empty lines come? false: a close or a timeout now is an idle connection's end
 * and no broken request. */
static inline bool http_request_begun(const struct http_request *r)
{
	return !r->past && r->scan.phase != 0;
}

/* The value of the first field of that name; at == NULL when there is none. */
static inline struct text http_request_field(const struct http_request *r, enum http_known known)
{
	unsigned n = r->first[known];
	return n ? r->fields[n - 1].value : (struct text){NULL, 0};
}

static inline bool http_request_has(const struct http_request *r, enum http_known known)
{
	return r->first[known] != 0;
}

/* The field came on more than one line. */
static inline bool http_request_repeated(const struct http_request *r, enum http_known known)
{
	return r->repeated >> known & 1;
}

/* The next field named `name` (case ignored) behind `after`, or the first when after is NULL; NULL
 * when there is no more. For names that only the configuration knows: %{Name}i. */
const struct http_field *http_request_find(
	const struct http_request *r, struct text name, const struct http_field *after);

/* "GET"; "-" for HTTP_METHOD_UNKNOWN. */
struct text http_request_method(enum http_method_id method);

/* The id of a method name, case matters (RFC 9110 9.1). */
enum http_method_id http_request_method_named(struct text name);

/* "If-None-Match". */
struct text http_request_known(enum http_known known);

/* The id of a field name in any case, or HTTP_OTHER. */
enum http_known http_request_known_named(struct text name);

/* The elements of a list-valued field, over all its lines, in order (RFC 9110 5.6.1): empty
 *elements are left out, white space around an element too; commas in quoted strings do not
 *separate. struct http_list l = http_list(r, HTTP_ACCEPT_ENCODING); for (struct text e;
 *http_list_next(&l, &e);) ...
 */
struct http_list {
	const struct http_request *request; /* NULL: only what is in rest */
	struct text rest;
	unsigned index; /* the next field to look at */
	enum http_known known;
};
struct http_list http_list(const struct http_request *r, enum http_known known);
struct http_list http_list_of(struct text value);
bool http_list_next(struct http_list *l, struct text *element);

/* Is `token` (case ignored) an element of the list? */
bool http_list_has(struct http_list l, struct text token);

#endif
