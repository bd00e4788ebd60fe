/*
 * handler - who answers a request, and what it is given
 *
 * Runs in:  worker
 * Owns:     nothing; everything in a call lives until the answer has been sent
 * Errors:   an HTTP status, 0: the response is complete
 *
 * A handler fills call->response and never touches the socket. It may be asked with a request that
 * was composed by the server itself (ErrorDocument).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_HANDLER_H
#define HANDLER_HANDLER_H

#include "config/config.h"
#include "handler/handler_coding.h"
#include "http/http_request.h"
#include "http/http_response.h"
#include "wire/wire_scoreboard.h"

struct handler_call {
	struct config *config;
	struct config_host *host;
	const struct config_dir *dir; /* what holds for the path; set by handler_route */
	const struct http_request *request;
	struct http_response *response;
	const struct wire_scoreboard *scoreboard;
	time_t now;
	struct buffer path; /* decoded and normalised, NUL behind it; set by handler_route */
	struct handler_choice choice; /* of a file's codings: for whoever keeps the answer */
	uint64_t body_size; /* bytes of content the request brought, as far as they were read */
	struct text body;   /* them, framing included, where the handler wants them */
};

/* Bytes of a request body that are kept for a handler that wants them. */
enum { HANDLER_BODY_MOST = 64 * 1024 };

/* Is the body to be kept, and to be asked for with 100 (Continue) where the client waits for that
 * (RFC 9110 10.1.1)? All other bodies are read past. */
bool handler_wants_body(const struct config_host *host, const struct http_request *request);

/* Finds the handler of a request and lets it answer. Always leaves a complete response: where a
 * handler returned a status, the error document of it. */
void handler_route(struct handler_call *call);

/* The answer to a request that could not even be read, or the body that goes with `status`. */
void handler_error(struct handler_call *call, int status);

/* The handlers. */
int handler_file(struct handler_call *call);
int handler_status(struct handler_call *call);
int handler_metrics(struct handler_call *call);
int handler_trace(struct handler_call *call);

/* GET and HEAD only: 0, or 405 with Allow set (501 for a method nobody knows). */
int handler_only_get(struct handler_call *call);

/* Adds Allow: what can be done with any resource here (RFC 9110 10.2.1). */
void handler_allow(struct handler_call *call);

/* The response is a whole file: makes it the ranges of it that were asked for, if any; `holds` is
 * the word of http_conditional. 0, or 416 with Content-Range set. */
int handler_range(struct handler_call *call, bool holds);

#endif
