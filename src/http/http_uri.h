/*
 * http_uri - paths of requests, hosts, and percent-encoding
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   the status to answer with
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include "base/buffer.h"
#include "base/text.h"

/* What %2F in a path does (AllowEncodedSlashes). */
enum http_uri_slashes {
	HTTP_URI_SLASHES_OFF,     /* 404, the default */
	HTTP_URI_SLASHES_ON,      /* a slash like any other */
	HTTP_URI_SLASHES_NODECODE /* stays the three bytes %2F */
};

/* The path of a request (raw, as in struct http_request) made fit for the file system: percent-
 * decoded once, "." and ".." segments resolved, doubled slashes merged (as Apache does for files).
 * The result in `to` begins with '/', has a NUL behind its last byte and none inside; *size is
 * without that NUL. A trailing "/", "/." or "/.." leaves a trailing slash. An empty path is "/".
 * 0, or the status to answer with: 400 for a bad escape, a raw NUL and ".." above the root, 404 for
 * %00 and for %2F with HTTP_URI_SLASHES_OFF, 414 when `room` (bytes, NUL included) does not
 * suffice; room of raw.size + 2 always does. */
int http_uri_path(
	struct text raw, enum http_uri_slashes slashes, char *to, size_t room, size_t *size);

/* The path with everything percent-encoded that may not stand raw in the path of a URI; slashes
 * stay. For redirects, links and listings. */
void http_uri_encode(struct buffer *to, struct text path);

/* A URL, or the query of one, that was put together from what is encoded and what is not: what may
 * never stand raw in it is percent-encoded (RFC 3986 2); a '%' stays. */
void http_uri_mend(struct buffer *to, struct text url);

/* Is it uri-host [ ":" port ] (RFC 3986 3.2.2, RFC 9110 7.2)? Empty is; user information is not;
 * names are of letters, digits, "-", "." and "_"; IPv6 addresses stand in brackets, ports are at
 * most 65535. */
bool http_uri_authority(struct text authority);

/* The host of an authority, for finding a virtual host: lower case, without its port and without a
 * trailing dot. Written into `to` without NUL; the text over it, or size 0 when `room` does not
 * suffice. `port`, when not NULL, gets the port, or 0 without one. */
struct text http_uri_host(struct text authority, char *to, size_t room, unsigned *port);

#endif
