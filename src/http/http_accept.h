/*
 * http_accept - what a client would like to get (RFC 9110 12.4, 12.5)
 *
 * Runs in:  worker
 * Owns:     nothing; every text is a view of the request
 * Errors:   none; an element that is not the grammar is passed over, as if it had not been sent
 *
 * Accept, Accept-Charset, Accept-Encoding and Accept-Language are lists of ranges, each with a
 * weight. Weights are thousandths here, so that nothing has to be a float.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "base/text.h"
#include "http/http_request.h"

enum { HTTP_ACCEPT_MOST = 1000 /* the weight "q=1", and of a range without one */ };

/* One element of such a field. */
struct http_accept {
	struct text range;      /* "text/html", "en-GB", "gzip"; "*" or, of types, "*" "/" "*" */
	struct text parameters; /* of a media range: what follows it, weight included */
	unsigned weight;        /* 0 (not acceptable) to HTTP_ACCEPT_MOST */
	bool weighted;          /* the weight was written */
};

/* How well a range fits what it was compared with. */
enum http_accept_fit {
	HTTP_ACCEPT_NOT,        /* not at all */
	HTTP_ACCEPT_ANY,        /* by the range for everything */
	HTTP_ACCEPT_FAMILY,     /* by "text" "/" "*" */
	HTTP_ACCEPT_EXACT,      /* by name; of languages, also by the beginning of the name */
	HTTP_ACCEPT_PARAMETERS, /* by name and parameters */
};

/* The next well-formed element of http_list(r, HTTP_ACCEPT...), read by the grammar of that field;
 * false at the end. */
bool http_accept_next(struct http_list *l, struct http_accept *a);

/* The weight the request gives to a media type, with its parameters or without: that of the most
 * specific range that fits it (RFC 9110 12.5.1). 0: not acceptable. Without Accept: everything is,
 * HTTP_ACCEPT_MOST with *fit HTTP_ACCEPT_NOT. An Accept without a single well-formed element counts
 * as none. */
unsigned http_accept_type(
	const struct http_request *r, struct text type, enum http_accept_fit *fit);

/* The same for a language tag: the longest range that is the tag or the beginning of it up to a '-'
 * (basic filtering, RFC 4647 3.3.1). */
unsigned http_accept_language(
	const struct http_request *r, struct text tag, enum http_accept_fit *fit);

/* Does the request name a language that belongs to the same family as `tag`: "en-US" for "en" or
 * "en-GB"? Not with weight 0. */
bool http_accept_relative(const struct http_request *r, struct text tag);

/* The same as http_accept_type for the name of a charset. */
unsigned http_accept_charset(
	const struct http_request *r, struct text charset, enum http_accept_fit *fit);

/* The same for the name of a content coding; "x-gzip" is "gzip". "identity" that is neither named
 * nor excluded has *fit HTTP_ACCEPT_NOT and a weight of HTTP_ACCEPT_MOST without the field, else of
 * 0 although it is acceptable: the least of what there is (RFC 9110 12.5.3). */
unsigned http_accept_coding(
	const struct http_request *r, struct text coding, enum http_accept_fit *fit);

/* Did the client write a weight in the field, or has it no preferences but the order? */
bool http_accept_weighs(const struct http_request *r, enum http_known known);

/* The first parameter of "; name=value; ..." off the front of *rest, its value as written, quotes
 * included. false: *rest is empty, or (then *rest is not) no parameter by RFC 9110 5.6.6. Empty
 * parameters are passed over. */
bool http_accept_parameter(struct text *rest, struct text *name, struct text *value);

#endif
