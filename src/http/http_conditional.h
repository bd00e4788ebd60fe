/*
 * http_conditional - preconditions of a request, in the order of RFC 9110 13.2.2
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   304 or 412 is the answer to give instead
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_CONDITIONAL_H
#define HTTP_CONDITIONAL_H

#include "base/text.h"
#include "http/http_request.h"

#include <time.h>

/* What is known of the representation that would be sent. */
struct http_validators {
	struct text etag; /* with quotes; size 0 = none */
	time_t modified;  /* seconds; -1 = unknown */
	time_t now;       /* a date younger than a second is no strong validator */
	bool exists;      /* there is a representation: for "*" */
};

/* 0: go on; then *range_holds says whether a Range field may be obeyed (If-Range). 304 or 412
 * otherwise. Ask it only where the answer without preconditions would be a 2xx (RFC 9110 13.2.1).
 */
int http_conditional(
	const struct http_request *r, const struct http_validators *v, bool *range_holds);

#endif
