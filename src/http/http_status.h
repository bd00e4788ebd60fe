/*
 * http_status - the statuses, their words, and what functions of this layer return
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing; all texts are static
 * Errors:   none; an unknown status has words too
 *
 * Functions of http/ and of the handlers return an HTTP status: 0 goes on, 400 and above is the
 * answer to give. What reads input in pieces returns HTTP_MORE when the input is not whole yet.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "base/text.h"

/* The input so far is good but not whole: call again when there is more. */
#define HTTP_MORE (-1)

/* "Not Found"; "Unknown" for a status that is not in http_status.def. */
struct text http_status_reason(int status);

/* One sentence for the error page: "There is nothing at this address." */
struct text http_status_sentence(int status);

/* "HTTP/1.1 404 Not Found\r\n". A status that is not in http_status.def has size 0: such a line is
 * composed by the caller, "HTTP/1.1 299 \r\n" (RFC 9112 4 allows an empty reason). */
struct text http_status_line(int status);

#endif
