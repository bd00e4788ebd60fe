/*
 * handler_status_lab - the lab's side of the status page: who may ask for what
 *
 * Runs in:  workers, the status process
 * Owns:     nothing
 * Errors:   an HTTP status
 *
 * The lab kills processes, so nobody but the person who sits at this machine and looks at this very
 * page may use it: the client's address is the machine's own, nobody stands between, the Host is a
 * name of this machine (so that no name of somebody else's leads here), a page of another origin is
 * refused, and the request shows the token that only this page has.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_LAB_H
#define HANDLER_STATUS_LAB_H

#include "config/config.h"
#include "http/http_request.h"
#include "http/http_response.h"
#include "os/os_address.h"
#include "wire/wire_scoreboard.h"

/* Is the query about the lab: "lab=kill&3"? */
bool handler_status_lab_is(struct text query);

/* The token to put into the page for this client; NULL: no lab for it. */
const char *handler_status_lab_token(const struct config *config,
	const struct wire_scoreboard *board, const struct http_request *request,
	const struct os_address *client);

/* Judges an ask and sends it to the parent: 202 and the response is complete, or what is wrong. */
int handler_status_lab_ask(const struct config *config, const struct wire_scoreboard *board,
	const struct http_request *request, const struct os_address *client,
	struct http_response *response);

#endif
