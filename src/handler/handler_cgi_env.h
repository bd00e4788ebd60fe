/*
 * handler_cgi_env - the environment and the arguments of a program (RFC 3875 4)
 *
 * Runs in:  worker
 * Owns:     the environment made last, until the next is made
 * Errors:   NULL: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_ENV_H
#define HANDLER_CGI_ENV_H

#include "handler/handler.h"

/* "NAME=value", ended by NULL. */
const char *const *handler_cgi_env_of(struct handler_call *call);

/* The program and, where the query is no list of assignments, its words (RFC 3875 4.4), ended by
 * NULL; in the arena of the call. */
const char *const *handler_cgi_env_arguments(struct handler_call *call);

#endif
