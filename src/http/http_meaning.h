/*
 * http_meaning - what target, fields and framing of a request say
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing
 * Errors:   the status to refuse with, and the reason in r->why
 *
 * Private to http/.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_MEANING_H
#define HTTP_MEANING_H

#include "http/http_parse.h"

/* Sets form, path, query and authority from the target, and refuses a Host that is not as RFC 9112
 * 3.2 wants it. 400, or 421 for an https target when not `secure`. */
int http_meaning_target(struct http_request *r, const char *data, bool secure);

/* Sets body, content_length, keep_alive and expect_continue: RFC 9112 6 and 9.3, RFC 9110 10.1.1.
 * 400, 417, or 501 for a transfer coding other than chunked. */
int http_meaning_framing(struct http_request *r, const struct http_parse *parsed);

#endif
