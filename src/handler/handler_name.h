/*
 * handler_name - what the client is called
 *
 * Runs in:  worker
 * Owns:     the names found lately, and the processes that ask for more
 * Errors:   none; who has no name is known by the address
 *
 * A rule of access asks on the spot and lets everybody in the worker wait. For HostnameLookups a
 * process of its own asks, and only the request waits.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_NAME_H
#define HANDLER_NAME_H

#include "handler/handler.h"

/* For a host with HostnameLookups, before a request is routed. true: the name is not known yet, and
 * call->later says what is waited for; to be asked again then. false: it is in the call, or there
 * is none. */
bool handler_name_wait(struct handler_call *call);

/* Hears also what was asked for clients that have gone meanwhile, and sees those end who asked; now
 * and then, since nobody else comes for them. */
void handler_name_look(void);

/* The name, where HostnameLookups of what the call was found to be for lets it be known; NULL: the
 * address has to do. */
const char *handler_name_known(const struct handler_call *call);

/* The client's name, confirmed both ways, until the next question; NULL: it has none. Blocks. */
const char *handler_name_of_client(struct handler_call *call);

/* Does the name have the client's address? Blocks. */
bool handler_name_is_client(struct handler_call *call, const char *name);

#endif
