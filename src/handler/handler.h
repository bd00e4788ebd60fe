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
};

/* Finds the handler of a request and lets it answer. Always leaves a complete response: where a
 * handler returned a status, the error document of it. */
void handler_route(struct handler_call *call);

/* The answer to a request that could not even be read, or the body that goes with `status`. */
void handler_error(struct handler_call *call, int status);

/* The handlers. */
int handler_file(struct handler_call *call);
int handler_status(struct handler_call *call);

/* GET and HEAD only: 0, or 405 with Allow set (501 for a method nobody knows). */
int handler_only_get(struct handler_call *call);

#endif
