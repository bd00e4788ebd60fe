/*
 * handler_status_asset - the style and the scripts of the status page
 *
 * Runs in:  workers, the status process
 * Owns:     nothing; the bytes are part of the program
 * Errors:   NULL: there is none of that name
 *
 * They are asked for at the page's own address, "?asset=status.js", so that they are there wherever
 * the handler is, with no file beside the program.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_ASSET_H
#define HANDLER_STATUS_ASSET_H

#include "http/http_request.h"
#include "http/http_response.h"

struct handler_status_asset {
	const char *name;
	struct text type, bytes;
};

/* By the query of a URL; what follows the name behind "&" is nobody's. */
const struct handler_status_asset *handler_status_asset_wanted(struct text query);

/* Is the query about an asset, whether there is one of that name or not? */
bool handler_status_asset_is(struct text query);

/* Fills the response, with 304 where the client has the same bytes already. 0, or a status. */
int handler_status_asset_answer(const struct handler_status_asset *asset,
	const struct http_request *request, time_t now, struct http_response *response);

/* The fields of the page that uses them: nothing but what comes from here may run in it. */
void handler_status_asset_policy(struct http_response *response);

#endif
